package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.RunColumns.Kind;

/** The same clips have the same rows, whatever they are kept in. */
class AnyArchiveTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);

  private static final Inputs.Columns HUGGING_FACE =
      new Inputs.Columns(null, "audio.path", null, List.of(), List.of());

  @TempDir static Path dir;
  private static List<Path> files;
  private static String model;

  private final SparkSession spark = TestSpark.session();

  @BeforeAll
  static void makeContainers() throws Exception {
    model =
        TestModels.mini(dir.resolve("mini"), List.of("angry", "happy", "sad", "neutral"))
            .toString();
    Path examples = Path.of(System.getProperty("segmentser.root", ".."), "examples/audio");
    try (var all = Files.list(examples)) {
      files = all.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    Containers.write(TestSpark.session(), files, dir.resolve("in"));
  }

  @Test
  void aClipHasTheSameRowsInEveryContainer() throws Exception {
    String in = dir.resolve("in").toString();
    List<List<Row>> segments = new ArrayList<>();
    List<List<Row>> clips = new ArrayList<>();
    List<Inputs> containers =
        List.of(
            Inputs.of(List.of(in + "/files")),
            Inputs.of(List.of(in + "/shard.tar")),
            Inputs.of(List.of(in + "/shard.tar.gz")),
            Inputs.ofManifest(in + "/clips.csv", Inputs.Columns.DEFAULT),
            Inputs.ofManifest(in + "/nemo.jsonl", Inputs.Columns.DEFAULT),
            Inputs.ofManifest(in + "/tarred_audio_manifest.json", Inputs.Columns.DEFAULT),
            Inputs.ofManifest(in + "/recordings.jsonl", Inputs.Columns.DEFAULT),
            new Inputs(List.of(in + "/hf.parquet"), "parquet", List.of(), HUGGING_FACE));
    for (int i = 0; i < containers.size(); i++) {
      String id = "run" + i;
      RunSummary summary = run(id, containers.get(i));
      assertThat(summary.clips().total()).as(containers.get(i).toString()).isEqualTo(files.size());
      segments.add(rows("segments", id, "segment_index"));
      clips.add(rows("clips", id, "channel"));
    }
    assertThat(segments.get(0)).hasSizeGreaterThan(files.size());
    assertThat(segments).allMatch(rows -> rows.equals(segments.get(0)));
    assertThat(clips).allMatch(rows -> rows.equals(clips.get(0)));
  }

  @Test
  void oneRunReadsFilesShardsAndManifestsTogether() throws Exception {
    String in = dir.resolve("in").toString();
    Inputs all =
        new Inputs(
            List.of(in + "/files", in + "/shard.tar", in + "/shard.tar.gz"),
            null,
            List.of(
                in + "/clips.csv",
                in + "/nemo.jsonl",
                in + "/tarred_audio_manifest.json",
                in + "/recordings.jsonl"),
            Inputs.Columns.DEFAULT);
    RunSummary summary = run("all", all);
    assertThat(summary.clips().total()).isEqualTo(7L * files.size());
    assertThat(summary.passes().isEachOnce(7L * files.size())).isTrue();
  }

  @Test
  void theEstimateOfATableHasThePartitionsOfItsScan() throws Exception {
    String table = dir.resolve("in/hf.parquet").toString();
    try (PreparedRun run =
        prepare("dry", new Inputs(List.of(table), "parquet", List.of(), HUGGING_FACE))) {
      Estimate estimate = run.estimate();
      assertThat(estimate.partitions())
          .isEqualTo(spark.read().parquet(table).rdd().getNumPartitions());
      assertThat(estimate.audio().segments()).isPositive();
      assertThat(estimate.time().wallS()).isFinite();
    }
  }

  private RunSummary run(String id, Inputs inputs) throws Exception {
    try (PreparedRun run = prepare(id, inputs)) {
      return run.run();
    }
  }

  private PreparedRun prepare(String id, Inputs inputs) {
    RunRequest request =
        new RunRequest(
            "score",
            inputs,
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(dir.resolve("out").toString(), id, DAY, false),
            ClipSettings.of(Segmentation.DEFAULT).withSpeech(Speech.GATE),
            new ScoreSettings(1, Set.of(Kind.EMOTIONS)));
    return PreparedRun.prepare(spark, request, model);
  }

  /** All columns but those that tell of the container. */
  private List<Row> rows(String table, String id, String order) {
    Path path = dir.resolve("out/" + table + "/run_date=" + DAY + "/run_id=" + id);
    spark.read().parquet(path.toString()).createOrReplaceTempView("rows_of_container");
    String others = table.equals("clips") ? "clip_id, uri, modified" : "clip_id, uri";
    return spark
        .sql(
            "SELECT regexp_replace(clip_id, '^(.*[/!]|csv-|nemo-|tarred-|lhotse-)', '') AS name, *"
                + " EXCEPT ("
                + others
                + ") FROM rows_of_container ORDER BY name, "
                + order)
        .collectAsList();
  }
}
