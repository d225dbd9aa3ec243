package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.RemoteFileSystem;
import org.segmentser.network.TestModels;

class ExecutorModelTest {
  private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;

  @Test
  void aRemoteModelLeavesOneCopyForTheSession() throws IOException {
    TestModels.mini(dir.resolve("model"), List.of("one", "two"));
    Configuration conf = RemoteFileSystem.configuration();
    ModelDirectory model = ModelDirectory.open(RemoteFileSystem.uri(dir.resolve("model")), conf);
    assertThat(model.localPath()).isEmpty();
    Set<Path> before = temporary();
    ExecutorModel first = ExecutorModel.distribute(spark, model);
    assertThat(ExecutorModel.distribute(spark, model)).isSameAs(first);
    Set<Path> left = temporary();
    left.removeAll(before);
    assertThat(left).hasSize(1);
    try (Stream<Path> files = Files.list(left.iterator().next())) {
      String id = model.spec().modelId();
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(id + ".weights.index", id + ".weights.data-00000-of-00001");
    }
  }

  private static Set<Path> temporary() throws IOException {
    try (Stream<Path> files = Files.list(TEMPORARY)) {
      Set<Path> ours = new TreeSet<>();
      files.filter(f -> f.getFileName().toString().startsWith("segment-ser")).forEach(ours::add);
      return ours;
    }
  }
}
