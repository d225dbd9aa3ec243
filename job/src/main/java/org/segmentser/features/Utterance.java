package org.segmentser.features;

import java.io.Serializable;

/**
 * A labelled clip with features: what is split, learnt and evaluated as a whole.
 *
 * @param uri of its file
 * @param label index of its emotion
 * @param speaker who speaks; null where that is not known
 * @param session in which it was recorded; null where that is not known
 * @param features where its rows stand, at least one
 */
public record Utterance(
    String uri, int label, String speaker, String session, ClipFeatures features)
    implements Serializable {}
