package org.segmentser.audio;

import java.util.Locale;

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
    TIMED_OUT,
    /** It has other channels than those that were asked for. */
    WRONG_CHANNELS
  }

  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final transient AudioInfo info;

  AudioException(Kind kind, String message) {
    this(kind, message, null);
  }

  AudioException(Kind kind, String message, Throwable cause) {
    this(kind, message, cause, null);
  }

  private AudioException(Kind kind, String message, Throwable cause, AudioInfo info) {
    super(message, cause);
    this.kind = kind;
    this.info = info;
  }

  /** The same of a clip of which something is known. */
  AudioException of(AudioInfo clip) {
    return new AudioException(kind, getMessage(), getCause(), clip);
  }

  /** What is known of the clip, where it was opened before this; else null. */
  public AudioInfo info() {
    return info;
  }

  /**
   * What is refused because it would cost too much memory.
   *
   * @param found a format with one number
   */
  static AudioException tooLarge(String found, long count, long allowed) {
    return new AudioException(
        Kind.UNDECODABLE,
        String.format(Locale.ROOT, found + ", more than the %,d allowed", count, allowed));
  }

  /** What kind of trouble it is. */
  public Kind kind() {
    return kind;
  }
}
