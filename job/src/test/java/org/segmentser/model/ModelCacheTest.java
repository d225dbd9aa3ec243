package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {
  private static final int THREADS = 16;

  @TempDir Path directory;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void clear() {
    threads.shutdownNow();
    ModelCache.clear();
  }

  @Test
  void loadsOnceForAllThreads() throws Exception {
    ModelSpec spec = TestModels.mini(directory.resolve("m"), List.of()).spec();
    AtomicInteger loads = new AtomicInteger();
    Set<EmotionModel> models = new HashSet<>();
    for (Future<EmotionModel> model : askAtOnce(spec, counting(loads, directory.resolve("m")))) {
      models.add(model.get());
    }
    assertThat(loads).hasValue(1);
    assertThat(models).hasSize(1);
  }

  @Test
  void tellsAllOfAFailureAndForgetsIt() throws Exception {
    ModelSpec spec = TestModels.mini(directory.resolve("m"), List.of()).spec();
    AtomicInteger loads = new AtomicInteger();
    for (Future<EmotionModel> model : askAtOnce(spec, counting(loads, directory.resolve("x")))) {
      assertThatThrownBy(model::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("no checkpoint at ");
    }
    assertThat(loads.get()).isBetween(1, THREADS);
    assertThat(ModelCache.get(spec, counting(loads, directory.resolve("m")), 1)).isNotNull();
  }

  private static Supplier<Path> counting(AtomicInteger loads, Path model) {
    return () -> {
      loads.incrementAndGet();
      return ModelDirectory.checkpoint(model);
    };
  }

  private List<Future<EmotionModel>> askAtOnce(ModelSpec spec, Supplier<Path> checkpoint) {
    CountDownLatch start = new CountDownLatch(THREADS);
    List<Future<EmotionModel>> models = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      models.add(
          threads.submit(
              () -> {
                start.countDown();
                start.await();
                return ModelCache.get(spec, checkpoint, 1);
              }));
    }
    return models;
  }
}
