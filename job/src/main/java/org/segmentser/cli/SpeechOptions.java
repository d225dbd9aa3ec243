package org.segmentser.cli;

import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.segment.Speech;
import picocli.CommandLine.Option;

/** What is made of whether somebody speaks. */
final class SpeechOptions {
  @HelpGroup(Heading.SEGMENTS)
  @Option(
      names = "--speech",
      defaultValue = "gate",
      paramLabel = "MODE",
      description =
          "gate (segments in which nobody speaks get no emotion), mark (the share of speech is"
              + " told, all are scored) or off (nobody looks, as in the paper) (default:"
              + " ${DEFAULT-VALUE})")
  private Speech.Mode mode;

  @HelpGroup(Heading.SEGMENTS)
  @Option(
      names = "--min-speech",
      paramLabel = "0..1",
      description = "share of a segment that must be speech for --speech gate (default: 0.25)")
  private Double min;

  /**
   * What is asked for.
   *
   * @throws UserError if the options are wrong or do not go together
   */
  Speech speech() {
    if (min != null && mode != Speech.Mode.GATE) {
      throw UserError.usage("--min-speech goes with --speech gate, not with " + mode.label());
    }
    try {
      return new Speech(mode, min == null ? Speech.DEFAULT_MIN : min);
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }
}
