package org.segmentser.flow;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.JobNames;
import org.segmentser.Scratch;
import org.segmentser.UserError;
import org.segmentser.model.LoadedModels;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelRuntime.Convolution;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.SegmentModel;

/**
 * A model on its way to executors: its description travels with the tasks, its files by Spark, once
 * per executor, where all tasks share what is loaded from them. Where the driver's process is the
 * executor, the files stay where they are.
 *
 * @param spec what the model is
 * @param runtime what it may use of one executor
 * @param directory where the files are in this process; null if Spark brings them
 */
public record ExecutorModel(ModelSpec spec, ModelRuntime runtime, String directory)
    implements Serializable {

  /** Spark's setting of how predictions compute convolutions. */
  private static final String CONVOLUTION = "spark.segmentser.convolution";

  /** What sessions have been given: Spark takes a file name once, wherever the file lies. */
  private static final Map<SparkSession, Map<String, ExecutorModel>> SHIPPED = new WeakHashMap<>();

  /**
   * Hands the files of a model to Spark, for all queries of the session, unless it has them
   * already. Where this process is the executor, the model is loaded too, so that what is wrong
   * with it shows before any task.
   *
   * @throws org.segmentser.model.ModelException if a file of the model cannot be read
   */
  public static ExecutorModel distribute(SparkSession spark, ModelDirectory model) {
    ExecutorModel distributed;
    synchronized (SHIPPED) {
      distributed =
          SHIPPED
              .computeIfAbsent(spark, session -> new HashMap<>())
              .computeIfAbsent(model.spec().modelId(), id -> ship(spark, model));
    }
    if (spark.sparkContext().isLocal()) {
      distributed.lease().close();
    }
    return distributed;
  }

  private static ExecutorModel ship(SparkSession spark, ModelDirectory directory) {
    boolean isHere = spark.sparkContext().isLocal();
    // Not closed: the files are read from there as long as the session lives.
    Scratch named = new Scratch();
    ExecutorModel model =
        new ExecutorModel(
            directory.spec(),
            runtimeOf(spark.sparkContext()),
            isHere ? named.path().toString() : null);
    try (JobNames jobs = new JobNames(spark);
        Scratch copy = new Scratch()) {
      jobs.next("hand the model to the executors");
      if (directory.localPath().isEmpty()) {
        directory.localCopy(copy.path());
      }
      Path files = directory.localPath().orElse(copy.path());
      for (String file : model.spec.files().keySet()) {
        // Spark knows a file by its name alone; the model's id keeps those of models apart.
        Path shipped = named.path().resolve(model.shipped(file));
        linkOrCopy(files.resolve(file), shipped);
        if (!isHere) {
          // Not SparkContext.addFile: a query takes along only the files of its own session.
          spark.sql("ADD FILE '" + shipped.toUri() + "'");
        }
      }
    } catch (IOException e) {
      named.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      named.close();
      throw e;
    }
    return model;
  }

  /**
   * What a model may use of one executor: its cores, or the machine's where it takes them all.
   *
   * @throws UserError if {@value #CONVOLUTION} is set to what is no way to compute convolutions
   */
  public static ModelRuntime runtimeOf(SparkContext context) {
    return ModelRuntime.of(
            context.isLocal()
                ? context.defaultParallelism()
                : context.conf().getInt("spark.executor.cores", 0))
        .with(convolution(context));
  }

  private static Convolution convolution(SparkContext context) {
    String value = context.conf().get(CONVOLUTION, "measured");
    return Arrays.stream(Convolution.values())
        .filter(way -> way.name().equalsIgnoreCase(value))
        .findAny()
        .orElseThrow(
            () ->
                UserError.usage(
                    CONVOLUTION + " is '" + value + "'; it must be measured, direct or winograd"));
  }

  /** Not a symbolic link: to executors Spark gives the name behind it. */
  private static void linkOrCopy(Path file, Path link) throws IOException {
    try {
      Files.createLink(link, file.toRealPath());
    } catch (FileSystemException | UnsupportedOperationException e) {
      // Another file system, or one without links.
      Files.copy(file, link);
    }
  }

  /**
   * The model of this process, for the task that calls and until that ends. The first call loads
   * it.
   */
  public SegmentModel load() {
    LoadedModels.Lease lease = lease();
    TaskContext.get().addTaskCompletionListener(new ReleaseAtEnd(lease));
    return lease.model();
  }

  private LoadedModels.Lease lease() {
    return LoadedModels.lease(spec, this::local, runtime);
  }

  private record ReleaseAtEnd(LoadedModels.Lease lease) implements TaskCompletionListener {
    @Override
    public void onTaskCompletion(TaskContext task) {
      lease.close();
    }
  }

  /** The post-processing of the model, whose description must have one. */
  public PostProcessor postProcessor() {
    Path pca = local(spec.postProcessing().pca());
    try (var in = Files.newInputStream(pca)) {
      return PostProcessor.read(in, spec.architecture().embedding());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path local(String file) {
    return (directory == null ? received() : Path.of(directory)).resolve(shipped(file));
  }

  /** Where Spark put the files: below its root, in a directory of the session's own. */
  private Path received() {
    String any = shipped(spec.files().keySet().iterator().next());
    // Normal, as TensorFlow finds no checkpoint behind the /./ of executors' paths.
    Path root = Path.of(SparkFiles.getRootDirectory()).toAbsolutePath().normalize();
    try (Stream<Path> sessions = Files.list(root)) {
      return sessions.filter(path -> Files.exists(path.resolve(any))).findFirst().orElse(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String shipped(String file) {
    return spec.modelId() + "." + file;
  }
}
