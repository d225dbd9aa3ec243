package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
import org.segmentser.corpus.LabelledManifest.Columns;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class LabelledOptionsTest {
  @Command
  private static final class Reader {
    @Mixin private LabelledOptions options;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|labelled audio is given by --manifest URI; by --corpus",
        "--manifest m.csv --corpus emodb --input x|labelled audio is given by --manifest URI; by --corpus",
        "--manifest m.csv --input x|labelled audio is given by --manifest URI; by --corpus",
        "--input x --audio-column a|--audio-column goes with --format",
        "--corpus emodb --input x --format parquet|--format goes with --input",
        "--manifest m.csv --format parquet|--format goes with --input",
        "--input x --uri-column u|--uri-column goes with --manifest",
        "--corpus emodb|--corpus emodb needs its root directory, as --input",
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
  void filesWithoutALayoutHaveNoLabels(@TempDir Path directory) throws Exception {
    Files.write(directory.resolve("a.wav"), new byte[1]);
    for (String columns : List.of("", " --speaker-column who --session-column when")) {
      LabelledOptions options = parse("--input " + directory + columns);
      options.check();
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> options.list(TestSpark.session(), List.of("sad")))
          .withMessageContaining("no labels: they are given by --corpus LAYOUT with --input URI")
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
