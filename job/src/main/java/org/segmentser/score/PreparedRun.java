package org.segmentser.score;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.FrontEndTiming;
import org.segmentser.flow.FrontEndTiming.Timing;
import org.segmentser.flow.NetworkTiming;
import org.segmentser.flow.SegmentRows;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.source.ClipSample;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.WorkItem;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.Schemas;
import scala.Option;

/**
 * A run whose input, model and output are known to be usable, before any audio is read. Closing it
 * removes what it staged.
 */
public final class PreparedRun implements AutoCloseable {
  /** For which tasks that were told to end are waited for at most. */
  private static final Duration TASKS_END = Duration.ofSeconds(30);

  /** Counts of tasks in a row that must find none. */
  private static final int IDLE_COUNTS = 10;

  private static final String STAGED_LISTING = "listing";

  /** For which a sample of the clips is read, before its time counts and then. */
  private static final double WARM_UP_S = 1;

  private static final double SAMPLE_S = 1.5;

  private final SparkSession spark;
  private final RunRequest request;
  private final ModelDirectory model;
  private final Corpus corpus;
  private final RunOutput output;
  private boolean hasFailed;

  private PreparedRun(
      SparkSession spark,
      RunRequest request,
      ModelDirectory model,
      Corpus corpus,
      RunOutput output) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.corpus = corpus;
    this.output = output;
  }

  /**
   * Checks the model, lists the input and opens the output.
   *
   * @param model URI of the model's directory; null for the model that comes with the program
   * @throws UserError if the input or the output cannot be used, or the model cannot do what is
   *     asked
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static PreparedRun prepare(SparkSession spark, RunRequest request, String model) {
    Configuration conf = spark.sessionState().newHadoopConf();
    ModelDirectory directory = ModelDirectory.openOrDefault(model, conf);
    checkCan(directory.spec(), request.score());
    checkKept(request.input().columns().kept());
    directory.verify();
    RunRequest.Target target = request.target();
    RunOutput output =
        RunOutput.begin(
            target.output(), target.runId(), target.runDate(), target.overwrite(), conf);
    boolean isListed = false;
    // By which cancel finds the jobs.
    spark.sparkContext().setJobGroup(request.runId(), "list", false);
    try {
      Corpus corpus =
          CorpusListing.list(
              spark,
              request.input(),
              request.clips(),
              request.splitS(),
              output.staged(STAGED_LISTING));
      isListed = true;
      return new PreparedRun(spark, request, directory, corpus, output);
    } finally {
      spark.sparkContext().clearJobGroup();
      if (!isListed) {
        awaitTasks(spark, request);
        output.close();
      }
    }
  }

  private static void checkCan(ModelSpec spec, ScoreSettings settings) {
    if (settings.kinds().contains(Kind.EMOTIONS) && spec.head() == null) {
      throw UserError.input(
          "the model " + spec.modelId() + " has no head, so it cannot score; it can embed");
    }
    if (settings.kinds().contains(Kind.POST_PROCESSED) && spec.postProcessing() == null) {
      throw UserError.input(
          "the model "
              + spec.modelId()
              + " has no PCA for --post-process; import it with 'model import --pca'");
    }
  }

  private static void checkKept(List<String> columns) {
    for (String column : columns) {
      if (Schemas.isOwn(column)) {
        throw UserError.usage(
            "--keep names '" + column + "', which is a column of the tables by itself");
      }
    }
  }

  /** What is read. */
  public Corpus corpus() {
    return corpus;
  }

  /** What the model is. */
  public ModelSpec model() {
    return model.spec();
  }

  /**
   * Reads, scores and writes.
   *
   * @throws UserError if the disk is full
   */
  public RunSummary run() throws IOException {
    // By which cancel finds the run's jobs.
    spark.sparkContext().setJobGroup(request.runId(), "score", false);
    try {
      return new ScoreJob(spark, request, ExecutorModel.distribute(spark, model))
          .run(corpus, output);
    } catch (Exception e) {
      hasFailed = true;
      // Spark's own exceptions are checked, which its Java signatures do not say.
      if (UserError.tellsOfFullDisk(e)) {
        throw UserError.fault(
            "no space left on a disk: that of the output "
                + request.target().output()
                + " or Spark's own (spark.local.dir); nothing of the run is left");
      }
      throw e;
    } finally {
      spark.sparkContext().clearJobGroup();
    }
  }

  /**
   * What the run will take, from the time that some of its clips and the network take here: reads
   * clips for some seconds on all cores.
   *
   * @throws org.segmentser.model.ModelException if the model cannot be loaded
   */
  public Estimate estimate() {
    spark.sparkContext().setJobGroup(request.runId(), "estimate", false);
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("estimate what the run takes");
      List<ClipSample.Kind> kinds = corpus.sample();
      List<WorkItem> sample = ClipSample.inTurn(kinds);
      Map<String, Timing> timings = new HashMap<>();
      // What the first pass finds is slow, as the JVM still compiles what it runs.
      for (double budgetS : List.of(WARM_UP_S, SAMPLE_S)) {
        FrontEndTiming.measure(spark, sample, request.clips(), budgetS)
            .forEach(timing -> timings.put(timing.clipId(), timing));
      }
      ExecutorModel distributed = ExecutorModel.distribute(spark, model);
      double networkS =
          NetworkTiming.measure(
              spark, distributed, request.score().outputs(), request.score().batchSize(), SAMPLE_S);
      return new CostModel(kinds, timings, networkS)
          .estimate(
              corpus,
              SegmentRows.cores(spark),
              distributed.runtime().threadsHere(),
              request.score().keepsEmbeddings());
    } finally {
      spark.sparkContext().clearJobGroup();
    }
  }

  /** The rows that would be scored, for a look at Spark's plan of them. */
  Dataset<Row> plan() {
    return new ScoreJob(spark, request, ExecutorModel.distribute(spark, model)).segments(corpus);
  }

  /** What other executions left staged in the output, as one line for the user. */
  public Optional<String> leftovers() {
    return output.leftovers();
  }

  /**
   * Ends the jobs of a run, so that {@link #prepare} or {@link #run} fails, or does so as soon as
   * it is called. Any thread may call this at any time.
   */
  public static void cancel(SparkSession spark, RunRequest request) {
    spark.sparkContext().cancelJobGroupAndFutureJobs(request.runId());
  }

  /** Waits for what still writes, and removes what is staged; never fails. */
  @Override
  public void close() {
    if (hasFailed) {
      awaitTasks(spark, request);
    }
    output.close();
  }

  /**
   * Tasks outlive a job that failed, and would make again what is removed under them. Spark counts
   * them a little late, so there must be none for a while.
   */
  private static void awaitTasks(SparkSession spark, RunRequest request) {
    long deadline = System.nanoTime() + TASKS_END.toNanos();
    try {
      for (int idle = 0; idle < IDLE_COUNTS && System.nanoTime() < deadline; ) {
        idle = activeTasks(spark, request) == 0 ? idle + 1 : 0;
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int activeTasks(SparkSession spark, RunRequest request) {
    SparkStatusTracker tracker = spark.sparkContext().statusTracker();
    return Arrays.stream(tracker.getJobIdsForGroup(request.runId()))
        .mapToObj(tracker::getJobInfo)
        .filter(Option::isDefined)
        .flatMapToInt(job -> Arrays.stream(job.get().stageIds()))
        .mapToObj(tracker::getStageInfo)
        .filter(Option::isDefined)
        .mapToInt(stage -> stage.get().numActiveTasks())
        .sum();
  }
}
