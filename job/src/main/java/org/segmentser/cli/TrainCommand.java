package org.segmentser.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.ExitCode;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.train.TrainedModel;
import org.segmentser.train.TrainingJob;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingRequest;
import org.segmentser.train.TrainingRequest.Checkpoints;
import org.segmentser.train.TrainingRequest.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "train",
    description =
        "Trains a model on labelled audio; writes the model with the report of its training.",
    customSynopsis = {
      "segment-ser train ((--corpus LAYOUT=ROOT | --manifest URI)... |",
      "                          --input URI [--format FORMAT])",
      "                         --mode MODE --output URI [options]"
    },
    footer = {
      "  segment-ser train --corpus folders=/data/labelled --mode scratch \\",
      "    --output my-model"
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private LabelledOptions labelled;
  @Mixin private TrainingOptions training;
  @Mixin private SegmentationOptions segments;
  @Mixin private SpeechOptions speech;

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

  @HelpGroup(Heading.TRAINING)
  @Option(
      names = "--calibration-folds",
      paramLabel = "N",
      description =
          "train N models first, each without a part of the speakers, to find out how good"
              + " and how sure the model may be (default: its validation tells, if there is one)")
  private Integer calibrationFolds;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--output",
      required = true,
      paramLabel = "URI",
      description = "a new or empty directory for the model")
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
    Speech asked = speech.speech();
    if (!ModelSpec.isName(name)) {
      throw ModelText.wrongName(name);
    }
    if (calibrationFolds != null && calibrationFolds < 2) {
      throw UserError.usage(
          "--calibration-folds is " + calibrationFolds + "; it must be at least 2");
    }
    Target target = Target.of(output, name, card);
    Configuration conf = Sessions.hadoopConf();
    StagedDirectory.check(output, conf);
    ModelDirectory base = training.base(conf);
    TrainingPlan plan = training.plan(base, segments.joins());
    TrainingJob job =
        new TrainingJob(
            () -> Sessions.start(Main.NAME + " train"),
            new TrainingRequest(
                new LabelledInput(labelled.name(), labelled.describe(), labelled::list),
                segmentation,
                asked,
                plan,
                calibrationFolds == null ? 0 : calibrationFolds,
                base,
                cache,
                target,
                new Checkpoints(checkpoints, resume)));
    if (dryRun) {
      LabelledOptions.tell(job.list(), out);
      return ExitCode.DONE;
    }
    TrainedModel trained = job.run(conf, new TrainingText(plan, out));
    TrainingText.tell(trained, out);
    if (trained.training().hasDiverged()) {
      throw TrainingText.diverged(trained.training());
    }
    return ExitCode.DONE;
  }
}
