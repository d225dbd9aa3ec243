package org.segmentser.score;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.FrontEndTiming;
import org.segmentser.flow.FrontEndTiming.Timing;
import org.segmentser.flow.NetworkTiming;
import org.segmentser.flow.RunProgress;
import org.segmentser.flow.SegmentRows;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.source.ClipSample;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Known;
import org.segmentser.source.WorkItem;
import org.segmentser.tables.Outcomes;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.Schemas;

/**
 * A run whose input, model and output are known to be usable, before any audio is read. Closing it
 * removes what it staged.
 */
public final class PreparedRun implements AutoCloseable {
  private static final String STAGED_LISTING = "listing";

  /** For which a sample of the clips is read, before its time counts and then. */
  private static final double WARM_UP_S = 1;

  private static final double SAMPLE_S = 1.5;

  private final SparkSession spark;
  private final RunRequest request;
  private final ModelDirectory model;
  private final Corpus corpus;
  private final Execution execution;

  private PreparedRun(
      SparkSession spark,
      RunRequest request,
      ModelDirectory model,
      Corpus corpus,
      Execution execution) {
    this.spark = spark;
    this.request = request;
    this.model = model;
    this.corpus = corpus;
    this.execution = execution;
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
    boolean isIncremental = request.incremental() != null;
    Execution execution =
        Execution.begin(
            spark,
            request.target(),
            isIncremental ? request.workId(directory.spec().modelId()) : null);
    Corpus corpus =
        execution.list(
            () ->
                CorpusListing.list(
                    spark,
                    request.input(),
                    request.clips(),
                    request.splitS(),
                    isIncremental ? known(spark, request, directory) : null,
                    execution.staged(STAGED_LISTING)));
    return new PreparedRun(spark, request, directory, corpus, execution);
  }

  private static Known known(SparkSession spark, RunRequest request, ModelDirectory model) {
    return Outcomes.of(
        spark,
        request.target().output(),
        model.spec().modelId(),
        request.settingsId(),
        request.incremental().again());
  }

  /** Refuses a model that cannot do what is asked for. */
  static void checkCan(ModelSpec spec, ScoreSettings settings) {
    if (settings.kinds().contains(Kind.EMOTIONS) && spec.head() == null) {
      throw UserError.input(
          "the model " + spec.modelId() + " has no head, so it cannot score; it can embed");
    }
    if (settings.caution().coverage() != null && spec.calibration() == null) {
      throw UserError.usage(
          "--coverage needs a model that is calibrated, which "
              + spec.modelId()
              + " is not, so that nobody knows which emotions can be ruled out");
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
   * Reads, scores and writes; an incremental run does so batch by batch, each a run of its own.
   *
   * @param published is told of each run as soon as it is there
   * @throws UserError if a disk is full, the storage fails, or another process took over an
   *     incremental run's work
   */
  public void run(Consumer<RunSummary> published) throws IOException {
    if (corpus.totals().clips() == 0) {
      return;
    }
    execution.run(
        kept(),
        () -> {
          ExecutorModel distributed = ExecutorModel.distribute(spark, model);
          if (request.incremental() == null) {
            RunProgress progress = RunProgress.of(corpus.totals(), 1);
            published.accept(
                new ScoreJob(spark, request, distributed, embedderId(), certainty(), progress)
                    .run(corpus, execution.next()));
          } else {
            runBatches(distributed, published);
          }
        });
  }

  /**
   * Like {@link #run(Consumer)}, for a run that reads all.
   *
   * @return what it did
   */
  public RunSummary run() throws IOException {
    List<RunSummary> runs = new ArrayList<>();
    run(runs::add);
    return runs.get(0);
  }

  private String kept() {
    return request.incremental() == null
        ? "nothing of the run is left"
        : "finished batches are kept, and the same command goes on";
  }

  private void runBatches(ExecutorModel distributed, Consumer<RunSummary> published)
      throws IOException {
    RunRequest.Incremental limits = request.incremental();
    List<Corpus> batches = corpus.batches(limits.mostClips(), limits.mostBytes());
    RunProgress progress = RunProgress.of(corpus.totals(), batches.size());
    String embedderId = embedderId();
    Certainty certainty = certainty();
    for (Corpus batch : batches) {
      RunOutput output = execution.next();
      ScoreJob job =
          new ScoreJob(
              spark,
              request.withRunId(output.runId()),
              distributed,
              embedderId,
              certainty,
              progress);
      published.accept(job.run(batch, output, execution.lease()));
    }
  }

  private Certainty certainty() {
    return Certainty.of(model, request.score());
  }

  /** Names what makes the embeddings that are kept; null where none are. */
  private String embedderId() {
    return request.score().keepsEmbeddings() ? model.embedderId().orElse(null) : null;
  }

  /**
   * What the run will take, from the time that some of its clips and the network take here: reads
   * clips for some seconds on all cores.
   *
   * @throws org.segmentser.model.ModelException if the model cannot be loaded
   */
  public Estimate estimate() {
    return execution.inGroup("estimate", this::estimateInGroup);
  }

  private Estimate estimateInGroup() {
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
    }
  }

  /** The rows that would be scored, for a look at Spark's plan of them. */
  Dataset<Row> plan() {
    ExecutorModel distributed = ExecutorModel.distribute(spark, model);
    RunProgress progress = RunProgress.of(corpus.totals(), 1);
    return new ScoreJob(spark, request, distributed, null, certainty(), progress).segments(corpus);
  }

  /** What other executions left staged in the output, as one line for the user. */
  public Optional<String> leftovers() {
    return execution.leftovers();
  }

  /**
   * Ends the jobs of a run, so that {@link #prepare} or {@link #run} fails, or does so as soon as
   * it is called. Any thread may call this at any time.
   */
  public static void cancel(SparkSession spark, String runId) {
    spark.sparkContext().cancelJobGroupAndFutureJobs(runId);
  }

  /** Waits for what still writes, and removes what is staged; never fails. */
  @Override
  public void close() {
    execution.close();
  }
}
