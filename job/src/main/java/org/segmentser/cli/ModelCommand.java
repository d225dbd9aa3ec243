package org.segmentser.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.ExitCode;
import org.segmentser.StagedDirectory;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.network.ModelImporter;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.official.ModelFetcher;
import org.segmentser.official.ModelVerifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code segment-ser model}: makes models from checkpoints, verifies and shows them. */
@Command(
    name = "model",
    description = "Makes models from checkpoints, verifies and shows them.",
    customSynopsis = "segment-ser model COMMAND [options]",
    footer = "  segment-ser model show my-model")
final class ModelCommand implements Runnable {
  private static final String FC2 =
      "how the last layer ends: relu (the paper and VGGish's first release) or linear (its current"
          + " release) (default: ${DEFAULT-VALUE})";
  private static final String OUTPUT = "a new or empty directory for the model";

  private static final String MODEL =
      "model directory (default: the model that comes with segment-ser)";

  private final Configuration conf;

  @Spec private CommandSpec spec;

  ModelCommand() {
    this(Sessions.hadoopConf());
  }

  ModelCommand(Configuration conf) {
    this.conf = conf;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  @Command(
      name = "fetch",
      description = "Downloads the official VGGish and makes a model of it.",
      customSynopsis = "segment-ser model fetch --output DIR [options]",
      footer = "  segment-ser model fetch --output vggish")
  int fetch(
      @HelpGroup(Heading.MODEL)
          @Option(names = "--fc2", paramLabel = "END", defaultValue = "relu", description = FC2)
          Fc2 fc2,
      @HelpGroup(Heading.INPUT) @Option(names = "--base-url", paramLabel = "URL", hidden = true)
          URI base,
      @HelpGroup(Heading.OUTPUT)
          @Option(names = "--output", paramLabel = "DIR", required = true, description = OUTPUT)
          String output) {
    StagedDirectory.check(output, conf);
    PrintWriter err = spec.commandLine().getErr();
    ModelFetcher fetcher = ModelFetcher.official(base, err, Ansi.AUTO.enabled());
    return made(fetcher.fetch(output, fc2, conf));
  }

  @Command(
      name = "import",
      description = "Makes a model of a TensorFlow checkpoint of a VGGish.",
      customSynopsis = "segment-ser model import --checkpoint FILE --output DIR [options]",
      footer = {
        "  segment-ser model import --checkpoint my.ckpt --output my-model \\",
        "    --labels angry,happy,sad,neutral"
      })
  int importCheckpoint(
      @HelpGroup(Heading.INPUT)
          @Option(
              names = "--checkpoint",
              paramLabel = "FILE",
              required = true,
              description = "V1 checkpoint, or prefix of the files of a V2 checkpoint")
          String checkpoint,
      @HelpGroup(Heading.INPUT)
          @Option(
              names = "--pca",
              paramLabel = "NPZ",
              description = "pca_params.npz, for AudioSet's 8-bit form of embeddings")
          String pca,
      @HelpGroup(Heading.MODEL)
          @Option(names = "--fc2", paramLabel = "END", defaultValue = "relu", description = FC2)
          Fc2 fc2,
      @HelpGroup(Heading.MODEL)
          @Option(
              names = "--labels",
              paramLabel = "A,B,..",
              split = ",",
              hideParamSyntax = true,
              description = "emotions of the head, in the order of its logits")
          List<String> labels,
      @HelpGroup(Heading.OUTPUT)
          @Option(
              names = "--name",
              paramLabel = "NAME",
              defaultValue = "vggish",
              description = "beginning of the model's id (default: ${DEFAULT-VALUE})")
          String name,
      @HelpGroup(Heading.OUTPUT)
          @Option(names = "--output", paramLabel = "DIR", required = true, description = OUTPUT)
          String output) {
    if (!ModelSpec.isName(name)) {
      throw ModelText.wrongName(name);
    }
    StagedDirectory.check(output, conf);
    List<String> emotions = labels == null ? List.of() : labels;
    try (ModelImporter importer = new ModelImporter(checkpoint, conf)) {
      checkLabels(checkpoint, importer.logits(), emotions);
      return made(importer.write(new ModelImporter.Target(name, fc2, emotions, pca, output)));
    }
  }

  private static void checkLabels(String checkpoint, int logits, List<String> labels) {
    if (labels.size() == logits) {
      return;
    }
    if (logits == 0) {
      throw UserError.usage("--labels is given, but " + checkpoint + " has no head");
    }
    throw UserError.usage(
        labels.isEmpty()
            ? String.format(
                Locale.ROOT,
                "%s has a head of %d logits: --labels must name them",
                checkpoint,
                logits)
            : String.format(
                Locale.ROOT,
                "--labels names %d emotions, but the head of %s has %d logits",
                labels.size(),
                checkpoint,
                logits));
  }

  @Command(
      name = "verify",
      description = "Checks that a model is whole, loads, and computes what it should.",
      customSynopsis = "segment-ser model verify [DIR]",
      footer = "  segment-ser model verify my-model")
  int verify(
      @Parameters(paramLabel = "DIR", arity = "0..1", description = MODEL) String directory) {
    PrintWriter out = spec.commandLine().getOut();
    ModelDirectory model = ModelDirectory.openOrDefault(directory, conf);
    ModelRuntime runtime = ModelRuntime.wholeMachine();
    new ModelVerifier(new SmokeFrontEnd(), runtime, out::println).verify(model);
    out.println("model " + model.spec().modelId() + " is as it should be");
    return ExitCode.DONE;
  }

  @Command(
      name = "show",
      description = "Prints what a model is and how it was trained.",
      customSynopsis = "segment-ser model show [DIR]",
      footer = "  segment-ser model show my-model")
  int show(@Parameters(paramLabel = "DIR", arity = "0..1", description = MODEL) String directory) {
    ModelDirectory model = ModelDirectory.openOrDefault(directory, conf);
    PrintWriter out = spec.commandLine().getOut();
    out.print(ModelText.of(model.spec(), model.report()));
    model.card().ifPresent(card -> out.print("\n" + card));
    out.flush();
    return ExitCode.DONE;
  }

  private int made(ModelDirectory model) {
    spec.commandLine().getOut().println("model " + model.spec().modelId() + " is in " + model);
    return ExitCode.DONE;
  }
}
