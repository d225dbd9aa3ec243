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
import org.segmentser.metrics.ClipPrediction.Reference;

/** Writes the predictions of models as Parquet, one row per segment. */
public final class PredictionsJob {
  /** Name of the table. */
  public static final String FILE_NAME = "predictions.parquet";

  private static final StructType ROWS =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("uri", DataTypes.StringType, false)
          .add("corpus", DataTypes.StringType, false)
          .add("speaker", DataTypes.StringType)
          .add("session", DataTypes.StringType)
          .add("sex", DataTypes.StringType)
          .add("age", DataTypes.IntegerType)
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
      ClipDecision decision = ClipDecision.of(p);
      Reference clip = p.reference();
      for (int i = 0; i < p.segments().count(); i++) {
        rows.add(
            RowFactory.create(
                clip.clipId(),
                clip.uri(),
                clip.origin().corpus(),
                clip.origin().speaker(),
                clip.origin().session(),
                clip.origin().sex(),
                clip.origin().age(),
                p.condition().label(),
                p.fold(),
                labels.get(clip.label()),
                labels.get(decision.mean()),
                p.segments().indices()[i],
                p.segments().startS()[i],
                p.segments().endS()[i],
                labels.get(decision.segments().get(i)),
                p.segments().logits()[i]));
      }
    }
    try (JobNames jobs = new JobNames(spark)) {
      jobs.next("evaluate: write predictions");
      spark.createDataFrame(rows, ROWS).coalesce(1).write().parquet(uri);
    }
  }
}
