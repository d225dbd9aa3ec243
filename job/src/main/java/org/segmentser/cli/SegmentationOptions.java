package org.segmentser.cli;

import org.segmentser.UserError;
import org.segmentser.segment.Patch;
import org.segmentser.segment.Segmentation;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** How clips are cut. */
final class SegmentationOptions {
  @Option(
      names = "--segmentation",
      defaultValue = "padded",
      paramLabel = "MODE",
      description = "padded, paper-overlap or unpadded (default: ${DEFAULT-VALUE})")
  private String segmentation;

  @Option(
      names = "--hop",
      defaultValue = "NaN",
      paramLabel = "SECONDS",
      description =
          "from one segment's start to the next, with --segmentation unpadded (default: 0.96)",
      showDefaultValue = Visibility.NEVER)
  private double hopS;

  /**
   * The segmentation that is asked for.
   *
   * @throws UserError if the options are wrong or do not go together
   */
  Segmentation segmentation() {
    try {
      return Segmentation.of(segmentation, hopS);
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  /** Whether patches stand end to end, rather than overlap or leave gaps. */
  boolean joins() {
    return segmentation().hopFrames() == Patch.FRAMES;
  }
}
