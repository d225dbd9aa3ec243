package org.segmentser.segment;

/**
 * What is read of a voice of a clip at a time.
 *
 * @param voice that it is of
 * @param chunk the voice's next segments, as samples; may have none
 * @param outcome what became of the voice; null while there is more of it
 */
public record ClipPart(Voice voice, AudioChunk chunk, ClipOutcome outcome) {}
