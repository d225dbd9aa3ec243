package org.segmentser.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Claim;
import org.segmentser.ExitCode;
import org.segmentser.Holder;
import org.segmentser.HookedFileSystem;
import org.segmentser.Lease;
import org.segmentser.Sha256;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Maintenance;
import org.segmentser.tables.Maintenance.Action;
import org.segmentser.tables.Maintenance.Settings;
import org.segmentser.tables.Maintenance.Step;
import org.segmentser.tables.Removal;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.RunOutput;
import org.segmentser.tables.Views;

/** An output of real runs that is kept in good order. */
class MaintenanceTest {
  private static final LocalDate OLD = LocalDate.of(2026, 1, 1);

  /** Younger than any age. */
  private static final LocalDate TODAY = LocalDate.of(9999, 1, 1);

  private static final String STAGED_ID = UUID.randomUUID().toString();
  private static final long ALL = Long.MAX_VALUE;
  private static final Settings LEFTOVERS = new Settings(Duration.ofHours(24), null, 0, false);
  private static final Settings EXPIRE = new Settings(Duration.ofHours(24), 90, 0, false);
  private static final Settings MERGE = new Settings(Duration.ofHours(24), null, ALL, false);
  private static final List<String> TABLES = List.of("clips", "segments", "embeddings");

  /** Settings that differ from the default. */
  private static final Segmentation OTHER = Segmentation.of(Segmentation.Mode.UNPADDED, 0.96);

  /**
   * An output with four runs: old ones of score and embed over four clips, and of today one with
   * other settings over the same clips, and one with the old settings over another clip.
   */
  @TempDir static Path shared;

  private static String model;

  @TempDir Path dir;
  private Path out;
  private final SparkSession spark = TestSpark.session();
  private final List<Step> steps = new ArrayList<>();

  @BeforeAll
  static void run() throws IOException {
    model = TestModels.mini(shared.resolve("mini"), List.of("angry", "happy", "sad")).toString();
    for (String name : List.of("audio/a", "audio/b", "audio/c", "audio/d", "other/e")) {
      Path clip = shared.resolve(name + ".wav");
      Files.createDirectories(clip.getParent());
      Files.write(clip, Clips.wav(16_000, Clips.noise(50_000, name.hashCode())));
    }
    Path output = shared.resolve("the output");
    run(output, "old", OLD, Set.of(Kind.EMOTIONS), "audio", Segmentation.DEFAULT);
    run(output, "embedded", OLD, Set.of(Kind.EMBEDDINGS), "audio", Segmentation.DEFAULT);
    run(output, "new", TODAY, Set.of(Kind.EMOTIONS), "audio", OTHER);
    run(output, "more", TODAY, Set.of(Kind.EMOTIONS), "other", Segmentation.DEFAULT);
  }

  private static void run(
      Path output,
      String id,
      LocalDate day,
      Set<Kind> kinds,
      String input,
      Segmentation segmentation)
      throws IOException {
    RunRequest request =
        new RunRequest(
            kinds.contains(Kind.EMOTIONS) ? "score --input audio" : "embed --input audio",
            Inputs.of(List.of(shared.resolve(input).toString())),
            CorpusListing.DEFAULT_SPLIT_S,
            new RunRequest.Target(output.toString(), id, day, false),
            ClipSettings.of(segmentation),
            new ScoreSettings(1, kinds));
    try (PreparedRun run = PreparedRun.prepare(TestSpark.session(), request, model)) {
      run.run();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    out = dir.resolve("the output");
    copy(shared.resolve("the output"), out);
  }

  /** Without the checksums, which not all file systems have. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(f -> !f.toString().endsWith(".crc")).toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void anOutputInGoodOrderStaysAsItIs() throws IOException {
    Map<Path, String> before = files();
    maintain(LEFTOVERS);
    assertThat(steps).isEmpty();
    assertThat(files()).isEqualTo(before);
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void whatDeadProcessesStagedGoesAndWhatIsInUseStays() throws IOException {
    String dead = dead();
    stage("dead-" + STAGED_ID + "/_holder", dead, Duration.ZERO);
    stage("dead-" + STAGED_ID + "/rows/part-0.parquet", "rows", Duration.ZERO);
    stage("silent-" + STAGED_ID + "/rows/part-0.parquet", "rows", Duration.ofHours(25));
    stage("dead.publishing", dead, Duration.ZERO);
    stage("silent.publishing", "process 7@elsewhere, execution 1", Duration.ofHours(25));
    stage("dead.lease", dead, Duration.ZERO);
    stage("silent.lease", "process 7@elsewhere, execution 1", Duration.ofMinutes(4));
    stage("probe.lease-" + STAGED_ID, dead, Duration.ZERO);
    List<String> inUse =
        List.of(
            stage("alive-" + STAGED_ID + "/_holder", Holder.self(), Duration.ofHours(1)),
            stage("far-" + STAGED_ID + "/_holder", "process 7@elsewhere", Duration.ofHours(23)),
            stage("unknown-" + STAGED_ID + "/rows/part-0", "rows", Duration.ofHours(23)),
            stage("alive.publishing", Holder.self(), Duration.ofHours(1)),
            stage("far.publishing", "process 7@elsewhere, execution 1", Duration.ofHours(23)),
            stage("alive.lease", Holder.self(), Duration.ofMinutes(2)),
            stage("far.lease", "process 7@elsewhere, execution 1", Duration.ofMinutes(2)));
    try (RunOutput running =
        RunOutput.begin(out.toString(), "running", TODAY, false, new Configuration())) {
      maintain(LEFTOVERS);
      assertThat(Path.of(running.staged("_holder").replaceFirst("^file:", ""))).exists();
      try (Stream<Path> left = Files.list(out.resolve("_staging"))) {
        assertThat(left.map(path -> path.getFileName().toString()))
            .hasSize(1 + inUse.size())
            .containsAll(inUse.stream().map(name -> name.replaceFirst("/.*", "")).toList());
      }
    }
    assertThat(told(Action.KEPT)).hasSize(1 + inUse.size());
    assertThat(told(Action.REMOVED))
        .containsExactlyInAnyOrder(
            "_staging/dead-" + STAGED_ID,
            "_staging/silent-" + STAGED_ID,
            "_staging/dead.publishing",
            "_staging/silent.publishing",
            "_staging/dead.lease",
            "_staging/silent.lease",
            "_staging/probe.lease-" + STAGED_ID);
    assertThat(steps.stream().filter(step -> step.what().equals("_staging/dead-" + STAGED_ID)))
        .singleElement()
        .satisfies(step -> assertThat(step.files()).isEqualTo(2))
        .satisfies(step -> assertThat(step.why()).endsWith(" has ended"));
  }

  @Test
  void aRunningExecutionShowsThatItIsAliveHoweverLongItStagesNothing() throws IOException {
    try (RunOutput running =
        RunOutput.begin(out.toString(), "running", TODAY, false, new Configuration())) {
      Path holder = Path.of(running.staged("_holder").replaceFirst("^file:", ""));
      assertThat(Holder.hasEnded(Files.readString(holder))).isFalse();
      Files.setLastModifiedTime(holder, FileTime.from(Instant.now().minus(Duration.ofDays(3))));
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (Files.getLastModifiedTime(holder).toInstant().isBefore(Instant.now().minusSeconds(60))
          && System.nanoTime() < deadline) {
        sleep();
      }
      maintain(LEFTOVERS);
      assertThat(told(Action.REMOVED)).isEmpty();
      assertThat(holder).exists();
    }
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void partitionsOfARunThatDiedWhileItPublishedGo() throws IOException {
    Map<Path, String> before = files();
    stray("broken");
    stage("broken.publishing", dead(), Duration.ZERO);
    assertThat(failing()).containsExactly("runs");

    maintain(LEFTOVERS);

    assertThat(told(Action.REMOVED)).containsExactly("run broken, in part");
    assertThat(steps.get(0).files()).isPositive();
    assertThat(files()).isEqualTo(before);
    assertThat(out.resolve("clips/run_date=2026-01-02")).doesNotExist();
    assertThat(out.resolve("_staging")).doesNotExist();
    assertThat(failing()).isEmpty();
  }

  @Test
  void partitionsThatNobodyClaimsGoWhenTheyAreOld() throws IOException {
    Map<Path, String> before = files();
    List<Path> files = stray("broken");
    maintain(LEFTOVERS);
    assertThat(told(Action.KEPT)).containsExactly("run broken, in part");
    for (Path file : files) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    }
    maintain(LEFTOVERS);
    assertThat(told(Action.REMOVED)).containsExactly("run broken, in part");
    assertThat(files()).isEqualTo(before);
    assertThat(failing()).isEmpty();
  }

  @Test
  void partitionsThatAreBeingPublishedStay() throws IOException {
    stray("publishing");
    FileSystem fs = FileSystem.getLocal(new Configuration());
    Files.createDirectories(out.resolve("_staging"));
    Map<Path, String> before = files();
    try (Claim claim =
        Claim.take(fs, new org.apache.hadoop.fs.Path(out + "/_staging/publishing.publishing"))) {
      assertThat(claim.other()).isEmpty();
      maintain(LEFTOVERS);
    }
    assertThat(told(Action.REMOVED)).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aRunThatIsPublishedWhileItsPartitionsAreLookedAtStays() throws IOException {
    stray("late");
    Map<Path, String> before = files();
    stage("late.publishing", dead(), Duration.ZERO);
    String hooked = hooked();
    HookedFileSystem.hook(
        (operation, path) -> {
          // The dead one's claim is about to be taken over, and another execution was faster.
          if (operation.equals("rename") && path.getName().startsWith("late.publishing-")) {
            Files.copy(out.resolve("runs/old.parquet"), out.resolve("runs/late.parquet"));
          }
        });
    Maintenance.of(spark, Destination.files(hooked), LEFTOVERS, steps::add);
    assertThat(out.resolve("runs/late.parquet")).exists();
    Files.delete(out.resolve("runs/late.parquet"));
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void theFirstRunOfAllMayHaveDied() throws IOException {
    out = Files.createDirectory(dir.resolve("first"));
    stage("first-" + STAGED_ID + "/_holder", dead(), Duration.ZERO);
    maintain(MERGE);
    assertThat(told(Action.REMOVED)).containsExactly("_staging/first-" + STAGED_ID);
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void runsWithOutcomesThatAreNeededDoNotExpire() throws IOException {
    Map<Path, String> before = files();
    maintain(EXPIRE);
    // The view shows the embeddings, and the old settings are in use.
    assertThat(steps)
        .singleElement()
        .satisfies(step -> assertThat(step.action()).isEqualTo(Action.KEPT))
        .satisfies(step -> assertThat(step.what()).startsWith("2 runs before "))
        .satisfies(step -> assertThat(step.why()).contains("embedded, old"));
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aRunExpiresWhenItsOutcomesAreSupersededAndItsSettingsOutOfUse() throws IOException {
    delete("more");
    List<String> shown = shown();
    maintain(EXPIRE);
    assertThat(told(Action.EXPIRED)).containsExactly("run old");
    assertThat(out.resolve("runs/old.parquet")).doesNotExist();
    assertThat(partitions("old")).isEmpty();
    assertThat(partitions("embedded")).hasSize(2);
    assertThat(shown()).isEqualTo(shown);
    assertThat(failing()).isEmpty();
    maintain(EXPIRE);
    assertThat(told(Action.EXPIRED)).isEmpty();
  }

  @Test
  void aRunThatHasTheOnlyOutcomeOfOneClipDoesNotExpire() throws IOException {
    delete("more");
    forgetIn("new", "a");
    maintain(EXPIRE);
    assertThat(told(Action.EXPIRED)).isEmpty();
    assertThat(partitions("old")).hasSize(2);
  }

  @Test
  void theNewestRunThatKeepsEmbeddingsDoesNotExpire() throws IOException {
    for (String run : List.of("more", "embedded", "new")) {
      delete(run);
    }
    Set<Kind> both = Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS);
    run(out, "keeper", OLD, both, "audio", Segmentation.DEFAULT);
    run(out, "newest", TODAY, Set.of(Kind.EMOTIONS), "audio", OTHER);
    maintain(EXPIRE);
    assertThat(told(Action.EXPIRED)).containsExactly("run old");
    assertThat(partitions("keeper")).hasSize(2);
    run(out, "keeper-2", TODAY, both, "audio", OTHER);
    maintain(EXPIRE);
    assertThat(told(Action.EXPIRED)).containsExactly("run keeper");
    assertThat(failing()).isEmpty();
  }

  @Test
  void anExpiryThatBrokeOffIsEnded() throws IOException {
    delete("more");
    Files.delete(out.resolve("runs/old.parquet"));
    stage("old.publishing", dead(), Duration.ZERO);
    maintain(LEFTOVERS);
    assertThat(told(Action.REMOVED)).containsExactly("run old, in part");
    assertThat(partitions("old")).isEmpty();
    assertThat(failing()).isEmpty();
  }

  @Test
  void smallFilesAreMergedAndRowsStay() throws IOException {
    Map<String, List<String>> rows = rows();
    Map<Path, String> before = files();
    int partitions = 0;
    for (String run : List.of("old", "embedded", "new", "more")) {
      partitions += partitions(run).size();
    }

    maintain(MERGE);

    assertThat(told(Action.MERGED)).contains("run old", "run embedded", "run new");
    assertThat(files().keySet().stream().filter(f -> !f.toString().contains("/runs/")))
        .hasSize(partitions);
    assertThat(before.size()).isGreaterThan(files().size());
    int gone = steps.stream().mapToInt(step -> step.files() - step.written()).sum();
    assertThat(before.size() - files().size()).isEqualTo(gone);
    assertThat(rows()).isEqualTo(rows);
    assertThat(failing()).isEmpty();
    assertThat(out.resolve("_staging")).doesNotExist();
    Map<Path, String> after = files();
    maintain(MERGE);
    assertThat(steps).isEmpty();
    assertThat(files()).isEqualTo(after);
  }

  @Test
  void filesThatAreNotSmallStay() throws IOException {
    Map<Path, String> before = files();
    maintain(new Settings(Duration.ofHours(24), null, 100, false));
    assertThat(steps).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aDryRunTellsTheSameAndChangesNothing() throws IOException {
    delete("more");
    stage("dead-" + STAGED_ID + "/_holder", dead(), Duration.ZERO);
    stage("dead.publishing", dead(), Duration.ZERO);
    stray("broken");
    stage("broken.publishing", dead(), Duration.ZERO);
    Map<Path, String> before = files();
    maintain(new Settings(Duration.ofHours(24), 90, ALL, true));
    assertThat(files()).isEqualTo(before);
    List<String> dry = steps.stream().map(step -> step.action() + " " + step.what()).toList();
    assertThat(dry).contains("EXPIRED run old", "MERGED run new", "REMOVED run broken, in part");
    maintain(new Settings(Duration.ofHours(24), 90, ALL, false));
    assertThat(steps.stream().map(step -> step.action() + " " + step.what())).isEqualTo(dry);
  }

  /** Readers that list and read at any moment. */
  @Test
  void aReaderSeesEachRowOnceOrFails() throws Exception {
    long clips = count("clips");
    long segments = count("segments");
    AtomicBoolean isMerged = new AtomicBoolean();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<int[]> reader =
          threads.submit(
              () -> {
                int[] reads = {0, 0};
                while (!isMerged.get() || reads[0] == 0) {
                  reads[read("clips", clips) && read("segments", segments) ? 0 : 1]++;
                }
                return reads;
              });
      maintain(MERGE);
      isMerged.set(true);
      int[] reads = reader.get();
      assertThat(reads[0]).isPositive();
    } finally {
      isMerged.set(true);
      threads.shutdown();
    }
    assertThat(told(Action.MERGED)).hasSizeGreaterThanOrEqualTo(3);
    assertThat(count("clips")).isEqualTo(clips);
  }

  /** Before each step of the merges. */
  @Test
  void aReaderBetweenAnyTwoStepsSeesEachRowOnceOrFails() throws IOException {
    long clips = count("clips");
    long segments = count("segments");
    int[] reads = {0, 0};
    String hooked = hooked();
    HookedFileSystem.hook(
        (operation, path) -> {
          if (isStep(operation, path)) {
            reads[read("clips", clips) && read("segments", segments) ? 0 : 1]++;
          }
        });
    Maintenance.of(spark, Destination.files(hooked), MERGE, steps::add);
    HookedFileSystem.configuration();
    assertThat(told(Action.MERGED)).hasSizeGreaterThanOrEqualTo(3);
    assertThat(reads[0]).isPositive();
    assertThat(reads[1]).isPositive();
    assertThat(count("clips")).isEqualTo(clips);
    assertThat(count("segments")).isEqualTo(segments);
  }

  @Test
  void aMergeThatDiedAtAnyStepIsEndedByTheNext() throws IOException {
    for (String run : List.of("embedded", "new", "more")) {
      delete(run);
    }
    Path whole = out;
    List<String> tables = List.of("clips", "segments");
    Map<String, List<String>> rows = rows(tables);
    int steps = 0;
    for (boolean isDead = true; isDead; ) {
      steps++;
      out = dir.resolve("died at " + steps);
      copy(whole, out);
      String hooked = hooked();
      int[] left = {steps};
      HookedFileSystem.hook(
          (operation, path) -> {
            if (left[0] <= 0 || (isStep(operation, path) && --left[0] == 0)) {
              throw new IOException("the process died");
            }
          });
      try {
        Maintenance.of(spark, Destination.files(hooked), MERGE, step -> {});
        isDead = false;
      } catch (UserError e) {
        assertThat(e).hasMessageContaining("the process died");
      }
      HookedFileSystem.configuration();
      letHoldersDie();
      read("clips", rows.get("clips").size());
      read("segments", rows.get("segments").size());
      maintain(MERGE);
      assertThat(rows(tables)).isEqualTo(rows);
      assertThat(files()).hasSize(3);
      assertThat(out.resolve("_staging")).doesNotExist();
    }
    // The books follow from the rows, which are all the same.
    assertThat(failing()).isEmpty();
    assertThat(steps).isGreaterThanOrEqualTo(2 * 5);
  }

  @Test
  void mergedFilesThatAreInNoJournalOrInHalfOfOneGo() throws IOException {
    Map<Path, String> before = files();
    Path partition = partitions("old").get(0);
    Path another = partitions("new").get(0);
    Files.writeString(partition.resolve("_part-9.parquet.merged"), "merged");
    Files.writeString(another.resolve("_part-9.parquet.merged"), "merged");
    String first;
    try (Stream<Path> files = Files.list(another)) {
      first = files.filter(f -> f.toString().endsWith("parquet")).findFirst().orElseThrow() + "";
    }
    Files.writeString(
        another.resolve("being-merged-by-maintain.parquet"),
        "+ part-9.parquet\n- " + Path.of(first).getFileName());
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(this::failing)
        .withMessageContaining("being-merged-by-maintain.parquet")
        .matches(e -> e.exitCode() == ExitCode.INPUT);
    maintain(LEFTOVERS);
    assertThat(told(Action.MERGED)).containsExactlyInAnyOrder("run old", "run new");
    assertThat(files()).isEqualTo(before);
    assertThat(failing()).isEmpty();
  }

  @Test
  void duckDbReadsNoPartOfAMergeEither() throws IOException, SQLException {
    Path partition = partitions("old").get(0);
    Path part;
    try (Stream<Path> files = Files.list(partition)) {
      part = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    String query = "SELECT count(*) FROM read_parquet('" + out + "/clips/**/*.parquet')";
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      Files.copy(part, partition.resolve("_part-9.parquet.merged"));
      try (ResultSet rows = statement.executeQuery(query)) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getLong(1)).isEqualTo(count("clips"));
      }
      Files.writeString(partition.resolve("being-merged-by-maintain.parquet"), "journal");
      Files.delete(part);
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> statement.executeQuery(query))
          .withMessageContaining("being-merged-by-maintain.parquet");
    }
  }

  @Test
  void whileAnIncrementalRunIsAtWorkNothingThatItReadsGoes() throws IOException {
    delete("more");
    stage("night.lease", Holder.self(), Duration.ZERO);
    Map<Path, String> before = files();
    maintain(new Settings(Duration.ofHours(24), 90, ALL, false));
    assertThat(told(Action.MERGED)).isEmpty();
    assertThat(told(Action.EXPIRED)).isEmpty();
    assertThat(steps.stream().map(Step::why)).anyMatch(why -> why.contains("incremental run"));
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aRunThatIsBeingMadeAgainStays() throws IOException {
    Map<Path, String> before = files();
    try (RunOutput running =
        RunOutput.begin(out.toString(), "old", TODAY, true, new Configuration())) {
      maintain(MERGE);
      assertThat(running.staged("x")).isNotEmpty();
    }
    assertThat(told(Action.MERGED)).doesNotContain("run old");
    assertThat(told(Action.KEPT)).contains("run old");
    assertThat(files())
        .containsAllEntriesOf(
            before.entrySet().stream()
                .filter(file -> file.getKey().toString().contains("run_id=old"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  @Test
  void maintainAndForgetWaitForEachOther() throws IOException {
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(out + "/_staging/files.lease");
    try (Lease lease = Lease.take(FileSystem.getLocal(new Configuration()), file, "test")) {
      lease.check();
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> maintain(MERGE))
          .withMessageContaining("files of this output")
          .matches(e -> e.exitCode() == ExitCode.BUSY);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> forget("a"))
          .matches(e -> e.exitCode() == ExitCode.BUSY);
    }
    maintain(MERGE);
    forget("a");
    assertThat(failing()).isEmpty();
    maintain(MERGE);
    assertThat(failing()).isEmpty();
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  @Test
  void whatIsNoOutputIsAnError() throws IOException {
    out = dir.resolve("none");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> maintain(LEFTOVERS))
        .withMessageContaining("no such output")
        .matches(e -> e.exitCode() == ExitCode.INPUT);
    Path file = Files.createDirectories(out.resolve("holidays")).resolve("a.jpg");
    Files.writeString(file, "a picture");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> maintain(LEFTOVERS))
        .withMessageContaining("no runs below")
        .matches(e -> e.exitCode() == ExitCode.INPUT);
    assertThat(file).exists();
    assertThat(out.resolve("_staging")).doesNotExist();
  }

  private void maintain(Settings settings) {
    steps.clear();
    Maintenance.of(spark, Destination.files(out.toString()), settings, steps::add);
  }

  private List<String> told(Action action) {
    return steps.stream().filter(step -> step.action() == action).map(Step::what).toList();
  }

  /** Text of a holder that was a process of this machine. */
  private static String dead() throws IOException {
    Process process = new ProcessBuilder("true").start();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return Holder.self().replaceFirst("process \\d+", "process " + process.pid());
  }

  /** As if the processes that hold something had died. */
  private void letHoldersDie() throws IOException {
    if (Files.exists(out.resolve("_staging"))) {
      try (Stream<Path> files = Files.walk(out.resolve("_staging"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (file.toString().matches(".*(_holder|publishing|lease)")) {
            Files.writeString(file, dead());
          }
        }
      }
    }
  }

  private String stage(String name, String text, Duration age) throws IOException {
    Path file = out.resolve("_staging").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    return name;
  }

  /** Leaves the partitions of a run without its row; returns their files. */
  private List<Path> stray(String id) throws IOException {
    List<Path> copies = new ArrayList<>();
    for (String table : List.of("clips", "segments")) {
      Path to = out.resolve(table + "/run_date=2026-01-02/run_id=" + id);
      Files.createDirectories(to);
      try (Stream<Path> files =
          Files.list(out.resolve(table + "/run_date=" + OLD + "/run_id=old"))) {
        for (Path file : files.toList()) {
          copies.add(Files.copy(file, to.resolve(file.getFileName())));
        }
      }
    }
    return copies;
  }

  private List<Path> partitions(String run) throws IOException {
    List<Path> partitions = new ArrayList<>();
    for (String table : TABLES) {
      try (Stream<Path> found = Files.walk(out.resolve(table), 2)) {
        found.filter(path -> path.endsWith("run_id=" + run)).forEach(partitions::add);
      }
    }
    return partitions;
  }

  /** As if a run had never been. */
  private void delete(String run) throws IOException {
    Files.delete(out.resolve("runs/" + run + ".parquet"));
    for (Path partition : partitions(run)) {
      try (Stream<Path> files = Files.list(partition)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(partition);
    }
  }

  /** Removes a clip from the clips of one run. */
  private void forgetIn(String run, String name) throws IOException {
    for (Path partition : partitions(run)) {
      try (Stream<Path> files = Files.list(partition)) {
        for (Path file : files.toList()) {
          String has = "clip_id = '" + id(name) + "'";
          if (spark.read().parquet(file.toString()).where(has).count() > 0) {
            Path rest = dir.resolve("rest-" + UUID.randomUUID());
            spark
                .read()
                .parquet(file.toString())
                .where("NOT " + has)
                .coalesce(1)
                .write()
                .parquet(rest.toString());
            try (Stream<Path> written = Files.list(rest)) {
              Path part =
                  written.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
              Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            }
          }
        }
      }
    }
  }

  private static String id(String name) {
    return "file:" + shared.resolve("audio/" + name + ".wav");
  }

  private void forget(String name) {
    Removal.of(
        spark,
        Destination.files(out.toString()),
        spark.createDataset(List.of(id(name)), Encoders.STRING()).toDF("clip_id"));
  }

  /** The output on a file system on which things happen. */
  private String hooked() {
    String key = "fs.hooked.impl";
    spark.sparkContext().hadoopConfiguration().set(key, HookedFileSystem.configuration().get(key));
    return HookedFileSystem.uri(out);
  }

  private static boolean isStep(String operation, org.apache.hadoop.fs.Path path) {
    return !operation.equals("list") && path.toString().contains("run_id=");
  }

  /**
   * Whether a table could be read; fails if a row is missing or twice. A vectored read opens a file
   * anew, by {@code java.nio}.
   */
  private boolean read(String table, long rows) {
    long count;
    try {
      count = count(table);
    } catch (Exception e) {
      assertThat(stack(e))
          .containsAnyOf(
              "being-merged-by-maintain.parquet", "FILE_NOT_EXIST", "FileNotFound", "NoSuchFile");
      return false;
    }
    if (count != rows) {
      fail("%d rows of %s in place of %d", count, table, rows);
    }
    return true;
  }

  private static String stack(Exception e) {
    StringBuilder text = new StringBuilder();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      text.append(cause).append('\n');
    }
    return text.toString();
  }

  /** Whose values are read, not only the numbers in the footers. */
  private long count(String table) {
    return spark
        .read()
        .parquet(out.resolve(table).toString())
        .where("length(clip_id) > 0 AND length(uri) > 0")
        .count();
  }

  private List<String> failing() {
    return Proof.failing(Proof.of(spark, Destination.files(out.toString())).values());
  }

  /** What the views show, but for what is in no order. */
  private List<String> shown() {
    List<String> rows = new ArrayList<>();
    Views.register(spark, Destination.files(out.toString()));
    for (String view : TABLES) {
      spark
          .table(view)
          .selectExpr("to_json(struct(*)) AS row")
          .orderBy("row")
          .collectAsList()
          .forEach(row -> rows.add(view + row.getString(0)));
    }
    return rows;
  }

  /** All rows of the tables, in order. */
  private Map<String, List<String>> rows() {
    return rows(TABLES);
  }

  private Map<String, List<String>> rows(List<String> tables) {
    Map<String, List<String>> rows = new TreeMap<>();
    for (String table : tables) {
      rows.put(
          table,
          spark
              .read()
              .option("mergeSchema", true)
              .parquet(out.resolve(table).toString())
              .selectExpr("to_json(struct(*)) AS row")
              .orderBy("row")
              .collectAsList()
              .stream()
              .map(row -> row.getString(0))
              .toList());
    }
    return rows;
  }

  /** The files of the output but checksums, with hashes of their content. */
  private Map<Path, String> files() throws IOException {
    Map<Path, String> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(out)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".crc")) {
          String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
          files.put(file, Sha256.of(content));
        }
      }
    }
    return files;
  }

  private static void sleep() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
