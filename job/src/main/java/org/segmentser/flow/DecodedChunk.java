package org.segmentser.flow;

import org.segmentser.segment.AudioChunk;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.source.Clip;

/**
 * What was decoded of a clip at a time.
 *
 * @param clip that it is of
 * @param chunk the clip's next segments, as samples; may have none
 * @param outcome what became of the clip; null while there is more of it
 */
record DecodedChunk(Clip clip, AudioChunk chunk, ClipOutcome outcome) {}
