package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.UserError;
import org.segmentser.model.CalibratedModels;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.network.TestModels;
import picocli.CommandLine;

class ModelCommandTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  @TempDir Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void importsVerifiesAndShows() {
    Path model = directory.resolve("again");
    assertThat(
            run(
                "import",
                "--checkpoint",
                checkpoint(LABELS),
                "--labels",
                "angry,happy,sad,neutral",
                "--fc2",
                "linear",
                "--name",
                "mine",
                "--output",
                model.toString()))
        .isZero();
    assertThat(out.toString()).matches("(?s)model mine-[0-9a-f]{12} is in " + model + "\\R");
    assertThat(run("verify", model.toString())).isZero();
    assertThat(out.toString()).contains("ok    checkpoint", "is as it should be");
    assertThat(run("show", model.toString())).isZero();
    assertThat(out.toString())
        .contains(
            "labels            angry, happy, sad, neutral",
            "embedding         128, fc2 linear",
            "parameters        1,18",
            "calibration       none: nobody has found out how sure it is",
            "made              20");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void tellsHowSureACalibratedModelIs() {
    ModelDirectory plain = TestModels.mini(directory.resolve("plain"), LABELS);
    Path model = directory.resolve("calibrated");
    CalibratedModels.anyhow(plain, model);
    assertThat(run("verify", model.toString())).isZero();
    assertThat(out.toString()).contains("ok    novelty", "ok    files: 3 have", "is as it should");
    assertThat(run("show", model.toString())).isZero();
    assertThat(out.toString())
        .contains(
            "calibration       by 100 clips: temperature 1.700; at coverage 0.9 a set holds"
                + " emotions of at least 0.220; tells audio that it does not know by novelty.json");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void looksAtTheDefaultModelWhereNoneIsNamed() {
    assertThat(run("verify")).isZero();
    assertThat(out.toString()).contains("ok    checkpoint", "model default-", "as it should be");
    assertThat(run("show")).isZero();
    assertThat(out.toString())
        .contains(
            "labels            angry, happy, sad, neutral",
            "trained on        emodb at ../shared/data/emodb; manifest"
                + " ../shared/data/cremad/labels.csv: 2,799 clips (747 angry, 691 happy, 699"
                + " neutral, 662 sad), 8,602 segments",
            "corpus cremad: 2,460 clips (620 angry, 620 happy, 620 neutral, 600 sad) of 91 speakers",
            "corpus emodb: 339 clips (127 angry, 71 happy, 79 neutral, 62 sad) of 10 speakers",
            "split             by none: learned from 2,799 clips of 101 speakers but for 570 in"
                + " which listeners did not hear the label; validated on none; tested on none",
            "base model        none: began with random weights",
            "training          scratch, seed 1, finished after 24 epochs; the weights are those of"
                + " epoch 24",
            "recipe            softmax loss, Adam 0.001 (cosine), batches of 64",
            "held out          2,799 clips, by 5 models like it, each trained without a part of them",
            "on cremad: weighted accuracy 0.7",
            "on emodb: weighted accuracy 0.8",
            "test              none: no clips were set apart for it");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wantsLabelsThatFit() {
    String checkpoint = checkpoint(LABELS);
    assertThat(runImport(checkpoint)).isEqualTo(2);
    assertThat(error()).contains("has a head of 4 logits: --labels must name them");
    assertThat(runImport(checkpoint, "--labels", "angry,sad")).isEqualTo(2);
    assertThat(error()).contains("--labels names 2 emotions, but the head of");
    assertThat(runImport(checkpoint, "--labels", "a,b,c,A")).isEqualTo(3);
    assertThat(error()).contains("head.labels cannot be [a, b, c, A]");
    String headless = TestModels.mini(directory.resolve("headless"), List.of()).toString();
    assertThat(runImport(headless + "/weights", "--labels", "angry,sad")).isEqualTo(2);
    assertThat(error()).contains("has no head");
    assertThat(directory.resolve("out")).doesNotExist();
    assertThat(runImport(headless + "/weights")).isZero();
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    assertThat(run()).isEqualTo(2);
    assertThat(run("import")).isEqualTo(2);
    assertThat(run("show", directory.toString())).isEqualTo(3);
    assertThat(error()).endsWith("it has no model.json");
    assertThat(runImport(directory.resolve("none").toString())).isEqualTo(3);
    assertThat(error()).isEqualTo("no checkpoint at " + directory.resolve("none"));
    assertThat(runImport(directory.toString())).isEqualTo(3);
    assertThat(error()).endsWith("is a directory; name a checkpoint in it");
    String checkpoint = checkpoint(List.of());
    assertThat(runImport(checkpoint + ".index")).isEqualTo(3);
    assertThat(error()).endsWith("is part of a checkpoint; name " + checkpoint);
    assertThat(runImport(checkpoint, "--name", "a/b")).isEqualTo(2);
    assertThat(runImport(checkpoint, "--fc2", "sigmoid")).isEqualTo(2);
    assertThat(error()).contains("--fc2", "'sigmoid' is not one of relu, linear");
    Path text = Files.writeString(directory.resolve("text"), "no checkpoint");
    assertThat(runImport(text.toString())).isEqualTo(3);
    assertThat(runImport(checkpoint, "--pca", text.toString())).isEqualTo(3);
    assertThat(error()).endsWith("not a NumPy archive");
    assertThat(run("import", "--checkpoint", checkpoint, "--output", directory.toString()))
        .isEqualTo(2);
    assertThat(error()).endsWith("exists and is not an empty directory");
    assertThat(run("fetch", "--base-url", "http://host.invalid", "--output", directory + "/f"))
        .isEqualTo(3);
    assertThat(error()).endsWith("unknown host");
  }

  private String checkpoint(List<String> labels) {
    return TestModels.mini(directory.resolve("made"), labels) + "/weights";
  }

  private int runImport(String checkpoint, String... more) {
    return run(
        Stream.concat(
                Stream.of(
                    "import",
                    "--checkpoint",
                    checkpoint,
                    "--output",
                    directory.resolve("out").toString()),
                Arrays.stream(more))
            .toArray(String[]::new));
  }

  /** The last line on stderr. */
  private String error() {
    return err.toString().lines().reduce("", (first, second) -> second);
  }

  private int run(String... arguments) {
    return CommandStyle.apply(new CommandLine(new ModelCommand(new Configuration())))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setParameterExceptionHandler((e, a) -> fail(2, e))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof UserError error) {
                return fail(error.exitCode(), e);
              }
              return fail(e instanceof ModelException ? 3 : 1, e);
            })
        .execute(arguments);
  }

  private int fail(int exitCode, Exception e) {
    assertThat(e.getMessage()).doesNotContain("\n");
    err.append(e.getMessage()).append('\n');
    return exitCode;
  }
}
