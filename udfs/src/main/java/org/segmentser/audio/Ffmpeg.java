package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_version;
import static org.bytedeco.ffmpeg.global.avformat.avformat_version;
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

  private static boolean isLoaded;

  private Ffmpeg() {}

  /**
   * Loads FFmpeg's libraries if they are not.
   *
   * @throws NativeLibraries.UnsafeException see {@link NativeLibraries#load}
   * @throws NativeLibraries.UnloadableException see there
   */
  static synchronized void load() {
    if (!isLoaded) {
      NativeLibraries.load(
          () -> {
            av_log_set_level(AV_LOG_QUIET);
            av_max_alloc(LARGEST_ALLOCATION);
            avcodec_version();
            avformat_version();
          });
      isLoaded = true;
    }
  }
}
