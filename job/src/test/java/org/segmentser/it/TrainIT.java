package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.Json;

/** {@code train} through the launcher and the packaged jar, and what others do with its model. */
class TrainIT {
  private static final int EPOCHS = 4;
  private static final int CLIPS = 3 * Speech.A_SPEAKER;

  @TempDir static Path shared;
  private static Place place;
  private static String data;
  private static Child.Result trained;

  @TempDir Path dir;

  @BeforeAll
  static void train() {
    place = new Place(shared);
    data = Speech.write(shared.resolve("data"), "03", "08", "09").toString();
    trained = place.done(scratch("@model"));
  }

  /** A training whose result depends on nothing but its seed. */
  private static String[] scratch(String output, String... more) {
    String line =
        "train --speech off --corpus folders --input %s --mode scratch --split none --epochs %d --output %s"
            .formatted(data, EPOCHS, output);
    return words(line, more);
  }

  /** The words of a line, and more. */
  private static String[] words(String line, String... more) {
    return Stream.concat(Stream.of(line.split(" ", -1)), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void tellsWhatItDidAndKeepsIt() throws IOException {
    assertThat(trained.stdout().lines())
        .hasSize(2 + EPOCHS + 2)
        .contains(
            "data folders at %s: %d clips, %d segments".formatted(data, CLIPS, 3 * CLIPS),
            "split by none: learn from %d clips, validate on 0 clips, test on 0 clips"
                .formatted(CLIPS),
            "finished after 4 epochs; the weights are those of epoch 4")
        .anyMatch(line -> line.startsWith("epoch 4 of 4: loss "))
        .anyMatch(line -> line.matches("model trained-[0-9a-f]{12} in " + place.at("model")));
    assertThat(place.at("model.training")).doesNotExist();
    assertThat(place.names("."))
        .noneMatch(name -> name.startsWith(".model"))
        .contains("data", "model");
    JsonNode report = Json.MAPPER.readTree(place.at("model/training.json").toFile());
    assertThat(report.at("/heard/parts/0/clips")).hasSize(CLIPS);
    assertThat(report.at("/data/clips/angry").asInt()).isEqualTo(3 * Speech.TEXTS);
    assertThat(report.at("/data/segments").asInt()).isEqualTo(3 * CLIPS);
    assertThat(report.at("/split/training/clips/sad").asInt()).isEqualTo(3 * Speech.TEXTS);
    assertThat(report.at("/split/test/clips").size()).isZero();
    assertThat(report.at("/settings/mode").asText()).isEqualTo("SCRATCH");
    assertThat(report.at("/settings/recipe/epochs").asInt()).isEqualTo(EPOCHS);
    assertThat(report.at("/epochs")).hasSize(EPOCHS);
    assertThat(report.at("/best_epoch").asInt()).isEqualTo(EPOCHS);
    assertThat(report.at("/environment/version").asText()).isNotEmpty();
    assertThat(report.at("/environment/commit").asText()).matches("[0-9a-f]{7,}.*");
  }

  @Test
  void itsModelIsVerifiedAndScores() {
    assertThat(place.done("model", "verify", "@model").stdout())
        .contains("model " + Place.modelId(trained) + " is as it should be");
    Child.Result scored =
        new Place(dir)
            .done(
                words(
                    "score --speech off --input %s --output @tables --model %s"
                        .formatted(data, place.at("model"))));
    assertThat(scored.stdout())
        .contains(" with model " + Place.modelId(trained))
        .contains("clips     %d: %d scored".formatted(CLIPS, CLIPS));
  }

  @Test
  void itsModelSaysWhichClipsItWasTrainedOn() throws IOException {
    Place own = new Place(dir);
    // Two thirds of the clips under other names, and as many that it never heard.
    Path copies = Speech.write(own.at("renamed"), "04", "05");
    for (String emotion : List.of("angry", "happy", "sad", "neutral")) {
      try (Stream<Path> known = Files.list(Path.of(data, emotion))) {
        for (Path clip : known.filter(c -> !c.getFileName().toString().startsWith("09")).toList()) {
          Files.copy(clip, copies.resolve(emotion).resolve("x" + clip.getFileName()));
        }
      }
    }
    String told = "the model was trained on 24 of these 48 clips";
    String evaluate =
        "evaluate --speech off --corpus folders --input @renamed --resamples 10 --model "
            + place.at("model");
    assertThat(own.done(words(evaluate + " --output @report")).stdout().lines()).contains(told);
    JsonNode metrics = EvaluateIT.metrics(own.at("report"));
    assertThat(metrics.at("/trained_on/clips").asInt()).isEqualTo(24);
    assertThat(metrics.at("/trained_on/of").asInt()).isEqualTo(48);
    assertThat(own.at("report/report.html")).content().contains(told);
    assertThat(
            own.done(words(evaluate + " --segmentation unpadded --output @unpadded"))
                .stdout()
                .lines())
        .contains(
            "it cannot be told which of these clips the model was trained on, as it was trained on"
                + " clips that were cut differently (padded)");
    assertThat(EvaluateIT.metrics(own.at("unpadded")).at("/trained_on/clips").isNull()).isTrue();
  }

  @Test
  void theSeedDecides() {
    Place own = new Place(dir);
    // That the same seed gives the same model shows where a training is resumed.
    assertThat(Place.modelId(own.done(scratch("@other", "--seed", "2"))))
        .isNotEqualTo(Place.modelId(trained));
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD,head --epochs 2,100",
    "FINE_TUNE,fine-tune --epochs 2,100",
    "HEAD,head --preset paper --units 200 --epochs 20,200"
  })
  void beginsWithTheModelOfTheJar(String mode, String options, int units) throws IOException {
    Place own = new Place(dir);
    Child.Result result =
        own.done(
            words(
                "train --speech off --corpus emodb --input %s --output @model --mode %s"
                    .formatted(data, options)));
    assertThat(result.stdout())
        .contains("validation loss", "test: ", "(best)")
        .containsPattern("the base model was trained on 0 of these \\d+ clips");
    JsonNode report = Json.MAPPER.readTree(own.at("model/training.json").toFile());
    assertThat(report.at("/settings/mode").asText()).isEqualTo(mode);
    assertThat(report.at("/base_model").asText()).startsWith("default-");
    assertThat(report.at("/settings/recipe/base_share").asDouble())
        .isEqualTo(mode.equals("FINE_TUNE") ? 0.5 : 0);
    JsonNode model = Json.MAPPER.readTree(own.at("model/model.json").toFile());
    assertThat(model.at("/head/hidden").asInt()).isEqualTo(units);
    assertThat(own.names("model"))
        .containsExactly(
            "model.json",
            "novelty.json",
            "training.json",
            "weights.data-00000-of-00001",
            "weights.index");
    assertThat(own.at("model.training")).doesNotExist();
  }

  @Test
  void aCacheSparesTheSecondDecoding() throws IOException {
    Place own = new Place(dir);
    Path copies = Speech.write(own.at("data"), "03");
    String[] first = cached("@first");
    String id = Place.modelId(own.done(first));
    assertThat(own.names("cache")).hasSize(1);
    // What is no audio any more, of the same length and age, tells whether anybody reads it.
    try (Stream<Path> files = Files.walk(copies)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        FileTime age = Files.getLastModifiedTime(file);
        Files.write(file, new byte[(int) Files.size(file)], StandardOpenOption.TRUNCATE_EXISTING);
        Files.setLastModifiedTime(file, age);
      }
    }
    assertThat(Place.modelId(own.done(cached("@second")))).isEqualTo(id);
    assertThat(own.names("cache")).hasSize(1);
  }

  private static String[] cached(String output) {
    return words(
        "train --speech off --corpus folders --input @data --mode head --split none --epochs 2 --cache @cache"
            + " --output "
            + output);
  }

  @Test
  void controlCMakesTheBestSoFarTheModel() throws IOException {
    Place own = new Place(dir);
    List<String> args = new ArrayList<>(List.of(scratch("@model")));
    args.set(args.indexOf(Integer.toString(EPOCHS)), "1000");
    try (Child run = own.start(args.toArray(String[]::new))) {
      run.awaitUntil("two epochs", Duration.ofMinutes(2), () -> run.stdout().contains("epoch 2 "));
      run.interrupt();
      Child.Result result = run.await(Duration.ofSeconds(60));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .contains("stopping; the best epoch so far is kept\n")
          .containsPattern("\nstopped after \\d+ epochs; the weights are those of epoch \\d+\n")
          .containsPattern("\nmodel trained-[0-9a-f]{12} in ");
      assertThat(Launcher.ownErrors(result)).isEmpty();
    }
    JsonNode report = Json.MAPPER.readTree(own.at("model/training.json").toFile());
    assertThat(report.at("/end").asText()).isEqualTo("STOPPED");
    assertThat(report.at("/epochs").size()).isBetween(2, 999);
    assertThat(own.at("model.training")).doesNotExist();
    assertThat(own.temporary()).isEmpty();
  }

  @Test
  void aSchedulersSignalLeavesTheEpochsAndNobodyElseTrainsThere() {
    Place own = new Place(dir);
    List<String> args = new ArrayList<>(List.of(scratch("@model", "--resume")));
    args.set(args.indexOf(Integer.toString(EPOCHS)), "1000");
    try (Child run = own.start(args.toArray(String[]::new))) {
      run.awaitUntil("two epochs", Duration.ofMinutes(2), () -> run.stdout().contains("epoch 2 "));
      Child.Result second = own.run(args.toArray(String[]::new));
      assertThat(second.exitCode()).as(second.toString()).isEqualTo(5);
      assertThat(second.stderr())
          .isEqualTo(
              "segment-ser: error: another process is training in "
                  + own.at("model.training")
                  + "\n");
      run.terminate();
      Child.Result result = run.await(Duration.ofSeconds(60));
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(143);
      assertThat(result.stdout()).contains("\nstopping\n");
      assertThat(Launcher.ownErrors(result))
          .isEqualTo("segment-ser: error: stopped; --resume goes on from there");
    }
    assertThat(own.at("model")).doesNotExist();
    assertThat(own.names("model.training"))
        .contains("progress.json")
        .doesNotContain("training.lock");
    assertThat(own.temporary()).isEmpty();
  }

  @Test
  void aSignalWhileReadingLeavesNothing() {
    Place own = new Place(dir);
    try (Child run = own.start(scratch("@model"))) {
      run.awaitUntil(
          "features",
          Duration.ofMinutes(2),
          () ->
              own.temporary().stream()
                  .anyMatch(
                      name ->
                          name.startsWith("segment-ser-")
                              && Files.exists(own.at("tmp").resolve(name).resolve("features"))));
      run.interrupt();
      Child.Result result = run.await(Duration.ofSeconds(60));
      assertThat(result.exitCode()).as(result.toString()).isEqualTo(130);
      assertThat(result.stderr()).doesNotContain("internal fault");
    }
    assertThat(own.at("model")).doesNotExist();
    assertThat(own.at("model.training")).doesNotExist();
    assertThat(own.temporary()).noneMatch(name -> name.startsWith("segment-ser"));
  }

  @Test
  void aKilledTrainingIsResumedToTheSameModel() {
    Place own = new Place(dir);
    try (Child run = own.start(scratch("@model"))) {
      run.awaitUntil("an epoch", Duration.ofMinutes(2), () -> run.stdout().contains("epoch 1 of"));
      run.kill();
      assertThat(run.await(Duration.ofSeconds(20)).exitCode()).isEqualTo(137);
    }
    assertThat(own.at("model")).doesNotExist();
    assertThat(own.names("model.training")).contains("progress.json");

    Child.Result refused = own.run(scratch("@model"));
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(2);
    assertThat(refused.stdout()).isEmpty();
    assertThat(refused.stderr())
        .matches(
            "segment-ser: error: "
                + own.at("model.training")
                + " holds an unfinished training, after epoch [123];"
                + " continue it with --resume or delete it\n");

    Child.Result other = own.run(scratch("@model", "--resume", "--seed", "2"));
    assertThat(other.exitCode()).as(other.toString()).isEqualTo(2);
    assertThat(Launcher.ownErrors(other))
        .isEqualTo(
            "segment-ser: error: "
                + own.at("model.training")
                + " holds a training with other data or settings; --resume needs the same ones");

    Child.Result resumed = own.run(scratch("@model", "--resume"));
    assertThat(resumed.exitCode()).as(resumed.toString()).isZero();
    assertThat(resumed.stdout())
        .containsPattern("\nresuming after epoch [123]\n")
        .doesNotContain("epoch 1 of");
    assertThat(Place.modelId(resumed)).isEqualTo(Place.modelId(trained));
    assertThat(own.at("model.training")).doesNotExist();
  }

  /** Exit code, a part of the line on standard error, and the words after {@code train}. */
  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(2, "--mode is missing", "--corpus emodb --input @data"),
        mistake(2, "'--mode': 'some' is not one of", "--corpus emodb --input @data --mode some"),
        mistake(
            2,
            "'--preset': 'best' is not one of",
            "--corpus emodb --input @data --mode head --preset best"),
        mistake(
            2,
            "'--split': 'odd' is not one of",
            "--corpus emodb --input @data --mode head --split odd"),
        mistake(
            2,
            "'--corpus' (LAYOUT=ROOT): 'berlin' is not one of",
            "--corpus berlin --input @data --mode head"),
        mistake(2, "as --corpus emodb=ROOT", "--corpus emodb --mode head"),
        mistake(2, "as --corpus emodb=ROOT", "--corpus emodb --manifest @m.csv --mode head"),
        mistake(
            2,
            "two inputs are called 'emodb'",
            "--corpus emodb=@data --corpus emodb=@one --mode head"),
        mistake(
            2,
            "--learning-rate",
            "--corpus emodb --input @data --mode head",
            "--learning-rate 1e30"),
        mistake(
            2,
            "--labels cannot be [sad, Sad] (a label must not occur twice)",
            "--corpus emodb --input @data --mode head",
            "--labels sad,Sad"),
        mistake(
            2,
            "--units cannot be 2000000000 (must be between 1 and 16,384)",
            "--corpus emodb --input @data --mode head",
            "--units 2000000000"),
        mistake(2, "--model goes with", "--corpus emodb --input @data --mode scratch --model @m"),
        mistake(3, "no such directory: @nowhere", "--corpus emodb --input @nowhere --mode head"),
        mistake(
            3,
            "no model at @nowhere",
            "--corpus emodb --input @data --mode head",
            "--model @nowhere"),
        mistake(
            3,
            "row 2 of the manifest @label.csv has the label 'furious'",
            "--manifest @label.csv --mode head"),
        mistake(
            3,
            "row 1 of the manifest @speaker.csv has no speaker",
            "--manifest @speaker.csv --mode head"),
        mistake(
            3,
            "row 1 of the manifest @missing.csv names file:/nowhere.wav, which cannot be read: no such file",
            "--manifest @missing.csv --mode head"),
        mistake(
            3, "too few speakers to split by (03)", "--corpus emodb --input @one --mode scratch"),
        mistake(
            3,
            "too few clips of 'sad': the split leaves none to learn from",
            "--corpus emodb --input @few --mode scratch"),
        mistake(
            3,
            "none of the 4 clips can be used; the first is file:@text/angry/x.wav",
            "--corpus folders --input @text --mode scratch --split none"),
        mistake(3, "the label 'bored'", "--corpus folders --input @bored --mode scratch"),
        mistake(
            2,
            "the cache @m.csv cannot be written",
            "--corpus emodb --input @data --mode scratch --cache @m.csv"),
        mistake(
            2,
            "the checkpoints in @m.csv cannot be read",
            "--corpus emodb --input @data --mode scratch --split none --checkpoints @m.csv"),
        mistake(
            1,
            "the loss became NaN in the first epoch",
            "--corpus emodb --input @one --mode scratch --preset paper --split none",
            "--learning-rate 9.9 --batch-size 1 --epochs 1"));
  }

  private static Arguments mistake(int exitCode, String told, String... words) {
    return Arguments.of(exitCode, told, String.join(" ", words));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsOneLineAndLeavesNothing(int exitCode, String told, String words)
      throws IOException {
    Place own = new Place(dir);
    prepare(own);
    List<String> before = own.names(".");
    Child.Result result =
        own.run(words("train --speech off --output @out " + words.replace("@data", data)));
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(Launcher.ownErrors(result))
        .matches("segment-ser: error: [^\n]+")
        .contains(told.replace("@", own.dir() + "/"));
    assertThat(own.temporary()).isEmpty();
    assertThat(own.names(".")).isEqualTo(before);
  }

  private static void prepare(Place own) throws IOException {
    Files.createDirectory(own.at("tmp"));
    Speech.write(own.at("one"), "03");
    Speech.write(own.at("few"), "03", "08", "09");
    for (String file : own.names("few/sad")) {
      Files.delete(own.at("few/sad").resolve(file));
    }
    for (String label : List.of("angry", "happy", "sad", "neutral")) {
      Path directory = Files.createDirectories(own.at("text/" + label));
      Files.writeString(directory.resolve("x.wav"), "no audio at all");
    }
    Files.createDirectories(own.at("bored"));
    Files.move(Speech.write(own.at("more"), "03").resolve("sad"), own.at("bored/bored"));
    Files.writeString(own.at("m.csv"), "uri,label\n");
    String head = "uri,label,speaker\n";
    String clip = own.at("one/angry/03a01Wa.wav").toString();
    String other = own.at("one/angry/03a02Wa.wav").toString();
    Files.writeString(own.at("label.csv"), head + clip + ",angry,a\n" + other + ",furious,a\n");
    Files.writeString(own.at("speaker.csv"), head + clip + ",angry,  \n");
    Files.writeString(own.at("missing.csv"), head + "/nowhere.wav,angry,a\n");
  }

  @Test
  void anOutputThatCannotBeWrittenIsToldBeforeWork() throws IOException {
    Place own = new Place(dir);
    Files.createDirectories(own.at("full/of"));
    Files.writeString(own.at("file"), "");
    assertRefused(own, "@full", " exists and is not an empty directory");
    assertRefused(own, "@file/model", " cannot be written: ");
    assertRefused(own, "nofs://host/model", ": no file system has the scheme nofs");
    assertThat(own.names(".")).containsExactly("file", "full", "tmp");
  }

  private static void assertRefused(Place own, String output, String told) {
    Child.Result result = own.run(scratch(output));
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(result.stdout()).isEmpty();
    assertThat(Launcher.ownErrors(result)).matches("segment-ser: error: [^\n]+").contains(told);
  }
}
