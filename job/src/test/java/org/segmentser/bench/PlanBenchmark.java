package org.segmentser.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Scratch;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.ClipSample;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.GeneratedFileSystem;
import org.segmentser.source.Inputs;
import org.segmentser.source.WorkItem;

/**
 * What clips cost before any is read: the time of listing generated names, of choosing a sample and
 * of dealing them out, and the heap of one process that is driver and executor at the same time:
 * what it held at most between collections, and what stays in it.
 *
 * <p>Arguments: numbers of clips, each with a number of directories: {@code 1000000-1000}.
 */
public final class PlanBenchmark {
  private static final int CORES = 1600;

  private PlanBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    System.out.println(Figures.machine());
    System.out.printf(Locale.ROOT, "heap at most %,d MB%n", Runtime.getRuntime().maxMemory() >> 20);
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config(
                "spark.hadoop." + GeneratedFileSystem.IMPLEMENTATION,
                GeneratedFileSystem.class.getName())
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    Figures.head(
        "clips", "listing", "sample", "dealing out", "partitions", "heap after it", "peak");
    for (String archive : args) {
      measure(spark, archive);
    }
    spark.stop();
  }

  private static void measure(SparkSession spark, String archive) throws Exception {
    try (Scratch scratch = new Scratch()) {
      long before = live();
      ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
      long began = System.nanoTime();
      Corpus corpus =
          CorpusListing.list(
              spark,
              Inputs.of(List.of("generated://" + archive + "/")),
              ClipSettings.of(Segmentation.DEFAULT),
              CorpusListing.DEFAULT_SPLIT_S,
              "file://" + scratch.path().resolve("listing"));
      double listingS = secondsSince(began);
      began = System.nanoTime();
      List<ClipSample.Kind> sample = corpus.sample();
      double sampleS = secondsSince(began);
      began = System.nanoTime();
      JavaRDD<WorkItem> dealt = corpus.dealt(CORES);
      int partitions = dealt.getNumPartitions();
      long items = dealt.count();
      double dealingS = secondsSince(began);
      if (items != corpus.totals().items()) {
        throw new IllegalStateException(items + " of " + corpus.totals());
      }
      Figures.row(
          String.format(Locale.ROOT, "%,d", corpus.totals().clips()),
          String.format(Locale.ROOT, "%.1f s", listingS),
          String.format(Locale.ROOT, "%.1f s, %d clips", sampleS, ClipSample.inTurn(sample).size()),
          String.format(Locale.ROOT, "%.1f s", dealingS),
          String.format(Locale.ROOT, "%,d", partitions),
          String.format(Locale.ROOT, "%+,d MB", (live() - before) >> 20),
          String.format(Locale.ROOT, "%,d MB", peak() >> 20));
    }
  }

  /** The most that the heap's old part held. */
  private static long peak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .filter(pool -> pool.getName().contains("Old") || pool.getName().contains("Tenured"))
        .mapToLong(pool -> pool.getPeakUsage().getUsed())
        .sum();
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
