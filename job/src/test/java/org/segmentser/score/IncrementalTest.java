package org.segmentser.score;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.sha1;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.Lease;
import org.segmentser.Scratch;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.GeneratedFileSystem;
import org.segmentser.source.Inputs;
import org.segmentser.tables.RunColumns.Kind;

/** What is read tonight, and what is not. */
class IncrementalTest {
  private static final ScoreSettings SETTINGS = new ScoreSettings(null, Set.of(Kind.EMOTIONS));
  private static final Segmentation UNPADDED = Segmentation.of(Segmentation.Mode.UNPADDED, 0.96);
  private static final RunRequest.Incremental ALL =
      new RunRequest.Incremental(1_000_000, 1L << 40, Set.of());

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;
  private Path archive;
  private int nights;

  @BeforeEach
  void makeArchive() throws IOException {
    archive = Files.createDirectories(dir.resolve("archive"));
    for (String name : List.of("a", "b", "c", "d", "e")) {
      write(name + ".wav", 1);
    }
    Files.writeString(archive.resolve("broken.wav"), "no audio");
  }

  @Test
  void onlyWhatIsNewOrChangedIsRead() throws IOException {
    assertThat(night(ALL)).containsExactlyInAnyOrder("a", "b", "broken", "c", "d", "e");
    assertThat(night(ALL)).isEmpty();
    assertThat(Files.exists(dir.resolve("out/_staging"))).isFalse();

    write("f.wav", 1);
    write("a.wav", 2);
    Files.setLastModifiedTime(
        archive.resolve("b.wav"), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    Files.delete(archive.resolve("c.wav"));
    Files.write(archive.resolve("empty.wav"), new byte[0]);
    assertThat(night(ALL)).containsExactlyInAnyOrder("a", "b", "empty", "f");
    assertThat(night(ALL)).isEmpty();
    // What has vanished keeps its rows.
    assertThat(outcomes("c")).isEqualTo(1);
    assertThat(outcomes("a")).isEqualTo(2);
  }

  @Test
  void rejectsAreTriedAgainWhereAsked() throws IOException {
    night(ALL);
    assertThat(night(again(Status.TIMED_OUT))).isEmpty();
    assertThat(night(again(Status.UNDECODABLE))).containsExactly("broken");
    // It is the newest outcome that counts.
    write("broken.wav", 1);
    assertThat(night(ALL)).containsExactly("broken");
    assertThat(night(again(Status.UNDECODABLE))).isEmpty();
  }

  @Test
  void otherSettingsAndColumnsReadEverythingAgain() throws IOException {
    night(ALL);
    assertThat(run(ALL, inputs(), UNPADDED)).hasSize(6);
    assertThat(run(ALL, inputs(), UNPADDED)).isEmpty();
    assertThat(night(ALL)).isEmpty();
  }

  @Test
  void eachBatchIsARunByItself() throws IOException {
    RunRequest.Incremental byClips = new RunRequest.Incremental(4, 1L << 40, Set.of());
    List<RunSummary> runs = new ArrayList<>();
    assertThat(run(byClips, inputs(), Segmentation.DEFAULT, "night", runs)).hasSize(6);
    assertThat(runs).extracting(RunSummary::runId).containsExactly("night", "night-2");
    assertThat(runs).extracting(run -> run.clips().total()).containsExactly(4L, 2L);
    write("f.wav", 1);
    runs.clear();
    run(byClips, inputs(), Segmentation.DEFAULT, "night", runs);
    assertThat(runs).extracting(RunSummary::runId).containsExactly("night-3");
    runs.clear();
    RunRequest.Incremental byBytes = new RunRequest.Incremental(100, 80_000, Set.of());
    run(byBytes, inputs(), UNPADDED, "bytes", runs);
    // Each clip has 32 kB, and counts for 16 KiB more; the broken one and another fit in with one.
    assertThat(runs).hasSizeBetween(5, 7);
  }

  @Test
  void whoBeginsWhileAnotherMakesARunOfTheSameNameTakesTheNext() throws IOException {
    List<RunSummary> runs = new ArrayList<>();
    RunRequest request = request(ALL, inputs(), Segmentation.DEFAULT, "night");
    try (PreparedRun first = PreparedRun.prepare(spark, request, null)) {
      assertThat(run(ALL, inputs(), UNPADDED, "night", runs)).hasSize(6);
      first.run(runs::add);
    }
    assertThat(runs).extracting(RunSummary::runId).containsExactly("night-2", "night");
  }

  @Test
  void tasksThatOutliveABatchThatFailedLeaveNothing() throws IOException {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .setClass("fs.late.impl", LateFileSystem.class, FileSystem.class);
    RunRequest request =
        request(
            new RunRequest.Incremental(3, 1L << 40, Set.of()),
            inputs(),
            Segmentation.DEFAULT,
            "late",
            "late://" + dir.resolve("out"));
    List<RunSummary> runs = new ArrayList<>();
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      assertThatExceptionOfType(Exception.class)
          .isThrownBy(() -> run.run(runs::add))
          .withStackTraceContaining("the first task of the second batch");
    }
    assertThat(runs).extracting(RunSummary::runId).containsExactly("late");
    assertThat(LateFileSystem.LATE.get()).isPositive();
    assertThat(dir.resolve("out/_staging")).doesNotExist();
  }

  /**
   * Fails when the second batch makes its first file, once another task makes one too, and makes
   * that one late.
   */
  public static final class LateFileSystem extends RawLocalFileSystem {
    private static final AtomicInteger FILES = new AtomicInteger();
    private static final AtomicInteger LATE = new AtomicInteger();

    private static void awaitAnother() {
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (FILES.get() < 2 && System.nanoTime() < deadline) {
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
    }

    @Override
    public URI getUri() {
      return URI.create("late:///");
    }

    @Override
    public String getScheme() {
      return "late";
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path path,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      if (path.toString().contains("/late-2-") && path.getName().startsWith("part-")) {
        if (FILES.getAndIncrement() == 0) {
          awaitAnother();
          throw new IOException("the first task of the second batch");
        }
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        LATE.incrementAndGet();
      }
      return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    }
  }

  @Test
  void aBatchThatDiedIsDoneAgainAndTheOthersAreKept() throws IOException {
    RunRequest.Incremental byClips = new RunRequest.Incremental(2, 1L << 40, Set.of());
    List<RunSummary> runs = new ArrayList<>();
    RunRequest request = request(byClips, inputs(), Segmentation.DEFAULT, "night");
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(
              () ->
                  run.run(
                      summary -> {
                        runs.add(summary);
                        if (runs.size() == 2) {
                          throw new IllegalStateException("died");
                        }
                      }));
    }
    assertThat(run(byClips, inputs(), Segmentation.DEFAULT, "night", runs)).hasSize(2);
    assertThat(runs).extracting(RunSummary::runId).containsExactly("night", "night-2", "night-3");
    assertThat(tables("clips").select("clip_id").distinct().count()).isEqualTo(6);
    assertThat(tables("clips").count()).isEqualTo(6);
  }

  @Test
  void membersOfShardsAndRowsOfTablesAreToldApart() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(archive)) {
      files = all.sorted().toList();
    }
    Path containers = dir.resolve("containers");
    Containers.write(spark, files, containers);
    Inputs shard = Inputs.of(List.of(containers + "/shard.tar", containers + "/shard.tar.gz"));
    assertThat(run(ALL, shard, Segmentation.DEFAULT)).hasSize(12);
    assertThat(run(ALL, shard, Segmentation.DEFAULT)).isEmpty();
    Inputs table =
        new Inputs(
            List.of(containers + "/hf.parquet"), "parquet", List.of(), Inputs.Columns.DEFAULT);
    assertThat(run(ALL, table, Segmentation.DEFAULT)).hasSize(6);
    assertThat(run(ALL, table, Segmentation.DEFAULT)).isEmpty();
    // More rows come as another file.
    Containers.write(spark, files.subList(0, 2), dir.resolve("more"));
    try (Stream<Path> more = Files.list(dir.resolve("more/hf.parquet"))) {
      for (Path file : more.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        Files.copy(file, containers.resolve("hf.parquet/" + file.getFileName()));
      }
    }
    assertThat(run(ALL, table, Segmentation.DEFAULT)).hasSize(2);
    assertThat(run(ALL, table, Segmentation.DEFAULT)).isEmpty();
  }

  @Test
  void aMemberIsReadOnceItsShardHasArrived() throws Exception {
    Path containers = containers();
    Path late = Files.createDirectories(dir.resolve("late"));
    Path manifest = Files.writeString(dir.resolve("clips.csv"), "uri\nlate/shard.tar!a.wav\n");
    List<String> manifests = List.of(manifest.toString());
    Inputs few = new Inputs(List.of(), null, manifests, Inputs.Columns.DEFAULT);
    // Beside a shard, the list of clips is a table.
    Inputs beside =
        new Inputs(List.of(containers + "/shard.tar.gz"), null, manifests, Inputs.Columns.DEFAULT);
    for (Inputs inputs : List.of(few, beside)) {
      assertThat(run(ALL, inputs, UNPADDED)).contains("shard.tar!a");
      assertThat(run(ALL, inputs, UNPADDED)).isEmpty();
      Files.copy(containers.resolve("shard.tar"), late.resolve("shard.tar"));
      assertThat(run(ALL, inputs, UNPADDED)).containsExactly("shard.tar!a");
      assertThat(run(ALL, inputs, UNPADDED)).isEmpty();
      Files.delete(late.resolve("shard.tar"));
      Scratch.delete(dir.resolve("out"));
    }
  }

  @Test
  void rejectsOfADamagedShardAreTriedAgain() throws Exception {
    Path shard = dir.resolve("damaged.tar");
    byte[] whole = Files.readAllBytes(containers().resolve("shard.tar"));
    Files.write(shard, Arrays.copyOf(whole, whole.length - 20_000));
    Inputs inputs = Inputs.of(List.of(shard.toString()));
    assertThat(run(ALL, inputs, Segmentation.DEFAULT))
        .contains("damaged.tar", "damaged.tar!broken");
    assertThat(run(ALL, inputs, Segmentation.DEFAULT)).isEmpty();
    assertThat(run(again(Status.UNDECODABLE), inputs, Segmentation.DEFAULT))
        .containsExactly("damaged.tar!broken");
    assertThat(run(again(Status.TIMED_OUT), inputs, Segmentation.DEFAULT)).isEmpty();
  }

  /** The archive in other containers. */
  private Path containers() throws Exception {
    try (Stream<Path> all = Files.list(archive)) {
      Path containers = dir.resolve("containers");
      Containers.write(spark, all.sorted().toList(), containers);
      return containers;
    }
  }

  @Test
  void rowsThatHoldCredentialsAreKnownTheNextTime() throws IOException {
    Column isSigned = col("id").isin("a", "b");
    Dataset<Row> rows =
        spark
            .read()
            .format("binaryFile")
            .load(archive.toString())
            .select(
                regexp_extract(col("path"), "([a-z]+)\\.wav$", 1).as("id"),
                col("content").as("audio"))
            .withColumn(
                "url",
                when(isSigned, concat(lit("https://s/x?X-Amz-Signature="), sha1(col("audio")))));
    // One format numbers its rows, the other does not.
    for (String format : List.of("parquet", "orc")) {
      String table = dir.resolve("rows." + format).toString();
      rows.coalesce(1).write().format(format).save(table);
      Inputs inputs =
          new Inputs(
              List.of(table),
              format,
              List.of(),
              Inputs.Columns.DEFAULT.withKept(List.of("url"), List.of()));
      assertThat(run(ALL, inputs, Segmentation.DEFAULT)).hasSize(6);
      assertThat(tables("clips").where("reason LIKE '%credentials%'").count())
          .isEqualTo(format.equals("parquet") ? 2 : 4);
      assertThat(run(ALL, inputs, Segmentation.DEFAULT)).isEmpty();
    }
  }

  @Test
  void anArchiveThatTheDriverDoesNotHoldGoesThroughInBatches() throws IOException {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .set(GeneratedFileSystem.IMPLEMENTATION, GeneratedFileSystem.class.getName());
    // None of the files can be opened; each has its outcome all the same.
    Inputs many = Inputs.of(List.of("generated://11000-7/"));
    List<RunSummary> runs = new ArrayList<>();
    run(
        new RunRequest.Incremental(5_000, 1L << 40, Set.of()),
        many,
        Segmentation.DEFAULT,
        "many",
        runs);
    assertThat(runs).hasSizeBetween(3, 4);
    assertThat(runs).allMatch(run -> run.clips().total() <= 5_000);
    assertThat(runs.stream().mapToLong(run -> run.clips().total()).sum()).isEqualTo(11_000);
    assertThat(tables("clips").select("clip_id").distinct().count()).isEqualTo(11_000);
    runs.clear();
    run(ALL, many, Segmentation.DEFAULT, "many", runs);
    assertThat(runs).isEmpty();
  }

  @Test
  void theSameWorkIsDoneByOneAtATime() throws IOException {
    RunRequest request = request(ALL, inputs(), Segmentation.DEFAULT, "one");
    Path lease;
    try (PreparedRun first = PreparedRun.prepare(spark, request, null)) {
      assertThat(first.corpus().totals().clips()).isEqualTo(6);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> PreparedRun.prepare(spark, request, null))
          .withMessageStartingWith("another process is at work on the same clips: ")
          .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.BUSY));
      // Other work goes on beside it.
      assertThat(run(ALL, inputs(), UNPADDED)).hasSize(6);
      try (Stream<Path> files = Files.list(dir.resolve("out/_staging"))) {
        lease = files.filter(f -> f.toString().endsWith(".lease")).findFirst().orElseThrow();
      }
    }
    assertThat(lease).doesNotExist();
    // Of a process that died long ago.
    Files.createDirectories(lease.getParent());
    Files.writeString(lease, "process 1@elsewhere");
    assertThatExceptionOfType(UserError.class).isThrownBy(() -> night(ALL));
    Files.setLastModifiedTime(
        lease, FileTime.from(Instant.now().minus(Lease.LIFE).minusSeconds(1)));
    assertThat(night(ALL)).hasSize(6);
    assertThat(lease).doesNotExist();
  }

  @Test
  void whoLostItsLeasePublishesNothing() throws IOException {
    Path out = Files.createDirectories(dir.resolve("leases"));
    FileSystem fs = FileSystem.getLocal(spark.sessionState().newHadoopConf()).getRaw();
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path("file:" + out + "/_staging/x");
    try (Lease lease = Lease.take(fs, file, "test")) {
      lease.check();
      Files.writeString(out.resolve("_staging/x"), "somebody else");
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(lease::check)
          .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.BUSY));
    }
    assertThat(out.resolve("_staging/x")).hasContent("somebody else");
  }

  @Test
  void whoeverDiedOnThisMachineHoldsNothing() throws Exception {
    Path out = Files.createDirectories(dir.resolve("leases"));
    FileSystem fs = FileSystem.getLocal(spark.sessionState().newHadoopConf()).getRaw();
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path("file:" + out + "/_staging/x");
    String own;
    try (Lease lease = Lease.take(fs, file, "test")) {
      lease.check();
      own = Files.readString(out.resolve("_staging/x"));
    }
    Process ended = new ProcessBuilder("true").start();
    assertThat(ended.waitFor()).isZero();
    Files.createDirectories(out.resolve("_staging"));
    Files.writeString(
        out.resolve("_staging/x"), own.replaceFirst("process \\d+", "process " + ended.pid()));
    try (Lease lease = Lease.take(fs, file, "test")) {
      lease.check();
    }
    // The same number means another process elsewhere.
    Files.createDirectories(out.resolve("_staging"));
    Files.writeString(
        out.resolve("_staging/x"),
        own.replaceFirst("process \\d+", "process " + ended.pid())
            .replaceFirst("namespace \\S+", "namespace other"));
    assertThatExceptionOfType(UserError.class).isThrownBy(() -> Lease.take(fs, file, "test"));
  }

  private static RunRequest.Incremental again(Status... statuses) {
    return new RunRequest.Incremental(1_000_000, 1L << 40, Set.of(statuses));
  }

  private void write(String name, int seconds) throws IOException {
    Files.write(
        archive.resolve(name), Clips.wav(16_000, Clips.noise(16_000 * seconds, name.charAt(0))));
  }

  private Inputs inputs() {
    return Inputs.of(List.of(archive.toString()));
  }

  private List<String> night(RunRequest.Incremental incremental) throws IOException {
    return run(incremental, inputs(), Segmentation.DEFAULT);
  }

  private List<String> run(
      RunRequest.Incremental incremental, Inputs inputs, Segmentation segmentation)
      throws IOException {
    return run(incremental, inputs, segmentation, "night" + nights++, new ArrayList<>());
  }

  /** The names of the clips that were read. */
  private List<String> run(
      RunRequest.Incremental incremental,
      Inputs inputs,
      Segmentation segmentation,
      String runId,
      List<RunSummary> summaries)
      throws IOException {
    int before = summaries.size();
    RunRequest request = request(incremental, inputs, segmentation, runId);
    try (PreparedRun run = PreparedRun.prepare(spark, request, null)) {
      run.run(summaries::add);
    }
    List<String> read = new ArrayList<>();
    for (RunSummary summary : summaries.subList(before, summaries.size())) {
      tables("clips")
          .where("run_id = '" + summary.runId() + "'")
          .select("clip_id")
          .collectAsList()
          .forEach(row -> read.add(name(row.getString(0))));
    }
    return read;
  }

  private RunRequest request(
      RunRequest.Incremental incremental, Inputs inputs, Segmentation segmentation, String runId) {
    return request(incremental, inputs, segmentation, runId, dir.resolve("out").toString());
  }

  private static RunRequest request(
      RunRequest.Incremental incremental,
      Inputs inputs,
      Segmentation segmentation,
      String runId,
      String output) {
    return new RunRequest(
        "score",
        inputs,
        CorpusListing.DEFAULT_SPLIT_S,
        new RunRequest.Target(output, runId, LocalDate.parse("2026-11-29"), false),
        ClipSettings.of(segmentation),
        SETTINGS,
        incremental);
  }

  private static String name(String clipId) {
    UnaryOperator<String> last = id -> id.substring(id.lastIndexOf('/') + 1);
    return last.apply(clipId).replace(".wav", "");
  }

  private long outcomes(String name) {
    return tables("clips").where("clip_id LIKE '%/" + name + ".wav'").count();
  }

  private Dataset<Row> tables(String table) {
    return spark.read().parquet(dir.resolve("out/" + table).toString());
  }
}
