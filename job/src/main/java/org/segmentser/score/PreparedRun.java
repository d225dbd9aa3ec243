package org.segmentser.score;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.corpus.Corpus;
import org.segmentser.corpus.InputListing;
import org.segmentser.corpus.Manifest;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.tables.RunOutput;

/**
 * A run whose input, model and output are known to be usable, before any audio is read. Closing it
 * removes what it staged.
 */
public final class PreparedRun implements AutoCloseable {
  private static final List<String> DISK_FULL =
      List.of("No space left on device", "Disk quota exceeded", "not enough space");

  private final SparkSession spark;
  private final RunRequest request;
  private final ModelDirectory model;
  private final Corpus corpus;
  private final RunOutput output;

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
   * @param model URI of the model's directory
   * @throws UserError if the input or the output cannot be used, or the model cannot do what is
   *     asked
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static PreparedRun prepare(SparkSession spark, RunRequest request, String model) {
    Configuration conf = spark.sessionState().newHadoopConf();
    ModelDirectory directory = ModelDirectory.open(model, conf);
    checkCan(directory.spec(), request.score());
    directory.verify();
    Corpus corpus =
        request.manifest() == null
            ? InputListing.list(request.inputs(), conf)
            : Manifest.list(spark, request.manifest());
    RunOutput output = RunOutput.begin(request.output(), request.runId(), request.runDate(), conf);
    return new PreparedRun(spark, request, directory, corpus, output);
  }

  private static void checkCan(ModelSpec spec, ScoreSettings settings) {
    if (settings.emotions() && spec.head() == null) {
      throw UserError.input(
          "the model " + spec.modelId() + " has no head, so it cannot score; it can embed");
    }
    if (settings.postProcess() && spec.postProcessing() == null) {
      throw UserError.input(
          "the model "
              + spec.modelId()
              + " has no PCA for --post-process; import it with 'model import --pca'");
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
    try {
      ExecutorModel distributed = distributeModel();
      if (spark.sparkContext().isLocal()) {
        // This process is the executor: what is wrong with the weights shows before any task.
        distributed.load();
      }
      return new ScoreJob(spark, request, distributed).run(corpus, output);
    } catch (Exception e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        String message = String.valueOf(cause.getMessage());
        if (DISK_FULL.stream().anyMatch(message::contains)) {
          throw UserError.fault(
              "no space left on a disk: that of the output "
                  + request.output()
                  + " or Spark's own (spark.local.dir); nothing of the run is left");
        }
      }
      throw e;
    }
  }

  /** The rows that would be scored, for a look at Spark's plan of them. */
  Dataset<Row> plan() throws IOException {
    ScoreJob job = new ScoreJob(spark, request, distributeModel());
    return job.segments(job.distribute(corpus));
  }

  private ExecutorModel distributeModel() throws IOException {
    int slots = taskSlots();
    if (model.localPath().isPresent()) {
      return ExecutorModel.distribute(spark, model.spec(), model.localPath().get(), slots);
    }
    Path copy = Files.createTempDirectory("segment-ser-model");
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> FileUtil.fullyDelete(copy.toFile()), "model-copy"));
    model.localCopy(copy);
    return ExecutorModel.distribute(spark, model.spec(), copy, slots);
  }

  /** Tasks that one executor runs at the same time; 0 where it takes all cores of its machine. */
  private int taskSlots() {
    var context = spark.sparkContext();
    return context.isLocal()
        ? context.defaultParallelism()
        : context.conf().getInt("spark.executor.cores", 0);
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
