package org.segmentser.audio;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/**
 * What FFmpeg may use on a clip: audio containers and codecs, and no protocol at all. Without this
 * a playlist that is called a recording would make it open other files, or the network.
 */
final class AllowedFormats {

  /** Names of demuxers. */
  static final String FORMATS =
      "wav,w64,flac,mp3,ogg,matroska,webm,mov,mp4,m4a,aac,aiff,au,caf,nistsphere,"
          + "amr,amrnb,amrwb,gsm,g722";

  /** Names of decoders. */
  static final String CODECS =
      "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_u16le,pcm_u16be,pcm_s24le,pcm_s24be,pcm_u24le,"
          + "pcm_u24be,pcm_s32le,pcm_s32be,pcm_u32le,pcm_u32be,pcm_s64le,pcm_s64be,"
          + "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_mulaw,pcm_alaw,"
          + "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_yamaha,adpcm_swf,g722,g726,g726le,"
          + "gsm,gsm_ms,amrnb,amrwb,flac,alac,mp1float,mp1,mp2float,mp2,"
          + "mp3float,mp3,aac,vorbis,opus";

  private static final Set<String> FORMAT_NAMES = Set.of(FORMATS.split(","));

  /** Formats without a mark of their own, or with a weak one when a clip is short. */
  private static final Set<String> HINTS = Set.of("aac", "amr", "g722", "gsm", "mp3");

  /** Formats of which anything at all can be a clip. */
  private static final Set<String> HEADERLESS = Set.of("g722", "gsm");

  private AllowedFormats() {}

  /** Whether a demuxer with these names, separated by commas, is one of {@link #FORMATS}. */
  static boolean isFormat(String names) {
    return Arrays.stream(names.split(",")).anyMatch(FORMAT_NAMES::contains);
  }

  /** Whether the bytes may not tell a format: none do of G.722, and few of GSM. */
  static boolean isHeaderless(String name) {
    return HEADERLESS.contains(name);
  }

  /**
   * The demuxer that the extension of {@code name} speaks for, where the bytes alone may not tell;
   * else empty. A wrong extension does no harm: a clear mark in the bytes counts for more.
   */
  static String hint(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return HINTS.contains(extension) ? extension : "";
  }
}
