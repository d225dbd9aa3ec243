package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.Condition;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class EvaluateCommandTest {
  @Test
  void conditionsAreReadByTheirLabels() {
    assertThat(conditions("telephone,Noise"))
        .isEqualTo(List.of(Condition.TELEPHONE, Condition.NOISE));
    assertThat(conditions("all")).isEqualTo(List.of(Condition.values()));
    assertThatExceptionOfType(ParameterException.class)
        .isThrownBy(() -> conditions("underwater"))
        .withMessageContaining("'underwater' is not one of clean, quiet, loud")
        .withMessageContaining("or all");
  }

  private static Object conditions(String value) {
    CommandLine main = Main.commandLine();
    main.parseArgs("evaluate", "--output", "o", "--conditions", value);
    return main.getSubcommands()
        .get("evaluate")
        .getCommandSpec()
        .findOption("--conditions")
        .getValue();
  }
}
