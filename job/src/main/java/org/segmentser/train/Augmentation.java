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
 * @param elsewhere part of the examples that are heard in another room, through another microphone;
 *     the following four are of these
 * @param room part of them that a room's reverberation is added to
 * @param noise part of them that noise is added to, 5 to 40 dB below the speech
 * @param equalizerDb greatest gain or loss of a band by the microphone's response, in dB
 * @param bandLimits part of them that lose what is above or below some frequency
 * @param gainDb greatest change of the level, in dB
 * @param timeMask longest stretch that is silenced, in frames of 10 ms
 * @param bandMask widest stretch of mel bands that is silenced
 */
public record Augmentation(
    boolean offset,
    double tempo,
    double pitch,
    double elsewhere,
    double room,
    double noise,
    double equalizerDb,
    double bandLimits,
    double gainDb,
    int timeMask,
    int bandMask)
    implements Serializable {

  /** That of {@link Recipe#DEFAULT}. */
  public static final Augmentation DEFAULT =
      new Augmentation(true, 0.15, 0.12, 0.6, 0.5, 0.8, 8, 0.4, 10, 16, 8);
}
