package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a staged directory does on every file system; each has a subclass. */
public abstract class StagedDirectoryContract {
  private static final String MARKER = "marker.json";
  private static final int RACES = 8;
  private static final int CONTENDERS = 3;

  private Configuration conf;
  private FileSystem fs;

  /** Not there yet, and a place of each test's own. */
  private Path place;

  /** URI of a directory that exists. */
  protected abstract String root();

  protected abstract Configuration configuration();

  @BeforeEach
  void choosePlace() throws IOException {
    conf = configuration();
    Path path = new Path(root(), "place-" + UUID.randomUUID());
    fs = path.getFileSystem(conf);
    place = fs.makeQualified(path);
  }

  /** What a publication does: another one may have done it already. */
  private interface Publication {
    boolean isDone(StagedDirectory staged) throws IOException;
  }

  @Test
  void allIsThereOnceItIsPublishedAndNothingBefore() throws IOException {
    try (StagedDirectory staged = beginNew("out")) {
      stage(staged, "new");
      assertThat(fs.exists(place("out"))).isFalse();
      staged.publish(MARKER);
      assertThat(files()).containsExactly("out/marker.json", "out/rows/part-0", "out/rows/part-1");
    }
    assertThat(files()).containsExactly("out/marker.json", "out/rows/part-0", "out/rows/part-1");
    assertThat(text("out/marker.json")).isEqualTo("new");
  }

  @Test
  void anEmptyDirectoryIsFilled() throws IOException {
    fs.mkdirs(place("out"));
    try (StagedDirectory staged = beginNew("out")) {
      stage(staged, "new");
      staged.publish(MARKER);
    }
    assertThat(files()).containsExactly("out/marker.json", "out/rows/part-0", "out/rows/part-1");
  }

  @Test
  void localFilesAreUploaded() throws IOException {
    java.nio.file.Path local = java.nio.file.Files.createTempFile("staged", ".txt");
    java.nio.file.Files.writeString(local, "of a disk");
    try (StagedDirectory staged = beginNew("out")) {
      staged.upload(local);
      staged.publish(local.getFileName().toString());
    } finally {
      java.nio.file.Files.delete(local);
    }
    assertThat(text("out/" + local.getFileName())).isEqualTo("of a disk");
  }

  @Test
  void whatIsNotPublishedIsRemoved() throws IOException {
    StagedDirectory staged = beginNew("a/b/out");
    stage(staged, "new");
    staged.close();
    staged.close();
    assertThat(files()).isEmpty();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> staged.publish(MARKER))
        .withMessageContaining("ended");
    assertThat(files()).isEmpty();
  }

  @Test
  void aCheckLeavesNothing() throws IOException {
    StagedDirectory.check(place("a/b/out").toString(), conf);
    assertThat(files()).isEmpty();
    write("a/other", "other");
    StagedDirectory.check(place("a/out").toString(), conf);
    assertThat(files()).containsExactly("a/other");
  }

  @Test
  void anOutputThatHoldsSomethingIsRefused() throws IOException {
    write("file", "a file");
    write("used/x", "used");
    for (String name : List.of("file", "used")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> beginNew(name))
          .withMessage("the output " + place(name) + " exists and is not an empty directory");
    }
    assertThat(files()).containsExactly("file", "used/x");
  }

  @Test
  void anOutputThatHasComeToHoldSomethingIsLeftAsItIs() throws IOException {
    try (StagedDirectory staged = beginNew("out")) {
      stage(staged, "new");
      write("out/marker.json", "other");
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> staged.publish(MARKER))
          .withMessage("the output " + place("out") + " exists and is not an empty directory")
          .matches(e -> e.exitCode() == 2);
    }
    assertThat(files()).containsExactly("out/marker.json");
    assertThat(text("out/marker.json")).isEqualTo("other");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefused() throws IOException {
    write("file", "a file");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> beginNew("file/out"))
        .withMessageStartingWith("the output " + place("file/out") + " cannot be written: ")
        .matches(e -> !e.getMessage().contains("\n"));
    assertThat(files()).containsExactly("file");
  }

  @Test
  void whatIsUnfinishedIsReplacedAndWhatIsWholeIsNot() throws IOException {
    write("out/rows/part-9", "of a process that died");
    try (StagedDirectory staged = begin("out", "_first")) {
      stage(staged, "first");
      assertThat(staged.publishUnlessThere(MARKER)).isEmpty();
    }
    try (StagedDirectory staged = begin("out", "_second")) {
      stage(staged, "second");
      assertThat(staged.publishUnlessThere(MARKER))
          .contains(place("out") + " was published by another process");
    }
    assertThat(files()).containsExactly("out/marker.json", "out/rows/part-0", "out/rows/part-1");
    assertThat(text("out/marker.json")).isEqualTo("first");
  }

  @Test
  void aTargetThatAnotherProcessClaimsIsLeftToIt() throws IOException {
    try (StagedDirectory staged = beginNew("out")) {
      stage(staged, "new");
      write("_out.publishing", "process 4711@somewhere, execution 1");
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> staged.publish(MARKER))
          .withMessageContaining(" is publishing " + place("out") + ", or died while it did: ")
          .withMessageContaining("_out.publishing is held by process 4711@somewhere, execution 1;");
    }
    assertThat(files()).containsExactly("_out.publishing");
  }

  @Test
  void ofSeveralThatPublishANewOutputOneDoes() throws Exception {
    race(
        staged -> {
          try {
            staged.publish(MARKER);
            return true;
          } catch (UserError e) {
            assertThat(e.exitCode()).isEqualTo(2);
            return false;
          }
        });
  }

  @Test
  void ofSeveralThatPublishTheSameOneDoesAndNoneFails() throws Exception {
    race(staged -> staged.publishUnlessThere(MARKER).isEmpty());
  }

  private void race(Publication publication) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONTENDERS);
    try {
      for (int race = 0; race < RACES; race++) {
        String name = "race-" + race;
        CyclicBarrier start = new CyclicBarrier(CONTENDERS);
        List<Future<Boolean>> contenders =
            IntStream.range(0, CONTENDERS)
                .mapToObj(i -> threads.submit(() -> wins(name, "of-" + i, start, publication)))
                .toList();
        List<String> winners = new ArrayList<>();
        for (int i = 0; i < CONTENDERS; i++) {
          if (contenders.get(i).get()) {
            winners.add("of-" + i);
          }
        }
        assertThat(winners).as(name).hasSize(1);
        assertThat(text(name + "/marker.json")).isEqualTo(winners.get(0));
        assertThat(text(name + "/rows/part-0")).isEqualTo(winners.get(0));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(files())
        .hasSize(3 * RACES)
        .allMatch(file -> file.matches("race-\\d+/(marker.json|rows/part-[01])"));
  }

  private boolean wins(String name, String mark, CyclicBarrier start, Publication publication)
      throws Exception {
    try (StagedDirectory staged = beginNew(name)) {
      stage(staged, mark);
      start.await();
      return publication.isDone(staged);
    }
  }

  @Test
  void partsAreMovedAndTakenBack() throws IOException {
    write("out/table/day=1/other", "other");
    try (StagedDirectory staged = begin("out", "out/_staging/run")) {
      stage(staged, "new");
      staged.move(staged.path("rows"), place("out/table/day=2/run"));
      staged.move(staged.path(MARKER), place("out/runs/run.json"));
      assertThat(files())
          .containsExactly(
              "out/runs/run.json",
              "out/table/day=1/other",
              "out/table/day=2/run/part-0",
              "out/table/day=2/run/part-1");
      staged.discard(place("out/runs/run.json"));
      staged.discard(place("out/table/day=2/run"));
    }
    assertThat(files()).containsExactly("out/table/day=1/other");
  }

  private StagedDirectory beginNew(String name) {
    return StagedDirectory.beginNew(place(name).toString(), conf);
  }

  private StagedDirectory begin(String name, String staging) throws IOException {
    return StagedDirectory.begin(fs, place(name), place(staging));
  }

  private void stage(StagedDirectory staged, String mark) throws IOException {
    for (int i = 0; i < 2; i++) {
      write(new Path(staged.path("rows"), "part-" + i), mark);
    }
    staged.write(MARKER, mark.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, String text) throws IOException {
    write(place(name), text);
  }

  private void write(Path file, String text) throws IOException {
    try (OutputStream out = fs.create(file)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private String text(String name) throws IOException {
    try (InputStream in = fs.open(place(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Below the test's place. */
  protected final Path place(String name) {
    return new Path(place, name);
  }

  /** The files below the test's place, in order. */
  private List<String> files() throws IOException {
    List<String> files = new ArrayList<>();
    try {
      RemoteIterator<? extends FileStatus> found = fs.listFiles(place, true);
      while (found.hasNext()) {
        files.add(found.next().getPath().toString().substring(place.toString().length() + 1));
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    return files.stream().sorted().toList();
  }
}
