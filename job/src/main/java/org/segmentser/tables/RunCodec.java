package org.segmentser.tables;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.BuildInfo;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;

/** The row of a run in {@code runs}. */
public final class RunCodec {
  /** The row's columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("run_id", DataTypes.StringType, false)
          .add("run_date", DataTypes.DateType, false)
          .add("started", DataTypes.TimestampType, false)
          .add("finished", DataTypes.TimestampType, false)
          .add("command", DataTypes.StringType, false)
          .add("version", DataTypes.StringType, false)
          .add("commit", DataTypes.StringType, false)
          .add("model_id", DataTypes.StringType, false)
          .add("settings_id", DataTypes.StringType, false)
          .add("segmentation", DataTypes.StringType, false)
          .add("hop_s", DataTypes.DoubleType, false)
          .add("speech", DataTypes.StringType, false)
          .add("min_speech", DataTypes.DoubleType)
          .add("clips", byStatus(), false)
          .add("segments", DataTypes.LongType, false)
          .add("audio_s", DataTypes.DoubleType, false)
          .add("speech_s", DataTypes.DoubleType)
          .add("wall_s", DataTypes.DoubleType, false)
          .add("spark_app_id", DataTypes.StringType, false);

  private RunCodec() {}

  /** How many outcomes there are, by status. */
  static StructType byStatus() {
    StructType schema = new StructType();
    for (Status status : Status.values()) {
      schema = schema.add(status.label(), DataTypes.LongType, false);
    }
    return schema;
  }

  /**
   * What a run was.
   *
   * @param command the command line
   * @param settingsId names all settings that decide what rows say
   * @param segmentation how clips were cut
   * @param speech what was made of whether somebody speaks
   * @param started when it began
   * @param sparkAppId Spark's id of the application
   */
  public record Run(
      String runId,
      LocalDate runDate,
      String command,
      String modelId,
      String settingsId,
      Segmentation segmentation,
      Speech speech,
      Instant started,
      String sparkAppId) {}

  /**
   * What came of a run.
   *
   * @param clips how many outcomes, by status
   * @param segments rows of segments
   * @param audioS seconds of scored audio
   * @param speechS seconds of speech; null where nobody looked
   * @param wallS seconds from start to end
   */
  public record Totals(
      Map<Status, Long> clips, long segments, double audioS, Double speechS, double wallS) {}

  /** The row of a run that is finished now. */
  public static Row pack(Run run, Totals totals) {
    Object[] byStatus =
        Arrays.stream(Status.values())
            .map(status -> totals.clips().getOrDefault(status, 0L))
            .toArray();
    return RowFactory.create(
        run.runId(),
        java.sql.Date.valueOf(run.runDate()),
        java.sql.Timestamp.from(run.started()),
        java.sql.Timestamp.from(Instant.now()),
        run.command(),
        BuildInfo.VERSION,
        BuildInfo.COMMIT,
        run.modelId(),
        run.settingsId(),
        run.segmentation().mode().label(),
        run.segmentation().hopS(),
        run.speech().mode().label(),
        run.speech().mode() == Speech.Mode.GATE ? run.speech().min() : null,
        RowFactory.create(byStatus),
        totals.segments(),
        totals.audioS(),
        totals.speechS(),
        totals.wallS(),
        run.sparkAppId());
  }
}
