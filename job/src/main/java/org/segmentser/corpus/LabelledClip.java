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
 * @param isHeard whether listeners heard the label in it; true where nobody was asked
 */
public record LabelledClip(Clip clip, String label, Origin origin, boolean isHeard)
    implements Serializable {
  /** A clip that no listener was asked about. */
  public LabelledClip(Clip clip, String label, Origin origin) {
    this(clip, label, origin, true);
  }

  /** The clip's own. */
  public String id() {
    return clip.id();
  }
}
