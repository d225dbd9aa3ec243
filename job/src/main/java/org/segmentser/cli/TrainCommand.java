package org.segmentser.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.FileSystems;
import org.segmentser.Scratch;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.evaluate.UtterancePredictions;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.LabelledFeaturesJob;
import org.segmentser.features.NetworkFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.Evaluation;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.network.TrainableModel;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.train.Heard;
import org.segmentser.train.Predictor;
import org.segmentser.train.Split;
import org.segmentser.train.Trainer;
import org.segmentser.train.Trainer.End;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingPlan.Mode;
import org.segmentser.train.TrainingReport;
import org.segmentser.train.TrainingState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "train",
    description =
        "Trains a model on labelled audio; writes the model with the report of its training.",
    customSynopsis = {
      "segment-ser train (--corpus LAYOUT --input URI | --manifest URI) --mode MODE",
      "                         --output URI [options]"
    },
    footer = {
      "  segment-ser train --corpus folders --input /data/labelled --mode scratch \\",
      "    --output my-model"
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private LabelledOptions labelled;
  @Mixin private TrainingOptions training;
  @Mixin private SegmentationOptions segments;

  @HelpGroup(Heading.MODEL)
  @Option(
      names = "--model",
      paramLabel = "URI",
      description =
          "model directory to begin with, for --mode head and fine-tune (default: the model that"
              + " comes with segment-ser)")
  void setModel(String uri) {
    training.setModel(uri);
  }

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "directory of the new model; must not exist or be empty")
  private String output;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--name",
      defaultValue = "trained",
      paramLabel = "NAME",
      description = "beginning of the model's id (default: ${DEFAULT-VALUE})")
  private String name;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--card",
      paramLabel = "FILE",
      description = "local Markdown file that the model keeps as its card")
  private Path card;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--cache",
      paramLabel = "URI",
      description =
          "directory that keeps patches and embeddings, so that a second run decodes nothing")
  private String cache;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      description =
          "local directory for the checkpoint of each epoch (default: the output with .training)")
  private Path checkpoints;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--resume",
      description = "continue after the last finished epoch in --checkpoints")
  private boolean resume;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--dry-run",
      description = "list and check everything, then stop before reading audio")
  private boolean dryRun;

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws Exception {
    labelled.check();
    training.check();
    Segmentation segmentation = segments.segmentation();
    if (!ModelSpec.isName(name)) {
      throw ModelText.wrongName(name);
    }
    byte[] cardText = card == null ? null : readCard();
    Configuration conf = Sessions.hadoopConf();
    Outputs.check(output, conf);
    ModelDirectory base = training.base(conf);
    if (base != null) {
      base.verify();
    }
    if (dryRun) {
      try (SparkSession spark = Sessions.start(Main.NAME + " train")) {
        LabelledOptions.tell(labelled.list(spark, training.labels()), out);
      }
      return ExitCode.DONE;
    }
    try (Scratch scratch = new Scratch()) {
      if (!resume) {
        TrainingState.refuseUnfinished(checkpoints(scratch, conf));
      }
      LabelledFeatures data = data(segmentation, base, scratch.path().resolve("features"));
      LabelledFeaturesText.tell(data, out);
      TrainingPlan plan = training.plan(base, segments.joins());
      return train(data, plan, base, cardText, scratch, conf);
    }
  }

  /** Before hours of work, so that nothing is wrong with it after them. */
  private byte[] readCard() {
    try (InputStream in = Files.newInputStream(card)) {
      byte[] text = in.readNBytes(ModelSpec.MAX_CARD_BYTES + 1);
      if (text.length > ModelSpec.MAX_CARD_BYTES) {
        throw UserError.input(
            String.format(
                Locale.ROOT,
                "the card %s has more than %,d bytes",
                card,
                ModelSpec.MAX_CARD_BYTES));
      }
      return text;
    } catch (IOException e) {
      throw UserError.input("the card " + card + " cannot be read: " + UserError.reason(e));
    }
  }

  /** The training itself needs no Spark, so the session ends before it. */
  private LabelledFeatures data(Segmentation segmentation, ModelDirectory base, Path file)
      throws IOException {
    try (SparkSession spark = Sessions.start(Main.NAME + " train")) {
      return LabelledFeaturesJob.prepare(
          spark,
          labelled.list(spark, training.labels()),
          labelled.describe(),
          training.labels(),
          ClipSettings.of(segmentation),
          training.mode() == Mode.HEAD ? NetworkFeatures.embeddings(base) : null,
          cache,
          file);
    }
  }

  private int train(
      LabelledFeatures data,
      TrainingPlan plan,
      ModelDirectory base,
      byte[] cardText,
      Scratch scratch,
      Configuration conf)
      throws IOException {
    Split split = Split.of(data.utterances(), plan.split(), plan.head().labels(), plan.seed());
    TrainingReport.Sides sides = TrainingReport.Sides.of(split, plan.head().labels());
    out.printf(
        Locale.ROOT,
        "split by %s: learn from %s, validate on %s, test on %s%n",
        plan.split().label(),
        sides.training().text(),
        sides.validation().text(),
        sides.test().text());
    String baseId = base == null ? null : base.spec().modelId();
    Heard heard = Heard.of(split, segments.segmentation(), base);
    TrainingState state =
        TrainingState.open(
            checkpoints(scratch, conf),
            Sha256.of(data.fingerprint() + "\n" + plan + "\n" + baseId),
            resume);
    if (resume) {
      out.println(
          state.begunAfter() == 0
              ? "no unfinished training is there to resume; this one begins anew"
              : "going on after epoch " + state.begunAfter());
    }
    try (state;
        FeatureFile file = FeatureFile.open(data.features());
        TrainableModel model =
            plan.begin(checkpoint(base, scratch), Runtime.getRuntime().availableProcessors())) {
      Trainer.Outcome outcome = train(plan, file, split, model, state);
      if (outcome.best() == 0) {
        throw nothingToKeep(outcome.end());
      }
      Evaluation test = test(split.test(), plan, model, file, base);
      TrainingReport report =
          new TrainingReport(
              TrainingReport.Data.of(data, plan.head().labels()),
              sides,
              heard,
              plan,
              baseId,
              outcome.epochs(),
              outcome.best(),
              outcome.end(),
              test,
              TrainingReport.Environment.current());
      ModelDirectory written =
          model.publish(name, data.description(), report.toJson(), cardText, output, conf);
      tell(outcome, test, written);
      state.delete();
      if (outcome.end() == End.DIVERGED) {
        throw diverged(outcome);
      }
      return ExitCode.DONE;
    }
  }

  private Trainer.Outcome train(
      TrainingPlan plan, FeatureFile file, Split split, TrainableModel model, TrainingState state) {
    Trainer trainer =
        new Trainer(
            model,
            file,
            split,
            plan.head().labels().size(),
            plan.recipe(),
            plan.joins(),
            plan.seed());
    try (StopSignal stop =
        new StopSignal(() -> out.println("stopping; the best epoch so far is kept"))) {
      return trainer.train(
          state,
          (figures, isBest, secondsLeft) ->
              out.println(figures.text(plan.recipe().epochs(), isBest, secondsLeft)),
          stop::isWanted);
    }
  }

  private static UserError nothingToKeep(End end) {
    return end == End.DIVERGED
        ? UserError.fault(
            "the loss became NaN in the first epoch; a lower --learning-rate may help")
        : UserError.fault("stopped before the first epoch was over; there is nothing to keep");
  }

  private static UserError diverged(Trainer.Outcome outcome) {
    return UserError.fault(
        "the loss became NaN in epoch "
            + (outcome.epochs().size() + 1)
            + "; a lower --learning-rate may help; the model of epoch "
            + outcome.best()
            + " is kept");
  }

  private Evaluation test(
      List<Utterance> test,
      TrainingPlan plan,
      TrainableModel model,
      FeatureFile file,
      ModelDirectory base) {
    if (test.isEmpty()) {
      return null;
    }
    List<float[][]> logits = new Predictor(model::predict, file).predict(test);
    List<ClipPrediction> predictions = new ArrayList<>();
    for (int i = 0; i < test.size(); i++) {
      predictions.add(UtterancePredictions.of(test.get(i), ClipPrediction.CLEAN, 0, logits.get(i)));
    }
    Evaluation evaluation =
        Evaluation.of(predictions, plan.head().labels(), Evaluation.Settings.DEFAULT);
    return base == null
        ? evaluation
        : evaluation.withTrainedOn(
            Heard.overlap(base, "the base model", test, segments.segmentation()));
  }

  private void tell(Trainer.Outcome outcome, Evaluation test, ModelDirectory model) {
    out.printf(
        Locale.ROOT,
        "%s after %d epoch%s; the weights are those of epoch %d%n",
        switch (outcome.end()) {
          case FINISHED -> "finished";
          case EARLY -> "no better validation for long: ended";
          case STOPPED -> "stopped";
          case DIVERGED -> "the loss became NaN: ended";
        },
        outcome.epochs().size(),
        outcome.epochs().size() == 1 ? "" : "s",
        outcome.best());
    if (test != null) {
      out.println("test: " + EvaluationText.headline(test));
      if (test.trainedOn() != null) {
        out.println("  " + test.trainedOn().told());
      }
    }
    out.println("model " + model.spec().modelId() + " in " + model);
  }

  private Path checkpoints(Scratch scratch, Configuration conf) throws IOException {
    if (checkpoints != null) {
      return checkpoints;
    }
    var path = new org.apache.hadoop.fs.Path(output);
    FileSystem fs = FileSystems.of(path, conf);
    if (fs instanceof LocalFileSystem local) {
      return Path.of(local.pathToFile(path) + ".training").toAbsolutePath();
    }
    if (resume) {
      throw UserError.usage("--resume needs --checkpoints, as the output is not on this machine");
    }
    return scratch.path().resolve("checkpoints");
  }

  /** The files of the model to begin with, on this machine; null without one. */
  static Path checkpoint(ModelDirectory base, Scratch scratch) throws IOException {
    if (base == null || base.localPath().isPresent()) {
      return base == null ? null : ModelDirectory.checkpoint(base.localPath().get());
    }
    Path copy = Files.createDirectory(scratch.path().resolve("model"));
    base.localCopy(copy);
    return ModelDirectory.checkpoint(copy);
  }
}
