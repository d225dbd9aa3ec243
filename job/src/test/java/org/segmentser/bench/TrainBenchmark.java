package org.segmentser.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Scratch;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledListing;
import org.segmentser.corpus.Layout;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.FeatureJob;
import org.segmentser.features.FeatureSet;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.TrainableModel;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.train.Recipe;
import org.segmentser.train.Split;
import org.segmentser.train.Trainer;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingState;

/**
 * Seconds per epoch of training the narrow network from random weights, with augmentation, and, in
 * turn, of the same network in Python's TensorFlow without ({@code src/bench/train_epochs.py}).
 */
public final class TrainBenchmark {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  /** Epochs before the first one that counts. */
  private static final int WARM_UP = 3;

  private TrainBenchmark() {}

  /** Arguments: root of EmoDB, pairs of epochs, threads, a Python that has TensorFlow. */
  public static void main(String[] args) throws Exception {
    int pairs = Integer.parseInt(args[1]);
    int threads = Integer.parseInt(args[2]);
    try (Scratch scratch = new Scratch()) {
      FeatureSet features;
      List<Utterance> utterances = new ArrayList<>();
      try (SparkSession spark =
          SparkSession.builder()
              .master("local[2]")
              .config("spark.ui.enabled", false)
              .getOrCreate()) {
        var corpus =
            LabelledListing.list(
                Layout.EMODB, args[0], LABELS, spark.sessionState().newHadoopConf());
        features =
            FeatureJob.compute(
                spark,
                corpus.clips().stream().map(LabelledClip::clip).toList(),
                null,
                ClipSettings.of(Segmentation.of(Segmentation.Mode.PADDED, Double.NaN)),
                null,
                null,
                scratch.path().resolve("features"));
        for (int i = 0; i < corpus.clips().size(); i++) {
          LabelledClip clip = corpus.clips().get(i);
          utterances.add(
              new Utterance(
                  clip.clip().uri(),
                  LABELS.indexOf(clip.label()),
                  clip.origin(),
                  features.clips().get(i)));
        }
      }
      TrainingPlan plan =
          new TrainingPlan(
              TrainingPlan.Mode.SCRATCH,
              TrainingPlan.NARROW,
              new Head(100, LABELS),
              false,
              Recipe.DEFAULT,
              Split.By.NONE,
              true,
              1);
      try (Python python = new Python(args[3], features.rows(), plan, threads);
          FeatureFile file = FeatureFile.open(features);
          TrainingState state = TrainingState.open(scratch.path().resolve("state"), "", false);
          TrainableModel model = plan.begin(null, ModelRuntime.of(threads))) {
        List<double[]> seconds = new ArrayList<>();
        new Trainer(model, plan, file, Split.of(utterances, Split.By.NONE, LABELS, 1))
            .train(
                state,
                (figures, epochs, best, left) -> {
                  double[] pair = {figures.seconds(), python.epoch()};
                  System.out.printf(Locale.ROOT, "train %.3f s, Python %.3f s%n", pair[0], pair[1]);
                  if (figures.epoch() > WARM_UP) {
                    seconds.add(pair);
                  }
                },
                () -> seconds.size() >= pairs);
        System.out.printf(
            Locale.ROOT,
            "medians of %d pairs, %d segments, %d threads: train %.3f s, Python %.3f s,"
                + " speed of train by Python's %.2f (%.2f to %.2f)%n",
            seconds.size(),
            features.rows(),
            threads,
            quantile(seconds.stream().mapToDouble(p -> p[0]).toArray(), 0.5),
            quantile(seconds.stream().mapToDouble(p -> p[1]).toArray(), 0.5),
            quantile(ratios(seconds), 0.5),
            quantile(ratios(seconds), 0),
            quantile(ratios(seconds), 1));
      }
    }
  }

  private static double[] ratios(List<double[]> seconds) {
    return seconds.stream().mapToDouble(p -> p[1] / p[0]).toArray();
  }

  private static double quantile(double[] values, double at) {
    java.util.Arrays.sort(values);
    return values[(int) Math.round(at * (values.length - 1))];
  }

  /** The other side: a process that computes an epoch when it is asked for one. */
  private static final class Python implements AutoCloseable {
    private final Process process;
    private final PrintStream in;
    private final BufferedReader out;

    Python(String executable, long examples, TrainingPlan plan, int threads) throws IOException {
      process =
          new ProcessBuilder(
                  executable,
                  Path.of(System.getProperty("segmentser.root"), "job/src/bench/train_epochs.py")
                      .toString(),
                  Long.toString(examples),
                  Integer.toString(plan.recipe().steps().batchSize()),
                  Integer.toString(threads))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      in = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
      out = process.inputReader(StandardCharsets.US_ASCII);
      System.out.println("Python with " + out.readLine());
    }

    /** Seconds that it takes. */
    double epoch() {
      in.println("epoch");
      try {
        return Double.parseDouble(out.readLine());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }
}
