package org.segmentser.features;

import java.io.Serializable;
import org.segmentser.segment.Status;

/**
 * Where a clip's features are in the file of a {@link FeatureSet}, and what became of the clip.
 *
 * @param clipId of the clip
 * @param status {@link Status#SCORED} where there are rows
 * @param reason one sentence for people; null if there is nothing to say
 * @param firstRow number of its first segment's row in the file, or of the next clip's if it has
 *     none
 * @param rows number of its segments that have features; 0 for a clip that is not scored
 * @param segments which they are, counted from 0 over all of the clip; not copied
 * @param startS where each segment starts in the clip, in seconds; not copied
 * @param endS where each segment ends; not copied
 * @param fingerprint 16 hexadecimal digits that follow from the patches of the clip and their
 *     order, whatever the file is called; null if it has no rows
 */
@SuppressWarnings("ArrayRecordComponent") // carried to readers, never compared
public record ClipFeatures(
    String clipId,
    Status status,
    String reason,
    long firstRow,
    int rows,
    int[] segments,
    double[] startS,
    double[] endS,
    String fingerprint)
    implements Serializable {}
