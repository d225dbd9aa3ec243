package org.segmentser.segment;

import java.io.Serializable;

/**
 * A stretch of speech.
 *
 * @param startS where it starts, in seconds from the clip's start, a multiple of 0.032 s
 * @param endS where it ends, at most the clip's duration
 */
public record Turn(double startS, double endS) implements Serializable {}
