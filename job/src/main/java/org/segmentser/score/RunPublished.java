package org.segmentser.score;

import java.util.List;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.segmentser.tables.RunCodec;
import org.segmentser.tables.RunOutput;

/**
 * What Spark's listeners are told, by {@code onOtherEvent}, when a run is published: Spark itself
 * knows neither the audio, which it does not read as a table, nor where tables go that it wrote to
 * a staging directory.
 *
 * @param runId the run
 * @param runDate the day that it belongs to, as {@code YYYY-MM-DD}
 * @param modelId the model
 * @param settingsId names the settings that its rows depend on
 * @param inputs what was asked to be read: URIs, globs or names of tables
 * @param outputs URIs of what was written: a directory for each table's rows, and the row's file in
 *     {@code runs}; or names of tables of a catalog
 * @param clips that were read
 * @param segments that were written
 */
public record RunPublished(
    String runId,
    String runDate,
    String modelId,
    String settingsId,
    List<String> inputs,
    List<String> outputs,
    long clips,
    long segments)
    implements SparkListenerEvent {
  /** Keeps copies of its own. */
  public RunPublished {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /**
   * Tells of a run that is there now.
   *
   * @param inputs what was asked to be read
   */
  static RunPublished of(
      RunCodec.Run run, RunSummary summary, List<String> inputs, RunOutput output) {
    return new RunPublished(
        run.runId(),
        run.runDate().toString(),
        run.modelId(),
        run.settings().id(),
        inputs,
        output.published(summary.tables()),
        summary.clips().total(),
        summary.scored().segments());
  }
}
