package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.RunProgress;
import org.segmentser.model.CalibratedModels;
import org.segmentser.model.ModelDirectory;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Sections;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;
import org.segmentser.source.Corpus;
import org.segmentser.source.InputListing;
import org.segmentser.source.Inputs;
import org.segmentser.source.WorkItem;
import org.segmentser.tables.Drift;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.udf.HadoopSource;

/** Runs whose long clips are read in sections have the rows of runs whose clips are not. */
class SplitClipsTest {
  private static final int RATE = 16_000;
  private static final LocalDate DAY = LocalDate.of(2026, 11, 22);
  private static final double SPLIT_S = 6;

  @TempDir static Path models;
  private static String model;

  @TempDir Path dir;
  private final SparkSession spark = TestSpark.session();

  @BeforeAll
  static void makeModel() {
    ModelDirectory mini =
        TestModels.mini(models.resolve("mini"), List.of("angry", "happy", "sad", "neutral"));
    model = CalibratedModels.anyhow(mini, models.resolve("calibrated")).toString();
  }

  @Test
  void splitClipsHaveTheSameRows() throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    Files.write(
        audio.resolve("call.wav"),
        Clips.wav(RATE, 2, Clips.interleaved(speech(40, 1), speech(40, 4))));
    Files.write(
        audio.resolve("short.wav"),
        Clips.wav(RATE, 2, Clips.interleaved(speech(3, 1), speech(3, 4))));
    Files.write(
        audio.resolve("half.wav"),
        Clips.wav(RATE, 2, Clips.interleaved(speech(30, 2), new float[30 * RATE])));
    Files.write(audio.resolve("silent.wav"), Clips.wav(RATE, 2, new float[2 * 20 * RATE]));
    byte[] broken = floats(speech(44, 3), 2);
    // In the middle of the fourth section of the eight.
    ByteBuffer.wrap(broken).order(ByteOrder.LITTLE_ENDIAN).putFloat(44 + 8 * 19 * RATE, Float.NaN);
    Files.write(audio.resolve("nan.wav"), broken);
    for (Channels channels : List.of(Channels.EACH, Channels.MIX)) {
      ClipSettings settings =
          ClipSettings.of(Segmentation.DEFAULT).withChannels(channels).withSpeech(Speech.GATE);
      String which = channels.isMix() ? "mix" : "each";
      RunSummary whole = run(which + "-whole", settings, Double.POSITIVE_INFINITY, 5);
      RunSummary split = run(which + "-split", settings, SPLIT_S, 25);
      assertSame(split, whole);
      assertThat(whole.clips().byStatus().get(Status.NO_SPEECH))
          .isEqualTo(channels.isMix() ? 1 : 3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aClipWithOneUnreadableSectionIsUnreadable(int section) throws IOException {
    for (Channels channels : List.of(Channels.MIX, Channels.EACH)) {
      ClipSettings settings = ClipSettings.of(Segmentation.DEFAULT).withChannels(channels);
      List<WorkItem> items = sections(settings);
      WorkItem item = items.get(section);
      Clip clip = item.clip();
      Clip gone = new Clip(clip.id(), clip.location(), null, null, null, "gone", null, List.of());
      items.set(section, new WorkItem(gone, item.section(), null));
      String id = channels.isMix() ? "mix" : "each";
      RunSummary summary = run(id, settings, items);
      int voices = channels.isMix() || section == 0 ? 1 : 2;
      assertThat(summary.clips().byStatus().get(Status.UNREADABLE)).isEqualTo(voices);
      assertThat(summary.clips().rejects()).hasSize(voices).allMatch(r -> r.endsWith("gone"));
      assertThat(summary.scored().segments()).isZero();
      assertThat(rows("segments", id)).isEmpty();
      assertThat(rows("clips", id)).hasSize(voices);
    }
  }

  @Test
  void aSectionWhoseRowsWereLostEndsTheRun() throws IOException {
    ClipSettings settings = ClipSettings.of(Segmentation.DEFAULT).withChannels(Channels.EACH);
    for (int lost : List.of(1, 4)) {
      List<WorkItem> items = sections(settings);
      items.remove(lost);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> run("lost", settings, items))
          .withMessageContaining("1 clips were listed but 0 have an outcome");
    }
  }

  /** Those of a stereo clip of half a minute. */
  private List<WorkItem> sections(ClipSettings settings) throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    Path file =
        Files.write(
            audio.resolve("long.wav"),
            Clips.wav(RATE, 2, Clips.interleaved(speech(30, 1), speech(30, 4))));
    Configuration conf = spark.sessionState().newHadoopConf();
    Clip clip = InputListing.list(List.of(file.toString()), conf).clips().get(0);
    return new ArrayList<>(
        Sections.plan(
                () -> HadoopSource.open(clip.location(), conf),
                clip.uri(),
                0,
                Double.POSITIVE_INFINITY,
                settings,
                SPLIT_S)
            .stream()
            .map(section -> new WorkItem(clip, section, null))
            .toList());
  }

  private RunSummary run(String id, ClipSettings settings, List<WorkItem> items)
      throws IOException {
    Configuration conf = spark.sessionState().newHadoopConf();
    ModelDirectory directory = ModelDirectory.openOrDefault(model, conf);
    try (RunOutput output = RunOutput.begin(dir.resolve("out").toString(), id, DAY, false, conf)) {
      Corpus corpus = Corpus.of(spark, items, new TreeMap<>(), List.of());
      return new ScoreJob(
              spark,
              request(id, settings, SPLIT_S),
              ExecutorModel.distribute(spark, directory),
              null,
              Certainty.of(directory, request(id, settings, SPLIT_S).score()),
              RunProgress.of(corpus.totals(), 1))
          .run(corpus, output);
    }
  }

  private void assertSame(RunSummary split, RunSummary whole) {
    assertThat(split.clips()).isEqualTo(whole.clips());
    assertThat(split.passes()).isEqualTo(whole.passes());
    assertThat(split.scored().segments()).isEqualTo(whole.scored().segments());
    assertThat(split.scored().audioS()).isCloseTo(whole.scored().audioS(), within(1e-9));
    assertThat(split.scored().speechS()).isCloseTo(whole.scored().speechS(), within(1e-9));
    Drift.Distance distance = whole.scored().drift().distance();
    assertThat(split.scored().drift().distance().median())
        .isCloseTo(distance.median(), withinPercentage(0.2));
    assertThat(split.scored().drift().emotion()).isEqualTo(whole.scored().drift().emotion());
    for (String table : List.of("clips", "segments")) {
      List<Row> expected = rows(table, whole.runId());
      List<Row> found = rows(table, split.runId());
      assertThat(found).hasSameSizeAs(expected).isNotEmpty();
      for (int i = 0; i < found.size(); i++) {
        assertClose(found.get(i), expected.get(i), table + " " + i);
      }
    }
  }

  /** Patches are the same, but batches of the network are others. */
  private static void assertClose(Object found, Object expected, String what) {
    if (expected instanceof Row row) {
      for (int i = 0; i < row.size(); i++) {
        assertClose(((Row) found).get(i), row.get(i), what + " " + row.schema().fields()[i].name());
      }
    } else if (expected instanceof Float number) {
      assertThat((Float) found).as(what).isCloseTo(number, within(1e-5f));
    } else {
      assertThat(found).as(what).usingRecursiveComparison().isEqualTo(expected);
    }
  }

  private List<Row> rows(String table, String runId) {
    Path path = dir.resolve("out/" + table + "/run_date=" + DAY + "/run_id=" + runId);
    String order = table.equals("clips") ? "channel" : "segment_index, channel";
    spark.read().parquet(path.toString()).createOrReplaceTempView("rows_of_run");
    String columns = table.equals("segments") ? "* EXCEPT (logits)" : "*";
    return spark
        .sql("SELECT " + columns + " FROM rows_of_run ORDER BY clip_id, " + order)
        .collectAsList();
  }

  private RunSummary run(String runId, ClipSettings settings, double splitS, int tasks)
      throws IOException {
    RunRequest request = request(runId, settings, splitS);
    try (PreparedRun run = PreparedRun.prepare(spark, request, model)) {
      assertThat(run.corpus().totals().items()).isEqualTo(tasks);
      return run.run();
    }
  }

  private RunRequest request(String runId, ClipSettings settings, double splitS) {
    return new RunRequest(
        "score",
        Inputs.of(List.of(dir.resolve("audio").toString())),
        splitS,
        new RunRequest.Target(dir.resolve("out").toString(), runId, DAY, false),
        settings,
        new ScoreSettings(null, Set.of(Kind.EMOTIONS)));
  }

  /** A WAV file of 32-bit floats, the same on all channels. */
  private static byte[] floats(float[] samples, int channels) {
    int data = 4 * channels * samples.length;
    byte[] header = Arrays.copyOf(Clips.wav(RATE, channels, new float[0]), 44 + data);
    ByteBuffer file = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(4, 36 + data).putShort(20, (short) 3).putInt(28, 4 * channels * RATE);
    file.putShort(32, (short) (4 * channels)).putShort(34, (short) 32).putInt(40, data);
    file.position(44);
    for (float sample : samples) {
      for (int channel = 0; channel < channels; channel++) {
        file.putFloat(sample);
      }
    }
    return header;
  }

  /** The repository's example clips, one after the other from some one on, with pauses. */
  private static float[] speech(int seconds, int first) throws IOException {
    Path folder = Path.of(System.getProperty("segmentser.root", ".."), "examples/audio");
    List<Path> files;
    try (var all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    float[] samples = new float[seconds * RATE];
    for (int i = first, at = 0; at < samples.length; i++, at += i % 3 * RATE) {
      byte[] bytes = Files.readAllBytes(files.get(i % files.size()));
      var shorts =
          ByteBuffer.wrap(bytes, 44, bytes.length - 44)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asShortBuffer();
      while (shorts.hasRemaining() && at < samples.length) {
        samples[at++] = shorts.get() * 0x1p-15f;
      }
    }
    return samples;
  }
}
