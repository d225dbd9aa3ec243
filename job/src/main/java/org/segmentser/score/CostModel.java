package org.segmentser.score;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.segmentser.flow.FrontEndTiming.Timing;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.ClipSample;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;

/**
 * What a run will take, from what a sample of its clips and the network took on the same machines.
 * The coefficients are those of docs/performance.md, which has the measurements; they are the parts
 * that hardly depend on the machine, or matter little. Plain Java.
 */
final class CostModel {
  /** Seconds of a core for a segment's way through rows and Parquet files. */
  static final double ROW_S = 0.00015;

  /** Seconds of a run of any size: staging, the jobs after the pass, publishing. */
  static final double RUN_S = 1.5;

  /** Bytes of the tables for any run, for a segment without embedding, and for a clip. */
  static final double BYTES = 30e3;

  static final double BYTES_PER_SEGMENT = 45;
  static final double BYTES_PER_CLIP = 30;

  /** An embedding of 128 numbers, which do not compress. */
  static final double BYTES_PER_EMBEDDING = 512;

  /** Bytes of the driver's heap for a clip that it holds, and for a driver without clips. */
  static final double HEAP_PER_CLIP = 240;

  static final double HEAP = 170e6;

  private final List<ClipSample.Kind> kinds;
  private final Map<String, Timing> timings;
  private final double networkS;

  /**
   * A model of a run's cost.
   *
   * @param kinds the clips, kind by kind
   * @param timings of clips of the samples, by id
   * @param networkS seconds of a core that the network takes for a segment
   */
  CostModel(List<ClipSample.Kind> kinds, Map<String, Timing> timings, double networkS) {
    this.kinds = kinds;
    this.timings = timings;
    this.networkS = networkS;
  }

  /**
   * The run's cost.
   *
   * @param corpus what is read
   * @param cores tasks that run at the same time
   * @param coresTogether of them, those of one process, which share the network of a last task
   * @param keepsEmbeddings whether embeddings are written
   */
  Estimate estimate(Corpus corpus, int cores, int coresTogether, boolean keepsEmbeddings) {
    Corpus.Totals totals = corpus.totals();
    double segments = total(Timing::segments);
    double frontEndS = total(Timing::seconds);
    double coreS = frontEndS + segments * (networkS + ROW_S);
    double tables =
        BYTES
            + segments * (BYTES_PER_SEGMENT + (keepsEmbeddings ? BYTES_PER_EMBEDDING : 0))
            + totals.clips() * BYTES_PER_CLIP;
    return new Estimate(
        new Estimate.Audio(total(Timing::audioS), Math.round(segments)),
        new Estimate.Time(
            coreS,
            coreS > 0 ? frontEndS / coreS : 0,
            RUN_S + Math.max(coreS / cores, longestS(coresTogether)),
            cores),
        corpus.partitions(cores),
        (long) tables,
        (long) (HEAP + HEAP_PER_CLIP * Math.min(totals.items(), CorpusListing.MOST_HELD)));
  }

  private double total(ToDoubleFunction<Timing> figure) {
    return kinds.stream().mapToDouble(kind -> kind.weight() * perWeight(kind, figure)).sum();
  }

  /** A figure for each unit of weight of a kind's clips. */
  private double perWeight(ClipSample.Kind kind, ToDoubleFunction<Timing> figure) {
    double sum = 0;
    double weight = 0;
    for (ClipSample.Sampled sampled : kind.sample()) {
      Timing timing = timings.get(sampled.item().clip().id());
      if (timing != null) {
        sum += sampled.represents() * figure.applyAsDouble(timing);
        weight += sampled.represents() * ClipPartitions.weight(sampled.item());
      }
    }
    return weight > 0 ? sum / weight : 0;
  }

  /**
   * Seconds of the heaviest clip or section, which is one task: the cores beside it help its
   * network alone.
   */
  private double longestS(int coresTogether) {
    double longest = 0;
    for (ClipSample.Kind kind : kinds) {
      double frontEnd = perWeight(kind, Timing::seconds);
      double network = perWeight(kind, Timing::segments) * (networkS / coresTogether + ROW_S);
      longest = Math.max(longest, kind.heaviest() * (frontEnd + network));
    }
    return longest;
  }
}
