package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.ExitCode;

/** Options that ask for something of audio do not go with embeddings. */
class FromEmbeddingsTest {
  private static final String OWN_SETTINGS =
      " not go with --from-embeddings: the embeddings were made with settings of their own";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--speech off|--speech does",
        "--only 0|--only does",
        "--segmentation unpadded --hop 0.5|--segmentation, --hop do",
        "--keep who --id-column x|--keep, --id-column do",
        "--incremental --max-clips-per-batch 5|--max-clips-per-batch does",
        "--incremental --retry-rejects|--retry-rejects does",
        "--clip-timeout 5 --max-duration 7|--clip-timeout, --max-duration do",
      })
  void areRefusedInOneLine(String words, String refused) {
    assertThat(refused(words)).isEqualTo(refused + OWN_SETTINGS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--input a|--input",
        "--manifest a|--manifest",
        "--from-embeddings-tables=|--from-embeddings-tables is empty; it must be CATALOG.SCHEMA",
        "--coverage 0.4|--coverage is 0.4; it must be between 0.5 and 0.99",
        "--coverage 0.995|--coverage is 0.995; it must be between 0.5 and 0.99",
        "--abstain-below 1.1|--abstain-below is 1.1; it must be between 0 and 1",
        "--abstain-below NaN|--abstain-below is NaN; it must be between 0 and 1",
        "--batch-size 0|--batch-size is 0; it must be between 1 and 4096",
        "--max-reject-ratio 2|--max-reject-ratio is '2'; it must be between 0 and 1",
        "--incremental --overwrite|--overwrite replaces a run and --incremental adds one; give one of"
            + " them",
      })
  void otherMistakesAreToldAsEver(String words, String told) {
    assertThat(refused(words)).contains(told);
  }

  @Test
  void tablesAloneNameNoEmbeddings() {
    assertThat(told("score --input a --output /none/o --from-embeddings-tables lake.speech"))
        .isEqualTo("--from-embeddings-tables goes with --from-embeddings");
  }

  private static String refused(String words) {
    return told("score --from-embeddings /none/e --output /none/o " + words);
  }

  /** The one line that tells what is wrong. */
  private static String told(String command) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream before = System.err;
    int exitCode;
    try (PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      System.setErr(stream);
      exitCode = Main.run(command.split(" ", -1));
    } finally {
      System.setErr(before);
    }
    assertThat(exitCode).isEqualTo(ExitCode.USAGE);
    String line = err.toString(StandardCharsets.UTF_8).strip();
    assertThat(line).startsWith("segment-ser: error: ").doesNotContain("\n");
    return line.substring("segment-ser: error: ".length());
  }
}
