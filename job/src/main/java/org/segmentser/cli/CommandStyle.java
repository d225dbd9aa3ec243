package org.segmentser.cli;

import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.segmentser.audio.Condition;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.corpus.Layout;
import org.segmentser.evaluate.Protocol;
import org.segmentser.network.VggishArchitecture.Fc2;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.sql.ResultFormat;
import org.segmentser.train.Split;
import org.segmentser.train.TrainingPlan;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What all commands have in common: the standard options, how enumerations are read, and help. */
final class CommandStyle {
  private static final int WIDTH = 79;
  private static final List<Class<? extends Enum<?>>> ENUMERATIONS =
      List.of(
          Condition.class,
          Fc2.class,
          Layout.class,
          Protocol.Kind.class,
          ResultFormat.class,
          Segmentation.Mode.class,
          Speech.Mode.class,
          Split.By.class,
          TrainingOptions.Preset.class,
          TrainingPlan.Mode.class);

  private CommandStyle() {}

  /** Applies the style to a command and those below it; returns the command. */
  static CommandLine apply(CommandLine command) {
    ENUMERATIONS.forEach(type -> registerConverter(command, type));
    command.registerConverter(CorpusOption.class, CorpusOption::parse);
    style(command);
    return command;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void registerConverter(CommandLine command, Class type) {
    command.registerConverter(type, new LabelConverter(type));
  }

  private static void style(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    if (spec.userObject() instanceof HelpCommand) {
      spec.usageMessage().header("Prints the help of a command.").description();
      return;
    }
    spec.addMixin("standardOptions", CommandSpec.forAnnotatedObject(new StandardOptions()));
    spec.versionProvider(new Main.Version());
    UsageMessageSpec usage = spec.usageMessage();
    usage.width(WIDTH);
    usage.descriptionHeading("%n");
    usage.parameterListHeading("%nModel:%n");
    usage.commandListHeading("%nCommands:%n");
    usage.footerHeading("%nExample:%n");
    usage.sectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, CommandStyle::options);
    command.getSubcommands().values().forEach(CommandStyle::style);
  }

  /** The options below their headings; all descriptions begin in one column. */
  private static String options(Help help) {
    CommandSpec spec = help.commandSpec();
    List<OptionSpec> visible = spec.options().stream().filter(o -> !o.hidden()).toList();
    Map<Heading, List<OptionSpec>> groups =
        visible.stream()
            .collect(
                Collectors.groupingBy(CommandStyle::heading, TreeMap::new, Collectors.toList()));
    StringBuilder text = new StringBuilder();
    groups.forEach(
        (heading, options) -> {
          Help.Layout layout =
              help.createDefaultLayout(visible, spec.positionalParameters(), help.colorScheme());
          layout.addOptions(options, help.parameterLabelRenderer());
          text.append(String.format(Locale.ROOT, "%n%s:%n%s", heading.text(), layout));
        });
    return text.toString();
  }

  /** The heading that an option's {@link HelpGroup} names. */
  static Heading heading(OptionSpec option) {
    return ((AnnotatedElement) option.userObject()).getAnnotation(HelpGroup.class).value();
  }
}
