package org.segmentser.train;

import java.io.Serializable;

/**
 * How far patches are changed as they are learnt, so that a model hears the voice and not the room,
 * the microphone or the speaker. Every change is drawn anew for each example; what is 0 is left
 * out. Immutable.
 *
 * @param offset whether a patch begins anywhere in its clip rather than where its segment does
 * @param tempo greatest change of speed, as a part: 0.15 for 0.85 to 1.15
 * @param pitch greatest shift of all frequencies, as a part, as by a shorter or longer vocal tract
 * @param room part of the examples that a room's reverberation is added to
 * @param noise part of the examples that noise is added to, 5 to 40 dB below the speech
 * @param silence part of the examples that are noise alone, and belong to no label
 * @param equalizer part of the examples that go through another microphone
 * @param equalizerDb greatest gain or loss of a band by its response, in dB
 * @param bandLimits part of the examples that lose what is above or below some frequency
 * @param gainDb greatest change of the level, in dB
 * @param mask part of the examples of which a stretch of time is silenced, and part of those of
 *     which some bands are
 * @param maskFrames longest such stretch, in frames of 10 ms
 * @param maskBands most such bands, side by side
 */
public record Augmentation(
    boolean offset,
    double tempo,
    double pitch,
    double room,
    double noise,
    double silence,
    double equalizer,
    double equalizerDb,
    double bandLimits,
    double gainDb,
    double mask,
    int maskFrames,
    int maskBands)
    implements Serializable {

  /** That of {@link Recipe#DEFAULT}. */
  public static final Augmentation DEFAULT =
      new Augmentation(true, 0.15, 0.1, 0.25, 0.4, 0.03, 0.6, 8, 0.2, 10, 0.3, 20, 10);
}
