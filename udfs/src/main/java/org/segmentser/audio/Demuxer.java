package org.segmentser.audio;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_CUSTOM_IO;
import static org.bytedeco.ffmpeg.global.avcodec.av_get_bits_per_sample;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_STREAM;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_SEEKABLE_NORMAL;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_find_input_format;
import static org.bytedeco.ffmpeg.global.avformat.av_probe_input_buffer2;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_seek_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOMEM;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.segmentser.audio.AudioException.Kind;

/**
 * The container of a clip: its format, the audio stream that is decoded, and that stream's packets.
 * Not thread-safe.
 */
final class Demuxer implements AutoCloseable {
  /** Far above what films have; each costs memory. */
  private static final int MOST_STREAMS = 64;

  /** How much of a clip is looked at to find its streams; far more than audio needs. */
  private static final long PROBE_BYTES = 1L << 20;

  /** Formats whose uncompressed audio stands where its samples' numbers say. */
  private static final Set<String> EXACT_FOR_PCM = Set.of("wav", "w64", "aiff", "caf");

  private final SourceIo io;
  private AVFormatContext format;
  private String name;
  private boolean isFromName;
  private WaveData waveData;
  private AVStream stream;

  /** Whether FFmpeg counts fewer bytes to a sample than there are. */
  private boolean isWider;

  /** Opens nothing yet. The source stays the caller's to close, after this. */
  Demuxer(SourceIo io) {
    this.io = io;
  }

  /**
   * Opens the container and chooses its audio stream.
   *
   * @param hint as of {@link AllowedFormats#hint}
   * @throws AudioException if it is none, or holds no audio
   */
  void open(String hint) throws AudioException {
    if (io.length() == 0) {
      throw new AudioException(Kind.UNDECODABLE, "the file is empty (0 bytes)");
    }
    AVInputFormat input = chooseFormat(hint);
    name = input.name().getString();
    String longName = input.long_name().getString();
    if (name.equals("wav") || name.equals("w64")) {
      waveData = WaveData.read(io);
      // Else FFmpeg looks for tags behind the samples.
      io.context().seekable(0);
    } else if (name.equals("aiff")) {
      Id3Tags.hideInAiff(io);
    } else if (name.startsWith("mov")) {
      MovIndex.check(io.context(), io.length());
    } else if (name.startsWith("matroska")) {
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
    av_dict_set(options, "format_whitelist", AllowedFormats.FORMATS, 0);
    av_dict_set(options, "codec_whitelist", AllowedFormats.CODECS, 0);
    av_dict_set(options, "protocol_whitelist", "none", 0);
    if (name.equals("wav") && waveData.isOpen()) {
      // Else FFmpeg takes most of the sizes that mean nothing for true ones, and stops there.
      av_dict_set(options, "ignore_length", "1", 0);
    }
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
      throw io.undecodable(what + " (" + longName + ")");
    }
    discardAllBut(other -> other.codecpar().codec_type() == AVMEDIA_TYPE_AUDIO);
    avformat_find_stream_info(format, (AVDictionary) null);
    io.throwIfFailed();
    int best = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, (AVCodec) null, 0);
    if (best < 0) {
      throw io.undecodable("holds no audio stream (" + longName + ")");
    }
    discardAllBut(other -> other.index() == best);
    stream = format.streams(best);
    if (waveData != null) {
      takeWholeSamples();
    }
  }

  /**
   * FFmpeg takes the bits that count for those of a sample, and 24 bits in 32 for a format of its
   * own. They are the highest ones, so the whole sample has the same value.
   */
  private void takeWholeSamples() {
    AVCodecParameters parameters = stream.codecpar();
    int codec =
        switch (waveData.storedBits()) {
          case 16 -> avcodec.AV_CODEC_ID_PCM_S16LE;
          case 24 -> avcodec.AV_CODEC_ID_PCM_S24LE;
          case 32 -> avcodec.AV_CODEC_ID_PCM_S32LE;
          default -> parameters.codec_id();
        };
    int bytes = av_get_bits_per_sample(codec) / 8 * parameters.ch_layout().nb_channels();
    if (codec != parameters.codec_id() && bytes == parameters.block_align()) {
      parameters.codec_id(codec);
      isWider = true;
    }
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
    if (found != null && AllowedFormats.isFormat(found.name().getString())) {
      if (AllowedFormats.isHeaderless(found.name().getString())) {
        AVInputFormat unnamed = probe("clip");
        isFromName = unnamed == null || !unnamed.equals(found);
      }
      return found;
    }
    if (!hint.isEmpty()) {
      // Raw audio has no mark, and looks like something else now and then.
      isFromName = true;
      return av_find_input_format(hint);
    }
    throw io.undecodable(
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

  /** Parameters of the audio stream. */
  AVCodecParameters parameters() {
    return stream.codecpar();
  }

  /** The audio stream's unit of time. */
  AVRational timeBase() {
    return stream.time_base();
  }

  /** Reads the next packet of any stream; FFmpeg's result. */
  int read(AVPacket packet) {
    return av_read_frame(format, packet);
  }

  /** Whether a packet is of the audio stream. */
  boolean isAudio(AVPacket packet) {
    return packet.stream_index() == stream.index();
  }

  /**
   * Goes on with the packet that holds a sample, or with one before it.
   *
   * @return FFmpeg's result; negative where there is none
   */
  int seek(long sample) {
    return av_seek_frame(format, stream.index(), sample, AVSEEK_FLAG_BACKWARD);
  }

  /** Samples that a clip in a format that seeks exactly states; 0 if it states none. */
  long declaredSamples() {
    return Math.max(0, stream.duration());
  }

  /**
   * Samples of the clip at its own rate, if it can be entered exactly at any of them, states how
   * many they are and, where it is not compressed, is long enough for them. Moves the position.
   *
   * @throws AudioException when the source fails or the deadline passes
   */
  OptionalLong exactSamples() throws AudioException {
    boolean isInSamples =
        stream.time_base().num() == 1
            && stream.time_base().den() == stream.codecpar().sample_rate();
    // Where it finds a sample depends on how long it takes them to be.
    long samples = isInSamples && !isWider ? statedSamples() : 0;
    return samples > 0 ? OptionalLong.of(samples) : OptionalLong.empty();
  }

  /** As {@link #exactSamples}; 0 for none. */
  private long statedSamples() throws AudioException {
    boolean isFlac = name.equals("flac") && codecName().equals("flac");
    if (!isFlac && !(isPcm() && EXACT_FOR_PCM.contains(name))) {
      return 0;
    }
    if (isFlac) {
      return !Double.isNaN(declaredSeconds()) && startsAt(0) ? declaredSamples() : 0;
    }
    // FFmpeg finds samples by what a header says of bytes, which may contradict itself.
    AVCodecParameters parameters = stream.codecpar();
    int bits = av_get_bits_per_sample(parameters.codec_id());
    long frame = (long) parameters.ch_layout().nb_channels() * bits / 8;
    long rate = 8 * frame * parameters.sample_rate();
    if (frame == 0
        || parameters.block_align() != frame
        || (parameters.bit_rate() != 0 && parameters.bit_rate() != rate)) {
      return 0;
    }
    if (waveData != null) {
      boolean isThere = waveData.promised() <= waveData.present(io.length());
      return isThere ? waveData.promised() / frame : 0;
    }
    long samples =
        name.equals("caf")
            ? CafData.bytes(io.context()) / frame
            : Double.isNaN(declaredSeconds()) ? 0 : declaredSamples();
    return samples > 0 && seek(samples - 1) >= 0 && startsAt(samples - 1) ? samples : 0;
  }

  /** Whether the next packet's first sample is this one. */
  private boolean startsAt(long sample) throws AudioException {
    AVPacket packet = av_packet_alloc();
    try {
      int result = read(packet);
      io.throwIfFailed();
      boolean isThere = result >= 0 && isAudio(packet);
      return isThere && (packet.pts() == AV_NOPTS_VALUE ? packet.dts() : packet.pts()) == sample;
    } finally {
      av_packet_free(packet);
    }
  }

  /** The format that nothing but the clip's name told, as FFmpeg names it. */
  Optional<String> formatFromName() {
    return isFromName ? Optional.of(name) : Optional.empty();
  }

  /** Seconds that the file states, or NaN. */
  double declaredSeconds() {
    boolean stated = format.duration_estimation_method() == AVFMT_DURATION_FROM_STREAM;
    // The "fact" of a compressed WAVE file is wrong too often, and of one from a pipe always.
    boolean trusted = waveData == null || (isPcm() && waveData.promised() > 0);
    if (!stated || !trusted || format.duration() < 0) {
      return Double.NaN;
    }
    if (isWider) {
      AVCodecParameters parameters = stream.codecpar();
      return (double) waveData.promised() / parameters.block_align() / parameters.sample_rate();
    }
    return stream.duration() < 0
        ? format.duration() / (double) AV_TIME_BASE
        : stream.duration() * tick();
  }

  /** Whether {@link #declaredSeconds} is of the audio alone, not of a film that it belongs to. */
  boolean declaresAudio() {
    return stream.duration() >= 0 || format.nb_streams() == 1;
  }

  /** Seconds of a unit of the stream's time. */
  double tick() {
    return (double) stream.time_base().num() / stream.time_base().den();
  }

  /** Whether the audio is not compressed. */
  boolean isPcm() {
    return codecName().startsWith("pcm_");
  }

  /** The codec as FFmpeg names it. */
  String codecName() {
    BytePointer name = avcodec_get_name(stream.codecpar().codec_id());
    return name.getString();
  }

  /**
   * In words, how the file falls short of what it states; empty if it does not.
   *
   * @param isLastPacketCut as FFmpeg marked it
   * @param shortfall what is missing of the stated duration, in words; empty for nothing
   */
  Optional<String> truncation(boolean isLastPacketCut, Optional<String> shortfall)
      throws AudioException {
    if (io.shortness().isPresent()) {
      return io.shortness();
    }
    Optional<String> missing = missing(isLastPacketCut, shortfall);
    // What was written behind the listed end is read when it is listed.
    return missing.isPresent() ? io.growth().or(() -> missing) : missing;
  }

  private Optional<String> missing(boolean isLastPacketCut, Optional<String> shortfall)
      throws AudioException {
    if (waveData != null) {
      long present = waveData.present(io.length());
      return waveData.promised() <= present
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "truncated: the header promises %d bytes of audio, %d are there",
                  waveData.promised(),
                  present));
    }
    if (shortfall.isPresent()) {
      return shortfall;
    }
    boolean isCut = (isLastPacketCut && !isPcm()) || (name.equals("ogg") && OggPages.isCut(io));
    return isCut ? Optional.of("truncated: the file ends inside a packet") : Optional.empty();
  }

  /** Frees all native memory. The source must still be open. */
  @Override
  public void close() {
    if (format != null) {
      avformat_close_input(format);
    }
  }
}
