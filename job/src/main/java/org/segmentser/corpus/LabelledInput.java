package org.segmentser.corpus;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;

/**
 * The labelled audio that a run reads. Immutable.
 *
 * @param name short, for titles
 * @param description where it is, for reports
 * @param lister finds the clips
 */
public record LabelledInput(String name, String description, Lister lister) {
  /** Finds labelled clips. */
  @FunctionalInterface
  public interface Lister {
    /**
     * Lists the clips.
     *
     * @param labels the only ones that are asked for, in the order of a model's logits
     * @throws UserError if the clips cannot be listed, or a label is wrong
     */
    LabelledCorpus list(SparkSession spark, List<String> labels);
  }
}
