package org.segmentser.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.evaluate.EvaluationJob;
import org.segmentser.evaluate.EvaluationRequest;
import org.segmentser.evaluate.EvaluationRequest.FinishedModel;
import org.segmentser.evaluate.EvaluationRequest.ProtocolModels;
import org.segmentser.evaluate.Protocol;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.Evaluation;
import org.segmentser.model.ModelDirectory;
import org.segmentser.train.TrainingPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description =
        "Evaluates a model on labelled audio; or, with --protocol, trains a model per fold and"
            + " evaluates each on what it has not learned from.",
    customSynopsis = {
      "segment-ser evaluate ((--corpus LAYOUT=ROOT | --manifest URI)... |",
      "                             --input URI [--format FORMAT])",
      "                            [--protocol PROTOCOL --mode MODE]",
      "                            --output URI [options]"
    },
    footer = {
      "  segment-ser evaluate --corpus folders=/data/other --model my-model \\",
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
          "random-80-10-10, k-fold, speaker-k-fold, leave-one-speaker-out, leave-one-session-out or"
              + " leave-one-corpus-out; without it the --model is evaluated as it is")
  private Protocol.Kind protocol;

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--folds",
      paramLabel = "N",
      description = "folds of --protocol k-fold and speaker-k-fold (default: 5)")
  private Integer folds;

  @HelpGroup(Heading.EVALUATION)
  @Option(
      names = "--parallel-folds",
      paramLabel = "N",
      description = "folds to train side by side (default: as many as cores and memory allow)")
  private Integer parallelFolds;

  @Mixin private TrainingOptions training;
  @Mixin private SegmentationOptions segments;
  @Mixin private SpeechOptions speech;

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
  private List<Condition> conditions = List.of();

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

  @Override
  public Integer call() throws Exception {
    check();
    Configuration conf = Sessions.hadoopConf();
    StagedDirectory.check(output, conf);
    EvaluationRequest request = request(conf);
    try (SparkSession spark = Sessions.start(Main.NAME + " evaluate")) {
      EvaluationJob job = new EvaluationJob(spark, request);
      if (dryRun) {
        LabelledOptions.tell(job.list(), System.out);
        return ExitCode.DONE;
      }
      Evaluation evaluation = job.run(data -> LabelledFeaturesText.tell(data, System.out));
      EvaluationText.tell(evaluation, output, System.out);
    }
    return ExitCode.DONE;
  }

  private void check() {
    labelled.check();
    segments.segmentation();
    speech.speech();
    if (resamples < 1) {
      throw UserError.usage("--resamples is " + resamples + "; it must be at least 1");
    }
    if (protocol != null) {
      training.check();
      if (folds != null && (!protocol.hasFolds() || folds < 2)) {
        throw UserError.usage(
            "--folds goes with --protocol k-fold or speaker-k-fold and must be at least 2");
      }
      if (parallelFolds != null && parallelFolds < 1) {
        throw UserError.usage("--parallel-folds is " + parallelFolds + "; it must be at least 1");
      }
      return;
    }
    if (labelled.hasHeard()) {
      throw UserError.usage(
          "--heard-column goes with --protocol, as a finished model learns nothing");
    }
    if (training.isGiven() || folds != null || parallelFolds != null) {
      throw UserError.usage(
          "options of training go with --protocol; without it a finished --model is evaluated");
    }
  }

  private EvaluationRequest request(Configuration conf) {
    return new EvaluationRequest(
        protocol == null
            ? new FinishedModel(ModelDirectory.openOrDefault(training.model(), conf))
            : models(conf),
        new LabelledInput(labelled.name(), labelled.describe(), labelled::list),
        segments.segmentation(),
        speech.speech(),
        conditions,
        new BootstrapSettings(resamples, training.seed()),
        cache,
        output);
  }

  private ProtocolModels models(Configuration conf) {
    ModelDirectory base = training.base(conf);
    TrainingPlan plan = training.plan(base, segments.joins());
    return new ProtocolModels(
        new Protocol(
            protocol,
            folds == null ? Protocol.DEFAULT_FOLDS : folds,
            plan.split(),
            plan.head().labels(),
            plan.seed()),
        plan,
        base,
        parallelFolds);
  }
}
