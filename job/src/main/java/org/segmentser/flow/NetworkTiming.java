package org.segmentser.flow;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.SparkSession;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.segment.Patch;

/** What a model takes for a segment, where tasks use it and while all cores do. */
public final class NetworkTiming implements Function<Integer, double[]> {
  private static final long serialVersionUID = 1L;
  private static final byte LOUD = 0x40;

  private final ExecutorModel model;
  private final Set<Output> outputs;
  private final Integer batchSize;
  private final double budgetS;

  private NetworkTiming(
      ExecutorModel model, Set<Output> outputs, Integer batchSize, double budgetS) {
    this.model = model;
    this.outputs = Set.copyOf(outputs);
    this.batchSize = batchSize;
    this.budgetS = budgetS;
  }

  /**
   * Seconds of one core a segment.
   *
   * @param batchSize null for the model's own
   * @param budgetS seconds that each core works, at least
   */
  public static double measure(
      SparkSession spark,
      ExecutorModel model,
      Set<Output> outputs,
      Integer batchSize,
      double budgetS) {
    int cores = SegmentRows.cores(spark);
    List<double[]> measured =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(Collections.nCopies(cores, 0), cores)
            .map(new NetworkTiming(model, outputs, batchSize, budgetS))
            .collect();
    double segments = measured.stream().mapToDouble(m -> m[0]).sum();
    double seconds = measured.stream().mapToDouble(m -> m[1]).sum();
    return seconds / segments;
  }

  /** Segments and seconds; the first batch prepares what others find ready. */
  @Override
  public double[] call(Integer ignored) {
    SegmentModel network = model.load();
    byte[] patch = new byte[Patch.BYTES];
    Arrays.fill(patch, LOUD);
    List<byte[]> batch =
        Collections.nCopies(batchSize == null ? network.batchSize() : batchSize, patch);
    network.predict(batch, outputs);
    long began = System.nanoTime();
    long segments = 0;
    double seconds;
    do {
      network.predict(batch, outputs);
      segments += batch.size();
      seconds = (System.nanoTime() - began) / 1e9;
    } while (seconds < budgetS);
    return new double[] {segments, seconds};
  }
}
