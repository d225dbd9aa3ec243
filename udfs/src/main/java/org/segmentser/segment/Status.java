package org.segmentser.segment;

import java.util.Locale;

/** What became of a clip. Every clip has exactly one. */
public enum Status {
  /** Its segments are there; a reason tells where the clip broke off, if it did. */
  SCORED,
  /** It decodes, but to less audio than one segment needs in its mode. */
  TOO_SHORT,
  /** It is not audio, or so broken that no segment could be cut. */
  UNDECODABLE,
  /** Its bytes could not be read. */
  UNREADABLE,
  /** Decoding took longer than allowed. */
  TIMED_OUT,
  /** It is longer than allowed. */
  TOO_LONG,
  /** It has other channels than those that were asked for. */
  WRONG_CHANNELS,
  /** It decodes, but no segment has enough speech; only where that is asked for. */
  NO_SPEECH;

  /**
   * The status of a {@link #label()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Status of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /** Whether the audio could not be used; that nobody speaks is a finding, not a fault. */
  public boolean isReject() {
    return this != SCORED && this != NO_SPEECH;
  }

  /** The status as tables hold it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
