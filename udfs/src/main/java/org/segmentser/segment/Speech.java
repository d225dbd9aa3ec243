package org.segmentser.segment;

import java.io.Serializable;
import java.util.Locale;

/**
 * What is made of whether somebody speaks in a segment.
 *
 * @param mode whether it is looked for, and what follows
 * @param min the share of a segment's samples that must be speech for {@link Mode#GATE}, 0 to 1
 */
public record Speech(Mode mode, double min) implements Serializable {
  /** Whether speech is looked for, and what follows. */
  public enum Mode {
    /** Segments with too little speech do not go through the network. */
    GATE,
    /** The share of speech is told, and nothing follows. */
    MARK,
    /** Nobody looks. */
    OFF;

    /** The mode's name on the command line and in reports. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The share that is asked for by default. */
  public static final double DEFAULT_MIN = 0.25;

  /** The default. */
  public static final Speech GATE = new Speech(Mode.GATE, DEFAULT_MIN);

  /** As the paper has it. */
  public static final Speech OFF = new Speech(Mode.OFF, DEFAULT_MIN);

  /** With the share, and all segments scored. */
  public static final Speech MARK = new Speech(Mode.MARK, DEFAULT_MIN);

  /** Refuses what is no share. */
  public Speech {
    if (!(min >= 0 && min <= 1)) {
      throw new IllegalArgumentException("--min-speech is " + min + "; it must be between 0 and 1");
    }
  }

  /** For people: {@code gate, at least 0.25}, {@code mark} or {@code off}. */
  public String text() {
    return mode == Mode.GATE ? mode.label() + ", at least " + min : mode.label();
  }

  /** Why a clip without a segment that goes through the network has none. */
  public String tooLittle() {
    return "too little speech: no segment has a share of " + min + " or more";
  }

  /** Whether it is looked for. */
  public boolean isLookedFor() {
    return mode != Mode.OFF;
  }

  /** Whether a segment with so much speech goes through the network. */
  boolean lets(double share) {
    return mode != Mode.GATE || share >= min;
  }
}
