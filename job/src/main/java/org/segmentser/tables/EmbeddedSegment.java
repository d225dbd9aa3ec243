package org.segmentser.tables;

import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;

/**
 * A segment whose embedding a run has kept.
 *
 * @param clip that it is of; only its id, its file and what is kept of the input are known
 * @param voice of the clip that it is of
 * @param segment without its patch
 * @param embedding null where the segment had too little speech to go through the network
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
public record EmbeddedSegment(Clip clip, Voice voice, Segment segment, float[] embedding) {}
