package org.segmentser.cli;

import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.segment.Patch;
import org.segmentser.segment.Segmentation;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** How clips are cut. */
final class SegmentationOptions {
  @HelpGroup(Heading.SEGMENTS)
  @Option(
      names = "--segmentation",
      defaultValue = "padded",
      paramLabel = "MODE",
      description =
          "padded (zero-padded to whole seconds, back to back), paper-overlap (the paper's"
              + " overlapping data) or unpadded (an incomplete last segment is dropped) (default:"
              + " ${DEFAULT-VALUE})")
  private Segmentation.Mode mode;

  @HelpGroup(Heading.SEGMENTS)
  @Option(
      names = "--hop",
      defaultValue = "NaN",
      paramLabel = "SECONDS",
      description =
          "seconds from one segment's start to the next, with --segmentation unpadded (default:"
              + " 0.96)",
      showDefaultValue = Visibility.NEVER)
  private double hopS;

  /**
   * The segmentation that is asked for.
   *
   * @throws UserError if the options are wrong or do not go together
   */
  Segmentation segmentation() {
    try {
      return Segmentation.of(mode, hopS);
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  /** Whether patches stand end to end, rather than overlap or leave gaps. */
  boolean joins() {
    return segmentation().hopFrames() == Patch.FRAMES;
  }
}
