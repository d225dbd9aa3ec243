package org.segmentser.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;

/** A file that became shorter after it was listed, on any file system. */
public final class Shortened {
  private Shortened() {}

  /** Writes the file, and reads it as if it had been listed with more bytes. */
  public static void check(String uri, Configuration conf) throws IOException {
    byte[] listed = Clips.wav(16_000, Clips.noise(160_000, 1));
    for (int there : new int[] {128_044, 600, 0}) {
      Path path = new Path(uri);
      try (OutputStream out = path.getFileSystem(conf).create(path, true)) {
        out.write(Arrays.copyOf(listed, there));
      }
      ClipOutcome outcome = read(uri, listed.length, conf);
      assertThat(outcome.status())
          .as(outcome.toString())
          .isEqualTo(there == 0 ? Status.UNDECODABLE : Status.SCORED);
      assertThat(outcome.reason())
          .startsWith(
              String.format(
                  Locale.ROOT,
                  "the file became shorter: 320,044 bytes were listed, %,d are there",
                  there));
    }
  }

  private static ClipOutcome read(String uri, long listed, Configuration conf) {
    ClipSettings settings = ClipSettings.of(Segmentation.DEFAULT);
    try (ClipReader clip =
        ClipReader.open(
            () -> HadoopSource.open(AudioLocation.ofFile(uri, listed), conf), uri, settings)) {
      while (clip.outcome() == null) {
        clip.next();
      }
      return clip.outcome();
    }
  }
}
