package org.segmentser.evaluate;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.train.TrainingPlan;

/** Trains a model for each fold of a protocol, the folds side by side as Spark tasks. */
public final class ProtocolJob {
  /** Of a fold beside its model: activations, gradients in flight. */
  private static final long BYTES_BESIDE = 512L << 20;

  /** Weights, gradients, Adam's two moments, averages; and one to spare. */
  private static final long BYTES_PER_PARAMETER = 6 * Float.BYTES;

  private ProtocolJob() {}

  /**
   * Folds that fit into the executors' memory and cores at the same time.
   *
   * @param parameters of the network
   */
  public static int affordable(SparkSession spark, long parameters) {
    return capacity(spark.sparkContext()).folds(parameters * BYTES_PER_PARAMETER + BYTES_BESIDE);
  }

  private static Capacity capacity(SparkContext context) {
    int cores = context.defaultParallelism();
    if (context.isLocal()) {
      var machine =
          (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Capacity(1, cores, machine.getFreeMemorySize());
    }
    SparkConf conf = context.conf();
    // Without the driver, which is among them.
    int registered = context.getExecutorMemoryStatus().size() - 1;
    int executors = Math.max(1, Math.max(registered, conf.getInt("spark.executor.instances", 0)));
    int executorCores = ExecutorModel.runtimeOf(context).threads();
    int tasks =
        (executorCores > 0 ? executorCores : cores / executors) / conf.getInt("spark.task.cpus", 1);
    return new Capacity(executors, Math.max(1, tasks), overhead(conf));
  }

  /** Bytes that an executor may take outside its heap, by Spark's own rule. */
  private static long overhead(SparkConf conf) {
    String given = "spark.executor.memoryOverhead";
    if (conf.contains(given)) {
      return conf.getSizeAsMb(given) << 20;
    }
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    return Math.max(384, (long) (heap * factor)) << 20;
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
      SortedMap<String, LabelledFeatures> data,
      Path checkpoint,
      int together) {
    boolean isLocal = spark.sparkContext().isLocal();
    FoldData shared =
        new FoldData(data, checkpoint == null ? null : checkpoint.toString(), !isLocal);
    List<FoldSides> folds = FoldSides.of(protocol, shared.utterances());
    if (!isLocal) {
      ship(spark.sparkContext(), shared);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<FoldData> broadcast = context.broadcast(shared);
    // With a task a fold, Spark itself keeps all cores busy to the end.
    boolean isForSparkToDeal = together >= spark.sparkContext().defaultParallelism();
    int partitions = isForSparkToDeal ? folds.size() : Math.min(together, folds.size());
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("evaluate: train and test " + folds.size() + " folds");
      List<FoldResult> results =
          context
              .parallelize(folds, partitions)
              .map(new FoldTask(plan, ExecutorModel.runtimeOf(spark.sparkContext()), broadcast))
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
              + ": the loss became NaN in epoch "
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
