package org.segmentser.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Scratch;
import org.segmentser.metrics.Gaussian;
import org.segmentser.model.Calibration.Conformal;

/** Makes copies of models, with and without a calibration. */
public final class CalibratedModels {
  private CalibratedModels() {}

  /**
   * {@link #of} with numbers that are not those of any clips: they make logits of formula weights
   * undecided, so that sets have several emotions, and embeddings far from the few that are known.
   */
  public static ModelDirectory anyhow(ModelDirectory model, Path directory) {
    List<Double> thresholds =
        IntStream.range(0, 50).mapToObj(percent -> 0.7 + percent / 500.0).toList();
    float[][] known = new float[20][model.spec().architecture().embedding()];
    for (int i = 0; i < known.length; i++) {
      known[i][i % known[i].length] = 0.1f * i;
    }
    return of(
        model,
        directory,
        new Calibration(1.7, new Conformal(100, thresholds), null),
        novelty(0, known, known));
  }

  /**
   * What some clips look like, and how far from it others lie.
   *
   * @param offset of the logarithms of embeddings; 0 for embeddings as they are
   * @param known mean embeddings
   * @param heldOut likewise
   */
  public static Novelty novelty(double offset, float[][] known, float[][] heldOut) {
    double[] weights = new double[known.length];
    Arrays.fill(weights, 1);
    Gaussian gaussian = Gaussian.fit(offset, known, weights);
    return Novelty.of(
        gaussian,
        Arrays.stream(heldOut)
            .map(clip -> IntStream.range(0, clip.length).mapToDouble(i -> clip[i]).toArray())
            .map(gaussian::distance)
            .toList());
  }

  /** A model with the same weights that does not know how sure it is. */
  public static ModelDirectory uncalibrated(ModelDirectory model, Path directory) {
    return of("plain", model, directory, null, null);
  }

  /**
   * A model with the same weights.
   *
   * @param directory does not exist or is empty
   * @param novelty null for none
   */
  public static ModelDirectory of(
      ModelDirectory model, Path directory, Calibration calibration, Novelty novelty) {
    return of("calibrated", model, directory, calibration, novelty);
  }

  private static ModelDirectory of(
      String name, ModelDirectory model, Path directory, Calibration calibration, Novelty novelty) {
    ModelSpec spec = model.spec();
    try (Scratch scratch = new Scratch();
        ModelStaging staging = new ModelStaging(Storage.uri(directory), new Configuration())) {
      model.localCopy(scratch.path());
      for (String file : spec.files().keySet()) {
        if (!file.equals(Novelty.FILE_NAME)) {
          Files.copy(scratch.path().resolve(file), staging.files().resolve(file));
        }
      }
      if (novelty != null) {
        Files.write(staging.files().resolve(Novelty.FILE_NAME), novelty.toJson());
      }
      return staging.publish(
          name,
          spec.architecture(),
          spec.head(),
          spec.postProcessing(),
          novelty == null ? calibration : calibration.withNovelty(Novelty.FILE_NAME),
          spec.provenance());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
