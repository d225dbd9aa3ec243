package org.segmentser.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.segmentser.audio.ByteArraySource;

/**
 * Reads files in a process of its own, whose memory then is known: a line for each with its status,
 * the most megabytes that the process had meanwhile, and the reason.
 */
final class BombReader {
  private BombReader() {}

  public static void main(String[] files) throws IOException {
    for (String file : files) {
      // Begins the process's high-water mark anew.
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
      byte[] bytes = Files.readAllBytes(Path.of(file));
      ClipOutcome outcome;
      try (ClipReader clip =
          ClipReader.open(
              () -> new ByteArraySource(bytes), file, ClipSettings.of(Segmentation.DEFAULT))) {
        while (clip.outcome() == null) {
          clip.next();
        }
        outcome = clip.outcome();
      }
      System.out.println(
          String.join("\t", file, outcome.status().label(), peakMegabytes(), outcome.reason()));
    }
  }

  private static String peakMegabytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(l -> l.startsWith("VmHWM")).findFirst().orElseThrow();
      return String.valueOf(Long.parseLong(line.replaceAll("\\D", "")) / 1024);
    }
  }
}
