package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EINVAL;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.segmentser.audio.AudioException.Kind;

/**
 * One clip as streams of samples at its own rate, a stream for each voice that is listened to,
 * decoded in this process by FFmpeg's libraries straight from a {@link ByteSource}.
 *
 * <p>Reads WAV, RF64, Wave64, FLAC, MP3, Ogg, WebM and Matroska, M4A and MP4, AAC, AIFF, AU, CAF,
 * NIST SPHERE, AMR, GSM and G.722; of a container with several streams the best audio stream. It
 * opens nothing but the source. Memory grows neither with the clip nor with what its headers ask
 * for. One thread at a time may use a decoder; different decoders are independent. A source that
 * blocks holds a decoder up to the deadline at most.
 */
public final class AudioDecoder implements AutoCloseable {

  private static final int LOWEST_RATE = 1_000;
  private static final int HIGHEST_RATE = 768_000;

  /** Far above what is recorded; a frame has as many planes. */
  private static final int MOST_CHANNELS = 64;

  /** Bytes of one packet: a second of eight channels at 96 kHz, 32 bits each, and more. */
  private static final int LARGEST_PACKET = 4 << 20;

  /** Samples of one frame, of all channels together. */
  private static final int LARGEST_FRAME = 4 << 20;

  /** Full scale is 1; far above it, sums overflow. */
  private static final float LARGEST_SAMPLE = 1e12f;

  private final SourceIo io;
  private final FrameMixer mixer = new FrameMixer();
  private final Demuxer demuxer;
  private final DecodingFaults faults = new DecodingFaults();
  private final Channels wanted;

  /** The channels that are a voice each; null for the average of all. */
  private int[] separate;

  private AVCodecContext codec;
  private AVPacket packet;
  private AVFrame frame;
  private boolean closed;

  private AudioInfo info;

  private boolean draining;
  private boolean ended;
  private int frameSamples;
  private int mixedSamples;
  private int windowSamples;
  private int windowPosition;
  private int longestFrame;
  private int rate;
  private int channels;

  /** Samples of the clip before the next one that is mixed. */
  private long position;

  private boolean isLastPacketCut;
  private Faults fault = Faults.NONE;

  /** Whether the clip is read from some sample on, which its timestamps tell. */
  private boolean isSought;

  /** Samples of silence that stand in for what is missing before the frame. */
  private long missing;

  /** The samples that are counted. */
  private long countFrom;

  private long countTo = Long.MAX_VALUE;

  private AudioDecoder(SourceIo io, Channels wanted) {
    this.io = io;
    this.wanted = wanted;
    demuxer = new Demuxer(io);
  }

  /**
   * Opens a clip and decodes its first frame.
   *
   * @param opener of the source, which is closed with the decoder, also when this fails
   * @param name file name or URI; its extension tells formats that have no mark of their own
   * @param deadlineNanos value of {@link System#nanoTime()} from which on this and every read fail
   *     with {@link Kind#TIMED_OUT}
   * @param channels those that are listened to
   * @throws AudioException when the source cannot be read, holds nothing to decode, or has other
   *     channels
   * @throws NativeLibraries.UnsafeException see {@link NativeLibraries#load}
   * @throws NativeLibraries.UnloadableException see there
   */
  public static AudioDecoder open(
      ByteSource.Opener opener, String name, long deadlineNanos, Channels channels)
      throws AudioException {
    Ffmpeg.load();
    AudioDecoder decoder = new AudioDecoder(new SourceIo(opener, deadlineNanos), channels);
    boolean opened = false;
    try {
      decoder.demuxer.open(AllowedFormats.hint(name));
      decoder.openCodec();
      decoder.decodeFirstFrame();
      opened = true;
      return decoder;
    } finally {
      if (!opened) {
        decoder.close();
      }
    }
  }

  /**
   * Moves the deadline, so that time in which nothing is read need not count.
   *
   * @param nanos value of {@link System#nanoTime()} from which on every read fails
   */
  public void deadline(long nanos) {
    io.deadline(nanos);
  }

  /** What is known of the clip. */
  public AudioInfo info() {
    return info;
  }

  /**
   * The channels that are a voice each, in ascending order; empty where the only voice is the
   * average of all.
   */
  public List<Integer> separate() {
    return separate == null ? List.of() : Arrays.stream(separate).boxed().toList();
  }

  /**
   * Goes on at a sample of the clip, before anything is read. From there on each sample stands
   * where its timestamp says: what is missing in the file is silence.
   *
   * @param sample counted at the clip's own rate; where the file has no such sample, there is
   *     nothing to read
   * @throws AudioException when the source fails or the deadline passes
   */
  void seek(long sample) throws AudioException {
    int result = demuxer.seek(sample);
    io.throwIfFailed();
    avcodec_flush_buffers(codec);
    faults.clear();
    isSought = true;
    position = sample;
    frameSamples = 0;
    mixedSamples = 0;
    draining = false;
    ended = result < 0;
  }

  /**
   * Counts only some samples for {@link #counted} and {@link #clipped}, and only their corrupt
   * packets. To be called before anything is read.
   *
   * @param from the first sample at the clip's own rate
   * @param to the first one behind them; {@link Long#MAX_VALUE} for the clip's end
   */
  void countBetween(long from, long to) {
    countFrom = from;
    countTo = to;
    if (from > position) {
      faults.clearCorrupt();
    }
  }

  /** How many of a voice's {@link #counted} samples are at full scale. */
  long clipped(int voice) {
    return mixer.clipped(voice);
  }

  /** Samples that were looked at for {@link #clipped}: of a mix, those of all channels. */
  long counted() {
    return mixer.counted();
  }

  /**
   * Reads up to {@code length} samples of each voice, nominally in [-1, 1), always finite.
   *
   * @param voices one array for each voice, filled from {@code offset} on
   * @param length at least 1
   * @return the number of samples of a voice, at least 1; -1 at the end of what can be decoded
   * @throws AudioException when the source fails or the deadline passes
   */
  public int read(float[][] voices, int offset, int length) throws AudioException {
    while (windowPosition == windowSamples) {
      if (missing > 0) {
        mixSilence();
      } else if (mixedSamples < frameSamples) {
        mixWindow();
      } else if (!decodeFrame()) {
        return -1;
      }
    }
    int count = Math.min(length, windowSamples - windowPosition);
    for (int i = 0; i < voices.length; i++) {
      System.arraycopy(mixer.voices()[i], windowPosition, voices[i], offset, count);
    }
    windowPosition += count;
    return count;
  }

  /**
   * Once {@link #read} has returned -1: what is wrong with the clip, such as "truncated: the header
   * promises 12.300 s, 4.100 s are there"; empty if it is whole.
   */
  public Optional<String> fault() {
    return fault.text();
  }

  /** What is wrong with the clip as far as it was read. */
  public Faults faults() {
    return ended ? fault : faults.soFar(rate);
  }

  /**
   * The format that was taken from the clip's name because nothing in its bytes tells it, as FFmpeg
   * names it; empty if the bytes tell. Whatever bears such a name decodes, noise too.
   */
  public Optional<String> formatFromName() {
    return demuxer.formatFromName();
  }

  /** Frees all native memory and closes the source. Further calls do nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // In this order; and FFmpeg's functions cannot take a null.
    if (frame != null) {
      av_frame_free(frame);
    }
    if (packet != null) {
      av_packet_free(packet);
    }
    if (codec != null) {
      avcodec_free_context(codec);
    }
    demuxer.close();
    io.close();
  }

  private void openCodec() throws AudioException {
    AVCodecParameters parameters = demuxer.parameters();
    channels = parameters.ch_layout().nb_channels();
    if (channels > MOST_CHANNELS) {
      throw io.undecodable(
          "has " + channels + " channels; no more than " + MOST_CHANNELS + " are decoded");
    }
    AVCodec decoder = avcodec_find_decoder(parameters.codec_id());
    codec = avcodec_alloc_context3(decoder);
    avcodec_parameters_to_context(codec, parameters);
    codec.pkt_timebase(demuxer.timeBase());
    codec.thread_count(1);
    codec.max_samples(LARGEST_FRAME);
    codec.err_recognition(avcodec.AV_EF_CRCCHECK);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "codec_whitelist", AllowedFormats.CODECS, 0);
    int result = avcodec_open2(codec, decoder, options);
    av_dict_free(options);
    if (result < 0) {
      throw io.undecodable(
          String.format(
              Locale.ROOT,
              "cannot decode %s with %d channel%s at %d Hz",
              demuxer.codecName(),
              channels,
              channels == 1 ? "" : "s",
              parameters.sample_rate()));
    }
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    rate = parameters.sample_rate();
  }

  /** The first frame tells the true rate, where headers may not: AAC may double it, for one. */
  private void decodeFirstFrame() throws AudioException {
    boolean found = decodeFrame();
    if (!found && faults.corruptPackets() > 0) {
      throw io.undecodable(
          faults.corruptPackets() == 1
              ? "no audio can be decoded: the only packet is corrupt"
              : "no audio can be decoded: all " + faults.corruptPackets() + " packets are corrupt");
    }
    if (rate < LOWEST_RATE || rate > HIGHEST_RATE) {
      throw io.undecodable(
          "a sample rate of " + rate + " Hz is outside " + LOWEST_RATE + ".." + HIGHEST_RATE);
    }
    info = known();
  }

  private AudioInfo known() {
    return new AudioInfo(rate, channels, demuxer.codecName(), demuxer.declaredSeconds());
  }

  /** Decodes the next frame that has samples; false at the end, with the fault set. */
  private boolean decodeFrame() throws AudioException {
    while (!ended) {
      io.throwIfFailed();
      int result = avcodec_receive_frame(codec, frame);
      if (result >= 0) {
        if (takeFrame()) {
          return true;
        }
      } else if (result == AVERROR_EOF()) {
        end();
      } else {
        if (result != AVERROR_EAGAIN()) {
          countCorrupt();
        }
        if (draining) {
          end();
        } else {
          sendPacket();
        }
      }
    }
    return false;
  }

  /** Hands the decoder the next packet of the stream, or the news that there is none. */
  private void sendPacket() throws AudioException {
    int result = demuxer.read(packet);
    io.throwIfFailed();
    if (result == AVERROR_EAGAIN()) {
      return;
    }
    if (result < 0) {
      if (result != AVERROR_EOF()) {
        faults.stop("the data breaks off at " + seconds());
      }
      draining = true;
      avcodec_send_packet(codec, null);
      return;
    }
    if (demuxer.isAudio(packet)) {
      isLastPacketCut = (packet.flags() & avcodec.AV_PKT_FLAG_CORRUPT) != 0;
      decodePacket();
    }
    av_packet_unref(packet);
  }

  private void decodePacket() throws AudioException {
    if (packet.size() > LARGEST_PACKET) {
      refuse(
          "a packet at %s has %,d bytes, more than the %,d allowed", packet.size(), LARGEST_PACKET);
      return;
    }
    int result = avcodec_send_packet(codec, packet);
    if (result == AVERROR_EINVAL()) {
      long samples = FrameSize.of(codec, packet);
      if (samples > LARGEST_FRAME) {
        refuse("a frame at %s has %,d samples, more than the %,d allowed", samples, LARGEST_FRAME);
        return;
      }
    }
    if (result < 0) {
      countCorrupt();
    }
  }

  /** Ends the clip before something that would cost too much memory. */
  private void refuse(String message, long found, long allowed) throws AudioException {
    faults.stop(String.format(Locale.ROOT, message, seconds(), found, allowed));
    end();
  }

  /** Ends the clip where what it is made of changes. */
  private void change(String message, int before, int after) throws AudioException {
    faults.stop(String.format(Locale.ROOT, message, before, after, seconds()));
    end();
  }

  /** Takes a frame; false if it gives no samples. */
  private boolean takeFrame() throws AudioException {
    if (info == null) {
      rate = frame.sample_rate();
      channels = frame.ch_layout().nb_channels();
      try {
        separate = wanted.of(channels);
      } catch (AudioException e) {
        throw e.of(known());
      }
    } else if (frame.sample_rate() != rate) {
      change("the sample rate changes from %d to %d Hz at %s", rate, frame.sample_rate());
      return false;
    } else if (separate != null && frame.ch_layout().nb_channels() != channels) {
      change(
          "the number of channels changes from %d to %d at %s",
          channels, frame.ch_layout().nb_channels());
      return false;
    }
    if (frame.decode_error_flags() != 0) {
      countCorrupt();
    }
    frameSamples = frame.nb_samples();
    mixedSamples = 0;
    longestFrame = Math.max(longestFrame, frameSamples);
    if (isSought) {
      align();
    }
    return mixedSamples < frameSamples;
  }

  /** Of a frame that begins before the position, leaves out what is; else fills up to it. */
  private void align() {
    long at = frame.best_effort_timestamp();
    if (at != AV_NOPTS_VALUE) {
      mixedSamples = (int) Math.max(0, Math.min(frameSamples, position - at));
      // A damaged timestamp may be anything.
      missing = Math.max(0, Math.min(at, demuxer.declaredSamples()) - position);
    }
  }

  private void mixSilence() {
    int count =
        mixer.silence(
            (int) Math.min(Integer.MAX_VALUE, missing), separate == null ? 1 : separate.length);
    missing -= count;
    position += count;
    windowPosition = 0;
    windowSamples = count;
  }

  private void mixWindow() throws AudioException {
    int count = mix(Integer.MAX_VALUE);
    int finite = count;
    for (float[] voice : mixer.voices()) {
      finite = countFinite(voice, finite);
    }
    if (finite < count) {
      mixer.uncount();
      if (finite > 0) {
        mix(finite);
      }
    }
    mixedSamples += count;
    position += finite;
    windowPosition = 0;
    windowSamples = finite;
    if (finite < count) {
      faults.stop("contains NaN/Inf or absurd values at " + seconds());
      end();
    }
  }

  private int mix(int most) {
    return mixer.mix(frame, mixedSamples, most, separate, countFrom - position, countTo - position);
  }

  private static int countFinite(float[] samples, int count) {
    for (int i = 0; i < count; i++) {
      // What is no number fails the comparison too.
      if (!(Math.abs(samples[i]) <= LARGEST_SAMPLE)) {
        return i;
      }
    }
    return count;
  }

  private void countCorrupt() {
    if (position >= countFrom && position < countTo) {
      faults.addCorrupt(position);
    }
  }

  private void end() throws AudioException {
    ended = true;
    frameSamples = 0;
    mixedSamples = 0;
    fault = faults.describe(demuxer, position, rate, longestFrame, isLastPacketCut);
  }

  /** Where decoding stands. */
  private String seconds() {
    return DecodingFaults.seconds(position, rate);
  }
}
