package org.segmentser.flow;

import java.io.Serializable;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.SegmentModel.Output;

/**
 * What is computed of a segment.
 *
 * @param batchSize patches that go through the network together, at least 1
 * @param emotions whether the head runs, for {@code segments}; else {@code embeddings} are written
 * @param embeddings whether embeddings are kept
 * @param postProcess whether the 8-bit form of embeddings is kept too
 */
public record ScoreSettings(
    int batchSize, boolean emotions, boolean embeddings, boolean postProcess)
    implements Serializable {

  /** What is asked of the network. */
  public Set<Output> outputs() {
    Set<Output> outputs = EnumSet.noneOf(Output.class);
    if (emotions) {
      outputs.add(Output.LOGITS);
    }
    if (embeddings) {
      outputs.add(Output.EMBEDDINGS);
    }
    return outputs;
  }

  /** The emotions that are told apart; none where only embeddings are computed. */
  public List<String> labels(ModelSpec spec) {
    return emotions ? spec.head().labels() : List.of();
  }

  /** The partitioned table that holds the segments. */
  public String segmentTable() {
    return emotions ? "segments" : "embeddings";
  }
}
