package org.segmentser.score;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.tables.Caution;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;

/**
 * What is computed of a segment.
 *
 * @param batchSize patches that go through the network together, at least 1; null for as many as
 *     suit the model on the machine that it is loaded on
 * @param kinds what is computed and kept
 * @param caution how sure the answers must be
 */
public record ScoreSettings(Integer batchSize, Set<Kind> kinds, Caution caution)
    implements Serializable {
  /** Keeps its own copy. */
  public ScoreSettings {
    kinds = Set.copyOf(kinds);
  }

  /** Any answer counts. */
  public ScoreSettings(Integer batchSize, Set<Kind> kinds) {
    this(batchSize, kinds, Caution.NONE);
  }

  /** The caution of a run with a model: with a coverage where there are sets, and else without. */
  Caution caution(ModelSpec model) {
    boolean hasSets = kinds.contains(Kind.EMOTIONS) && model.calibration() != null;
    return new Caution(hasSets ? (Double) caution.wantedCoverage() : null, caution.abstainBelow());
  }

  /** Whether embeddings are written. */
  boolean keepsEmbeddings() {
    return kinds.contains(Kind.EMBEDDINGS) || kinds.contains(Kind.POST_PROCESSED);
  }

  /** What the network is asked for at least. */
  Set<Output> outputs() {
    return Set.of(kinds.contains(Kind.EMOTIONS) ? Output.LOGITS : Output.EMBEDDINGS);
  }

  /** The columns that a run has with a model. */
  RunColumns columns(ModelSpec model, List<String> kept) {
    List<String> labels = kinds.contains(Kind.EMOTIONS) ? model.head().labels() : List.of();
    return new RunColumns(kinds, labels, kept);
  }
}
