package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_max_alloc;

/** FFmpeg's settings for the whole process. */
final class Ffmpeg {

  /**
   * The most that FFmpeg allocates at once, whatever a header asks for: enough for the index of an
   * M4A file of a whole day.
   */
  private static final long LARGEST_ALLOCATION = 128L << 20;

  static {
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(LARGEST_ALLOCATION);
  }

  private Ffmpeg() {}

  /** Loads FFmpeg's libraries if they are not; {@link NativeLibraries#prepare} comes first. */
  static void load() {
    // The initialiser has done it.
  }
}
