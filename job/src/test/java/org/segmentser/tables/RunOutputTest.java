package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.segmentser.tables.Publications.DAY;
import static org.segmentser.tables.Publications.TABLES;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.HookedFileSystem;
import org.segmentser.UserError;

/** On local disks; {@code HdfsIT} and {@code S3IT} let executions race elsewhere. */
class RunOutputTest {
  private static final int PROCESSES = 3;
  private static final int RACES_OF_PROCESSES = 20;

  @TempDir Path dir;
  private final Configuration conf = new Configuration();

  @Test
  void ofExecutionsThatRaceInThreadsOnePublishes() throws Exception {
    Publications.race(output(), 200, 4, conf);
  }

  @Test
  void ofExecutionsThatRaceInProcessesOnePublishes() throws Exception {
    long due = System.currentTimeMillis() + 6000;
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-Xmx128m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Publications.class.getName(),
                  output(),
                  "of" + i,
                  Integer.toString(RACES_OF_PROCESSES),
                  Long.toString(due))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    }
    List<List<String>> told = new ArrayList<>();
    for (Process process : processes) {
      told.add(
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList());
      assertThat(process.waitFor()).isZero();
    }
    for (int race = 0; race < RACES_OF_PROCESSES; race++) {
      String won = "won race-" + race;
      List<String> winners = new ArrayList<>();
      for (int i = 0; i < PROCESSES; i++) {
        if (told.get(i).contains(won)) {
          winners.add("of" + i);
        }
      }
      assertThat(winners).as("race %d: %s", race, told).hasSize(1);
      Publications.requireRowsOf(winners.get(0), output(), "race-" + race, conf);
    }
    assertThat(Publications.names(new org.apache.hadoop.fs.Path(output()), conf))
        .containsExactly("clips", "runs", "segments");
  }

  @Test
  void anExecutionThatComesTooLateLeavesTheRowsOfTheOther() throws IOException {
    try (RunOutput first = begin("r1", false);
        RunOutput second = begin("r1", false)) {
      Publications.stage(first, "first", conf);
      Publications.stage(second, "second", conf);
      first.publish(TABLES);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> second.publish(TABLES))
          .withMessageContaining("the output holds the run 'r1' already: ")
          .withMessageContaining("--overwrite replaces it, or choose another --run-id")
          .matches(e -> e.exitCode() == 2);
    }
    Publications.requireRowsOf("first", output(), "r1", conf);
    assertThat(dir.resolve("out/_staging")).doesNotExist();
  }

  @Test
  void anExecutionThatFailsInTheMiddleTakesBackWhatItMoved() throws IOException {
    publish("r1", "first", false);
    try (RunOutput run = begin("r2", false)) {
      Publications.stage(run, "second", conf);
      Files.delete(Path.of(URI.create(run.staged(Table.RUNS) + "/part-second.parquet")));
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> run.publish(TABLES));
    }
    Publications.requireRowsOf("first", output(), "r1", conf);
    assertThat(names("clips/run_date=" + DAY)).containsExactly("run_id=r1");
    assertThat(names("segments/run_date=" + DAY)).containsExactly("run_id=r1");
    assertThat(dir.resolve("out/_staging")).doesNotExist();
    assertThat(names(".")).containsExactly("clips", "runs", "segments");
    publish("r2", "third", false);
    Publications.requireRowsOf("third", output(), "r2", conf);
  }

  @Test
  void anExecutionThatFailsInANewOutputLeavesNoOutput() throws IOException {
    try (RunOutput run = begin("r1", false)) {
      Publications.stage(run, "first", conf);
      Files.delete(Path.of(URI.create(run.staged(Table.RUNS) + "/part-first.parquet")));
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> run.publish(TABLES));
    }
    assertThat(dir.resolve("out")).doesNotExist();
  }

  @Test
  void whatADeadExecutionClaimedAndLeftInPartIsToldWithTheRemedy() throws IOException {
    publish("other", "other", false);
    Path claim = dir.resolve("out/_staging/r1.publishing");
    Files.createDirectories(claim.getParent());
    Files.writeString(claim, "process 4711@somewhere, execution 1");
    Files.createDirectories(dir.resolve("out/clips/run_date=2026-11-21/run_id=r1"));
    Path part =
        Files.writeString(
            dir.resolve("out/clips/run_date=2026-11-21/run_id=r1/part-dead.parquet"), "dead");

    for (boolean overwrite : new boolean[] {true, false}) {
      Files.writeString(claim, "process 4711@somewhere, execution 1");
      if (!overwrite) {
        Files.move(part.getParent(), dir.resolve("aside"));
      }
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> begin("r1", overwrite))
          .matches(e -> !e.getMessage().contains("\n"))
          .withMessageContaining("another execution is publishing the run 'r1', or died while")
          .withMessageContaining(claim + " is held by process 4711@somewhere, execution 1;")
          .withMessageContaining("'maintain' removes what it left; or choose another --run-id");
    }
    Files.move(dir.resolve("aside"), part.getParent());
    Files.delete(claim);

    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> begin("r1", false))
        .withMessageContaining("holds the run 'r1' in part, left by a run that broke off: ")
        .withMessageContaining("--overwrite replaces it");
    publish("r1", "again", true);
    Publications.requireRowsOf("again", output(), "r1", conf);
    Publications.requireRowsOf("other", output(), "other", conf);
    assertThat(names("clips")).containsExactly("run_date=" + DAY);
  }

  @Test
  void aClaimThatAppearsMeanwhileIsLeftAlone() throws IOException {
    Path claim = dir.resolve("out/_staging/r1.publishing");
    try (RunOutput run = begin("r1", false)) {
      Publications.stage(run, "late", conf);
      Files.writeString(claim, "process 4711@somewhere, execution 1");
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> run.publish(TABLES))
          .withMessageContaining("is held by process 4711@somewhere");
    }
    assertThat(claim).exists();
    assertThat(names(".")).containsExactly("_staging");
  }

  @Test
  void overwritingReplacesARunOfAnyDateAndTables() throws IOException {
    publish("r1", "old", false);
    publish("r2", "other", false);
    Path embeddings = dir.resolve("out/embeddings/run_date=2026-11-01/run_id=r1");
    Files.createDirectories(embeddings);
    try (RunOutput run = RunOutput.begin(output(), "r1", LocalDate.of(2026, 11, 30), true, conf)) {
      Publications.stage(run, "new", conf);
      run.publish(List.of(Table.CLIPS));
    }
    assertThat(names("clips")).containsExactly("run_date=2026-11-22", "run_date=2026-11-30");
    assertThat(names("clips/run_date=2026-11-22")).containsExactly("run_id=r2");
    assertThat(names("segments/run_date=2026-11-22")).containsExactly("run_id=r2");
    assertThat(embeddings).doesNotExist();
    assertThat(dir.resolve("out/runs/r1.parquet")).hasContent("new");
    Publications.requireRowsOf("other", output(), "r2", conf);
    publish("r3", "nothing to replace", true);
    Publications.requireRowsOf("nothing to replace", output(), "r3", conf);
  }

  @Test
  void readersOfAnOverwrittenRunFindItsRowOnlyWithItsTables() throws IOException {
    Configuration hooked = HookedFileSystem.configuration();
    try (RunOutput run =
        RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r1", DAY, false, hooked)) {
      Publications.stage(run, "old", hooked);
      run.publish(TABLES);
    }
    List<Boolean> isRowThere = new ArrayList<>();
    try (RunOutput run =
        RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r1", DAY, true, hooked)) {
      Publications.stage(run, "new", hooked);
      HookedFileSystem.hook(
          (operation, path) -> {
            if (path.toString().contains("run_id=r1")) {
              isRowThere.add(Files.exists(dir.resolve("out/runs/r1.parquet")));
            }
          });
      run.publish(TABLES);
    }
    assertThat(isRowThere).hasSizeGreaterThanOrEqualTo(4).doesNotContain(true);
    Publications.requireRowsOf("new", output(), "r1", conf);
  }

  /** A store moved the row, did not say so, and failed when the row was to be removed again. */
  @Test
  void aRowThatMayBeThereKeepsItsTables() throws IOException {
    Configuration hooked = HookedFileSystem.configuration();
    try (RunOutput run =
        RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r1", DAY, false, hooked)) {
      Publications.stage(run, "first", hooked);
      HookedFileSystem.hook(
          (operation, path) -> {
            if (path.getName().equals("r1.parquet")) {
              if (operation.equals("rename")) {
                Files.writeString(dir.resolve("out/runs/r1.parquet"), "first");
              }
              throw new IOException(operation + ": no answer");
            }
          });
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> run.publish(TABLES))
          .withMessage("rename: no answer");
      HookedFileSystem.hook((operation, path) -> {});
    }
    Publications.requireRowsOf("first", output(), "r1", conf);
  }

  @Test
  void runsThatBeginAndEndAtTheSameTimeDoNotDisturbEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String runId = "r" + i;
        runs.add(threads.submit(() -> begin(runId, false).close()));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      threads.shutdownNow();
    }
    begin("last", false).close();
    assertThat(dir.resolve("out/_staging")).doesNotExist();
  }

  @Test
  void closingNeverFailsAfterARunWasPublished() throws IOException {
    Configuration hooked = HookedFileSystem.configuration();
    RunOutput run =
        RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r1", DAY, false, hooked);
    Publications.stage(run, "first", hooked);
    run.publish(TABLES);
    // Another run stages something between the look at the directory and its removal.
    HookedFileSystem.hook(
        (operation, path) -> {
          if (operation.equals("delete") && path.getName().equals("_staging")) {
            Files.createDirectories(dir.resolve("out/_staging/r2-of-another"));
          }
        });
    run.close();
    assertThat(names("_staging")).containsExactly("r2-of-another");

    RunOutput second =
        RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r3", DAY, false, hooked);
    HookedFileSystem.hook(
        (operation, path) -> {
          throw new IOException(operation + " is out of order");
        });
    second.close();
    Publications.requireRowsOf("first", output(), "r1", conf);
  }

  @Test
  void closingFromAShutdownHookWaitsForAPublicationAndForbidsALaterOne() throws Exception {
    Configuration hooked = HookedFileSystem.configuration();
    CountDownLatch moving = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      RunOutput run =
          RunOutput.begin(HookedFileSystem.uri(dir.resolve("out")), "r1", DAY, false, hooked);
      Publications.stage(run, "whole", hooked);
      HookedFileSystem.hook(
          (operation, path) -> {
            if (operation.equals("rename")) {
              moving.countDown();
              await(goOn);
            }
          });
      Future<?> publication =
          threads.submit(
              () -> {
                run.publish(TABLES);
                return null;
              });
      await(moving);
      Future<?> closing = threads.submit(run::close);
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> closing.get(200, TimeUnit.MILLISECONDS));
      goOn.countDown();
      publication.get();
      closing.get();
      run.close();
      Publications.requireRowsOf("whole", output(), "r1", conf);
    } finally {
      goOn.countDown();
      threads.shutdownNow();
    }
    RunOutput ended = begin("r2", false);
    Publications.stage(ended, "ended", conf);
    ended.close();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> ended.publish(TABLES))
        .withMessageContaining("ended");
  }

  @Test
  void leftoversOfOthersAreNamedWithTheirAge() throws IOException {
    try (RunOutput first = begin("r1", false)) {
      assertThat(first.leftovers()).isEmpty();
    }
    age("r0-1b4e28ba/rows/part-0.parquet", 3, ChronoUnit.DAYS);
    age("r0-1b4e28ba/rows/part-1.parquet", 5, ChronoUnit.HOURS);
    age("r0.publishing", 4, ChronoUnit.MINUTES);
    try (RunOutput run = begin("r1", false)) {
      assertThat(run.leftovers())
          .contains(
              "file:"
                  + dir.resolve("out/_staging")
                  + " holds what other executions staged: r0-1b4e28ba (last written 5 hours ago),"
                  + " r0.publishing (last written 4 minutes ago); 'maintain' removes what dead ones"
                  + " left");
    }
    assertThat(names("_staging")).containsExactly("r0-1b4e28ba", "r0.publishing");
    for (int i = 1; i < 9; i++) {
      age("r" + i + "-x/rows", 0, ChronoUnit.DAYS);
    }
    try (RunOutput run = begin("r1", false)) {
      assertThat(run.leftovers().orElseThrow()).contains(" and 5 more; ").doesNotContain("\n");
    }
  }

  private void age(String staged, int age, ChronoUnit unit) throws IOException {
    Path file = dir.resolve("out/_staging/" + staged);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "left");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age, unit)));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private RunOutput begin(String runId, boolean overwrite) {
    return RunOutput.begin(output(), runId, DAY, overwrite, conf);
  }

  private void publish(String runId, String mark, boolean overwrite) throws IOException {
    try (RunOutput run = begin(runId, overwrite)) {
      Publications.stage(run, mark, conf);
      run.publish(TABLES);
    }
  }

  private List<String> names(String directory) throws IOException {
    return Publications.names(
        new org.apache.hadoop.fs.Path(dir.resolve("out").resolve(directory).toString()), conf);
  }

  private String output() {
    return dir.resolve("out").toString();
  }
}
