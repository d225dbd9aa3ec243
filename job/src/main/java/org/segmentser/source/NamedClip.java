package org.segmentser.source;

/**
 * A clip and what named it.
 *
 * @param row that named it, in words: {@code row 3 of the manifest calls.csv}; null where no row
 *     did
 */
public record NamedClip(Clip clip, String row) {}
