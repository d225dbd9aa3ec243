package org.segmentser.audio;

/**
 * Why a clip gives no (more) audio. The message is one sentence fragment that a person understands.
 */
public final class AudioException extends Exception {

  /** What kind of trouble it is, and so whom to blame. */
  public enum Kind {
    /** The bytes could not be read: a fault of the storage, not of the clip. */
    UNREADABLE,
    /** The bytes are there but hold no audio that can be decoded. */
    UNDECODABLE,
    /** The deadline passed first. */
    TIMED_OUT
  }

  private static final long serialVersionUID = 1L;

  private final Kind kind;

  AudioException(Kind kind, String message) {
    this(kind, message, null);
  }

  AudioException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What kind of trouble it is. */
  public Kind kind() {
    return kind;
  }
}
