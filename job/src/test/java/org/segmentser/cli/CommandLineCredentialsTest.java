package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.ExitCode;

class CommandLineCredentialsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "score --input s3a://AKIA:12345/SECRET@bucket --output /none/x|--input",
        "score --input=s3a://KEY%3ASECRET@bucket --output /none/x|--input",
        "score --inptu s3a://KEY:SECRET@bucket|--inptu",
        "score --input /none --output /none/x --model s3a://KEY:SECRET@bucket|--model",
        "embed --manifest s3a://KEY:SECRET@bucket/m.csv --output /none/x|--manifest",
        "train --corpus folders --input x --output x --cache s3a://KEY:SECRET@bucket|--cache",
        "train --corpus folders --input x --output x --checkpoints s3a://KEY:SECRET@b|--checkpoints",
        "evaluate --corpus emodb --input x --output s3a://KEY:SECRET@bucket|--output",
        "sql --output s3a://KEY:SECRET@bucket -e SELECT|--output",
        "sql --output x -f s3a://KEY:SECRET@bucket/q.sql|-f",
        "model show s3a://KEY:SECRET@bucket|the command line",
        "model import --checkpoint s3a://KEY:SECRET@bucket --output x|--checkpoint",
        "model fetch --base-url https://KEY:SECRET@host --output x|--base-url",
      })
  void areRefusedWhereverTheyStand(String words, String where) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream before = System.err;
    int exitCode;
    try (PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      System.setErr(stream);
      exitCode = Main.run(words.split(" ", -1));
    } finally {
      System.setErr(before);
    }
    assertThat(exitCode).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "segment-ser: error: "
                + where
                + " holds credentials in a URI; give them in Spark's configuration"
                + System.lineSeparator());
  }
}
