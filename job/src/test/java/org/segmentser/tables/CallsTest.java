package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.TestSpark;
import org.segmentser.segment.Turn;

class CallsTest {
  /** Of two models: the first knows no "sad", the second no "happy". */
  private static final List<String> EMOTIONS = List.of("angry", "happy", "neutral", "sad");

  private static final StructType SCORES = perEmotion();
  private static final StructType TURN =
      new StructType()
          .add("start_s", DataTypes.DoubleType, false)
          .add("end_s", DataTypes.DoubleType, false);
  private static final StructType CLIPS =
      new StructType()
          .add("clip_id", DataTypes.StringType)
          .add("uri", DataTypes.StringType)
          .add("channel", DataTypes.IntegerType)
          .add("party", DataTypes.StringType)
          .add("duration_s", DataTypes.DoubleType)
          .add("status", DataTypes.StringType)
          .add("speech_s", DataTypes.DoubleType)
          .add("turns", DataTypes.createArrayType(TURN, false))
          .add("seconds", SCORES)
          .add("run_date", DataTypes.DateType)
          .add("run_id", DataTypes.StringType);
  private static final StructType SEGMENTS =
      new StructType()
          .add("clip_id", DataTypes.StringType)
          .add("channel", DataTypes.IntegerType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("scores", SCORES)
          .add("run_date", DataTypes.DateType)
          .add("run_id", DataTypes.StringType);
  private static final Date DAY = Date.valueOf("2026-11-22");
  private static final SparkSession SPARK = TestSpark.session();

  /** What becomes a clip's row; without turns where speech was not looked for. */
  private record Party(
      String clip,
      String run,
      Integer channel,
      String name,
      String status,
      int steps,
      List<Turn> turns) {
    double durationS() {
      return steps * RandomTurns.STEP_S;
    }

    Row seconds() {
      return RowFactory.create(1f * steps, null, 2f, (float) clip.hashCode());
    }

    Row row() {
      return RowFactory.create(
          clip,
          "file:/" + clip,
          channel,
          name,
          durationS(),
          status,
          null,
          turns == null
              ? null
              : turns.stream().map(turn -> RowFactory.create(turn.startS(), turn.endS())).toArray(),
          seconds(),
          DAY,
          run);
    }
  }

  /** What becomes a segment's row; without scores where it is no speech. */
  private record Scored(
      String clip, String run, Integer channel, double startS, double endS, List<Float> scores) {
    Row row() {
      return RowFactory.create(
          clip,
          channel,
          startS,
          endS,
          scores == null ? null : RowFactory.create(scores.toArray()),
          DAY,
          run);
    }

    boolean isOf(Party party) {
      return clip.equals(party.clip)
          && run.equals(party.run)
          && Objects.equals(channel, party.channel);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void agreesWithTheDefinitionsOnRandomCalls(long seed) {
    Random random = new Random(seed);
    List<Party> parties = new ArrayList<>();
    List<Scored> segments = new ArrayList<>();
    for (int call = 0; call < 60; call++) {
      addCall("call " + call % 40, call < 40 ? "r1" : "r2", random, parties, segments);
    }
    Map<String, Row> rows =
        calls(parties, segments).collectAsList().stream()
            .collect(Collectors.toMap(CallsTest::key, row -> row));
    List<Party> heard = parties.stream().filter(p -> p.status.matches("scored|no_speech")).toList();
    assertThat(rows).hasSize(heard.size()).hasSizeLessThan(parties.size());
    int reactions = 0;
    int trends = 0;
    for (Party party : heard) {
      Row row = rows.get(party.clip + "/" + party.run + "/" + party.channel);
      List<Party> all =
          heard.stream().filter(p -> p.clip.equals(party.clip) && p.run.equals(party.run)).toList();
      requireTalk(row, party, all);
      reactions += row.isNullAt(row.fieldIndex("reaction_s")) ? 0 : 1;
      requireQuarters(row, party, segments.stream().filter(s -> s.isOf(party)).toList());
      trends += row.isNullAt(row.fieldIndex("trend")) ? 0 : 1;
    }
    assertThat(reactions).isGreaterThan(10);
    assertThat(trends).isGreaterThan(10);
  }

  private static void addCall(
      String clip, String run, Random random, List<Party> parties, List<Scored> segments) {
    int steps = 20 + random.nextInt(4000);
    boolean isMix = random.nextInt(5) == 0;
    boolean isSpeechKnown = random.nextInt(6) > 0;
    int channels = isMix || random.nextInt(8) == 0 ? 1 : random.nextInt(8) == 0 ? 3 : 2;
    boolean isNamed = random.nextBoolean();
    for (int channel = 0; channel < channels; channel++) {
      List<Turn> turns = random.nextInt(8) == 0 ? List.of() : RandomTurns.turns(random, 30, steps);
      String status =
          random.nextInt(15) == 0
              ? "undecodable"
              : isSpeechKnown && turns.isEmpty() ? "no_speech" : "scored";
      Party party =
          new Party(
              clip,
              run,
              isMix ? null : channel,
              isNamed && !isMix ? "party " + channel : null,
              status,
              steps,
              isSpeechKnown ? turns : null);
      parties.add(party);
      if (status.equals("scored")) {
        addSegments(party, random, segments);
      }
    }
  }

  private static void addSegments(Party party, Random random, List<Scored> segments) {
    double gated = random.nextBoolean() ? 0.3 : 0.9;
    for (double start = 0; start < party.durationS(); start += 0.96) {
      List<Float> scores = new ArrayList<>();
      for (String emotion : EMOTIONS) {
        boolean isUnknown = emotion.equals(party.run.equals("r1") ? "sad" : "happy");
        scores.add(isUnknown ? null : random.nextFloat());
      }
      segments.add(
          new Scored(
              party.clip,
              party.run,
              party.channel,
              start,
              Math.min(start + 0.96, party.durationS()),
              random.nextDouble() < gated ? null : scores));
    }
  }

  private static void requireTalk(Row row, Party party, List<Party> all) {
    assertThat(row.<String>getAs("uri")).isEqualTo("file:/" + party.clip);
    assertThat(row.<String>getAs("party")).isEqualTo(party.name);
    assertThat(row.<Double>getAs("duration_s")).isEqualTo(party.durationS());
    assertThat(row.<Row>getAs("seconds")).isEqualTo(party.seconds());
    assertThat(row.<Date>getAs("run_date")).isEqualTo(DAY);
    requireClose(row.getAs("talk_s"), talkS(party));
    boolean isKnown = all.stream().allMatch(p -> p.turns != null);
    double total = isKnown ? all.stream().mapToDouble(CallsTest::talkS).sum() : 0;
    requireClose(row.getAs("talk_share"), total > 0 ? talkS(party) / total : null);
    if (isKnown && all.size() == 2) {
      Party other = all.get(0).equals(party) ? all.get(1) : all.get(0);
      requireClose(
          row.getAs("overlap_s"), RandomTurns.overlapS(party.turns, other.turns, party.steps));
      requireClose(
          row.getAs("longest_silence_s"),
          RandomTurns.longestSilenceS(party.turns, other.turns, party.steps));
      requireClose(
          row.getAs("reaction_s"), RandomTurns.reactionS(party.turns, other.turns).orElse(null));
    } else {
      for (String figure : List.of("overlap_s", "longest_silence_s", "reaction_s")) {
        assertThat(row.<Double>getAs(figure)).as(figure).isNull();
      }
    }
  }

  private static void requireQuarters(Row row, Party party, List<Scored> segments) {
    List<Row> quarters = row.getList(row.fieldIndex("quarters"));
    List<String> emotions = row.getList(row.fieldIndex("quarter_emotions"));
    assertThat(quarters).hasSize(4);
    assertThat(emotions).hasSize(4);
    for (int i = 0; i < 4; i++) {
      double from = party.durationS() * i / 4;
      double to = i == 3 ? Double.POSITIVE_INFINITY : party.durationS() * (i + 1) / 4;
      List<Scored> of =
          segments.stream()
              .filter(s -> s.scores != null)
              .filter(s -> (s.startS + s.endS) / 2 >= from && (s.startS + s.endS) / 2 < to)
              .toList();
      if (of.isEmpty()) {
        assertThat(quarters.get(i)).isNull();
        assertThat(emotions.get(i)).isNull();
        continue;
      }
      String strongest = null;
      double most = 0;
      for (int e = 0; e < EMOTIONS.size(); e++) {
        int emotion = e;
        Float mean = quarters.get(i).getAs(EMOTIONS.get(e));
        if (of.get(0).scores.get(e) == null) {
          assertThat(mean).isNull();
          continue;
        }
        double expected =
            of.stream().mapToDouble(s -> s.scores.get(emotion)).average().orElseThrow();
        assertThat((double) mean).isCloseTo(expected, within(1e-6));
        if (strongest == null || expected > most) {
          strongest = EMOTIONS.get(e);
          most = expected;
        }
      }
      assertThat(emotions.get(i)).isEqualTo(strongest);
    }
    Row first = quarters.get(0);
    Row last = quarters.get(3);
    Row trend = row.getAs("trend");
    if (first == null || last == null) {
      assertThat(trend).isNull();
      return;
    }
    for (String emotion : EMOTIONS) {
      Float before = first.getAs(emotion);
      assertThat(trend.<Float>getAs(emotion))
          .isEqualTo(before == null ? null : last.<Float>getAs(emotion) - before);
    }
  }

  @Test
  void theViewIsThereWhereTheTablesHaveItsColumns(@TempDir Path output) {
    Party agent = party("a", 0, "agent", List.of(new Turn(0, 2), new Turn(6, 8)));
    Party customer = party("a", 1, "customer", List.of(new Turn(3, 5)));
    List<Party> parties = List.of(agent, customer);
    List<Scored> segments =
        List.of(
            new Scored("a", "r1", 1, 3, 3.96, List.of(0.1f, 0.2f, 0.3f, 0.4f)),
            new Scored("a", "r1", 1, 3.96, 4.92, List.of(0.3f, 0.2f, 0.1f, 0.4f)));
    write(output, clips(parties), segments(segments));
    assertThat(Views.register(SPARK, Destination.files(output.toString()))).contains("calls");
    Row row = SPARK.sql("SELECT * FROM calls WHERE party = 'customer'").collectAsList().get(0);
    assertThat(row.schema().fieldNames())
        .containsExactly(
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
    assertThat(row.<Integer>getAs("channel")).isEqualTo(1);
    requireClose(row.getAs("talk_share"), 1 / 3.0);
    requireClose(row.getAs("reaction_s"), 1.0);
    assertThat(row.getList(row.fieldIndex("quarter_emotions")))
        .isEqualTo(Arrays.asList(null, "sad", null, null));
    assertThat(SPARK.sql("SELECT reaction_s FROM calls WHERE channel = 0").first().getDouble(0))
        .isCloseTo(1, within(1e-9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"turns", "channel", "party"})
  void ofTablesOfOlderRunsThereIsNoView(String lacking, @TempDir Path output) {
    write(
        output,
        clips(List.of(party("a", 0, "agent", List.of()))).drop(lacking),
        segments(List.of(new Scored("a", "r1", 0, 0, 0.96, null))).drop(lacking));
    assertThat(Views.register(SPARK, Destination.files(output.toString())))
        .contains("clips", "segments")
        .doesNotContain("calls");
  }

  private static Party party(String clip, int channel, String name, List<Turn> turns) {
    return new Party(clip, "r1", channel, name, "scored", 300, turns);
  }

  private static void write(Path output, Dataset<Row> clips, Dataset<Row> segments) {
    clips.write().partitionBy("run_date", "run_id").parquet(output + "/clips");
    segments.write().partitionBy("run_date", "run_id").parquet(output + "/segments");
    SPARK
        .createDataFrame(
            List.of(RowFactory.create("r1", "score", Timestamp.valueOf("2026-11-22 01:02:03"))),
            new StructType()
                .add("run_id", DataTypes.StringType)
                .add("command", DataTypes.StringType)
                .add("started", DataTypes.TimestampType))
        .write()
        .parquet(output + "/runs");
  }

  private static Dataset<Row> calls(List<Party> parties, List<Scored> segments) {
    return Calls.of(clips(parties), segments(segments));
  }

  private static Dataset<Row> clips(List<Party> parties) {
    return SPARK.createDataFrame(parties.stream().map(Party::row).toList(), CLIPS);
  }

  private static Dataset<Row> segments(List<Scored> segments) {
    return SPARK.createDataFrame(segments.stream().map(Scored::row).toList(), SEGMENTS);
  }

  private static String key(Row row) {
    return row.getAs("clip_id") + "/" + row.getAs("run_id") + "/" + row.getAs("channel");
  }

  private static Double talkS(Party party) {
    return party.turns == null
        ? null
        : party.turns.stream().mapToDouble(turn -> turn.endS() - turn.startS()).sum();
  }

  private static void requireClose(Double actual, Double expected) {
    if (expected == null) {
      assertThat(actual).isNull();
    } else {
      assertThat(actual).isNotNull().isCloseTo(expected, within(1e-9));
    }
  }

  private static StructType perEmotion() {
    StructType schema = new StructType();
    for (String emotion : EMOTIONS) {
      schema = schema.add(emotion, DataTypes.FloatType);
    }
    return schema;
  }
}
