package org.segmentser.audio;

import java.util.Optional;
import org.segmentser.dsp.FrontEnd;

/**
 * One clip as a stream of 16 kHz mono samples: an {@link AudioDecoder} and a {@link Resampler}. One
 * thread at a time may use a reader.
 */
public final class MonoReader implements AutoCloseable {

  private static final int BLOCK = 4096;

  private final AudioDecoder decoder;
  private final Resampler resampler;
  private final float[] input = new float[BLOCK];
  private final float[] output;
  private int outputCount;
  private int outputPosition;
  private boolean finished;

  private MonoReader(AudioDecoder decoder) {
    this.decoder = decoder;
    resampler = new Resampler(decoder.info().sampleRate(), FrontEnd.SAMPLE_RATE);
    output = new float[resampler.maxOutput(BLOCK)];
  }

  /** Opens a clip; see {@link AudioDecoder#open}. */
  public static MonoReader open(ByteSource.Opener opener, String name, long deadlineNanos)
      throws AudioException {
    AudioDecoder decoder = AudioDecoder.open(opener, name, deadlineNanos);
    try {
      return new MonoReader(decoder);
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

  /**
   * Reads up to {@code length} samples into {@code out} at {@code offset}.
   *
   * @param length at least 1
   * @return the number of samples, at least 1; -1 at the end
   * @throws AudioException when the source fails or the deadline passes
   */
  public int read(float[] out, int offset, int length) throws AudioException {
    while (outputPosition == outputCount) {
      if (finished) {
        return -1;
      }
      fill();
    }
    int count = Math.min(length, outputCount - outputPosition);
    System.arraycopy(output, outputPosition, out, offset, count);
    outputPosition += count;
    return count;
  }

  /** Once {@link #read} has returned -1: what is wrong with the clip; empty if it is whole. */
  public Optional<String> fault() {
    return decoder.fault();
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
    outputCount = finished ? resampler.finish(output) : resampler.process(input, 0, count, output);
  }
}
