package org.segmentser.cli;

import java.util.List;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.cli.HelpGroup.Heading;
import picocli.CommandLine.Option;

/** Which channels of the recordings are listened to. */
final class ChannelOptions {
  private static final String MIX = "mix";
  private static final String EACH = "each";

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--channels",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "mix|each|A,B,..",
      description =
          "mix (the average of all), each (every channel by itself) or who speaks on channel 0, 1"
              + " and so on, such as agent,customer (default: mix)")
  private List<String> channels = List.of(MIX);

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--only",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "A,B,..",
      description =
          "listen to these --channels alone, by name or, of each, by number from 0; nothing of the"
              + " others is kept anywhere")
  private List<String> only;

  /**
   * The channels that are asked for.
   *
   * @throws UserError if the options are wrong or do not go together
   */
  Channels channels() {
    List<String> names = channels.stream().map(String::strip).toList();
    Channels all;
    if (isOnly(names, MIX)) {
      all = Channels.MIX;
    } else if (isOnly(names, EACH)) {
      all = Channels.EACH;
    } else {
      all = Channels.of(names);
    }
    try {
      check(names, all);
      return only == null ? all : all.only(only.stream().map(String::strip).toList());
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  private static boolean isOnly(List<String> names, String word) {
    return names.size() == 1 && names.get(0).equalsIgnoreCase(word);
  }

  private static void check(List<String> names, Channels all) {
    if (all.names().isEmpty()) {
      return;
    }
    if (names.stream().anyMatch(name -> name.isEmpty())) {
      throw new IllegalArgumentException("--channels has an empty name");
    }
    if (names.stream()
        .anyMatch(name -> MIX.equalsIgnoreCase(name) || EACH.equalsIgnoreCase(name))) {
      throw new IllegalArgumentException(
          "--channels is '" + String.join(",", names) + "'; mix and each stand alone");
    }
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException(
          "--channels is '" + String.join(",", names) + "'; names must differ");
    }
  }
}
