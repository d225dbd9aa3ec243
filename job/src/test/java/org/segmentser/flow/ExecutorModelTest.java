package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.model.LoadedModels;
import org.segmentser.model.MeanFamily;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.RemoteFileSystem;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
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

  @Test
  void aModelOfAnotherFamilyIsLoadedOnceForAllTasks() {
    ModelDirectory directory = MeanFamily.make(dir.resolve("mean"), 2, List.of("low", "high"));
    int loads = MeanFamily.loads(directory.spec().modelId());
    ExecutorModel model = ExecutorModel.distribute(spark, directory);
    List<Float> logits =
        spark
            .createDataset(List.of(1f, -3f, 5f), Encoders.FLOAT())
            .repartition(3)
            .mapPartitions(new Highest(model), Encoders.FLOAT())
            .collectAsList();
    assertThat(logits).containsExactlyInAnyOrder(2f, -6f, 10f);
    try (LoadedModels.Lease lease =
        LoadedModels.lease(
            model.spec(), dir.resolve("mean")::resolve, ModelRuntime.wholeMachine())) {
      // The tasks' model, which is still loaded.
      assertThat(MeanFamily.loads(model.spec().modelId())).isEqualTo(loads + 1);
      assertThat(lease.model().spec()).isEqualTo(directory.spec());
    }
  }

  @Test
  void takesTheCoresOfAnExecutor() {
    assertThat(ExecutorModel.runtimeOf(spark.sparkContext()))
        .isEqualTo(ModelRuntime.of(spark.sparkContext().defaultParallelism()));
  }

  /** The last logit of each patch, all of whose numbers are the same. */
  private record Highest(ExecutorModel model) implements MapPartitionsFunction<Float, Float> {
    @Override
    public Iterator<Float> call(Iterator<Float> values) {
      SegmentModel loaded = model.load();
      List<Float> logits = new ArrayList<>();
      while (values.hasNext()) {
        List<byte[]> patch = List.of(MeanFamily.patch(values.next()));
        logits.add(loaded.predict(patch, EnumSet.of(Output.LOGITS)).logits()[0][1]);
      }
      return logits.iterator();
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
