package org.segmentser.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
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

  /**
   * Writes the file, and reads it as if it had been listed with more bytes: as a whole, and as a
   * stretch behind other bytes.
   */
  public static void check(String uri, Configuration conf) throws IOException {
    for (int offset : new int[] {0, 1_000}) {
      check(uri, offset, conf);
    }
  }

  private static void check(String uri, int offset, Configuration conf) throws IOException {
    byte[] listed = Clips.wav(16_000, Clips.noise(160_000, 1));
    for (int there : new int[] {128_044, 600, 0}) {
      Path path = new Path(uri);
      try (OutputStream out = path.getFileSystem(conf).create(path, true)) {
        out.write(new byte[offset]);
        out.write(Arrays.copyOf(listed, there));
      }
      AudioLocation location =
          new AudioLocation(uri, offset, (long) listed.length, offset == 0 ? null : "a.wav", null);
      ClipOutcome outcome = read(location, conf);
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

  private static ClipOutcome read(AudioLocation location, Configuration conf) {
    ClipSettings settings = ClipSettings.of(Segmentation.DEFAULT);
    try (Sources sources = new Sources(conf);
        ClipReader clip = ClipReader.open(() -> sources.open(location), location.uri(), settings)) {
      while (clip.outcome() == null) {
        clip.next();
      }
      return clip.outcome();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
