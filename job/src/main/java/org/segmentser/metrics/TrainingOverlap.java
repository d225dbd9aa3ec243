package org.segmentser.metrics;

/**
 * How many of the clips that a model is tested on it was trained on, and how sure that is.
 *
 * @param clips how many; null if that cannot be told
 * @param of how many clips there are
 * @param told the same as a sentence for people
 */
public record TrainingOverlap(Integer clips, int of, String told) {}
