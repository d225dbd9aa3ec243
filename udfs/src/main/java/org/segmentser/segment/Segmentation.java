package org.segmentser.segment;

import java.io.Serializable;
import org.segmentser.dsp.FrontEnd;

/**
 * How a clip is cut into segments.
 *
 * @param mode what happens at the clip's end, and which samples are cut
 * @param hopFrames frames of 10 ms from one segment's start to the next; {@value Patch#FRAMES} but
 *     for {@link Mode#UNPADDED}, which may choose
 */
public record Segmentation(Mode mode, int hopFrames) implements Serializable {

  /** What is cut. */
  public enum Mode {
    /** The clip is zero-padded to whole seconds, then cut back to back (the paper, section 3). */
    PADDED("padded"),
    /**
     * 1 s chunks taken every 0.5 s are joined end to end, zero-padded, then cut back to back (the
     * paper's code for overlapping data).
     */
    PAPER_OVERLAP("paper-overlap"),
    /** The clip as it is; what does not fill a segment at its end is dropped (VGGish's release). */
    UNPADDED("unpadded");

    private final String label;

    Mode(String label) {
      this.label = label;
    }

    /** The mode's name on the command line and in tables. */
    public String label() {
      return label;
    }
  }

  /** The paper's non-overlapping data, which is the default. */
  public static final Segmentation DEFAULT = new Segmentation(Mode.PADDED, Patch.FRAMES);

  /** The paper's overlapping data: 1 s chunks, one every 0.5 s. */
  static final int OVERLAP_CHUNK = FrontEnd.SAMPLE_RATE;

  static final int OVERLAP_STEP = OVERLAP_CHUNK / 2;

  private static final double FRAME_S = (double) FrontEnd.HOP / FrontEnd.SAMPLE_RATE;
  private static final double MAX_HOP_S = 3600;

  public Segmentation {
    if (hopFrames < 1 || (mode != Mode.UNPADDED && hopFrames != Patch.FRAMES)) {
      throw new IllegalArgumentException(
          "a hop of " + hopFrames + " frames does not go with " + mode.label());
    }
  }

  /**
   * A mode with a hop.
   *
   * @param hopS seconds from one segment's start to the next, a multiple of 0.01 s; NaN for the
   *     mode's own 0.96 s
   * @throws IllegalArgumentException with one sentence for the user
   */
  public static Segmentation of(Mode mode, double hopS) {
    if (Double.isNaN(hopS)) {
      return new Segmentation(mode, Patch.FRAMES);
    }
    if (!(hopS >= FRAME_S && hopS <= MAX_HOP_S)) {
      throw new IllegalArgumentException("a hop of " + hopS + " s is not between 0.01 and 3600 s");
    }
    double frames = hopS / FRAME_S;
    if (Math.abs(frames - Math.rint(frames)) > 1e-6) {
      throw new IllegalArgumentException("a hop of " + hopS + " s is not a multiple of 0.01 s");
    }
    if (mode != Mode.UNPADDED && Math.rint(frames) != Patch.FRAMES) {
      throw new IllegalArgumentException(
          "a hop of "
              + hopS
              + " s goes with the segmentation 'unpadded' only, not '"
              + mode.label()
              + "'");
    }
    return new Segmentation(mode, (int) Math.rint(frames));
  }

  /** The sample of the clip that a segment starts with. */
  long startOf(int segment) {
    long at = (long) segment * hopFrames * FrontEnd.HOP;
    return mode == Mode.PAPER_OVERLAP ? at / OVERLAP_CHUNK * OVERLAP_STEP + at % OVERLAP_CHUNK : at;
  }

  /** About how many segments a stretch of samples has. */
  long segmentsIn(long samples) {
    return (mode == Mode.PAPER_OVERLAP ? 2 : 1) * samples / ((long) hopFrames * FrontEnd.HOP);
  }

  /** Seconds from one segment's start to the next, in the audio that is cut. */
  public double hopS() {
    return hopFrames * FRAME_S;
  }
}
