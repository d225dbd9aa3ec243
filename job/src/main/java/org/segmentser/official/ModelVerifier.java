package org.segmentser.official;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.PostProcessor;
import org.segmentser.model.Predictions;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.VggishArchitecture;
import org.segmentser.official.OfficialVggish.SmokeTest;
import org.segmentser.segment.Patch;

/**
 * Checks that a model is whole, loads and computes and, if its weights are the official ones, that
 * they give the published numbers for known audio. Not thread-safe.
 */
public final class ModelVerifier {
  private final SmokeInput smokeInput;
  private final ModelRuntime runtime;
  private final Consumer<String> report;
  private final List<String> failures = new ArrayList<>();

  /**
   * A verifier.
   *
   * @param smokeInput the front end that the published smoke tests are run through
   * @param runtime that the model is loaded with
   * @param report receives a line per check
   */
  public ModelVerifier(SmokeInput smokeInput, ModelRuntime runtime, Consumer<String> report) {
    this.smokeInput = smokeInput;
    this.runtime = runtime;
    this.report = report;
  }

  /**
   * Verifies a model.
   *
   * @throws ModelException that says what is wrong
   */
  public void verify(ModelDirectory model) {
    model.verify();
    report.accept("ok    files: " + model.spec().files().size() + " have their length and SHA-256");
    if (model.novelty().isPresent()) {
      report.accept("ok    novelty: a distribution of embeddings of the model's length");
    }
    checkNumbers(model);
    if (model.spec().provenance().sha256().equals(OfficialVggish.CHECKPOINT.sha256())) {
      OfficialVggish.SMOKE_TESTS.forEach(test -> checkSmokeTest(model, test));
    }
    if (!failures.isEmpty()) {
      throw new ModelException("model " + model + " does not pass: " + String.join("; ", failures));
    }
  }

  /** Runs silence and noise, whose outputs must be finite. */
  private void checkNumbers(ModelDirectory model) {
    Set<Output> outputs = EnumSet.of(Output.EMBEDDINGS);
    if (model.spec().head() != null) {
      outputs.add(Output.LOGITS);
    }
    try (SegmentModel loaded = model.load(runtime)) {
      report.accept("ok    checkpoint: every variable has the name and shape of the architecture");
      Predictions predictions = loaded.predict(List.of(silence(), noise()), outputs);
      for (Output output : outputs) {
        float[][] rows = output == Output.LOGITS ? predictions.logits() : predictions.embeddings();
        check(
            values(rows).allMatch(Double::isFinite),
            output.name().toLowerCase(Locale.ROOT) + " of silence and noise are finite");
      }
    }
  }

  private void checkSmokeTest(ModelDirectory model, SmokeTest test) {
    String name = "smoke test, fc2 " + test.fc2() + ", " + test.sampleRate() + " Hz: ";
    float[][] embeddings;
    ModelSpec spec =
        model.spec().withArchitecture(VggishArchitecture.of(model.spec()).withFc2(test.fc2()));
    try (SegmentModel loaded = model.load(spec, runtime)) {
      List<byte[]> patches = smokeInput.patches(sine(test.sampleRate()), test.sampleRate());
      embeddings = loaded.predict(patches, EnumSet.of(Output.EMBEDDINGS)).embeddings();
    }
    double[] values = values(embeddings).toArray();
    checkNear(name + "embedding mean", mean(values), test.embeddingMean());
    checkNear(name + "embedding std", std(values), test.embeddingStd());
    if (test.firstIsKnown()) {
      double deviation = OfficialVggish.embeddingDeviation(embeddings[0]);
      check(
          deviation <= OfficialVggish.EMBEDDING_TOLERANCE,
          text(
              "%sfirst embedding within %.2g of the known one (largest deviation %.2g)",
              name, OfficialVggish.EMBEDDING_TOLERANCE, deviation));
    }
    model.postProcessor().ifPresent(post -> checkPostProcessed(name, test, embeddings, post));
  }

  private void checkPostProcessed(
      String name, SmokeTest test, float[][] embeddings, PostProcessor post) {
    List<byte[]> quantised = Arrays.stream(embeddings).map(post::quantise).toList();
    double[] values =
        quantised.stream()
            .flatMapToDouble(
                row -> IntStream.range(0, row.length).mapToDouble(i -> Byte.toUnsignedInt(row[i])))
            .toArray();
    checkNear(name + "8-bit mean", mean(values), test.postProcessedMean());
    checkNear(name + "8-bit std", std(values), test.postProcessedStd());
    if (test.firstIsKnown()) {
      double deviation = OfficialVggish.postProcessedDeviation(quantised.get(0));
      check(
          deviation <= OfficialVggish.POST_PROCESSED_TOLERANCE,
          text(
              "%sfirst 8-bit embedding within %.2g of the known one on average (%.2g)",
              name, OfficialVggish.POST_PROCESSED_TOLERANCE, deviation));
    }
  }

  private void checkNear(String what, double actual, double expected) {
    check(
        Math.abs(actual - expected) <= OfficialVggish.SMOKE_TOLERANCE * Math.abs(expected),
        text(
            "%s %.4g, published %.4g (within %.0f %%)",
            what, actual, expected, 100 * OfficialVggish.SMOKE_TOLERANCE));
  }

  private void check(boolean ok, String what) {
    report.accept((ok ? "ok    " : "FAIL  ") + what);
    if (!ok) {
      failures.add(what);
    }
  }

  private static float[] sine(int sampleRate) {
    float[] samples = new float[3 * sampleRate];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) Math.sin(2 * Math.PI * 1000 * i / sampleRate);
    }
    return samples;
  }

  private static byte[] silence() {
    return patch(() -> Math.log(ModelSpec.FrontEndSpec.VGGISH.logOffset()));
  }

  private static byte[] noise() {
    Random random = new Random(1);
    return patch(() -> -1 + random.nextGaussian());
  }

  private static byte[] patch(DoubleSupplier values) {
    ByteBuffer patch = ByteBuffer.allocate(Patch.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (patch.hasRemaining()) {
      patch.putFloat((float) values.getAsDouble());
    }
    return patch.array();
  }

  private static DoubleStream values(float[][] rows) {
    return Arrays.stream(rows)
        .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double std(double[] values) {
    double mean = mean(values);
    return Math.sqrt(mean(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).toArray()));
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
