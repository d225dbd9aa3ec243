package org.segmentser.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
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
        "How good a model is on labelled audio; or, with --protocol, how good models are that are"
            + " trained as the options of train say, one a fold.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private LabelledOptions labelled;

  @Option(
      names = "--model",
      paramLabel = "URI",
      description =
          "model directory to evaluate; with --protocol the model that each training begins with,"
              + " for --mode head and fine-tune (default: the model that comes with segment-ser)")
  void setModel(String uri) {
    training.setModel(uri);
  }

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      description =
          "random-80-10-10, k-fold, leave-one-speaker-out or leave-one-session-out; without it the"
              + " --model is evaluated as it is")
  private String protocol;

  @Option(names = "--folds", paramLabel = "N", description = "of --protocol k-fold (default: 5)")
  private Integer folds;

  @Option(
      names = "--parallel-folds",
      paramLabel = "N",
      description =
          "folds that are trained side by side (default: as many as cores and memory allow)")
  private Integer parallelFolds;

  @Mixin private TrainingOptions training;
  @Mixin private SegmentationOptions segments;

  @Option(
      names = "--conditions",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "A,B,..",
      description =
          "also tests on worse recordings, made of the same clips: quiet, loud, telephone, noise,"
              + " room, dull, or all")
  private List<String> conditions = List.of();

  @Option(
      names = "--resamples",
      defaultValue = "2000",
      paramLabel = "N",
      description = "of the bootstrap for the 95 %% intervals (default: ${DEFAULT-VALUE})")
  private int resamples;

  @Option(
      names = "--cache",
      paramLabel = "URI",
      description = "directory that keeps what is computed of the clips, for a second run")
  private String cache;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "directory for metrics.json, predictions.parquet and report.html")
  private String output;

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
    conditions();
    if (resamples < 1) {
      throw UserError.usage("--resamples is " + resamples + "; it must be at least 1");
    }
    if (protocol != null) {
      Protocol.Kind kind = Protocol.Kind.of(protocol);
      training.check();
      if (folds != null && (kind != Protocol.Kind.K_FOLD || folds < 2)) {
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

  private List<Condition> conditions() {
    List<Condition> all = new ArrayList<>();
    for (String name : conditions) {
      try {
        all.addAll(name.equals("all") ? List.of(Condition.values()) : List.of(Condition.of(name)));
      } catch (IllegalArgumentException e) {
        throw UserError.usage("--conditions: " + e.getMessage());
      }
    }
    return all;
  }

  private EvaluationRequest request(Configuration conf) {
    return new EvaluationRequest(
        protocol == null
            ? new FinishedModel(ModelDirectory.openOrDefault(training.model(), conf))
            : models(conf),
        new LabelledInput(labelled.name(), labelled.describe(), labelled::list),
        segments.segmentation(),
        conditions(),
        new BootstrapSettings(resamples, training.seed()),
        cache,
        output);
  }

  private ProtocolModels models(Configuration conf) {
    ModelDirectory base = training.base(conf);
    TrainingPlan plan = training.plan(base, segments.joins());
    return new ProtocolModels(
        new Protocol(
            Protocol.Kind.of(protocol),
            folds == null ? Protocol.DEFAULT_FOLDS : folds,
            plan.split(),
            plan.head().labels(),
            plan.seed()),
        plan,
        base,
        parallelFolds);
  }
}
