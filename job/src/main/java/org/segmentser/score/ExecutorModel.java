package org.segmentser.score;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.segmentser.model.EmotionModel;
import org.segmentser.model.ModelCache;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.PostProcessor;

/**
 * A model on its way to executors: its description travels with the tasks, its files by Spark, once
 * to each executor, where all tasks share what is loaded from them.
 *
 * @param spec what the model is
 * @param threads that one executor's model may use besides its tasks' own
 */
record ExecutorModel(ModelSpec spec, int threads) implements Serializable {

  /**
   * Hands a model's files to Spark.
   *
   * @param directory the model on the driver's disk
   */
  static ExecutorModel distribute(
      SparkContext context, ModelSpec spec, Path directory, int threads) {
    ExecutorModel model = new ExecutorModel(spec, threads);
    try {
      // Spark knows a file by its name alone; the model's id keeps those of models apart.
      Path links = Files.createTempDirectory("segment-ser-model");
      links.toFile().deleteOnExit();
      for (String file : spec.files().keySet()) {
        Path link = links.resolve(model.shipped(file));
        Files.createSymbolicLink(link, directory.resolve(file).toAbsolutePath());
        // As a URI: Spark would follow a plain path to the name behind the link.
        context.addFile(link.toUri().toString());
        link.toFile().deleteOnExit();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return model;
  }

  /** This process's model; the first call in it loads it. */
  EmotionModel load() {
    return ModelCache.get(spec, () -> local(ModelSpec.WEIGHTS), threads);
  }

  /** The model's post-processing, which its description must have. */
  PostProcessor postProcessor() {
    Path pca = local(spec.postProcessing().pca());
    try (var in = Files.newInputStream(pca)) {
      return PostProcessor.read(in, spec.architecture().embedding());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path local(String file) {
    return Path.of(SparkFiles.get(shipped(file)));
  }

  private String shipped(String file) {
    return spec.modelId() + "." + file;
  }
}
