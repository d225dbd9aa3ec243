package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.Json;
import org.segmentser.network.TestModels;

/** {@code evaluate} through the launcher and the packaged jar. */
class EvaluateIT {
  private static final List<String> SPEAKERS = List.of("03", "08", "09");
  private static final int CLIPS = 3 * Speech.A_SPEAKER;

  @TempDir static Path shared;
  private static Path data;
  private static Path model;

  @TempDir Path dir;

  /** What was said of a segment, as far as it is looked at here. */
  private record Said(
      String clip,
      String corpus,
      String speaker,
      String condition,
      int fold,
      String label,
      String decided,
      int segment) {}

  @BeforeAll
  static void prepare() {
    data = Speech.write(shared.resolve("data"), SPEAKERS.toArray(String[]::new));
    model = shared.resolve("model");
    Launcher.importModel(model.toString());
  }

  @Test
  void aProtocolTestsEachClipOnceUnderEachCondition() throws IOException {
    Place own = new Place(dir);
    Child.Result result =
        own.done(
            words(
                "evaluate --speech off --corpus emodb --input %s --output @out --mode scratch --epochs 1"
                    .formatted(data),
                "--protocol leave-one-speaker-out --conditions telephone,noise"));

    assertThat(result.stdout())
        .contains("fold 1, speaker 03: epoch 1 of 1", "fold 3, speaker 09: epoch 1 of 1")
        .contains(CLIPS + " clips, " + 3 * CLIPS + " segments")
        .contains("metrics.json, predictions.parquet and report.html are in " + own.at("out"));
    JsonNode metrics = metrics(own.at("out"));
    assertThat(metrics.at("/clips").asInt()).isEqualTo(CLIPS);
    assertThat(metrics.at("/segments").asInt()).isEqualTo(3 * CLIPS);
    assertThat(metrics.at("/conditions").findValuesAsText("name"))
        .containsExactlyInAnyOrder("clean", "telephone", "noise");
    assertThat(metrics.at("/conditions").findValues("clips"))
        .allMatch(count -> count.asInt() == CLIPS);
    assertThat(metrics.at("/speakers").findValuesAsText("name"))
        .containsExactlyInAnyOrderElementsOf(SPEAKERS);
    assertThat(metrics.at("/folds")).hasSize(3);
    assertThat(metrics.at("/trained_on").isNull()).isTrue();
    assertThat(metrics.at("/labels"))
        .extracting(JsonNode::asText)
        .containsExactly("angry", "happy", "sad", "neutral");

    List<Said> said = predictions(own.at("out"));
    assertThat(said).hasSize(3 * 3 * CLIPS).doesNotHaveDuplicates();
    assertThat(said.stream().map(s -> s.clip() + s.condition() + s.segment()))
        .doesNotHaveDuplicates();
    for (String condition : List.of("clean", "telephone", "noise")) {
      List<Said> heard =
          said.stream().filter(s -> s.condition().equals(condition) && s.segment() == 0).toList();
      assertThat(heard).hasSize(CLIPS);
      // The fold of a clip is the one that its speaker is held out of.
      assertThat(heard).allMatch(s -> SPEAKERS.indexOf(s.speaker()) + 1 == s.fold());
      assertThat(heard).allMatch(s -> s.clip().contains("/" + s.label() + "/" + s.speaker() + "a"));
      assertThat(figure(metrics, condition)).isCloseTo(right(heard), within(1e-9));
    }
    assertThat(metrics.at("/figures/weighted_accuracy/value").asDouble())
        .isEqualTo(figure(metrics, "clean"));
    assertThat(own.at("out/report.html"))
        .content()
        .startsWith("<!")
        .contains("leave-one-speaker-out, 3 folds", "telephone", "emodb at " + data)
        .endsWith("</html>\n");
  }

  @Test
  void aModelIsEvaluatedAsItIs() throws IOException {
    Place own = new Place(dir);
    String line =
        "evaluate --speech off --corpus folders --input %s --model %s --cache @cache --output "
            .formatted(data, model);
    Child.Result first = own.done(words(line + "@first"));
    assertThat(first.stdout())
        .contains(CLIPS + " clips, ")
        .contains("the model does not say which clips it was trained on")
        .contains("emotion vote accuracy", "several emotions tie for most segments in ")
        .doesNotContain("worst speaker");
    JsonNode metrics = metrics(own.at("first"));
    assertThat(metrics.at("/clips").asInt()).isEqualTo(CLIPS);
    assertThat(metrics.at("/intervals/unit").asText()).isEqualTo("clips");
    List<Said> said = predictions(own.at("first"));
    assertThat(said).hasSize(3 * CLIPS);
    assertThat(metrics.at("/figures/weighted_accuracy/value").asDouble())
        .isCloseTo(right(said.stream().filter(s -> s.segment() == 0).toList()), within(1e-9));
    assertThat(own.at("first/report.html")).content().contains("vggish-");

    own.done(words(line + "@second"));
    assertThat(own.at("second/metrics.json")).hasSameTextualContentAs(own.at("first/metrics.json"));
    assertThat(own.names("cache")).hasSize(1);
  }

  @Test
  void corporaAreToldApartInWhateverOrderTheyAreGiven() throws IOException {
    Place own = new Place(dir);
    Path other = Speech.write(own.at("other"), "03", "08", "16");
    StringBuilder manifest = new StringBuilder("path,emotion,speaker,sex,age\n");
    try (Stream<Path> files = Files.walk(other)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String speaker = file.getFileName().toString().substring(0, 2);
        manifest.append(
            "%s,%s,%s,%s,40%n"
                .formatted(
                    other.relativize(file),
                    file.getParent().getFileName(),
                    speaker,
                    speaker.equals("08") ? "F" : "M"));
      }
    }
    Files.writeString(other.resolve("labels.csv"), manifest);
    String emodb = "--corpus emodb=" + data;
    String table = "--manifest @other/labels.csv --uri-column path --label-column emotion";
    String line =
        "evaluate --speech off --mode scratch --split none --epochs 1 --resamples 50"
            + " --protocol leave-one-corpus-out --cache @cache --conditions telephone";
    Child.Result first = own.done(words(line, emodb, table, "--output @first"));
    assertThat(first.stdout())
        .contains("corpus    emodb: " + CLIPS + " clips of 3 speakers, 2 female, 1 male")
        .contains("corpus    other: " + CLIPS + " clips of 3 speakers, 1 female, 2 male")
        .contains("fold 1, corpus emodb: epoch 1 of 1", "fold 2, corpus other: epoch 1 of 1")
        .contains("unweighted accuracy by sex", "unweighted accuracy by condition and corpus");
    JsonNode metrics = metrics(own.at("first"));
    assertThat(metrics.at("/corpora"))
        .extracting(corpus -> corpus.get("name").asText())
        .containsExactly("emodb", "other");
    assertThat(metrics.at("/speakers").findValuesAsText("name"))
        .containsExactly("emodb/03", "emodb/08", "emodb/09", "other/03", "other/08", "other/16");
    assertThat(metrics.at("/ages").findValuesAsText("name"))
        .containsExactly("under 30", "30 to 49");
    assertThat(metrics.at("/conditions/1/corpora").properties()).hasSize(2);
    assertThat(predictions(own.at("first")).stream().filter(s -> s.speaker().equals("03")))
        .extracting(Said::corpus, Said::fold)
        .containsOnly(tuple("emodb", 1), tuple("other", 2));

    own.done(words(line, table, emodb, "--output @second"));
    assertThat(own.at("second/metrics.json")).hasSameTextualContentAs(own.at("first/metrics.json"));
    assertThat(own.names("cache")).hasSize(2);
  }

  /** Exit code, a part of the line on standard error, and the words after {@code evaluate}. */
  static Stream<Arguments> mistakes() {
    String corpus = "--corpus emodb --input @data ";
    String leave = "--epochs 1 --mode head --protocol leave-one-speaker-out ";
    return Stream.of(
        Arguments.of(
            2, "'--protocol': 'some' is not one of", corpus + "--protocol some --mode head"),
        Arguments.of(2, "--mode is missing", corpus + "--protocol k-fold"),
        Arguments.of(2, "--folds goes with", corpus + leave + "--folds 3"),
        Arguments.of(2, "--folds goes with", corpus + "--protocol k-fold --mode head --folds 1"),
        Arguments.of(2, "options of training go with", corpus + "--epochs 3"),
        Arguments.of(2, "options of training go with", corpus + "--mode scratch"),
        Arguments.of(2, "options of training go with", corpus + "--folds 3"),
        Arguments.of(2, "'loudest' is not one of", corpus + "--conditions loudest"),
        Arguments.of(2, "--resamples is 0", corpus + "--resamples 0"),
        Arguments.of(2, "the output @full exists", corpus + "--output @full"),
        Arguments.of(2, "the output @file/out cannot be", corpus + "--output @file/out"),
        Arguments.of(2, "x://y/z: no file system has the scheme x", corpus + "--output x://y/z"),
        Arguments.of(3, "no model at @none", corpus + "--model @none"),
        Arguments.of(
            3,
            "architecture.fc cannot be [2000000000, 2000000000] (must be 2 widths between 1 and",
            corpus + "--model @absurd"),
        Arguments.of(3, "has no head to evaluate", corpus + "--model @headless"),
        Arguments.of(3, ".wav with what is no number; model verify", corpus + "--model @nan"),
        Arguments.of(3, "the label 'bored'", "--corpus folders --input @bored"),
        Arguments.of(3, "there is only one speaker", "--corpus emodb --input @one " + leave),
        Arguments.of(3, " has no speaker", "--corpus folders --input @data " + leave),
        Arguments.of(
            3,
            " has no session",
            corpus + "--mode scratch --protocol leave-one-session-out --split none"),
        Arguments.of(
            3,
            "36 clips are too few for 40 folds",
            corpus + "--protocol k-fold --folds 40 --mode head"),
        Arguments.of(
            1,
            "the loss became NaN in epoch 1; a lower --learning-rate may help",
            "--corpus emodb --input @data --mode scratch --preset paper --learning-rate 9.9"
                + " --batch-size 1 --epochs 1 --protocol random-80-10-10"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsOneLineAndLeavesNothing(int exitCode, String told, String line)
      throws IOException {
    Place own = new Place(dir);
    Files.createDirectory(own.at("tmp"));
    Files.createDirectories(own.at("full/of"));
    Files.writeString(own.at("file"), "");
    Speech.write(own.at("one"), "03");
    Files.createDirectories(own.at("bored"));
    Files.move(Speech.write(own.at("more"), "03").resolve("sad"), own.at("bored/bored"));
    if (line.contains("@absurd")) {
      TestModels.mini(own.at("absurd"), List.of("a", "b"));
      Path description = own.at("absurd/model.json");
      Files.writeString(
          description,
          Files.readString(description).replace("[ 256, 256 ]", "[ 2000000000, 2000000000 ]"));
    }
    if (line.contains("@headless")) {
      TestModels.mini(own.at("headless"), List.of());
    }
    if (line.contains("@nan")) {
      TestModels.notANumber(own.at("nan"), List.of("angry", "happy", "sad", "neutral"));
    }
    List<String> before = own.names(".");
    String output = line.contains("--output") ? "" : "--output @out ";
    Child.Result result =
        own.run(words("evaluate --speech off " + output + line.replace("@data", data.toString())));
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(Launcher.ownErrors(result))
        .matches("segment-ser: error: [^\n]+")
        .contains(told.replace("@", own.dir() + "/"));
    assertThat(own.temporary()).isEmpty();
    assertThat(own.names(".")).isEqualTo(before);
  }

  private static String[] words(String... lines) {
    return String.join(" ", lines).strip().split(" +", -1);
  }

  static JsonNode metrics(Path output) throws IOException {
    return Json.MAPPER.readTree(output.resolve("metrics.json").toFile());
  }

  private static double figure(JsonNode metrics, String condition) {
    for (JsonNode each : metrics.at("/conditions")) {
      if (each.at("/name").asText().equals(condition)) {
        return each.at("/weighted_accuracy").asDouble();
      }
    }
    throw new AssertionError("no condition " + condition);
  }

  private static double right(List<Said> clips) {
    return (double) clips.stream().filter(s -> s.label().equals(s.decided())).count()
        / clips.size();
  }

  private static List<Said> predictions(Path output) throws IOException {
    Path directory = output.resolve("predictions.parquet");
    List<Path> parts;
    try (Stream<Path> files = Files.list(directory)) {
      parts = files.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
    assertThat(parts).hasSize(1);
    var file = new org.apache.hadoop.fs.Path(parts.get(0).toUri());
    List<Said> all = new ArrayList<>();
    try (ParquetReader<Group> rows = ParquetReader.builder(new GroupReadSupport(), file).build()) {
      for (Group row = rows.read(); row != null; row = rows.read()) {
        all.add(
            new Said(
                row.getString("uri", 0),
                row.getString("corpus", 0),
                row.getFieldRepetitionCount("speaker") == 0 ? null : row.getString("speaker", 0),
                row.getString("condition", 0),
                row.getInteger("fold", 0),
                row.getString("label", 0),
                row.getString("clip_emotion", 0),
                row.getInteger("segment_index", 0)));
      }
    }
    return all;
  }
}
