package org.segmentser.tables;

import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;

/**
 * A voice of a clip of which a run has kept the embeddings, if it has any.
 *
 * @param clip that it is of, as it was listed then
 * @param voice of the clip
 * @param outcome what became of it
 */
public record EmbeddedClip(Clip clip, Voice voice, ClipOutcome outcome) {}
