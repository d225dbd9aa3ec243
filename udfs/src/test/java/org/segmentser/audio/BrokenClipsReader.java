package org.segmentser.audio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads broken clips in a process of its own, whose heap does not grow, and prints by how many
 * megabytes the process did.
 */
final class BrokenClipsReader {
  private BrokenClipsReader() {}

  /**
   * Reads them.
   *
   * @param directory the only one, of the clips
   */
  public static void main(String[] directory) throws IOException {
    List<byte[]> broken = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(directory[0]))) {
      files.sorted().map(Clips::bytes).forEach(broken::add);
    }
    residentAfter(1500, broken);
    long before = residentAfter(3000, broken);
    residentAfter(4000, broken);
    System.out.println(residentAfter(3000, broken) - before);
  }

  /**
   * The least megabytes that the process had while some clips were read: what it does not give
   * back.
   */
  private static long residentAfter(int clips, List<byte[]> broken) throws IOException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < clips; i++) {
      try {
        Clips.decode(broken.get(i % broken.size()), "a.wav");
      } catch (AudioException e) {
        // As most of them are.
      }
      if (i % 500 == 0) {
        least = Math.min(least, residentMegabytes());
      }
    }
    return least;
  }

  private static long residentMegabytes() throws IOException {
    System.gc();
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(l -> l.startsWith("VmRSS")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    }
  }
}
