package org.segmentser.flow;

import org.segmentser.segment.ClipPart;
import org.segmentser.source.Clip;

/**
 * What was decoded of a clip at a time.
 *
 * @param clip that it is of
 * @param part a voice's next segments
 */
record DecodedChunk(Clip clip, ClipPart part) {}
