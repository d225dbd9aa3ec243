package org.segmentser.features;

import java.io.Serializable;

/**
 * Where a clip's features stand in the file of a {@link FeatureSet}, and what became of the clip.
 *
 * @param clipId of the clip
 * @param status as tables hold it; {@code scored} where there are rows
 * @param reason one sentence for a person where there is something to tell; null else
 * @param firstRow number of its first segment's row in the file; of the next clip's where it has
 *     none
 * @param rows number of its segments; 0 for a clip that is not scored
 * @param startS where each segment starts in the clip, in seconds; not copied
 * @param endS where each segment ends
 * @param fingerprint 16 hexadecimal digits that follow from the patches of the clip and their
 *     order, whatever the file is called; null where it has no rows
 */
@SuppressWarnings("ArrayRecordComponent") // carried to readers, never compared
public record ClipFeatures(
    String clipId,
    String status,
    String reason,
    long firstRow,
    int rows,
    double[] startS,
    double[] endS,
    String fingerprint)
    implements Serializable {}
