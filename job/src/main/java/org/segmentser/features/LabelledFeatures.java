package org.segmentser.features;

import java.io.Serializable;
import java.util.List;
import java.util.SortedMap;

/**
 * Labelled clips with their features, ready to learn from or to be evaluated on. Immutable.
 *
 * @param description where they are, for reports
 * @param fingerprint of the clips, their labels and how they are cut
 * @param features of all clips
 * @param utterances the clips that have features
 * @param leftOut clips that were not asked for, counted by what they are
 * @param rejected clips without features, and why
 */
public record LabelledFeatures(
    String description,
    String fingerprint,
    FeatureSet features,
    List<Utterance> utterances,
    SortedMap<String, Long> leftOut,
    List<String> rejected)
    implements Serializable {}
