package org.segmentser.audio;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_CUSTOM_IO;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_STREAM;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_SEEKABLE_NORMAL;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_find_input_format;
import static org.bytedeco.ffmpeg.global.avformat.av_probe_input_buffer2;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EINVAL;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOMEM;

import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Predicate;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.segmentser.audio.AudioException.Kind;

/**
 * One clip as a stream of mono samples at its own rate, decoded in this process by FFmpeg's
 * libraries straight from a {@link ByteSource}.
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

  /** Far above what films have; each costs memory. */
  private static final int MOST_STREAMS = 64;

  /** Far above what is recorded; a frame has as many planes. */
  private static final int MOST_CHANNELS = 64;

  /** Bytes of one packet: a second of eight channels at 96 kHz, 32 bits each, and more. */
  private static final int LARGEST_PACKET = 4 << 20;

  /** Samples of one frame, of all channels together. */
  private static final int LARGEST_FRAME = 4 << 20;

  /** How much of a clip is looked at to find its streams; far more than audio needs. */
  private static final long PROBE_BYTES = 1L << 20;

  /** Full scale is 1; far above it, sums overflow. */
  private static final float LARGEST_SAMPLE = 1e12f;

  private final SourceIo io;
  private final FrameMixer mixer = new FrameMixer();
  private AVFormatContext format;
  private AVCodecContext codec;
  private AVPacket packet;
  private AVFrame frame;
  private boolean closed;

  private String formatName;
  private boolean formatFromName;
  private WaveData waveData;
  private AVStream stream;
  private int streamIndex;
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
  private long decoded;
  private long corruptPackets;
  private long firstCorruptAt;
  private boolean lastPacketCut;
  private String stopReason;
  private String fault;

  private AudioDecoder(SourceIo io) {
    this.io = io;
  }

  /**
   * Opens a clip and decodes its first frame.
   *
   * @param opener of the source, which is closed with the decoder, also when this fails
   * @param name file name or URI; its extension tells formats that have no mark of their own
   * @param deadlineNanos value of {@link System#nanoTime()} from which on this and every read fail
   *     with {@link Kind#TIMED_OUT}
   * @throws AudioException when the source cannot be read or holds nothing to decode
   * @throws NativeLibraries.UnsafeException see {@link NativeLibraries#prepare}
   */
  public static AudioDecoder open(ByteSource.Opener opener, String name, long deadlineNanos)
      throws AudioException {
    NativeLibraries.prepare();
    Ffmpeg.load();
    AudioDecoder decoder = new AudioDecoder(new SourceIo(opener, deadlineNanos));
    boolean opened = false;
    try {
      decoder.openFormat(Accepted.hint(name));
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
   * Reads up to {@code length} samples into {@code mono} at {@code offset}: the average of all
   * channels, nominally in [-1, 1), always finite.
   *
   * @param length at least 1
   * @return the number of samples, at least 1; -1 at the end of what can be decoded
   * @throws AudioException when the source fails or the deadline passes
   */
  public int read(float[] mono, int offset, int length) throws AudioException {
    while (windowPosition == windowSamples) {
      if (ended || !(mixedSamples < frameSamples ? mixWindow() : decodeFrame())) {
        return -1;
      }
    }
    int count = Math.min(length, windowSamples - windowPosition);
    System.arraycopy(mixer.mono(), windowPosition, mono, offset, count);
    windowPosition += count;
    return count;
  }

  /**
   * Once {@link #read} has returned -1: what is wrong with the clip, such as "truncated: the header
   * promises 12.300 s, 4.100 s are there"; empty if it is whole.
   */
  public Optional<String> fault() {
    return Optional.ofNullable(fault);
  }

  /**
   * The format that was taken from the clip's name because nothing in its bytes tells it, as FFmpeg
   * names it; empty if the bytes tell. Whatever bears such a name decodes, noise too.
   */
  public Optional<String> formatFromName() {
    return formatFromName ? Optional.of(formatName) : Optional.empty();
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
    if (format != null) {
      avformat_close_input(format);
    }
    io.close();
  }

  private void openFormat(String hint) throws AudioException {
    if (io.length() == 0) {
      throw new AudioException(Kind.UNDECODABLE, "the file is empty (0 bytes)");
    }
    AVInputFormat input = chooseFormat(hint);
    formatName = input.name().getString();
    String longName = input.long_name().getString();
    if (formatName.equals("wav") || formatName.equals("w64")) {
      waveData = WaveData.read(io);
      // Else FFmpeg looks for tags behind the samples.
      io.context().seekable(0);
    } else if (formatName.equals("aiff")) {
      Id3Tags.hideInAiff(io);
    } else if (formatName.startsWith("mov")) {
      MovIndex.check(io.context(), io.length());
    } else if (formatName.startsWith("matroska")) {
      MatroskaBlocks.check(io.context(), io.length());
    }
    io.throwIfFailed();
    avio_seek(io.context(), 0, 0);

    format = avformat_alloc_context();
    format.pb(io.context());
    format.flags(format.flags() | AVFMT_FLAG_CUSTOM_IO);
    format.probesize(PROBE_BYTES);
    // Else the samples of a 16-bit WAV are searched for DTS, at seven times the cost of opening it.
    format.max_probe_packets(1);
    format.max_streams(MOST_STREAMS);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "format_whitelist", Accepted.FORMATS, 0);
    av_dict_set(options, "codec_whitelist", Accepted.CODECS, 0);
    av_dict_set(options, "protocol_whitelist", "none", 0);
    int result = avformat_open_input(format, "", input, options);
    av_dict_free(options);
    io.context().seekable(AVIO_SEEKABLE_NORMAL);
    if (result < 0) {
      String what =
          result == AVERROR_EOF()
              ? "the file ends inside its header"
              : result == AVERROR_ENOMEM()
                  ? "the header asks for more memory than a clip may have"
                  : "damaged header";
      throw undecodable(what + " (" + longName + ")");
    }
    discardAllBut(stream -> stream.codecpar().codec_type() == AVMEDIA_TYPE_AUDIO);
    avformat_find_stream_info(format, (AVDictionary) null);
    io.throwIfFailed();
    streamIndex = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, (AVCodec) null, 0);
    if (streamIndex < 0) {
      throw undecodable("holds no audio stream (" + longName + ")");
    }
    discardAllBut(stream -> stream.index() == streamIndex);
    stream = format.streams(streamIndex);
  }

  private void discardAllBut(Predicate<AVStream> wanted) {
    for (int i = 0; i < format.nb_streams(); i++) {
      AVStream other = format.streams(i);
      if (!wanted.test(other)) {
        other.discard(avcodec.AVDISCARD_ALL);
      }
    }
  }

  /** Finds the format from the first bytes; the position is then at the start again. */
  private AVInputFormat chooseFormat(String hint) throws AudioException {
    AVInputFormat found = probe("clip." + hint);
    if (found != null && Accepted.isFormat(found.name().getString())) {
      if (Accepted.isHeaderless(found.name().getString())) {
        AVInputFormat unnamed = probe("clip");
        formatFromName = unnamed == null || !unnamed.equals(found);
      }
      return found;
    }
    if (!hint.isEmpty()) {
      // Raw audio has no mark, and looks like something else now and then.
      formatFromName = true;
      return av_find_input_format(hint);
    }
    throw undecodable(
        found != null
            ? "not audio: looks like " + found.long_name().getString()
            : "not audio: no audio format recognised");
  }

  /** The format that the first bytes and {@code name} speak for; null if there is none. */
  private AVInputFormat probe(String name) {
    AVInputFormat found = new AVInputFormat((Pointer) null);
    int result = av_probe_input_buffer2(io.context(), found, name, null, 0, (int) PROBE_BYTES);
    return result >= 0 ? found : null;
  }

  private void openCodec() throws AudioException {
    AVCodecParameters parameters = stream.codecpar();
    channels = parameters.ch_layout().nb_channels();
    if (channels > MOST_CHANNELS) {
      throw undecodable(
          "has " + channels + " channels; no more than " + MOST_CHANNELS + " are decoded");
    }
    AVCodec decoder = avcodec_find_decoder(parameters.codec_id());
    codec = avcodec_alloc_context3(decoder);
    avcodec_parameters_to_context(codec, parameters);
    codec.pkt_timebase(stream.time_base());
    codec.thread_count(1);
    codec.max_samples(LARGEST_FRAME);
    codec.err_recognition(avcodec.AV_EF_CRCCHECK);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "codec_whitelist", Accepted.CODECS, 0);
    int result = avcodec_open2(codec, decoder, options);
    av_dict_free(options);
    if (result < 0) {
      throw undecodable(
          String.format(
              Locale.ROOT,
              "cannot decode %s with %d channels at %d Hz",
              codecName(),
              channels,
              parameters.sample_rate()));
    }
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    rate = parameters.sample_rate();
  }

  /** The first frame tells the true rate, where headers may not: AAC may double it, for one. */
  private void decodeFirstFrame() throws AudioException {
    boolean found = decodeFrame();
    if (!found && corruptPackets > 0) {
      throw undecodable("no audio can be decoded: all " + corruptPackets + " packets are corrupt");
    }
    if (rate < LOWEST_RATE || rate > HIGHEST_RATE) {
      throw undecodable(
          "a sample rate of " + rate + " Hz is outside " + LOWEST_RATE + ".." + HIGHEST_RATE);
    }
    info = new AudioInfo(rate, channels, codecName(), declaredSeconds());
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
    int result = av_read_frame(format, packet);
    io.throwIfFailed();
    if (result == AVERROR_EAGAIN()) {
      return;
    }
    if (result < 0) {
      if (result != AVERROR_EOF()) {
        stopReason = "the data breaks off at " + seconds(decoded);
      }
      draining = true;
      avcodec_send_packet(codec, null);
      return;
    }
    if (packet.stream_index() == streamIndex) {
      lastPacketCut = (packet.flags() & avcodec.AV_PKT_FLAG_CORRUPT) != 0;
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
    stopReason = String.format(Locale.ROOT, message, seconds(decoded), found, allowed);
    end();
  }

  /** Mixes the frame; false if it gives no samples. */
  private boolean takeFrame() throws AudioException {
    if (decoded == 0) {
      rate = frame.sample_rate();
      channels = frame.ch_layout().nb_channels();
    } else if (frame.sample_rate() != rate) {
      stopReason =
          String.format(
              Locale.ROOT,
              "the sample rate changes from %d to %d Hz at %s",
              rate,
              frame.sample_rate(),
              seconds(decoded));
      end();
      return false;
    }
    if (frame.decode_error_flags() != 0) {
      countCorrupt();
    }
    frameSamples = frame.nb_samples();
    mixedSamples = 0;
    longestFrame = Math.max(longestFrame, frameSamples);
    return frameSamples > 0 && mixWindow();
  }

  /** Mixes more of the frame; false if that gives no samples. */
  private boolean mixWindow() throws AudioException {
    int count = mixer.mix(frame, mixedSamples);
    int finite = countFinite(mixer.mono(), count);
    mixedSamples += count;
    windowPosition = 0;
    windowSamples = finite;
    decoded += finite;
    if (finite < count) {
      stopReason = "contains NaN/Inf or absurd values at " + seconds(decoded);
      end();
    }
    return finite > 0;
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
    if (corruptPackets++ == 0) {
      firstCorruptAt = decoded;
    }
  }

  private void end() throws AudioException {
    ended = true;
    fault = describeFault();
  }

  /** One fragment for all that is wrong, or null. */
  private String describeFault() throws AudioException {
    double declared = declaredSeconds();
    boolean complete = decoded >= (declared - tolerance()) * rate;
    StringJoiner faults = new StringJoiner("; ").setEmptyValue("");
    if (stopReason != null) {
      faults.add(stopReason);
    }
    // Behind a complete clip there may be tags, which a decoder takes for damaged audio.
    boolean onlyTags = complete && firstCorruptAt == decoded;
    if (corruptPackets > 0 && !onlyTags) {
      faults.add(
          corruptPackets == 1
              ? "1 corrupt packet at " + seconds(firstCorruptAt)
              : corruptPackets + " corrupt packets, the first at " + seconds(firstCorruptAt));
    }
    if (io.shortness().isPresent()) {
      faults.add(io.shortness().get());
    } else if (waveData != null) {
      long present = waveData.present(io.length());
      if (waveData.promised() > present) {
        faults.add(
            String.format(
                Locale.ROOT,
                "truncated: the header promises %d bytes of audio, %d are there",
                waveData.promised(),
                present));
      }
    } else if (declared > 0 && !complete && stopReason == null) {
      faults.add(
          String.format(
              Locale.ROOT,
              "truncated: the header promises %.3f s, %s are there",
              declared,
              seconds(decoded)));
    } else if ((lastPacketCut && !isPcm()) || (formatName.equals("ogg") && OggPages.isCut(io))) {
      faults.add("truncated: the file ends inside a packet");
    }
    return faults.length() == 0 ? null : faults.toString();
  }

  /** The duration that the file states, or NaN. */
  private double declaredSeconds() {
    boolean stated = format.duration_estimation_method() == AVFMT_DURATION_FROM_STREAM;
    // The "fact" of a compressed WAVE file is wrong too often.
    boolean trusted = waveData == null || isPcm();
    if (!stated || !trusted || format.duration() < 0) {
      return Double.NaN;
    }
    return stream.duration() < 0
        ? format.duration() / (double) AV_TIME_BASE
        : stream.duration() * tick();
  }

  /** How many seconds a good clip may fall short: encoder delay and padding count in headers. */
  private double tolerance() {
    boolean exact = isPcm() || codecName().equals("flac");
    return 2 * tick() + (exact ? 0.0 : 4.0 * longestFrame / rate);
  }

  private double tick() {
    return (double) stream.time_base().num() / stream.time_base().den();
  }

  private boolean isPcm() {
    return codecName().startsWith("pcm_");
  }

  private String codecName() {
    BytePointer name = avcodec_get_name(stream.codecpar().codec_id());
    return name.getString();
  }

  private String seconds(long samples) {
    return String.format(Locale.ROOT, "%.3f s", (double) samples / rate);
  }

  /** The reason that FFmpeg's failure has: the source or the deadline, else {@code message}. */
  private AudioException undecodable(String message) throws AudioException {
    io.throwIfFailed();
    String whole = io.shortness().map(shortness -> shortness + "; " + message).orElse(message);
    return new AudioException(Kind.UNDECODABLE, whole);
  }
}
