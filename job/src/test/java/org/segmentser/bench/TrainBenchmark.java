package org.segmentser.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
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

/** Seconds an epoch of training the narrow network from random weights. */
public final class TrainBenchmark {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  private TrainBenchmark() {}

  /** Arguments: root of EmoDB, epochs, threads, trainings side by side. */
  public static void main(String[] args) throws Exception {
    int epochs = Integer.parseInt(args[1]);
    int threads = Integer.parseInt(args[2]);
    int together = Integer.parseInt(args[3]);
    Path scratch = Files.createTempDirectory("train-benchmark");
    List<Utterance> utterances = new ArrayList<>();
    FeatureSet set;
    try (SparkSession spark =
        SparkSession.builder().master("local[2]").config("spark.ui.enabled", false).getOrCreate()) {
      var corpus =
          LabelledListing.list(Layout.EMODB, args[0], LABELS, spark.sessionState().newHadoopConf());
      ClipSettings settings =
          ClipSettings.of(Segmentation.of(Segmentation.Mode.PADDED, Double.NaN), 60, 86400, 600);
      set =
          FeatureJob.compute(
              spark,
              corpus.clips().stream().map(LabelledClip::clip).toList(),
              settings,
              null,
              null,
              scratch.resolve("features"));
      for (int i = 0; i < corpus.clips().size(); i++) {
        LabelledClip clip = corpus.clips().get(i);
        utterances.add(
            new Utterance(
                clip.clip().uri(),
                LABELS.indexOf(clip.label()),
                clip.speaker(),
                null,
                set.clips().get(i)));
      }
    }
    Recipe r = Recipe.DEFAULT;
    TrainingPlan plan =
        new TrainingPlan(
            TrainingPlan.Mode.SCRATCH,
            TrainingPlan.NARROW,
            new Head(100, LABELS),
            false,
            r,
            Split.By.NONE,
            true,
            1);
    Split split = Split.of(utterances, Split.By.NONE, LABELS, 1);
    IntStream.range(0, together)
        .mapToObj(
            i ->
                new Thread(
                    () -> {
                      try (FeatureFile file = FeatureFile.open(set);
                          TrainableModel model = plan.begin(null, ModelRuntime.of(threads))) {
                        int[] done = {0};
                        TrainingState state =
                            TrainingState.open(scratch.resolve("state" + i), "", false);
                        new Trainer(model, plan, file, split)
                            .train(
                                state,
                                (figures, best, left) -> {
                                  done[0]++;
                                  System.out.printf(
                                      Locale.ROOT,
                                      "training %d epoch %d: loss %.4f accuracy %.3f, %.2f s%n",
                                      i,
                                      figures.epoch(),
                                      figures.loss(),
                                      figures.accuracy(),
                                      figures.seconds());
                                },
                                () -> done[0] >= epochs);
                      }
                    }))
        .peek(Thread::start)
        .toList()
        .forEach(
            thread -> {
              try {
                thread.join();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
  }
}
