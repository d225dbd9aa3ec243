package org.segmentser.corpus;

import java.io.Serializable;
import org.segmentser.metrics.Origin;
import org.segmentser.source.Clip;

/**
 * A clip whose emotion is known.
 *
 * @param clip as listed
 * @param label the emotion, spelt as the labels that were asked for
 * @param origin the corpus, and who speaks
 */
public record LabelledClip(Clip clip, String label, Origin origin) implements Serializable {
  /** The clip's own. */
  public String id() {
    return clip.id();
  }
}
