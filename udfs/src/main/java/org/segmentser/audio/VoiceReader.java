package org.segmentser.audio;

import java.util.Optional;
import org.segmentser.dsp.FrontEnd;

/**
 * One clip as streams of 16 kHz samples, one for each voice that is listened to, which is the
 * average of all channels or one of them: an {@link AudioDecoder} and a {@link Resampler} for each
 * voice. One thread at a time may use a reader.
 */
public final class VoiceReader implements AutoCloseable {

  private static final int BLOCK = 4096;

  private final AudioDecoder decoder;
  private final Resampler[] resamplers;
  private final float[][] input;
  private final float[][] output;
  private int outputCount;
  private int outputPosition;
  private boolean finished;

  /** Samples that come before the one that was sought. */
  private long skipped;

  private VoiceReader(AudioDecoder decoder) {
    this.decoder = decoder;
    int voices = Math.max(1, decoder.separate().size());
    resamplers = new Resampler[voices];
    input = new float[voices][BLOCK];
    output = new float[voices][];
    for (int i = 0; i < voices; i++) {
      resamplers[i] = new Resampler(decoder.info().sampleRate(), FrontEnd.SAMPLE_RATE);
      output[i] = new float[resamplers[i].maxOutput(BLOCK)];
    }
  }

  /** Opens a clip; see {@link AudioDecoder#open}. */
  public static VoiceReader open(
      ByteSource.Opener opener, String name, long deadlineNanos, Channels channels)
      throws AudioException {
    AudioDecoder decoder = AudioDecoder.open(opener, name, deadlineNanos, channels);
    try {
      return new VoiceReader(decoder);
    } catch (RuntimeException | Error e) {
      decoder.close();
      throw e;
    }
  }

  /** Moves the deadline; see {@link AudioDecoder#deadline}. */
  public void deadline(long nanos) {
    decoder.deadline(nanos);
  }

  /** What is known of the clip itself, such as its own rate. */
  public AudioInfo info() {
    return decoder.info();
  }

  /** How many voices there are, at least 1. */
  public int voices() {
    return resamplers.length;
  }

  /** The channel that a voice is; null where the only voice is the average of all. */
  public Integer channel(int voice) {
    return decoder.separate().isEmpty() ? null : decoder.separate().get(voice);
  }

  /**
   * Goes on at a sample of the clip, before anything is read; the samples from there on are those
   * that reading from the start gives. Only where {@link ExactAudio} says that a clip can be
   * entered.
   *
   * @param sample counted at 16 kHz
   * @throws AudioException when the source fails or the deadline passes
   */
  public void seek(long sample) throws AudioException {
    long input = resamplers[0].inputBefore(sample);
    decoder.seek(input);
    skipped = sample - resamplers[0].outputAt(input);
  }

  /**
   * Counts only a stretch for {@link #counted}, {@link #clipped} and {@link #faults}. To be called
   * before anything is read.
   *
   * @param from its first sample, at 16 kHz
   * @param to the first one behind it; {@link Long#MAX_VALUE} for the clip's end
   */
  public void countBetween(long from, long to) {
    decoder.countBetween(
        resamplers[0].inputFrom(from),
        to == Long.MAX_VALUE ? Long.MAX_VALUE : resamplers[0].inputFrom(to));
  }

  /** How many of a voice's {@link #counted} samples are at full scale; see {@link FrameMixer}. */
  public long clipped(int voice) {
    return decoder.clipped(voice);
  }

  /**
   * Samples that were looked at for {@link #clipped}: of a mix, those of all channels. A few of
   * them may not have been read yet.
   */
  public long counted() {
    return decoder.counted();
  }

  /**
   * Reads up to {@code length} samples of each voice.
   *
   * @param out one array for each voice, filled from {@code offset} on
   * @param length at least 1
   * @return the number of samples of a voice, at least 1; -1 at the end
   * @throws AudioException when the source fails or the deadline passes
   */
  public int read(float[][] out, int offset, int length) throws AudioException {
    while (outputPosition == outputCount) {
      if (finished) {
        return -1;
      }
      fill();
      int passed = (int) Math.min(skipped, outputCount);
      skipped -= passed;
      outputPosition = passed;
    }
    int count = Math.min(length, outputCount - outputPosition);
    for (int i = 0; i < out.length; i++) {
      System.arraycopy(output[i], outputPosition, out[i], offset, count);
    }
    outputPosition += count;
    return count;
  }

  /** Once {@link #read} has returned -1: what is wrong with the clip; empty if it is whole. */
  public Optional<String> fault() {
    return decoder.fault();
  }

  /** What is wrong with the clip as far as it was read. */
  public Faults faults() {
    return decoder.faults();
  }

  /** A format that only the name told; see {@link AudioDecoder#formatFromName}. */
  public Optional<String> formatFromName() {
    return decoder.formatFromName();
  }

  /** Frees all native memory and closes the source. Further calls do nothing. */
  @Override
  public void close() {
    decoder.close();
  }

  private void fill() throws AudioException {
    int count = decoder.read(input, 0, BLOCK);
    finished = count < 0;
    outputPosition = 0;
    for (int i = 0; i < resamplers.length; i++) {
      outputCount =
          finished
              ? resamplers[i].finish(output[i])
              : resamplers[i].process(input[i], 0, count, output[i]);
    }
  }
}
