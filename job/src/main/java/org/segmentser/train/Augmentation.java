package org.segmentser.train;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.Serializable;

/**
 * How far patches are changed as they are learned, so that a model hears the voice and not the
 * room, the microphone or the speaker. Every change is drawn anew for each example; what is 0 is
 * left out. Fractions are between 0 and 1. Immutable.
 *
 * @param voice changes of the speech itself
 * @param surroundings what a microphone hears beside the speech
 * @param microphone how the sound is recorded
 * @param masks what is silenced
 */
public record Augmentation(
    @JsonUnwrapped Voice voice,
    @JsonUnwrapped Surroundings surroundings,
    @JsonUnwrapped Microphone microphone,
    @JsonUnwrapped Masks masks)
    implements Serializable {

  /**
   * Changes of the speech itself.
   *
   * @param offset whether a patch begins anywhere in its clip rather than where its segment does
   * @param tempo greatest change of speed, as a fraction: 0.15 for 0.85 to 1.15
   * @param pitch greatest shift of all frequencies, as a fraction, as by a shorter or longer vocal
   *     tract
   */
  public record Voice(boolean offset, double tempo, double pitch) implements Serializable {}

  /**
   * What a microphone hears beside the speech.
   *
   * @param room fraction of the examples to which a room's reverberation is added
   * @param noise fraction of the examples to which noise is added, 5 to 45 dB below the speech
   * @param silence fraction of the examples that are noise alone and belong to no label
   */
  public record Surroundings(double room, double noise, double silence) implements Serializable {}

  /**
   * How the sound is recorded.
   *
   * @param equalizer fraction of the examples that go through another microphone
   * @param equalizerDb greatest gain or loss of a band by its response, in dB
   * @param bandLimits fraction of the examples that lose what is above or below some frequency
   * @param codec fraction of the examples to which noise is added that follows the sound, 18 to 45
   *     dB below each frame, as of a codec or of mu-law
   * @param gainDb greatest change of the level, in dB
   */
  public record Microphone(
      double equalizer, double equalizerDb, double bandLimits, double codec, double gainDb)
      implements Serializable {}

  /**
   * What is silenced.
   *
   * @param mask fraction of the examples that lose a stretch of time, and of those that lose some
   *     bands
   * @param maskFrames longest such stretch, in frames of 10 ms
   * @param maskBands most such bands, side by side
   */
  public record Masks(double mask, int maskFrames, int maskBands) implements Serializable {}

  /** That of {@link Recipe#DEFAULT}. */
  public static final Augmentation DEFAULT =
      new Augmentation(
          new Voice(true, 0.15, 0.1),
          new Surroundings(0.5, 0.7, 0.03),
          new Microphone(0.6, 8, 0.3, 0.3, 10),
          new Masks(0.5, 20, 10));
}
