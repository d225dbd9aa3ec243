package org.segmentser.evaluate;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.JobNames;
import org.segmentser.metrics.ClipDecision;
import org.segmentser.metrics.ClipPrediction;

/** Writes what a model said as Parquet, one row a segment. */
public final class PredictionsJob {
  /** Name of the table. */
  public static final String FILE_NAME = "predictions.parquet";

  private static final StructType ROWS =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("uri", DataTypes.StringType, false)
          .add("speaker", DataTypes.StringType)
          .add("session", DataTypes.StringType)
          .add("condition", DataTypes.StringType, false)
          .add("fold", DataTypes.IntegerType, false)
          .add("label", DataTypes.StringType, false)
          .add("clip_emotion", DataTypes.StringType, false)
          .add("segment_index", DataTypes.IntegerType, false)
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false)
          .add("emotion", DataTypes.StringType, false)
          .add("logits", DataTypes.createArrayType(DataTypes.DoubleType, false), false);

  private PredictionsJob() {}

  /**
   * Writes the table, as one file.
   *
   * @param uri a directory that does not exist
   */
  public static void write(
      SparkSession spark, List<ClipPrediction> predictions, List<String> labels, String uri) {
    List<Row> rows = new ArrayList<>();
    for (ClipPrediction p : predictions) {
      ClipDecision judgement = ClipDecision.of(p);
      for (int i = 0; i < p.logits().length; i++) {
        rows.add(
            RowFactory.create(
                p.clipId(),
                p.uri(),
                p.speaker(),
                p.session(),
                p.condition(),
                p.fold(),
                labels.get(p.label()),
                labels.get(judgement.mean()),
                i,
                p.startS()[i],
                p.endS()[i],
                labels.get(judgement.segments().get(i)),
                p.logits()[i]));
      }
    }
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("evaluate: write predictions");
      spark.createDataFrame(rows, ROWS).coalesce(1).write().parquet(uri);
    }
  }
}
