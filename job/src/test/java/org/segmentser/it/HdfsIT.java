package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.server.namenode.EditLogFileOutputStream;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.StagedDirectoryContract;
import org.segmentser.UserError;
import org.segmentser.segment.Clips;
import org.segmentser.source.Clip;
import org.segmentser.source.InputListing;
import org.segmentser.source.ListedClips;
import org.segmentser.source.Shards;
import org.segmentser.tables.Publications;
import org.segmentser.udf.Shortened;

/** A name node and a data node in the test's process. */
class HdfsIT {
  @TempDir static Path dir;
  private static MiniDFSCluster hdfs;

  @BeforeAll
  static void start() throws IOException {
    EditLogFileOutputStream.setShouldSkipFsyncForTesting(true);
    hdfs = new MiniDFSCluster.Builder(new Configuration(), dir.toFile()).numDataNodes(1).build();
    hdfs.waitActive();
    FileSystem fs = hdfs.getFileSystem();
    fs.copyFromLocalFile(path(Launcher.AUDIO.toUri().toString()), path("/archive/audio"));
    for (String file : List.of("a/1.wav", "b/2.wav", "b/private/3.wav", "b/_hidden/4.wav")) {
      try (OutputStream out = fs.create(path("/mixed/" + file))) {
        out.write(Clips.wav(16_000, Clips.noise(32_000, 1)));
      }
    }
    for (String directory : List.of("b/private", "b/_hidden")) {
      fs.setPermission(path("/mixed/" + directory), new FsPermission("700"));
    }
  }

  @AfterAll
  static void stop() {
    hdfs.close();
  }

  @Nested
  class Staged extends StagedDirectoryContract {
    @Override
    protected String root() {
      return hdfs.getURI() + "/staged";
    }

    @Override
    protected Configuration configuration() {
      return new Configuration();
    }
  }

  @Test
  void inputModelAndOutputMayBeOnHdfs() {
    RemoteRun.check(hdfs.getURI() + "/archive");
  }

  @Test
  void everyContainerMayBeOnHdfs() throws Exception {
    RemoteContainers.check(
        hdfs.getURI() + "/containers", dir.resolve("containers"), hdfs.getConfiguration(0));
  }

  @Test
  void oneExecutionOfARunPublishes() throws Exception {
    Publications.race(hdfs.getURI() + "/races", Publications.RACES, 2, new Configuration());
  }

  @Test
  void aFileThatBecameShorterIsTold() throws IOException {
    Shortened.check(hdfs.getURI() + "/shortened.wav", hdfs.getConfiguration(0));
  }

  @Test
  void membersOfShardsAreReadBack() throws IOException {
    Shards.check(hdfs.getURI() + "/shards", hdfs.getConfiguration(0));
  }

  @Test
  void aDirectoryWithoutPermissionCostsItsOwnRow() throws Exception {
    for (String input : List.of("/mixed", "/mixed/*", "/mixed/?/")) {
      assertThat(listAsBob(input).clips())
          .extracting(clip -> clip.uri().replace(hdfs.getURI().toString(), ""), Clip::unreadable)
          .satisfiesExactly(
              clip -> assertThat(clip).isEqualTo(tuple("/mixed/a/1.wav", null)),
              clip -> assertThat(clip).isEqualTo(tuple("/mixed/b/2.wav", null)),
              clip -> assertThat(clip.toList()).first().isEqualTo("/mixed/b/private"));
    }
    assertThat(listAsBob("/mixed/b/p*/*.wav").clips())
        .singleElement()
        .extracting(Clip::unreadable)
        .asString()
        .startsWith("cannot list the directory: Permission denied: user=bob, access=READ_EXECUTE");
  }

  @Test
  void aNamedInputWithoutPermissionIsAnErrorThatSaysSo() {
    for (String input : List.of("/mixed/b/private", "/mixed/b/private/3.wav")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> listAsBob(input))
          .withMessageStartingWith(
              "cannot read " + hdfs.getURI() + input + ": Permission denied: user=bob");
    }
  }

  @Test
  void aDirectoryWithoutPermissionIsToldAndIsReadOnceItMayBe() throws IOException {
    FileSystem fs = hdfs.getFileSystem();
    for (String file : List.of("a/1.wav", "b/2.wav", "b/private/3.wav")) {
      try (OutputStream out = fs.create(path("/nights/" + file))) {
        out.write(Clips.wav(16_000, Clips.noise(32_000, 1)));
      }
    }
    fs.setPermission(path("/nights/b/private"), new FsPermission("700"));
    assertThat(nightOfBob())
        .contains("clips     3: 2 scored, 1 unreadable")
        .contains("/nights/b/private: unreadable: cannot list the directory: Permission denied:");
    fs.setPermission(path("/nights/b/private"), new FsPermission("755"));
    assertThat(nightOfBob())
        .contains("2 clips have an outcome already; 1 are read")
        .contains("clips     1: 1 scored");
  }

  /** What an incremental run told. */
  private static String nightOfBob() {
    Child.Result result =
        Launcher.run(
            Map.of("HADOOP_USER_NAME", "bob"),
            "score",
            "--incremental",
            "--speech",
            "off",
            "--input",
            hdfs.getURI() + "/nights",
            "--output",
            dir.resolve("nights").toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    return result.stdout();
  }

  private static ListedClips listAsBob(String input) throws Exception {
    return UserGroupInformation.createRemoteUser("bob")
        .doAs(
            (PrivilegedExceptionAction<ListedClips>)
                () -> InputListing.list(List.of(hdfs.getURI() + input), new Configuration()));
  }

  private static org.apache.hadoop.fs.Path path(String uri) {
    return new org.apache.hadoop.fs.Path(uri);
  }
}
