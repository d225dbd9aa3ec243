package org.segmentser.score;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
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
   * @param model URI of the model's directory; null for the model that comes with the program
   * @throws UserError if the input or the output cannot be used, or the model cannot do what is
   *     asked
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static PreparedRun prepare(SparkSession spark, RunRequest request, String model) {
    Configuration conf = spark.sessionState().newHadoopConf();
    ModelDirectory directory = ModelDirectory.openOrDefault(model, conf);
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
      return new ScoreJob(spark, request, ExecutorModel.distribute(spark, model))
          .run(corpus, output);
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      if (UserError.tellsOfFullDisk(e)) {
        throw UserError.fault(
            "no space left on a disk: that of the output "
                + request.output()
                + " or Spark's own (spark.local.dir); nothing of the run is left");
      }
      throw e;
    }
  }

  /** The rows that would be scored, for a look at Spark's plan of them. */
  Dataset<Row> plan() {
    return new ScoreJob(spark, request, ExecutorModel.distribute(spark, model)).segments(corpus);
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
