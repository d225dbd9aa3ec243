package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.TestModels;
import org.segmentser.segment.Patch;

class LoadedModelsTest {
  private static final int THREADS = 16;

  @TempDir Path directory;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void clear() {
    threads.shutdownNow();
    LoadedModels.clear();
  }

  @Test
  void loadsOnceForAllThreads() throws Exception {
    ModelSpec spec = TestModels.mini(directory.resolve("m"), List.of()).spec();
    AtomicInteger loads = new AtomicInteger();
    Set<SegmentModel> models = new HashSet<>();
    for (Future<SegmentModel> model : askAtOnce(spec, counting(loads, directory.resolve("m")))) {
      models.add(model.get());
    }
    assertThat(loads).hasValue(1);
    assertThat(models).hasSize(1);
  }

  @Test
  void tellsAllOfAFailureAndForgetsIt() throws Exception {
    ModelSpec spec = TestModels.mini(directory.resolve("m"), List.of()).spec();
    AtomicInteger loads = new AtomicInteger();
    for (Future<SegmentModel> model : askAtOnce(spec, counting(loads, directory.resolve("x")))) {
      assertThatThrownBy(model::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("no checkpoint at ");
    }
    assertThat(loads.get()).isBetween(1, THREADS);
    try (var lease =
        LoadedModels.lease(spec, counting(loads, directory.resolve("m")), ModelRuntime.of(1))) {
      assertThat(lease.model().spec()).isEqualTo(spec);
    }
  }

  @Test
  void keepsFewAndNeverClosesWhatIsUsed() {
    List<ModelSpec> specs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      specs.add(TestModels.mini(directory.resolve("m" + i), List.of("a" + i, "b")).spec());
    }
    List<SegmentModel> models = new ArrayList<>();
    LoadedModels.Lease first = lease(specs, 0);
    models.add(first.model());
    for (int i = 1; i < 3; i++) {
      try (LoadedModels.Lease lease = lease(specs, i)) {
        models.add(lease.model());
      }
    }
    // The first is older than the second, but in use.
    assertThat(models.stream().map(LoadedModelsTest::isOpen)).containsExactly(true, false, true);
    LoadedModels.Lease third = lease(specs, 2);
    assertThat(third.model()).isSameAs(models.get(2));
    LoadedModels.Lease fourth = lease(specs, 3);
    models.add(fourth.model());
    assertThat(models.stream().map(LoadedModelsTest::isOpen))
        .containsExactly(true, false, true, true);
    first.close();
    first.close();
    assertThat(models.stream().map(LoadedModelsTest::isOpen))
        .containsExactly(false, false, true, true);
    third.close();
    fourth.close();
    assertThat(models.stream().map(LoadedModelsTest::isOpen))
        .containsExactly(false, false, true, true);
    try (LoadedModels.Lease again = lease(specs, 3)) {
      assertThat(again.model()).isSameAs(models.get(3));
    }
  }

  @Test
  void isUsedWhileItIsFull() throws Exception {
    List<ModelSpec> specs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      specs.add(TestModels.mini(directory.resolve("m" + i), List.of("a" + i, "b")).spec());
    }
    List<Future<Integer>> uses = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      uses.add(
          threads.submit(
              () -> {
                int open = 0;
                for (int i = 0; i < 20; i++) {
                  try (LoadedModels.Lease lease = lease(specs, (first + i) % specs.size())) {
                    open += isOpen(lease.model()) ? 1 : 0;
                  }
                }
                return open;
              }));
    }
    for (Future<Integer> use : uses) {
      assertThat(use.get()).isEqualTo(20);
    }
  }

  @Test
  void keepsModelsOfEveryFamilyWithinOneBound() {
    ModelDirectory vggish = TestModels.mini(directory.resolve("m0"), List.of("a", "b"));
    List<ModelSpec> specs = new ArrayList<>(List.of(vggish.spec()));
    for (int i = 1; i < 4; i++) {
      Path model = directory.resolve("m" + i);
      specs.add(MeanFamily.make(model, i, List.of("a", "b")).spec());
    }
    int open = MeanFamily.OPEN.get();
    List<SegmentModel> models = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      try (LoadedModels.Lease lease = lease(specs, i)) {
        models.add(lease.model());
        assertThat(lease.model().spec()).isEqualTo(specs.get(i));
      }
    }
    assertThat(models.stream().map(LoadedModelsTest::isOpen))
        .containsExactly(false, false, true, true);
    assertThat(MeanFamily.OPEN.get() - open).isEqualTo(LoadedModels.KEPT);
    LoadedModels.clear();
    assertThat(MeanFamily.OPEN).hasValue(open);
  }

  private LoadedModels.Lease lease(List<ModelSpec> specs, int i) {
    return LoadedModels.lease(
        specs.get(i), directory.resolve("m" + i)::resolve, ModelRuntime.of(1));
  }

  private static boolean isOpen(SegmentModel model) {
    try {
      return model.predict(List.of(new byte[Patch.BYTES]), EnumSet.of(Output.LOGITS))
              .logits()[0]
              .length
          == 2;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static ModelFiles counting(AtomicInteger loads, Path model) {
    return name -> {
      loads.incrementAndGet();
      return model.resolve(name);
    };
  }

  private List<Future<SegmentModel>> askAtOnce(ModelSpec spec, ModelFiles files) {
    CountDownLatch start = new CountDownLatch(THREADS);
    List<Future<SegmentModel>> models = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      models.add(
          threads.submit(
              () -> {
                start.countDown();
                start.await();
                try (var lease = LoadedModels.lease(spec, files, ModelRuntime.of(1))) {
                  return lease.model();
                }
              }));
    }
    return models;
  }
}
