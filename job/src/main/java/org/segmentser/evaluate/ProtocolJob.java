package org.segmentser.evaluate;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.train.TrainingPlan;

/** Trains a model for each fold of a protocol, the folds side by side as Spark tasks. */
final class ProtocolJob {
  /** What a fold needs beside its model: activations, gradients in flight. */
  private static final long BYTES_BESIDE_MODEL = 512L << 20;

  /** Weights, gradients, Adam's two moments, averages, and one to spare. */
  private static final long BYTES_PER_PARAMETER = 6 * Float.BYTES;

  private ProtocolJob() {}

  /**
   * Folds for which the executors' memory and cores suffice at the same time.
   *
   * @param parameters of the network
   */
  static int affordable(SparkSession spark, long parameters) {
    return capacity(spark.sparkContext())
        .folds(parameters * BYTES_PER_PARAMETER + BYTES_BESIDE_MODEL);
  }

  private static Capacity capacity(SparkContext context) {
    int cores = context.defaultParallelism();
    if (context.isLocal()) {
      var machine =
          (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Capacity(1, cores, machine.getFreeMemorySize());
    }
    // Without the driver, which is among them.
    return capacity(context.conf(), cores, context.getExecutorMemoryStatus().size() - 1);
  }

  /**
   * The capacity of a cluster.
   *
   * @param cores of all executors together
   * @param registered executors that have registered; more may follow
   */
  static Capacity capacity(SparkConf conf, int cores, int registered) {
    int executors = Math.max(1, Math.max(registered, conf.getInt("spark.executor.instances", 0)));
    int executorCores = conf.getInt("spark.executor.cores", cores / executors);
    int tasks = executorCores / conf.getInt("spark.task.cpus", 1);
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
   * @param data the utterances' features under each condition, on the driver's disk, in the order
   *     in which models are tested
   * @param checkpoint of the model that every fold begins with; null for random weights
   * @param together folds at the same time, at least 1
   * @return in the order of the folds
   * @throws UserError if the folds cannot be made, or a training diverges
   */
  static List<FoldResult> run(
      SparkSession spark,
      Protocol protocol,
      TrainingPlan plan,
      Map<Condition, LabelledFeatures> data,
      Path checkpoint,
      int together) {
    boolean isLocal = spark.sparkContext().isLocal();
    FoldData shared =
        new FoldData(data, checkpoint == null ? null : checkpoint.toString(), !isLocal);
    List<FoldIndices> folds = FoldIndices.of(protocol, shared.utterances());
    if (!isLocal) {
      ship(spark.sparkContext(), shared);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<FoldData> broadcast = context.broadcast(shared);
    // With one task per fold Spark itself keeps all cores busy to the end.
    boolean hasTaskPerFold = together >= spark.sparkContext().defaultParallelism();
    int partitions = hasTaskPerFold ? folds.size() : Math.min(together, folds.size());
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

  /**
   * Refuses a fold without a model.
   *
   * @throws UserError if its training diverged, in its last step maybe, which only the test has
   *     seen
   */
  static void refuseDiverged(FoldResult result) {
    boolean isFinite =
        result.predictions().stream().allMatch(prediction -> prediction.segments().areFinite());
    if (result.training().hasDiverged() || !isFinite) {
      int epoch =
          result.training().hasDiverged()
              ? result.training().nextEpoch()
              : result.training().epochs().size();
      throw UserError.fault(
          "fold "
              + result.fold()
              + ", "
              + result.heldOut()
              + ": the loss became NaN in epoch "
              + epoch
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
