package org.segmentser.model;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * The models of this process, each loaded once however many threads ask for it, and released when
 * the process ends. Thread-safe.
 */
public final class ModelCache {
  private static final ConcurrentMap<String, CompletableFuture<EmotionModel>> MODELS =
      new ConcurrentHashMap<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ModelCache::clear, "model-release"));
  }

  private ModelCache() {}

  /**
   * The model of this id; the caller does not close it. The first thread that asks loads it, the
   * others wait. A failed load is not kept: its error reaches all that waited, and the next call
   * tries again.
   *
   * @param checkpoint asked only by the thread that loads
   * @param threads as for {@link EmotionModel#load}
   * @throws ModelException as {@link EmotionModel#load} does
   */
  public static EmotionModel get(ModelSpec spec, Supplier<Path> checkpoint, int threads) {
    CompletableFuture<EmotionModel> mine = new CompletableFuture<>();
    CompletableFuture<EmotionModel> first = MODELS.putIfAbsent(spec.modelId(), mine);
    if (first != null) {
      return await(spec, first);
    }
    try {
      EmotionModel model = EmotionModel.load(spec, checkpoint.get(), threads);
      mine.complete(model);
      return model;
    } catch (RuntimeException | Error e) {
      MODELS.remove(spec.modelId(), mine);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private static EmotionModel await(ModelSpec spec, CompletableFuture<EmotionModel> loading) {
    try {
      return loading.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      String message =
          cause instanceof ModelException
              ? cause.getMessage()
              : "model " + spec.modelId() + " cannot be loaded: " + cause;
      throw new ModelException(message, cause);
    }
  }

  /** Releases all models. */
  static void clear() {
    MODELS
        .values()
        .removeIf(
            loading -> {
              if (loading.isDone() && !loading.isCompletedExceptionally()) {
                loading.join().close();
              }
              return true;
            });
  }
}
