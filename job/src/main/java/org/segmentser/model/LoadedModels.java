package org.segmentser.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this process, each loaded once however many threads ask for it. Up to {@value
 * #KEPT} stay loaded when nobody uses them, those used last; all are released when the process
 * ends. Thread-safe.
 */
public final class LoadedModels {
  private static final Logger LOG = LoggerFactory.getLogger(LoadedModels.class);

  /** Models that stay loaded unused, so that the next task need not load them. */
  static final int KEPT = 2;

  /** By id, the least recently asked for first. */
  private static final Map<String, Entry> MODELS = new LinkedHashMap<>();

  private static final AtomicLong LOADS = new AtomicLong();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(LoadedModels::clear, "model-release"));
  }

  private LoadedModels() {}

  private static final class Entry {
    private final CompletableFuture<SegmentModel> model = new CompletableFuture<>();

    /** Leases of it that are not closed; guarded by {@link #MODELS}. */
    private int users;

    private boolean isIdle() {
      return users == 0 && model.isDone();
    }
  }

  /** The use of a model, which stays loaded until the lease is closed. Thread-safe. */
  public static final class Lease implements AutoCloseable {
    private final Entry entry;
    private boolean isClosed;

    private Lease(Entry entry) {
      this.entry = entry;
    }

    /** The model; the caller does not close it, and does not use it once the lease is closed. */
    public SegmentModel model() {
      return entry.model.join();
    }

    /** Ends the use; further calls do nothing. */
    @Override
    public void close() {
      List<SegmentModel> unused;
      synchronized (MODELS) {
        if (isClosed) {
          return;
        }
        isClosed = true;
        entry.users--;
        unused = takeUnused();
      }
      unused.forEach(SegmentModel::close);
    }
  }

  /**
   * The use of the model of this id. The first thread that asks loads it, the others wait. A failed
   * load is not kept: its error reaches all that waited, and the next call tries again.
   *
   * @param files asked only by the thread that loads
   * @param runtime for the model if it is not loaded yet
   * @return the caller's to close
   * @throws ModelException as {@link ModelFamily#load} does
   */
  public static Lease lease(ModelSpec spec, ModelFiles files, ModelRuntime runtime) {
    boolean isMine;
    Entry entry;
    List<SegmentModel> unused;
    synchronized (MODELS) {
      Entry found = MODELS.remove(spec.modelId());
      isMine = found == null;
      entry = isMine ? new Entry() : found;
      MODELS.put(spec.modelId(), entry);
      entry.users++;
      unused = takeUnused();
    }
    // Before another one is loaded: both together may not fit.
    unused.forEach(SegmentModel::close);
    if (isMine) {
      load(spec, entry, files, runtime);
    } else {
      await(spec, entry);
    }
    return new Lease(entry);
  }

  private static void load(ModelSpec spec, Entry entry, ModelFiles files, ModelRuntime runtime) {
    long startedNanos = System.nanoTime();
    try {
      entry.model.complete(ModelFamily.named(spec.family()).load(spec, files, runtime));
      LOADS.incrementAndGet();
      LOG.info(
          "loaded model {} in {} ms",
          spec.modelId(),
          (System.nanoTime() - startedNanos) / 1_000_000);
    } catch (RuntimeException | Error e) {
      synchronized (MODELS) {
        MODELS.remove(spec.modelId(), entry);
      }
      entry.model.completeExceptionally(e);
      throw e;
    }
  }

  private static void await(ModelSpec spec, Entry entry) {
    try {
      entry.model.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      String message =
          cause instanceof ModelException
              ? cause.getMessage()
              : "model " + spec.modelId() + " cannot be loaded: " + cause;
      throw new ModelException(message, cause);
    }
  }

  /** How often this process has loaded a model. */
  public static long loads() {
    return LOADS.get();
  }

  /** Takes out models that nobody uses while there are too many; the caller closes them. */
  private static List<SegmentModel> takeUnused() {
    List<SegmentModel> unused = new ArrayList<>();
    Iterator<Entry> oldestFirst = MODELS.values().iterator();
    while (MODELS.size() > KEPT && oldestFirst.hasNext()) {
      Entry entry = oldestFirst.next();
      if (entry.isIdle()) {
        oldestFirst.remove();
        unused.add(entry.model.join());
      }
    }
    return unused;
  }

  /** Releases all models, in use or not. */
  static void clear() {
    Map<String, Entry> all;
    synchronized (MODELS) {
      all = new HashMap<>(MODELS);
      MODELS.clear();
    }
    all.values().stream()
        .filter(entry -> entry.model.isDone() && !entry.model.isCompletedExceptionally())
        .forEach(entry -> entry.model.join().close());
  }
}
