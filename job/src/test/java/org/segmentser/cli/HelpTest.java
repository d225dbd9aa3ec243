package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segmentser.audio.Condition;
import org.segmentser.corpus.Layout;
import org.segmentser.evaluate.Protocol;
import org.segmentser.segment.Segmentation;
import org.segmentser.sql.ResultFormat;
import org.segmentser.train.Split;
import org.segmentser.train.TrainingPlan;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;

/** One style of help over all commands. */
class HelpTest {
  private static Stream<CommandLine> commands() {
    return below(Main.commandLine())
        .filter(command -> !(command.getCommand() instanceof HelpCommand));
  }

  private static Stream<CommandLine> below(CommandLine command) {
    return Stream.concat(
        Stream.of(command), command.getSubcommands().values().stream().flatMap(HelpTest::below));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void linesFitATerminalAndAnExampleEndsThem(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    String help = command.getUsageMessage(Ansi.OFF);
    assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
    assertThat(help).startsWith("Usage: " + name + " ").containsOnlyOnce("--help ");
    assertThat(help.substring(help.indexOf("\nExample:\n"))).contains("  " + name + " ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void descriptionsAreInOneStyle(CommandLine command) {
    assertThat(command.getCommandSpec().usageMessage().description()[0]).matches("[A-Z].*[^.]\\.");
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.hidden()) {
        assertThat(String.join("", option.description()))
            .as(option.longestName())
            .matches("(?s)([a-z]|CSV|V1|Adam).*[^.]")
            .doesNotContain("Default:");
      }
    }
  }

  @Test
  void optionsStandBelowHeadings() {
    assertThat(headings("score"))
        .containsExactly("Input:", "Segments:", "Model:", "Output:", "Run:", "Help:", "Example:");
    assertThat(headings("train"))
        .containsExactly(
            "Input:", "Segments:", "Model:", "Training:", "Output:", "Run:", "Help:", "Example:");
    assertThat(headings("evaluate"))
        .containsExactly(
            "Input:",
            "Segments:",
            "Model:",
            "Training:",
            "Evaluation:",
            "Output:",
            "Run:",
            "Help:",
            "Example:");
    assertThat(headings("sql")).containsExactly("Input:", "Output:", "Help:", "Example:");
  }

  @Test
  void everyCommandTellsTheVersion() {
    commands()
        .map(command -> command.getCommandSpec().qualifiedName())
        .map(name -> (name + " --version").split(" ", -1))
        .forEach(
            words -> {
              StringWriter out = new StringWriter();
              CommandLine main = Main.commandLine().setOut(new PrintWriter(out, true));
              assertThat(
                      main.execute(List.of(words).subList(1, words.length).toArray(String[]::new)))
                  .isZero();
              assertThat(out.toString()).startsWith("segment-ser ").contains("(");
            });
  }

  @Test
  void labelsAreReadAsTheyAreWritten() {
    assertLabels(Condition.class, Condition::label);
    assertLabels(Layout.class, Layout::label);
    assertLabels(Protocol.Kind.class, Protocol.Kind::label);
    assertLabels(ResultFormat.class, ResultFormat::toString);
    assertLabels(Segmentation.Mode.class, Segmentation.Mode::label);
    assertLabels(Split.By.class, Split.By::label);
    assertLabels(TrainingPlan.Mode.class, TrainingPlan.Mode::label);
  }

  private static <E extends Enum<E>> void assertLabels(Class<E> type, Function<E, String> label) {
    for (E constant : type.getEnumConstants()) {
      assertThat(new LabelConverter<>(type).convert(label.apply(constant))).isEqualTo(constant);
    }
  }

  private static List<String> headings(String command) {
    return Main.commandLine()
        .getSubcommands()
        .get(command)
        .getUsageMessage(Ansi.OFF)
        .lines()
        .filter(line -> line.matches("[A-Z][\\w ]+:"))
        .toList();
  }
}
