package org.segmentser.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;
import org.segmentser.BuildInfo;
import org.segmentser.ExitCode;
import org.segmentser.FileSystems;
import org.segmentser.Scratch;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.evaluate.FoldCurve;
import org.segmentser.evaluate.FoldResult;
import org.segmentser.evaluate.PredictionsJob;
import org.segmentser.evaluate.Protocol;
import org.segmentser.evaluate.ProtocolJob;
import org.segmentser.evaluate.ReportHeader;
import org.segmentser.evaluate.ReportPage;
import org.segmentser.evaluate.UtterancePredictions;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.LabelledFeaturesJob;
import org.segmentser.features.NetworkFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.TrainingOverlap;
import org.segmentser.model.ModelDirectory;
import org.segmentser.segment.ClipSettings;
import org.segmentser.train.Heard;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingPlan.Mode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description =
        "Evaluates a model on labelled audio; or, with --protocol, trains a model per fold and"
            + " evaluates each on what it has not learned from.",
    customSynopsis = {
      "segment-ser evaluate (--corpus LAYOUT --input URI | --manifest URI)",
      "                            [--protocol PROTOCOL --mode MODE] --output URI [options]"
    },
    footer = {
      "  segment-ser evaluate --corpus folders --input /data/other --model my-model \\",
      "    --output my-report"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private LabelledOptions labelled;

  @HelpGroup(Heading.MODEL)
  @Option(
      names = "--model",
      paramLabel = "URI",
      description =
          "model directory to evaluate; with --protocol the model that each training begins with,"
              + " for --mode head and fine-tune (default: the model that comes with segment-ser)")
  void setModel(String uri) {
    training.setModel(uri);
  }

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      description =
          "random-80-10-10, k-fold, leave-one-speaker-out or leave-one-session-out; without it the"
              + " --model is evaluated as it is")
  private Protocol.Kind protocol;

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--folds",
      paramLabel = "N",
      description = "folds of --protocol k-fold (default: 5)")
  private Integer folds;

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--parallel-folds",
      paramLabel = "N",
      description = "folds to train side by side (default: as many as cores and memory allow)")
  private Integer parallelFolds;

  @Mixin private TrainingOptions training;
  @Mixin private SegmentationOptions segments;

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--conditions",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "A,B,..",
      converter = ConditionsConverter.class,
      description =
          "also test on worse recordings made of the same clips: quiet, loud, telephone, noise,"
              + " room, dull, or all")
  private List<Set<Condition>> conditions = List.of();

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--resamples",
      defaultValue = "2000",
      paramLabel = "N",
      description =
          "resamples of the bootstrap for the 95 %% intervals (default: ${DEFAULT-VALUE})")
  private int resamples;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--cache",
      paramLabel = "URI",
      description =
          "directory that keeps patches and embeddings, so that a second run decodes nothing")
  private String cache;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "directory for metrics.json, predictions.parquet and report.html")
  private String output;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--dry-run",
      description = "list and check everything, then stop before reading audio")
  private boolean dryRun;

  /** What was evaluated, on its way to the output. */
  private record Result(
      LabelledFeatures data,
      TrainingOverlap trainedOn,
      List<String> labels,
      List<ClipPrediction> predictions,
      List<FoldCurve> curves,
      List<ReportHeader.Line> facts) {}

  @Override
  public Integer call() throws Exception {
    check();
    Configuration conf = Sessions.hadoopConf();
    Outputs.check(output, conf);
    try (Scratch scratch = new Scratch();
        SparkSession spark = Sessions.start(Main.NAME + " evaluate")) {
      if (dryRun) {
        LabelledOptions.tell(labelled.list(spark, labels(conf)), System.out);
        return ExitCode.DONE;
      }
      Result result =
          protocol == null ? evaluateModel(spark, scratch) : evaluateProtocol(spark, scratch);
      write(spark, result, conf);
    }
    return ExitCode.DONE;
  }

  private void check() {
    labelled.check();
    segments.segmentation();
    if (resamples < 1) {
      throw UserError.usage("--resamples is " + resamples + "; it must be at least 1");
    }
    if (protocol != null) {
      training.check();
      if (folds != null && (protocol != Protocol.Kind.K_FOLD || folds < 2)) {
        throw UserError.usage("--folds goes with --protocol k-fold and must be at least 2");
      }
      if (parallelFolds != null && parallelFolds < 1) {
        throw UserError.usage("--parallel-folds is " + parallelFolds + "; it must be at least 1");
      }
      return;
    }
    if (training.isGiven() || folds != null || parallelFolds != null) {
      throw UserError.usage(
          "options of training go with --protocol; without it a finished --model is evaluated");
    }
  }

  /** Clean first. */
  private List<Condition> conditions() {
    TreeSet<Condition> all = new TreeSet<>(List.of(Condition.CLEAN));
    conditions.forEach(all::addAll);
    return List.copyOf(all);
  }

  private List<String> labels(Configuration conf) {
    return protocol == null ? finished(conf).spec().head().labels() : training.labels();
  }

  /** The model that is evaluated as it is. */
  private ModelDirectory finished(Configuration conf) {
    ModelDirectory model = ModelDirectory.openOrDefault(training.model(), conf);
    model.verify();
    if (model.spec().head() == null) {
      throw UserError.input("model " + model.spec().modelId() + " has no head to evaluate");
    }
    return model;
  }

  private Result evaluateModel(SparkSession spark, Scratch scratch) {
    ModelDirectory model = finished(spark.sessionState().newHadoopConf());
    List<String> labels = model.spec().head().labels();
    SortedMap<String, LabelledFeatures> data =
        data(spark, labels, NetworkFeatures.logits(model), scratch.path());
    List<ClipPrediction> predictions = new ArrayList<>();
    data.forEach((condition, heard) -> predictions.addAll(predictions(condition, heard)));
    return new Result(
        data.get(ClipPrediction.CLEAN),
        overlap(model, "the model", data),
        labels,
        predictions,
        List.of(),
        List.of(
            new ReportHeader.Line("Model", model.spec().modelId()),
            new ReportHeader.Line("Weights", model.spec().provenance().source())));
  }

  private TrainingOverlap overlap(
      ModelDirectory model, String name, SortedMap<String, LabelledFeatures> data) {
    return Heard.overlap(
        model, name, data.get(ClipPrediction.CLEAN).utterances(), segments.segmentation());
  }

  private static List<ClipPrediction> predictions(String condition, LabelledFeatures data) {
    List<ClipPrediction> predictions = new ArrayList<>();
    try (FeatureFile file = FeatureFile.open(data.features())) {
      for (Utterance utterance : data.utterances()) {
        float[][] logits = new float[utterance.features().rows()][file.width()];
        for (int row = 0; row < logits.length; row++) {
          file.read(utterance.features().firstRow() + row, 1, logits[row], 0);
        }
        predictions.add(UtterancePredictions.of(utterance, condition, 0, logits));
      }
    }
    return predictions;
  }

  private Result evaluateProtocol(SparkSession spark, Scratch scratch) throws IOException {
    ModelDirectory base = training.base(spark.sessionState().newHadoopConf());
    if (base != null) {
      base.verify();
    }
    List<String> labels = training.labels();
    TrainingPlan plan = training.plan(base, segments.joins());
    Protocol folded =
        new Protocol(protocol, folds == null ? 5 : folds, plan.split(), labels, plan.seed());
    SortedMap<String, LabelledFeatures> data =
        data(
            spark,
            labels,
            training.mode() == Mode.HEAD ? NetworkFeatures.embeddings(base) : null,
            scratch.path());
    int together =
        parallelFolds == null ? ProtocolJob.affordable(spark, plan.parameters()) : parallelFolds;
    List<FoldResult> results =
        ProtocolJob.run(
            spark, folded, plan, data, TrainCommand.checkpoint(base, scratch), together);
    List<ClipPrediction> predictions = new ArrayList<>();
    List<FoldCurve> curves = new ArrayList<>();
    for (FoldResult result : results) {
      predictions.addAll(result.predictions());
      curves.add(new FoldCurve(result.fold(), result.heldOut(), result.epochs()));
    }
    return new Result(
        data.get(ClipPrediction.CLEAN),
        base == null ? null : overlap(base, "the model that each fold begins with", data),
        labels,
        predictions,
        curves,
        List.of(
            new ReportHeader.Line("Protocol", protocol.label() + ", " + results.size() + " folds"),
            new ReportHeader.Line(
                "Training",
                training.mode().label()
                    + (base == null ? "" : " of " + base.spec().modelId())
                    + ", "
                    + plan.recipe().epochs()
                    + " epochs at most, validation by "
                    + plan.split().label()
                    + ", seed "
                    + plan.seed()),
            new ReportHeader.Line("Recipe", plan.recipe().text())));
  }

  private SortedMap<String, LabelledFeatures> data(
      SparkSession spark, List<String> labels, NetworkFeatures network, Path scratch) {
    LabelledCorpus corpus = labelled.list(spark, labels);
    SortedMap<String, LabelledFeatures> data = new TreeMap<>();
    for (Condition condition : conditions()) {
      data.put(
          condition.label(),
          LabelledFeaturesJob.prepare(
              spark,
              corpus,
              labelled.describe(),
              labels,
              ClipSettings.of(segments.segmentation()).withCondition(condition),
              network,
              cache,
              scratch.resolve("features-" + condition.label())));
    }
    LabelledFeaturesText.tell(data.get(ClipPrediction.CLEAN), System.out);
    return data;
  }

  private void write(SparkSession spark, Result result, Configuration conf) throws IOException {
    Evaluation evaluation =
        Evaluation.of(
                result.predictions(),
                result.labels(),
                new Evaluation.Settings(resamples, training.seed()))
            .withTrainedOn(result.trainedOn());
    var directory = new org.apache.hadoop.fs.Path(output);
    FileSystem fs = FileSystems.of(directory, conf);
    try {
      PredictionsJob.write(
          spark,
          result.predictions(),
          result.labels(),
          new org.apache.hadoop.fs.Path(directory, PredictionsJob.FILE_NAME).toString());
      String page =
          ReportPage.html(evaluation, facts(result), result.curves(), result.predictions());
      write(
          fs,
          new org.apache.hadoop.fs.Path(directory, ReportPage.FILE_NAME),
          page.getBytes(StandardCharsets.UTF_8));
      // Last: where the figures are, all is there.
      write(
          fs, new org.apache.hadoop.fs.Path(directory, Evaluation.FILE_NAME), evaluation.toJson());
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      deleteWritten(fs, directory);
      if (UserError.rootOf(e) instanceof IOException || UserError.tellsOfFullDisk(e)) {
        throw UserError.unwritable("the output " + output, e);
      }
      throw e;
    }
    System.out.println(EvaluationText.whole(evaluation));
    System.out.printf(
        Locale.ROOT,
        "%s, %s and %s are in %s%n",
        Evaluation.FILE_NAME,
        PredictionsJob.FILE_NAME,
        ReportPage.FILE_NAME,
        output);
  }

  /** Leaves nothing of an evaluation that cannot be written whole. */
  private static void deleteWritten(FileSystem fs, org.apache.hadoop.fs.Path directory)
      throws IOException {
    for (String name :
        List.of(PredictionsJob.FILE_NAME, ReportPage.FILE_NAME, Evaluation.FILE_NAME)) {
      fs.delete(new org.apache.hadoop.fs.Path(directory, name), true);
    }
    if (fs.exists(directory) && fs.listStatus(directory).length == 0) {
      fs.delete(directory, false);
    }
  }

  private static void write(FileSystem fs, org.apache.hadoop.fs.Path file, byte[] content)
      throws IOException {
    try (OutputStream out = fs.create(file, false)) {
      out.write(content);
    }
  }

  private ReportHeader facts(Result result) {
    LabelledFeatures data = result.data();
    List<ReportHeader.Line> lines = new ArrayList<>(result.facts());
    lines.add(new ReportHeader.Line("Data", data.description()));
    lines.add(
        new ReportHeader.Line(
            "Segments",
            segments.segmentation().mode().label()
                + ", one every "
                + segments.segmentation().hopS()
                + " s"));
    data.leftOut()
        .forEach((what, count) -> lines.add(new ReportHeader.Line("Left out", count + " " + what)));
    data.rejected().forEach(reject -> lines.add(new ReportHeader.Line("Rejected", reject)));
    lines.add(new ReportHeader.Line("Version", BuildInfo.VERSION + " (" + BuildInfo.COMMIT + ")"));
    lines.add(
        new ReportHeader.Line("Date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    return new ReportHeader("Emotion recognition on " + labelled.name(), lines);
  }
}
