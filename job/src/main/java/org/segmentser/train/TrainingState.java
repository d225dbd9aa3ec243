package org.segmentser.train;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.segmentser.Json;
import org.segmentser.UserError;
import org.segmentser.network.TrainableModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training on disk: a checkpoint of the last epoch and one of the best, in a local directory that
 * one process at a time has. An interruption at any moment leaves the last whole epoch to go on
 * from. Not thread-safe.
 */
public final class TrainingState implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingState.class);
  private static final String PROGRESS = "progress.json";

  /** Locked by the process whose training it is, so that it is free once that has died. */
  private static final String LOCK = "training.lock";

  /** The files of a checkpoint. */
  private static final Pattern OWN = Pattern.compile("epoch-\\d+\\.(index|data-).*");

  private final Path directory;
  private final String fingerprint;
  private FileChannel lock;
  private int begunAfter;

  /**
   * How far a training has come: the content of {@code progress.json}.
   *
   * @param fingerprint of data and settings, which a resumed training must share
   * @param epoch the last whole one, counted from 1
   * @param best the epoch with the best weights, counted from 1
   * @param figures of every epoch so far
   */
  record SavedProgress(String fingerprint, int epoch, int best, List<EpochFigures> figures) {
    /** Refuses what {@link #keep} cannot have written. */
    SavedProgress {
      Objects.requireNonNull(fingerprint, "no fingerprint");
      Objects.requireNonNull(figures, "no figures");
      if (best < 1 || best > epoch || figures.size() != epoch) {
        throw new IllegalArgumentException(
            "epoch " + epoch + ", best " + best + ", figures of " + figures.size());
      }
    }
  }

  /**
   * Refuses a directory, before work starts, that another process is training in, or that holds a
   * training which is not to be resumed.
   *
   * @throws UserError if it is such
   */
  static void refuse(Path directory, boolean resume) {
    TrainingState state = new TrainingState(directory, "");
    if (Files.exists(directory.resolve(LOCK))) {
      state.lock();
      state.unlock();
    }
    if (!resume) {
      refuseUnfinished(directory, state.read());
    }
  }

  /** Whether a directory holds a training. */
  static boolean isThere(Path directory) {
    return Files.exists(directory.resolve(PROGRESS));
  }

  private static void refuseUnfinished(Path directory, Optional<SavedProgress> found) {
    if (found.isPresent()) {
      throw UserError.usage(
          directory
              + " holds an unfinished training, after epoch "
              + found.get().epoch()
              + "; continue it with --resume or delete it");
    }
  }

  /**
   * Opens a directory, which is created if there is none.
   *
   * @param fingerprint of data and settings
   * @param resume whether to go on from what is there rather than refuse it
   * @throws UserError if the directory holds a training and {@code resume} is false, holds one with
   *     other data or settings, is another process's, or cannot be written
   */
  public static TrainingState open(Path directory, String fingerprint, boolean resume) {
    TrainingState state = new TrainingState(directory, fingerprint);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw UserError.unwritable("the directory " + directory, e);
    }
    if (!Files.isWritable(directory)) {
      throw UserError.usage("the directory " + directory + " cannot be written");
    }
    state.lock();
    try {
      state.begin(resume);
    } catch (UserError e) {
      state.close();
      throw e;
    }
    return state;
  }

  private void begin(boolean resume) {
    Optional<SavedProgress> found = read();
    if (!resume) {
      refuseUnfinished(directory, found);
    }
    if (found.isPresent() && !found.get().fingerprint().equals(fingerprint)) {
      throw UserError.usage(
          directory
              + " holds a training with other data or settings; --resume needs the same ones");
    }
    begunAfter = found.map(SavedProgress::epoch).orElse(0);
  }

  private void lock() {
    boolean isOurs;
    try {
      lock = FileChannel.open(directory.resolve(LOCK), CREATE, WRITE);
      // One that has ended meanwhile has deleted it.
      isOurs = lock.tryLock() != null && Files.exists(directory.resolve(LOCK));
    } catch (OverlappingFileLockException e) {
      isOurs = false;
    } catch (IOException e) {
      // Some network file systems have no locks.
      LOG.warn("cannot lock {}: {}", directory, e.toString());
      isOurs = true;
    }
    if (!isOurs) {
      unlock();
      throw UserError.busy("another process is training in " + directory);
    }
  }

  private void unlock() {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        // The process's end gives it back.
      }
      lock = null;
    }
  }

  private TrainingState(Path directory, String fingerprint) {
    this.directory = directory;
    this.fingerprint = fingerprint;
  }

  /** The epoch after which this training goes on; 0 if it begins anew. */
  public int begunAfter() {
    return begunAfter;
  }

  private Optional<SavedProgress> read() {
    try {
      byte[] json = Files.readAllBytes(directory.resolve(PROGRESS));
      SavedProgress progress = Json.MAPPER.readValue(json, SavedProgress.class);
      if (progress == null) {
        throw UserError.input(directory.resolve(PROGRESS) + " is broken: it holds nothing");
      }
      return Optional.of(progress);
    } catch (java.nio.file.NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw UserError.input(directory.resolve(PROGRESS) + " is broken: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw UserError.usage("the checkpoints in " + directory + " cannot be read: " + e);
    }
  }

  /** Puts the weights of the last epoch into {@code model}; changes nothing if there is none. */
  Optional<SavedProgress> resume(TrainableModel model) {
    Optional<SavedProgress> progress = read();
    progress.ifPresent(p -> model.restore(checkpoint(p.epoch())));
    return progress;
  }

  /** Keeps an epoch, and the best one, and deletes the others. */
  void keep(TrainableModel model, int epoch, int best, List<EpochFigures> figures) {
    model.save(checkpoint(epoch));
    try {
      Path next = directory.resolve(PROGRESS + ".tmp");
      Files.write(next, Json.indented(new SavedProgress(fingerprint, epoch, best, figures)));
      Files.move(
          next,
          directory.resolve(PROGRESS),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      deleteAllBut(List.of(name(epoch), name(best)));
    } catch (IOException e) {
      throw UserError.fault("the checkpoint of epoch " + epoch + " cannot be written: " + e);
    }
  }

  /** Puts the weights of the last or the best epoch into {@code model}. */
  void restore(TrainableModel model, int epoch) {
    model.restore(checkpoint(epoch));
  }

  private Path checkpoint(int epoch) {
    return directory.resolve(name(epoch));
  }

  private static String name(int epoch) {
    return "epoch-" + epoch;
  }

  private void deleteAllBut(List<String> names) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "epoch-*")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (OWN.matcher(name).matches()
            && names.stream().noneMatch(kept -> name.startsWith(kept + "."))) {
          Files.delete(file);
        }
      }
    }
  }

  /**
   * Leaves the directory to others, and deletes it if it is empty, as after a training that failed
   * at once.
   */
  @Override
  public void close() {
    try {
      if (lock != null) {
        Files.deleteIfExists(directory.resolve(LOCK));
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // It holds a training, or this process may not delete it.
    } finally {
      unlock();
    }
  }

  /** Deletes the training, once its result is elsewhere. */
  public void delete() {
    try {
      deleteAllBut(List.of());
      Files.deleteIfExists(directory.resolve(PROGRESS));
      close();
    } catch (IOException e) {
      // A failure to tidy up must not hide the result.
    }
  }
}
