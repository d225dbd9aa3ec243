package org.segmentser.tables;

import static org.apache.spark.sql.functions.aggregate;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_max;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.try_divide;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Status;
import org.segmentser.segment.Turn;

/** The view {@code calls}: how much each party of a clip talked, when, and with which emotions. */
final class Calls {
  private static final List<String> OF_CLIPS =
      List.of("channel", "party", "duration_s", "turns", "seconds", "run_date");
  private static final List<String> OF_SEGMENTS = List.of("channel", "start_s", "end_s", "scores");
  private static final int QUARTERS = 4;

  private static final StructType DIALOGUE =
      new StructType()
          .add("overlap_s", DataTypes.DoubleType)
          .add("reaction_s", DataTypes.DoubleType)
          .add("longest_silence_s", DataTypes.DoubleType);

  private Calls() {}

  /** Whether the tables have what the view is made of; those of older runs alone do not. */
  static boolean canBeMadeOf(Dataset<Row> clips, Dataset<Row> segments) {
    return Arrays.asList(clips.columns()).containsAll(OF_CLIPS)
        && Arrays.asList(segments.columns()).containsAll(OF_SEGMENTS);
  }

  /**
   * The view: a row for each clip and channel that was heard, whether or not anybody spoke.
   *
   * @param clips rows of clips, at most one for a clip and channel of a run
   * @param segments the rows of their segments
   */
  static Dataset<Row> of(Dataset<Row> clips, Dataset<Row> segments) {
    List<String> emotions =
        List.of(((StructType) segments.schema().apply("scores").dataType()).fieldNames());
    return withQuarters(withDialogue(withTalk(heard(clips))), segments, emotions)
        .withColumn("quarter_emotions", strongestByQuarter(emotions))
        .withColumn("trend", difference(quarter(QUARTERS - 1), quarter(0), emotions))
        .select(
            "clip_id",
            "uri",
            "channel",
            "party",
            "duration_s",
            "talk_s",
            "talk_share",
            "overlap_s",
            "reaction_s",
            "longest_silence_s",
            "seconds",
            "quarters",
            "quarter_emotions",
            "trend",
            "run_date",
            "run_id");
  }

  private static Dataset<Row> heard(Dataset<Row> clips) {
    return clips
        .where(col("status").isin(Status.SCORED.label(), Status.NO_SPEECH.label()))
        .select(
            "clip_id",
            "uri",
            "channel",
            "party",
            "duration_s",
            "turns",
            "seconds",
            "run_date",
            "run_id");
  }

  private static Dataset<Row> withTalk(Dataset<Row> parties) {
    WindowSpec call = Window.partitionBy("clip_id", "run_id");
    Column talk =
        aggregate(
            col("turns"),
            lit(0.0),
            (total, turn) -> total.plus(turn.getField("end_s").minus(turn.getField("start_s"))));
    Column total = sum("talk_s").over(call);
    Column known = count("talk_s").over(call).equalTo(col("heard"));
    return parties
        .withColumn("talk_s", talk)
        .withColumn("heard", count(lit(1)).over(call))
        .withColumn("talk_share", when(known.and(total.gt(0)), col("talk_s").divide(total)))
        // Of more than two, the figures between parties are not computed.
        .withColumn(
            "parties",
            collect_list(when(col("heard").equalTo(2), struct(col("channel"), col("turns"))))
                .over(call));
  }

  private static Dataset<Row> withDialogue(Dataset<Row> parties) {
    Column others =
        functions.filter(
            col("parties"), party -> party.getField("channel").notEqual(col("channel")));
    Column other = get(others, lit(0)).getField("turns");
    Column isOfTwo = functions.size(col("parties")).equalTo(2);
    Column dialogue =
        functions
            .udf(new OfTurns(), DIALOGUE)
            .withName("dialogue")
            .apply(struct(col("turns"), when(isOfTwo, other), col("duration_s")));
    return parties
        .withColumn("dialogue", dialogue)
        .select(col("*"), col("dialogue.*"))
        .drop("turns", "parties", "heard", "dialogue");
  }

  /** Joins the segments and takes their means by quarter and emotion. */
  private static Dataset<Row> withQuarters(
      Dataset<Row> parties, Dataset<Row> segments, List<String> emotions) {
    Dataset<Row> scored =
        segments
            .where(col("scores").isNotNull())
            .select(
                col("clip_id").as("segment_clip_id"),
                col("run_id").as("segment_run_id"),
                voice().as("segment_voice"),
                col("start_s").plus(col("end_s")).divide(2).as("middle_s"),
                col("scores"));
    Column passed = floor(try_divide(col("middle_s").multiply(QUARTERS), col("duration_s")));
    Column quarter = when(passed.geq(QUARTERS), QUARTERS - 1).otherwise(passed);
    List<Column> quarters = new ArrayList<>();
    for (int i = 0; i < QUARTERS; i++) {
      Column isIn = col("quarter").equalTo(i);
      Column[] means =
          emotions.stream()
              .map(
                  emotion ->
                      avg(when(isIn, col("scores").getField(emotion)))
                          .cast(DataTypes.FloatType)
                          .as(emotion))
              .toArray(Column[]::new);
      quarters.add(when(count_if(isIn).gt(0), struct(means)));
    }
    Column[] ofParty = Arrays.stream(parties.columns()).map(functions::col).toArray(Column[]::new);
    return parties
        .withColumn("voice", voice())
        .join(
            scored,
            col("clip_id")
                .equalTo(col("segment_clip_id"))
                .and(col("run_id").equalTo(col("segment_run_id")))
                .and(col("voice").equalTo(col("segment_voice"))),
            "left")
        .withColumn("quarter", quarter)
        .groupBy("clip_id", "run_id", "voice")
        .agg(
            first(struct(ofParty)).as("of_party"),
            array(quarters.toArray(Column[]::new)).as("quarters"))
        .select(col("of_party.*"), col("quarters"));
  }

  /** The channel as a key that is never null, so that joining and grouping need one shuffle. */
  private static Column voice() {
    return coalesce(col("channel"), lit(-1));
  }

  private static Column quarter(int index) {
    return get(col("quarters"), lit(index));
  }

  private static Column strongestByQuarter(List<String> emotions) {
    return array(
        IntStream.range(0, QUARTERS)
            .mapToObj(i -> strongest(quarter(i), emotions))
            .toArray(Column[]::new));
  }

  /** The emotion of the largest score; of equal ones the first. */
  private static Column strongest(Column scores, List<String> emotions) {
    Column[] candidates =
        IntStream.range(0, emotions.size())
            .mapToObj(
                i ->
                    struct(
                        scores.getField(emotions.get(i)).as("score"),
                        lit(-i).as("order"),
                        lit(emotions.get(i)).as("emotion")))
            .toArray(Column[]::new);
    return when(scores.isNotNull(), array_max(array(candidates)).getField("emotion"));
  }

  private static Column difference(Column last, Column first, List<String> emotions) {
    Column[] changes =
        emotions.stream()
            .map(emotion -> last.getField(emotion).minus(first.getField(emotion)).as(emotion))
            .toArray(Column[]::new);
    return when(last.isNotNull().and(first.isNotNull()), struct(changes));
  }

  /** A party's and the other's turns and the call's duration to {@link #DIALOGUE}. */
  private static final class OfTurns implements UDF1<Row, Row> {
    private static final long serialVersionUID = 1;

    @Override
    public Row call(Row row) {
      if (row.anyNull()) {
        return null;
      }
      List<Turn> own = turns(row.getList(0));
      List<Turn> others = turns(row.getList(1));
      OptionalDouble reaction = Dialogue.reactionS(own, others);
      return RowFactory.create(
          Dialogue.overlapS(own, others),
          reaction.isPresent() ? reaction.getAsDouble() : null,
          Dialogue.longestSilenceS(own, others, row.getDouble(2)));
    }

    private static List<Turn> turns(List<Row> turns) {
      return turns.stream().map(turn -> new Turn(turn.getDouble(0), turn.getDouble(1))).toList();
    }
  }
}
