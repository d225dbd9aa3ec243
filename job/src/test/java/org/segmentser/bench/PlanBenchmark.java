package org.segmentser.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.source.Clip;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.ClipSample;
import org.segmentser.source.InputListing;
import org.segmentser.source.ListedClips;

/**
 * What clips cost the driver before any is read: the time of listing files on the local disk, of
 * dealing them out and of choosing a sample, and the heap that the list takes while it is kept.
 *
 * <p>Arguments: numbers of clips.
 */
public final class PlanBenchmark {
  private static final int PER_DIRECTORY = 1000;
  private static final int CORES = 1600;

  private PlanBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    System.out.println(Figures.machine());
    Figures.head("clips", "listing", "dealing out to 1,600 cores", "sample", "heap a clip");
    for (String count : args) {
      measure(Integer.parseInt(count));
    }
  }

  private static void measure(int count) throws Exception {
    try (Scratch scratch = new Scratch()) {
      byte[] content = new byte[64];
      for (int i = 0; i < count; i++) {
        Path directory = scratch.path().resolve("directory-" + i / PER_DIRECTORY);
        if (i % PER_DIRECTORY == 0) {
          Files.createDirectory(directory);
        }
        Files.write(directory.resolve("recording-" + i + ".wav"), content);
      }
      long before = live();
      long began = System.nanoTime();
      ListedClips listed =
          InputListing.list(List.of(scratch.path().toString()), new Configuration());
      double listingS = secondsSince(began);
      began = System.nanoTime();
      List<List<Clip>> partitions = ClipPartitions.deal(listed.clips(), CORES);
      double dealingS = secondsSince(began);
      began = System.nanoTime();
      List<ClipSample.Kind> sample = ClipSample.of(listed.clips());
      double sampleS = secondsSince(began);
      long heap = live() - before;
      Figures.row(
          String.format(Locale.ROOT, "%,d", listed.clips().size()),
          String.format(Locale.ROOT, "%.2f s", listingS),
          String.format(Locale.ROOT, "%.2f s, %,d partitions", dealingS, partitions.size()),
          String.format(Locale.ROOT, "%.2f s, %d clips", sampleS, ClipSample.inTurn(sample).size()),
          String.format(Locale.ROOT, "%.0f bytes", (double) heap / count));
    }
  }

  /** Bytes in use after collections. */
  private static long live() {
    IntStream.range(0, 3).forEach(i -> System.gc());
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static double secondsSince(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
