package org.segmentser.features;

import java.util.List;
import org.segmentser.segment.ClipSettings;

/**
 * The features that are wanted of labelled clips. Immutable.
 *
 * @param labels in the order of a model's logits
 * @param settings how the clips are read and cut
 * @param network whose output the features are; null for the log-mel patches
 * @param cacheUri directory that keeps features, on a file system that all executors reach; null to
 *     keep nothing, which needs executors on this machine
 */
public record FeatureRequest(
    List<String> labels, ClipSettings settings, NetworkFeatures network, String cacheUri) {
  /** Copies the labels. */
  public FeatureRequest {
    labels = List.copyOf(labels);
  }
}
