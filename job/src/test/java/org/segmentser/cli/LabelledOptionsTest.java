package org.segmentser.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.ExitCode;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.corpus.LabelledManifest.Columns;
import org.segmentser.metrics.Origin;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class LabelledOptionsTest {
  @Command
  private static final class Reader {
    @Mixin private LabelledOptions options;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|labelled audio is given by --corpus LAYOUT=ROOT and --manifest URI",
        "--manifest m.csv --input x|--input goes with a single --corpus LAYOUT",
        "--corpus emodb=x --input x|--input goes with a single --corpus LAYOUT",
        "--corpus emodb --corpus tess --input x|--input goes with a single --corpus LAYOUT",
        "--corpus emodb=x --corpus tess|--corpus tess needs its root directory, as --corpus tess=ROOT",
        "--corpus emodb=x --corpus emodb=y|two inputs are called 'emodb'",
        "--corpus folders=a/x --corpus folders=b/x/|two inputs are called 'x'",
        "--manifest m.csv --manifest m.csv|--manifest names a manifest twice",
        "--corpus emodb=x --corpus tess=y --speaker-column s|do not go with --corpus",
        "--input x --audio-column a|--audio-column goes with --format",
        "--corpus emodb --input x --format parquet|--format goes with --input",
        "--manifest m.csv --format parquet|--format goes with --input",
        "--input x --uri-column u|--uri-column goes with --manifest",
        "--corpus emodb|--corpus emodb needs its root directory, as --corpus emodb=ROOT",
        "--corpus emodb --input x --uri-column u|do not go with --corpus",
        "--corpus emodb --input x --label-column l|do not go with --corpus",
        "--corpus emodb --input x --speaker-column s|do not go with --corpus",
        "--corpus emodb --input x --session-column s|do not go with --corpus",
      })
  void refusesWhatDoesNotGoTogether(String arguments, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(parse(arguments)::check)
        .withMessageContaining(message)
        .matches(e -> e.exitCode() == ExitCode.USAGE && !e.getMessage().contains("hidden"));
  }

  @Test
  void readsTheNamesOfColumns() {
    LabelledOptions options = parse("--manifest m.csv");
    options.check();
    assertThat(options.columns()).isEqualTo(Columns.DEFAULT);
    assertThat(options.describe()).isEqualTo("manifest m.csv");
    options =
        parse(
            "--manifest m.csv --uri-column path --label-column emotion --speaker-column who"
                + " --session-column when");
    options.check();
    assertThat(options.columns()).isEqualTo(new Columns("path", "emotion", "who", "when"));
  }

  @Test
  void listsACorpusOrAManifest(@TempDir Path directory) throws Exception {
    Path sad = Files.createDirectories(directory.resolve("sad"));
    Files.write(sad.resolve("a.wav"), new byte[1]);
    Path manifest = Files.writeString(directory.resolve("m.csv"), "uri,label\nsad/a.wav,sad\n");
    LabelledOptions corpus = parse("--corpus folders --input " + directory);
    corpus.check();
    assertThat(corpus.describe()).isEqualTo("folders at " + directory);
    for (LabelledOptions options : List.of(corpus, parse("--manifest " + manifest))) {
      assertThat(options.list(TestSpark.session(), List.of("sad")).clips())
          .extracting(LabelledClip::label)
          .containsExactly("sad");
    }
  }

  @Test
  void aManifestMayStandBesideACorpus() {
    for (String corpus : List.of("--corpus emodb=x", "--corpus emodb --input x")) {
      LabelledOptions options = parse(corpus + " --manifest m.csv --label-column l");
      options.check();
      assertThat(options.describe()).isEqualTo("emodb at x; manifest m.csv");
      assertThat(options.name()).isEqualTo("emodb, m");
    }
  }

  @Test
  void whatIsNoCorpusIsRefusedWhenItIsParsed() {
    assertThatExceptionOfType(ParameterException.class)
        .isThrownBy(() -> parse("--corpus emodb="))
        .withMessageContaining("no root directory after 'emodb='");
    assertThatExceptionOfType(ParameterException.class)
        .isThrownBy(() -> parse("--corpus berlin=x"))
        .withMessageContaining("'berlin' is not one of folders, emodb");
  }

  @Test
  void theOrderOfInputsDoesNotMatter(@TempDir Path directory) throws Exception {
    for (String corpus : List.of("one", "two")) {
      Path sad = Files.createDirectories(directory.resolve(corpus).resolve("sad"));
      Files.write(sad.resolve("a.wav"), new byte[1]);
      Files.write(sad.resolve("b.wav"), new byte[1]);
    }
    Path other = Files.createDirectories(directory.resolve("three"));
    Files.write(other.resolve("c.wav"), new byte[1]);
    Files.writeString(other.resolve("labels.csv"), "uri,label,speaker,sex\nc.wav,sad,eve,F\n");
    List<String> inputs =
        List.of(
            "--corpus folders=" + directory.resolve("one"),
            "--corpus folders=" + directory.resolve("two"),
            "--manifest " + other.resolve("labels.csv"));
    LabelledOptions options = parse(String.join(" ", inputs));
    LabelledOptions reversed = parse(inputs.get(2) + " " + inputs.get(1) + " " + inputs.get(0));
    LabelledCorpus corpus = options.list(TestSpark.session(), List.of("sad"));
    assertThat(corpus.clips())
        .extracting(c -> c.origin().corpus())
        .containsExactly("one", "one", "three", "two", "two");
    assertThat(corpus.clips().get(2).origin())
        .isEqualTo(new Origin("three", "eve", null, "female", null));
    assertThat(reversed.list(TestSpark.session(), List.of("sad"))).isEqualTo(corpus);
    assertThat(reversed.describe()).isEqualTo(options.describe());
    assertThat(reversed.name()).isEqualTo(options.name()).isEqualTo("one, three, two");
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    LabelledOptions.tell(corpus, new PrintStream(told, true, UTF_8));
    assertThat(told.toString(UTF_8))
        .contains(
            "dry run: 5 clips would be read (5 sad)",
            "  corpus    one: 2 clips, speakers not known",
            "  corpus    three: 1 clips of 1 speaker, 1 female");
  }

  @Test
  void filesWithoutALayoutHaveNoLabels(@TempDir Path directory) throws Exception {
    Files.write(directory.resolve("a.wav"), new byte[1]);
    for (String columns : List.of("", " --speaker-column who --session-column when")) {
      LabelledOptions options = parse("--input " + directory + columns);
      options.check();
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> options.list(TestSpark.session(), List.of("sad")))
          .withMessageContaining("no labels: they are given by --corpus LAYOUT=ROOT")
          .matches(e -> e.exitCode() == ExitCode.USAGE);
    }
  }

  private static LabelledOptions parse(String arguments) {
    Reader reader = new Reader();
    CommandStyle.apply(new CommandLine(reader))
        .parseArgs(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    return reader.options;
  }
}
