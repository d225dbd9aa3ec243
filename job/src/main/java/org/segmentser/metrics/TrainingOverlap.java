package org.segmentser.metrics;

/**
 * How many clips a model has heard, and how sure that is.
 *
 * @param clips how many; null where none of it can be told
 * @param of how many of them there are
 * @param told the same in the words of a line
 */
public record TrainingOverlap(Integer clips, int of, String told) {}
