package org.segmentser.evaluate;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.train.TrainingData;
import org.segmentser.train.TrainingPlan;

/** Trains a model for each fold of a protocol, the folds side by side as Spark tasks. */
public final class ProtocolJob {
  /** Of the process beside its models: activations, gradients in flight, Spark. */
  private static final long BYTES_BESIDE = 512L << 20;

  /** Weights, gradients, Adam's two moments, averages; and one to spare. */
  private static final long BYTES_A_PARAMETER = 6 * Float.BYTES;

  private ProtocolJob() {}

  /**
   * Folds that fit into this machine's memory and processors together.
   *
   * @param parameters of the network
   */
  public static int affordable(SparkSession spark, long parameters) {
    int cores = spark.sparkContext().defaultParallelism();
    if (!spark.sparkContext().isLocal()) {
      return cores;
    }
    var machine =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long fit = machine.getFreeMemorySize() / (parameters * BYTES_A_PARAMETER + BYTES_BESIDE);
    return (int) Math.max(1, Math.min(cores, fit));
  }

  /**
   * Trains and tests every fold.
   *
   * @param data the utterances' features under each condition, on the driver's disk
   * @param checkpoint of the model that every fold begins with; null for random weights
   * @param together folds at the same time
   * @return in the order of the folds
   * @throws UserError if the folds cannot be made, or a training goes wrong
   */
  public static List<FoldResult> run(
      SparkSession spark,
      Protocol protocol,
      TrainingPlan plan,
      SortedMap<String, TrainingData> data,
      Path checkpoint,
      int together) {
    boolean isLocal = spark.sparkContext().isLocal();
    FoldData shared =
        new FoldData(data, checkpoint == null ? null : checkpoint.toString(), !isLocal);
    List<Protocol.Fold> folds = protocol.of(shared.utterances());
    if (!isLocal) {
      ship(spark.sparkContext(), shared);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<FoldData> broadcast = context.broadcast(shared);
    // With a task a fold, Spark itself keeps all cores busy to the end.
    boolean isForSparkToDeal = together >= spark.sparkContext().defaultParallelism();
    int partitions = isForSparkToDeal ? folds.size() : Math.min(together, folds.size());
    int threads = Runtime.getRuntime().availableProcessors();
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("evaluate: train and test " + folds.size() + " folds");
      List<FoldResult> results =
          context
              .parallelize(IntStream.range(0, folds.size()).boxed().toList(), partitions)
              .map(new FoldTask(protocol, plan, threads, broadcast))
              .collect();
      results.forEach(ProtocolJob::refuseDiverged);
      return results;
    } catch (RuntimeException e) {
      if (UserError.rootOf(e) instanceof UserError error) {
        throw error;
      }
      throw e;
    } finally {
      broadcast.destroy();
    }
  }

  private static void refuseDiverged(FoldResult result) {
    if (result.diverged()) {
      throw UserError.fault(
          "fold "
              + result.fold()
              + ", "
              + result.heldOut()
              + ": the loss became no number in epoch "
              + (result.epochs().size() + 1)
              + "; a lower --learning-rate may help");
    }
  }

  private static void ship(SparkContext context, FoldData data) {
    data.conditions().values().forEach(d -> context.addFile(d.features().file().toString()));
    if (data.checkpoint() != null) {
      context.addFile(data.checkpoint() + ".index");
      context.addFile(data.checkpoint() + ".data-00000-of-00001");
    }
  }
}
