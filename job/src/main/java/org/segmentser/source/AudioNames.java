package org.segmentser.source;

import java.util.Locale;
import java.util.Set;

/** What names tell of files. */
final class AudioNames {
  private static final Set<String> AUDIO =
      Set.of(
          "3gp", "aac", "aif", "aifc", "aiff", "alaw", "amr", "au", "awb", "caf", "flac", "g722",
          "gsm", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpga", "oga", "ogg", "opus", "rf64",
          "snd", "ulaw", "w64", "wav", "wave", "webm", "wma");

  private AudioNames() {}

  /** Whether a name ends as those of audio files do. */
  static boolean isAudio(String name) {
    return AUDIO.contains(extension(name));
  }

  /** What follows the last dot of a path's last part, in lower case; all of that if it has none. */
  static String extension(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
