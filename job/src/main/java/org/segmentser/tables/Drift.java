package org.segmentser.tables;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Whether what a run has scored looks like what the model knows, and whether its answers are of
 * several kinds. Where channels are apart, each counts as a clip.
 *
 * @param distance how far mean embeddings of clips lie from those that the model knows; null where
 *     it does not tell
 * @param emotion the commonest emotion; null if no clip has one
 * @param emotionShare its share of the clips that have one, 0 to 1; null likewise
 * @param oneSided whether that is over {@value #MOST_OF_ONE}, of at least {@value #LEAST_ANSWERS}
 *     clips
 */
public record Drift(Distance distance, String emotion, Double emotionShare, boolean oneSided) {
  /** The largest share of one emotion that is no cause for doubt. */
  public static final double MOST_OF_ONE = 0.6;

  /** Of fewer clips, all may well have the same emotion. */
  public static final int LEAST_ANSWERS = 50;

  /** The largest share of far clips that is no cause for doubt; a hundredth is to be expected. */
  public static final double MOST_FAR = 0.1;

  /** Fewer far clips are no cause for doubt, whatever their share. */
  public static final int LEAST_FAR = 5;

  /** The median of fewer clips is no cause for doubt, wherever it lies. */
  public static final int LEAST_OF_MEDIAN = 10;

  static final StructType SCHEMA =
      new StructType()
          .add("median_distance", DataTypes.DoubleType)
          .add("usual_distance", DataTypes.DoubleType)
          .add("far_share", DataTypes.DoubleType)
          .add("unlike", DataTypes.BooleanType)
          .add("emotion", DataTypes.StringType)
          .add("emotion_share", DataTypes.DoubleType)
          .add("one_sided", DataTypes.BooleanType);

  /**
   * Mahalanobis distances of clips.
   *
   * @param median of the run's clips
   * @param usual that of clips by which the model was calibrated
   * @param farShare share of the run's clips that lie farther than 99 % of those, 0 to 1
   * @param unlike whether the audio is unlike what the model knows: the share is over {@value
   *     Drift#MOST_FAR} and at least {@value Drift#LEAST_FAR} clips are that far, or the median of
   *     at least {@value Drift#LEAST_OF_MEDIAN} clips is beyond 95 % of those of the calibration
   */
  public record Distance(double median, double usual, double farShare, boolean unlike) {
    /**
     * Judges distances.
     *
     * @param usual the median of the calibration's clips
     * @param rare a distance beyond which one in twenty of those lies
     * @param far how many of the clips lie far
     * @param clips at least 1
     */
    public static Distance of(double median, double usual, double rare, long far, long clips) {
      double share = (double) far / clips;
      boolean areSomeFar = far >= LEAST_FAR && share > MOST_FAR;
      boolean areMostOff = clips >= LEAST_OF_MEDIAN && median > rare;
      return new Distance(median, usual, share, areSomeFar || areMostOff);
    }
  }

  /**
   * Judges a run.
   *
   * @param emotion the commonest; null if no clip has one
   * @param ofThat clips that have it
   * @param answers clips that have any
   */
  public static Drift of(Distance distance, String emotion, long ofThat, long answers) {
    Double share = emotion == null ? null : (Double) ((double) ofThat / answers);
    return new Drift(
        distance, emotion, share, share != null && answers >= LEAST_ANSWERS && share > MOST_OF_ONE);
  }

  /** As a column of {@code runs} has it. */
  static Row pack(Drift drift) {
    if (drift == null) {
      return null;
    }
    Distance distance = drift.distance;
    boolean any = distance != null;
    return RowFactory.create(
        any ? distance.median : null,
        any ? distance.usual : null,
        any ? distance.farShare : null,
        any ? distance.unlike : null,
        drift.emotion,
        drift.emotionShare,
        drift.oneSided);
  }
}
