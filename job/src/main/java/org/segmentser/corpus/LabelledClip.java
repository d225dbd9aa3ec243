package org.segmentser.corpus;

import java.io.Serializable;
import org.segmentser.source.Clip;

/**
 * A clip whose emotion is known.
 *
 * @param clip as listed
 * @param label the emotion, spelt as the labels that were asked for
 * @param speaker who speaks; null where that is not known
 * @param session in which it was recorded; null where that is not known
 */
public record LabelledClip(Clip clip, String label, String speaker, String session)
    implements Serializable {}
