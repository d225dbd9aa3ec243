package org.segmentser.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.segmentser.model.ModelRuntime.Convolution;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * Chooses how networks of this process predict, by measuring for at most 1.5 s when the first of an
 * architecture is loaded. Thread-safe.
 */
final class InferencePlanner {
  private static final Logger LOG = LoggerFactory.getLogger(InferencePlanner.class);

  /** Nothing is measured again after that; the longest measurement takes some 0.2 s. */
  private static final int STOP_MS = 1200;

  /** The other way must be clearly faster, so that noise does not change results between runs. */
  private static final double CLEARLY = 0.9;

  /** Time for the JVM to compile the loops. */
  private static final int WARM_UP_MS = 250;

  private static final int PATCHES = 8;

  /** The likeliest first: it is taken where there is no time to compare. */
  private static final int[] CONVOLUTION_BATCHES = {16, 32, 8};

  private static final int[] DENSE_BATCHES = {64, 32, 16};

  private static final Map<List<Object>, InferencePlan> CHOSEN = new ConcurrentHashMap<>();

  /** Guarded by the class. */
  private static boolean isWarm;

  private final ConvolutionLayers layers;
  private final Session session;
  private final Vggish network;
  private final long startedNanos = System.nanoTime();

  private InferencePlanner(ConvolutionLayers layers, Session session, Vggish network) {
    this.layers = layers;
    this.session = session;
    this.network = network;
  }

  /** The plan for a network, measured unless this process has one for its architecture. */
  static InferencePlan plan(
      Convolution convolution,
      VggishArchitecture architecture,
      ConvolutionLayers layers,
      Session session,
      Vggish network) {
    // All but the first, which has a single channel to sum over.
    Set<String> inner = new HashSet<>(Vggish.CONVS.subList(1, Vggish.CONVS.size()));
    return switch (convolution) {
      case DIRECT -> unmeasured(Set.of());
      case WINOGRAD -> unmeasured(inner);
      case MEASURED ->
          CHOSEN.computeIfAbsent(
              List.of(architecture.conv(), architecture.fc()),
              key -> new InferencePlanner(layers, session, network).measure());
    };
  }

  private static InferencePlan unmeasured(Set<String> winograd) {
    return new InferencePlan(winograd, CONVOLUTION_BATCHES[0], DENSE_BATCHES[0]);
  }

  private InferencePlan measure() {
    List<String> reasons = new ArrayList<>();
    Set<String> winograd = new HashSet<>();
    warmUp();
    for (int i = 1; i < Vggish.CONVS.size(); i++) {
      double direct = millis(layers.direct(i, i), i, PATCHES);
      double byWinograd = millis(layers.winograd(i), i, PATCHES);
      if (byWinograd < CLEARLY * direct) {
        winograd.add(Vggish.CONVS.get(i));
      }
      reasons.add(
          String.format(
              Locale.ROOT,
              "%s %.2f direct, %.2f by Winograd",
              Vggish.CONVS.get(i).replaceAll(".*/", ""),
              direct,
              byWinograd));
    }
    int last = Vggish.CONVS.size() - 1;
    InferenceLayer deepest =
        winograd.contains(Vggish.CONVS.get(last))
            ? layers.winograd(last)
            : layers.direct(last, last);
    InferencePlan plan =
        new InferencePlan(
            winograd,
            best("convolutions", CONVOLUTION_BATCHES, n -> millis(deepest, last, n), reasons),
            best("dense layers", DENSE_BATCHES, this::denseMillis, reasons));
    LOG.info(
        "convolutions by Winograd: {}; {} patches through the convolutions and {} through the dense"
            + " layers together; chosen in {} ms (ms per patch: {})",
        winograd.stream().sorted().collect(Collectors.joining(", ")),
        plan.convolutionBatch(),
        plan.denseBatch(),
        elapsedMs(),
        String.join("; ", reasons));
    return plan;
  }

  private interface PerPatch {
    double millis(int batch);
  }

  private int best(String what, int[] batches, PerPatch perPatch, List<String> reasons) {
    int best = batches[0];
    double least = Double.MAX_VALUE;
    List<String> shown = new ArrayList<>();
    for (int batch : batches) {
      if (least < Double.MAX_VALUE && isLate()) {
        break;
      }
      double millis = perPatch.millis(batch);
      shown.add(String.format(Locale.ROOT, "%.2f for %d", millis, batch));
      if (millis < least) {
        least = millis;
        best = batch;
      }
    }
    reasons.add(what + " " + String.join(", ", shown));
    return best;
  }

  /**
   * Runs the loops and then the layers, which are many times slower before the JVM's second
   * compiler has seen to them, until they get no faster.
   */
  private void warmUp() {
    synchronized (InferencePlanner.class) {
      if (!isWarm) {
        untilNoFaster(InferencePlanner::exercise, 20, WARM_UP_MS / 2);
        List<TFloat32> tensors = new ArrayList<>();
        List<Runnable> runs = new ArrayList<>();
        for (int i = 1; i < Vggish.CONVS.size(); i++) {
          InferenceLayer layer = layers.winograd(i);
          TFloat32 in = filled(layers.input(i), PATCHES / 2);
          TFloat32 out = TFloat32.tensorOf(layer.output(PATCHES / 2));
          tensors.addAll(List.of(in, out));
          runs.add(() -> layer.run(session, in, out));
        }
        untilNoFaster(() -> runs.forEach(Runnable::run), 5, WARM_UP_MS);
        tensors.forEach(TFloat32::close);
      }
      isWarm = true;
    }
  }

  private static void untilNoFaster(Runnable work, int passes, int limitMs) {
    double total = 0;
    double fastest = Double.MAX_VALUE;
    for (int slower = 0; slower < passes && total < limitMs; ) {
      double millis = once(work);
      total += millis;
      slower = millis < CLEARLY * fastest ? 0 : slower + 1;
      fastest = Math.min(fastest, millis);
    }
  }

  /** Each loop some times, on short lines: compilers count calls. */
  private static void exercise() {
    int length = 64;
    float[][] in = new float[Winograd.WINDOW][length];
    float[][] out = new float[Winograd.WINDOW][length];
    for (int i = 0; i < 400; i++) {
      Winograd.forward(in, out, length);
      Winograd.inverse(in, out, length);
      Winograd.pool(in[0], in[1], in[2], in[3], in[4], out[0], length);
      Winograd.activate(in[0], in[1], out[1], length);
    }
  }

  private double millis(InferenceLayer layer, int i, int patches) {
    try (TFloat32 in = filled(layers.input(i), patches);
        TFloat32 out = TFloat32.tensorOf(layer.output(patches))) {
      return least(() -> layer.run(session, in, out)) / patches;
    }
  }

  private double denseMillis(int patches) {
    int last = Vggish.CONVS.size() - 1;
    try (TFloat32 in = filled(layers.output(1).tail(), patches)) {
      return least(
              () ->
                  session
                      .runner()
                      .feed(network.convolved().get(last), in)
                      .fetch(network.embedding())
                      .run()
                      .close())
          / patches;
    }
  }

  private double least(Runnable work) {
    double first = once(work);
    return isLate() ? first : Math.min(first, once(work));
  }

  private static double once(Runnable work) {
    long started = System.nanoTime();
    work.run();
    return (System.nanoTime() - started) / 1e6;
  }

  private boolean isLate() {
    return elapsedMs() > STOP_MS;
  }

  private long elapsedMs() {
    return (System.nanoTime() - startedNanos) / 1_000_000;
  }

  private static TFloat32 filled(Shape shape, int patches) {
    Shape batch = shape.prepend(patches);
    float[] values = new float[Math.toIntExact(batch.size())];
    Arrays.fill(values, 0.5f);
    return TFloat32.tensorOf(batch, tensor -> tensor.asRawTensor().data().asFloats().write(values));
  }
}
