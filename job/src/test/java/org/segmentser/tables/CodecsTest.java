package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.segmentser.TestSpark;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;
import org.segmentser.metrics.ClipJudge;
import org.segmentser.metrics.ClipTally;
import org.segmentser.metrics.Gaussian;
import org.segmentser.segment.AudioChunk;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Status;
import org.segmentser.segment.Turn;
import org.segmentser.segment.Voice;
import org.segmentser.segment.VoiceFacts;
import org.segmentser.source.Clip;
import org.segmentser.source.ClipCodec;
import org.segmentser.tables.FeatureRow.SegmentFeatures;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored.Emotion;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSegment;
import org.segmentser.udf.ChunkCodec;
import org.segmentser.udf.OutcomeCodec;

/** What goes into a row of Spark comes out of it. */
class CodecsTest {
  private static final Clip CLIP =
      new Clip(
          "id",
          new AudioLocation("s3a://b/shard.tar", 512, 1000L, "a/b.wav", 7L),
          123L,
          1.5,
          2.5,
          "why",
          new Channels(false, List.of("agent", "customer"), List.of(1)),
          Arrays.asList("x", null));
  private static final Clip PLAIN = Clip.ofFile("id", "file:/a.wav", null, null);
  private static final ClipOutcome OUTCOME =
      new ClipOutcome(
          Status.SCORED,
          "a reason",
          2.5,
          44_100,
          2,
          "mp3",
          new VoiceFacts(1.2, List.of(new Turn(0.5, 1), new Turn(1.5, 2.2)), 0.25, 3400, true));
  private static final ClipOutcome UNKNOWN =
      new ClipOutcome(Status.UNREADABLE, null, Double.NaN, 0, 0, null);
  private static final Segment SEGMENT =
      new Segment(3, 2.88, 3.84, -20.5f, 0.75f, new byte[] {1, 2, 3});

  @Test
  void clips() {
    assertThat(ClipCodec.unpack(through(ClipCodec.SCHEMA, ClipCodec.pack(CLIP)))).isEqualTo(CLIP);
    assertThat(ClipCodec.unpack(through(ClipCodec.SCHEMA, ClipCodec.pack(PLAIN)))).isEqualTo(PLAIN);
  }

  @Test
  void outcomes() {
    for (ClipOutcome outcome : List.of(OUTCOME, UNKNOWN)) {
      Row row = through(OutcomeCodec.SCHEMA, OutcomeCodec.pack(outcome));
      assertThat(OutcomeCodec.unpack(row)).isEqualTo(outcome);
    }
  }

  @Test
  void segmentsOfClips() {
    Voice customer = new Voice(1, "customer");
    ClipSegment all = clipSegment(new ClipSegment(CLIP, customer, SEGMENT, OUTCOME));
    assertThat(all.clip()).isEqualTo(CLIP);
    assertThat(all.voice()).isEqualTo(customer);
    assertThat(all.outcome()).isEqualTo(OUTCOME);
    assertThat(all.segment()).usingRecursiveComparison().isEqualTo(SEGMENT);
    ClipSegment none = clipSegment(new ClipSegment(PLAIN, Voice.MIX, null, null));
    assertThat(none).isEqualTo(new ClipSegment(PLAIN, Voice.MIX, null, null));
    assertThat(none.patch()).isNull();
    Segment unheard = new Segment(0, 0, 0.96, -60f, Float.NaN, null);
    ClipSegment silent = clipSegment(new ClipSegment(PLAIN, Voice.MIX, unheard, null));
    assertThat(silent.segment()).isEqualTo(unheard);
    assertThat(silent.patch()).isNull();
  }

  private static ClipSegment clipSegment(ClipSegment segment) {
    return ClipSegmentCodec.unpack(
        through(ClipSegmentCodec.SCHEMA, ClipSegmentCodec.pack(segment)));
  }

  @Test
  void chunks() {
    AudioChunk chunk =
        new AudioChunk(
            new float[] {0.25f, -1f, 3e-20f},
            List.of(
                new AudioChunk.Cut(4, 1, 2, 0, 3),
                new AudioChunk.Cut(5, 2, 3, 1, 0, 0.125f, false)));
    AudioChunk read = ChunkCodec.unpack(through(ChunkCodec.SCHEMA, ChunkCodec.pack(chunk)));
    assertThat(read.samples()).containsExactly(chunk.samples());
    assertThat(read.cuts()).isEqualTo(chunk.cuts());
  }

  @Test
  void features() {
    FeatureRow row =
        new FeatureRow(
            "id",
            "file:/a.wav",
            Status.SCORED,
            "a reason",
            new SegmentFeatures(1, 0.96, 1.92, new byte[] {4, 5}, 42));
    FeatureRow none = new FeatureRow("id", "file:/a.wav", null, null, null);
    for (FeatureRow each : List.of(row, none)) {
      Row packed = through(FeatureRowCodec.SCHEMA, FeatureRowCodec.pack(each));
      assertThat(FeatureRowCodec.unpack(packed)).usingRecursiveComparison().isEqualTo(each);
    }
    assertThat(row.with(new byte[] {9}).features()).containsExactly(9);
    assertThat(row.with(new byte[] {9}).segment().patchHash()).isEqualTo(42);
  }

  @Test
  void stagedRowsHoldASegmentOrAClip() {
    RunColumns columns =
        new RunColumns(
            Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS), List.of("low", "high"), List.of("who", "what"));
    StagedCodec codec =
        new StagedCodec(
            columns,
            new ClipJudge(2, 0.8, Gaussian.of(0, new float[] {4, 8}, new float[] {2, 0, 1}), 0.7));
    Emotion emotion = new Emotion(1, new float[] {0, 2}, new float[] {0.25f, 0.75f});
    Row segment =
        through(
            codec.schema(),
            codec.pack(
                new ScoredSegment(
                    CLIP, new Voice(1, "customer"), SEGMENT, emotion, new float[] {7, 8}, null)));
    assertThat(segment.isNullAt(segment.fieldIndex(StagedCodec.CLIP))).isTrue();
    Row table = segment.getStruct(segment.fieldIndex(StagedCodec.SEGMENT));
    assertThat(table.<String>getAs("clip_id")).isEqualTo("id");
    assertThat(table.<String>getAs("uri")).isEqualTo("s3a://b/shard.tar");
    assertThat(table.<Integer>getAs("channel")).isEqualTo(1);
    assertThat(table.<String>getAs("party")).isEqualTo("customer");
    assertThat(table.<Float>getAs("speech")).isEqualTo(0.75f);
    assertThat(table.<Integer>getAs("segment_index")).isEqualTo(3);
    assertThat(table.<Double>getAs("start_s")).isEqualTo(2.88);
    assertThat(table.<Double>getAs("end_s")).isEqualTo(3.84);
    assertThat(table.<String>getAs("emotion")).isEqualTo("high");
    assertThat(table.<Row>getAs("scores").<Float>getAs("high")).isEqualTo(0.75f);
    assertThat(table.<Float>getAs("rms_dbfs")).isEqualTo(-20.5f);
    assertThat(table.<Float>getList(table.fieldIndex("logits"))).containsExactly(0f, 2f);
    assertThat(table.<Float>getList(table.fieldIndex("embedding"))).containsExactly(7f, 8f);
    Row kept = segment.getStruct(segment.fieldIndex(StagedCodec.KEPT));
    assertThat(kept.<String>getAs("who")).isEqualTo("x");
    assertThat(kept.<String>getAs("what")).isNull();

    ClipTally tally = new ClipTally(2);
    tally.add(0, 0.96, emotion.logits(), emotion.scores(), new float[] {8, 8});
    Row clip =
        through(codec.schema(), codec.pack(new ScoredClip(CLIP, Voice.MIX, 0, OUTCOME, 1, tally)));
    assertThat(clip.isNullAt(clip.fieldIndex(StagedCodec.SEGMENT))).isTrue();
    Row outcome = clip.getStruct(clip.fieldIndex(StagedCodec.CLIP));
    assertThat(outcome.<Long>getAs("bytes")).isEqualTo(1000L);
    assertThat(outcome.<Long>getAs("modified")).isEqualTo(123L);
    assertThat(outcome.<String>getAs("status")).isEqualTo("scored");
    assertThat(outcome.<String>getAs("reason")).isEqualTo("a reason");
    assertThat(outcome.<Integer>getAs("channels")).isEqualTo(2);
    assertThat(outcome.<Integer>getAs("segments")).isEqualTo(1);
    assertThat(outcome.<String>getAs("emotion_vote")).isEqualTo("high");
    assertThat(outcome.<Boolean>getAs("unanimous")).isTrue();
    // 1 / (1 + 1 / e), and a temperature of 2.
    assertThat(outcome.<String>getAs("emotion")).isEqualTo("high");
    assertThat(outcome.<Float>getAs("confidence")).isCloseTo(0.73106f, within(1e-5f));
    assertThat(outcome.<String>getList(outcome.fieldIndex("emotions")))
        .containsExactly("high", "low");
    assertThat(outcome.<Double>getAs(StagedCodec.DISTANCE)).isEqualTo(2);
    assertThat(outcome.<Row>getAs("seconds").<Float>getAs("high")).isEqualTo(0.96f);
  }

  private static Row through(StructType schema, Row row) {
    return TestSpark.session().createDataFrame(List.of(row), schema).collectAsList().get(0);
  }
}
