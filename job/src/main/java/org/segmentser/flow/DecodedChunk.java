package org.segmentser.flow;

import org.segmentser.segment.ClipPart;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.source.WorkItem;

/**
 * What was decoded of a clip at a time.
 *
 * @param item that it is of
 * @param part a voice's next segments
 * @param sectionOutcome stands with the last segments of each voice of a section, else null
 */
record DecodedChunk(WorkItem item, ClipPart part, SectionOutcome sectionOutcome) {}
