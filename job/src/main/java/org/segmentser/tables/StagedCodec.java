package org.segmentser.tables;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.metrics.ClipJudge;
import org.segmentser.metrics.ClipJudge.Judgement;
import org.segmentser.metrics.ClipTally;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.source.Clip;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored.Emotion;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.Scored.ScoredSegment;
import org.segmentser.udf.OutcomeCodec;
import org.segmentser.udf.Serialized;

/**
 * The rows that the one pass over the audio stages, of which the tables are made: either a segment,
 * a clip or a section of one, and what is kept of a manifest.
 *
 * @param columns that the run's rows have
 * @param judge of clips
 */
public record StagedCodec(RunColumns columns, ClipJudge judge) implements Serializable {
  /** Names of the columns. */
  public static final String SEGMENT = "segment";

  public static final String CLIP = "clip";

  /** Column of {@link #CLIP}: which of the clip's voices it is, from 0; not part of the table. */
  public static final String VOICE_INDEX = "voice_index";

  /**
   * Column of {@link #CLIP}: the first segment that was staged but does not count; not part of the
   * table.
   */
  public static final String END_SEGMENT = "end_segment";

  /**
   * Column of {@link #CLIP}: how far its mean embedding lies from those that the model knows; null
   * where nobody knows; not part of the table.
   */
  public static final String DISTANCE = "distance";

  /** A voice of a section of a clip, of which clips are made. */
  public static final String SECTION = "section";

  /** Columns of {@link #SECTION}. */
  public static final String CLIP_ID = "clip_id";

  private static final String SCORED = "scored";

  private static final StructType SECTION_SCHEMA =
      new StructType()
          .add(CLIP_ID, DataTypes.StringType, false)
          .add(SCORED, DataTypes.BinaryType, false);

  /** Is there where something is kept of a manifest. */
  public static final String KEPT = "kept";

  private static final int STATUS = OutcomeCodec.SCHEMA.fieldIndex("status");
  private static final int REASON = OutcomeCodec.SCHEMA.fieldIndex("reason");
  private static final int DURATION_S = OutcomeCodec.SCHEMA.fieldIndex("duration_s");
  private static final int SAMPLE_RATE = OutcomeCodec.SCHEMA.fieldIndex("sample_rate");
  private static final int CHANNELS = OutcomeCodec.SCHEMA.fieldIndex("channels");
  private static final int CODEC = OutcomeCodec.SCHEMA.fieldIndex("codec");

  /** The row's columns. */
  public StructType schema() {
    StructType schema =
        new StructType()
            .add(SEGMENT, columns.segmentSchema())
            .add(
                CLIP,
                columns
                    .clipSchema()
                    .add(VOICE_INDEX, DataTypes.IntegerType, false)
                    .add(END_SEGMENT, DataTypes.IntegerType)
                    .add(DISTANCE, DataTypes.DoubleType))
            .add(SECTION, SECTION_SCHEMA);
    return columns.kept().isEmpty() ? schema : schema.add(KEPT, columns.keptSchema());
  }

  /** A row. */
  public Row pack(Scored scored) {
    List<Object> values = new ArrayList<>();
    values.add(scored instanceof ScoredSegment segment ? row(segment) : null);
    values.add(scored instanceof ScoredClip clip ? row(clip) : null);
    values.add(scored instanceof ScoredSection section ? row(section) : null);
    if (!columns.kept().isEmpty()) {
      values.add(RowFactory.create(scored.clip().kept().toArray()));
    }
    return RowFactory.create(values.toArray());
  }

  private Row row(ScoredSegment scored) {
    List<Object> values = new ArrayList<>();
    values.add(scored.clip().id());
    values.add(scored.clip().uri());
    values.add(scored.voice().channel());
    values.add(scored.voice().party());
    values.add(scored.segment().index());
    values.add(scored.segment().startS());
    values.add(scored.segment().endS());
    values.add(Float.isNaN(scored.segment().speech()) ? null : scored.segment().speech());
    if (columns.has(Kind.EMOTIONS)) {
      Emotion emotion = scored.emotion();
      values.add(emotion == null ? null : columns.labels().get(emotion.index()));
      values.add(emotion == null ? null : perEmotion(emotion.scores()));
      values.add(emotion == null ? null : boxed(emotion.logits()));
    }
    values.add(scored.segment().rmsDbfs());
    if (columns.has(Kind.EMBEDDINGS)) {
      values.add(scored.embedding() == null ? null : boxed(scored.embedding()));
    }
    if (columns.has(Kind.POST_PROCESSED)) {
      values.add(scored.postProcessed());
    }
    return RowFactory.create(values.toArray());
  }

  /** What a row of {@link #SECTION} holds. */
  public static ScoredSection section(Row row) {
    return Serialized.unpack(row.getAs(SCORED), ScoredSection.class);
  }

  private static Row row(ScoredSection scored) {
    return RowFactory.create(scored.clip().id(), Serialized.pack(scored));
  }

  private Row row(ScoredClip scored) {
    Clip clip = scored.clip();
    ClipOutcome outcome = scored.outcome();
    Row known = OutcomeCodec.pack(outcome);
    List<Object> values = new ArrayList<>();
    values.add(clip.id());
    values.add(clip.uri());
    values.add(scored.voice().channel());
    values.add(scored.voice().party());
    values.add(clip.bytes());
    values.add(clip.modifiedMs());
    values.add(clip.startS());
    values.add(clip.endS());
    values.add(known.get(DURATION_S));
    values.add(known.get(SAMPLE_RATE));
    values.add(known.get(CHANNELS));
    values.add(known.get(CODEC));
    values.add(known.get(STATUS));
    values.add(known.get(REASON));
    values.add(scored.segments());
    for (String fact : Schemas.FACTS) {
      values.add(known.get(OutcomeCodec.SCHEMA.fieldIndex(fact)));
    }
    Double distance = null;
    if (columns.has(Kind.EMOTIONS)) {
      distance = addEmotion(scored.tally(), values);
    }
    values.add(scored.index());
    values.add(scored.endSegment());
    values.add(distance);
    return RowFactory.create(values.toArray());
  }

  /** Gives the clip's distance, if it is known. */
  private Double addEmotion(ClipTally tally, List<Object> values) {
    boolean any = tally.segments() > 0;
    Judgement judgement = any ? judge.judge(tally) : null;
    values.add(any && judgement.isAnswer() ? columns.labels().get(tally.emotion()) : null);
    values.add(any ? judgement.confidence() : null);
    values.add(any && judgement.emotions() != null ? labels(judgement.emotions()) : null);
    values.add(any ? columns.labels().get(tally.vote()) : null);
    values.add(any ? tally.unanimous() : null);
    values.add(any ? perEmotion(tally.scores()) : null);
    values.add(any ? perEmotion(tally.seconds()) : null);
    return any && !Double.isNaN(judgement.distance()) ? (Double) judgement.distance() : null;
  }

  private String[] labels(List<Integer> emotions) {
    return emotions.stream().map(columns.labels()::get).toArray(String[]::new);
  }

  private static Row perEmotion(float[] values) {
    return RowFactory.create((Object[]) boxed(values));
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < boxed.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}
