package org.segmentser.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.segmentser.audio.Condition;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.ClipPrediction.Reference;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Origin;
import org.segmentser.metrics.PredictedClips;
import org.segmentser.metrics.TrainingOverlap;
import org.segmentser.train.EpochFigures;
import org.segmentser.train.EpochFigures.Validation;

/** A report of everything that a report may hold, for tests. */
final class Reports {
  static final List<String> LABELS =
      List.of("anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness");

  /** Ends a script, opens a slot and closes an attribute, where these are not escaped. */
  static final String NASTY = "<img src=x onerror=alert(1)></script>{{data}}\"' &amp; $1";

  static final String LONG_PATH =
      "hdfs://namenode.example.org:8020/archive/2026/11" + "/a-directory-of-the-archive".repeat(6);

  private static final int SPEAKERS = 10;

  private Reports() {}

  /** Ten folds under three conditions. */
  static String full() {
    List<ClipPrediction> predictions = new ArrayList<>();
    predictions.addAll(predictions(Condition.CLEAN, 1.9));
    predictions.addAll(predictions(Condition.NOISE, 1.2));
    predictions.addAll(predictions(Condition.TELEPHONE, 0.8));
    List<FoldCurve> curves = new ArrayList<>();
    for (int fold = 0; fold < SPEAKERS; fold++) {
      curves.add(curve(fold));
    }
    ReportHeader facts =
        new ReportHeader(
            "EmoDB, leave one speaker out " + NASTY,
            List.of(
                new ReportHeader.Line(
                    "Protocol", "leave one speaker out, 10 folds, one model each"),
                new ReportHeader.Line("Data", "file:/data/emodb/wav, 535 clips, " + NASTY),
                new ReportHeader.Line("Segmentation", "paper-overlap, 0.96 s"),
                new ReportHeader.Line("Training", "100 epochs, Adam 1e-4, batch 32, dropout 0.5"),
                new ReportHeader.Line("Left out", "3 clips: 2 too short, 1 not audio"),
                new ReportHeader.Line("Version", "segment-ser 0.2.0 (abc1234)"),
                new ReportHeader.Line("Date", "2026-11-22")));
    return html(predictions, LABELS, facts, curves);
  }

  /** A finished model, one clip that is right, no speaker known. */
  static String smallest() {
    return html(
        List.of(PredictedClips.clip("only", 0, PredictedClips.row(1, 0))),
        List.of("a", "b"),
        new ReportHeader("Model m-1", List.of()),
        List.of());
  }

  /** Two errors: a clip that is called by its URI, and one that has a name of its own. */
  static String ofLongPaths() {
    String uri = LONG_PATH + "/call 7.wav";
    ClipPrediction named = PredictedClips.clip("call-8", 0, PredictedClips.row(0, 1));
    return html(
        List.of(
            at(PredictedClips.clip(uri, 0, PredictedClips.row(0, 2)), uri),
            at(named, LONG_PATH + "/call 8.wav")),
        List.of("a", "b"),
        new ReportHeader(
            "Emotion recognition on calls.csv",
            List.of(new ReportHeader.Line("Data", "manifest " + LONG_PATH + "/calls.csv"))),
        List.of());
  }

  private static ClipPrediction at(ClipPrediction c, String uri) {
    Reference clip = c.reference();
    return new ClipPrediction(
        new Reference(clip.clipId(), uri, clip.origin(), clip.label()),
        c.condition(),
        c.fold(),
        c.segments());
  }

  private static String html(
      List<ClipPrediction> predictions,
      List<String> labels,
      ReportHeader facts,
      List<FoldCurve> curves) {
    Evaluation evaluation = Evaluation.of(predictions, labels, new BootstrapSettings(200, 1));
    if (predictions.size() > 1) {
      evaluation =
          evaluation.withTrainedOn(
              new TrainingOverlap(30, 300, "the model was trained on 30 of these 300 clips"));
    }
    return ReportPage.html(evaluation, facts, curves, predictions);
  }

  private static List<ClipPrediction> predictions(Condition condition, double skill) {
    Random random = new Random(3);
    List<ClipPrediction> clips = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int speaker = i % SPEAKERS;
      int label = random.nextInt(LABELS.size());
      int segments = i == 7 ? 12 : 1 + random.nextInt(5);
      double[][] logits = new double[segments][LABELS.size()];
      double bias = random.nextGaussian();
      int liked = random.nextInt(LABELS.size());
      for (double[] row : logits) {
        for (int c = 0; c < row.length; c++) {
          row[c] = 0.8 * random.nextGaussian();
        }
        row[label] += skill - 0.1 * speaker;
        row[liked] += bias;
      }
      logits[0][(label + 1) % LABELS.size()] += i == 7 ? 200 : 0;
      ClipPrediction clip =
          PredictedClips.clip(
              i == 7 ? NASTY : "%02da%02dF%d".formatted(speaker + 3, i, label),
              "%02d".formatted(speaker + 3),
              condition,
              label,
              logits);
      Reference reference = clip.reference();
      clips.add(
          new ClipPrediction(
              new Reference(
                  reference.clipId(),
                  reference.uri(),
                  new Origin(
                      speaker < 4 ? "studio" : "street",
                      reference.origin().speaker(),
                      speaker < 5 ? "first" : "second",
                      speaker % 2 == 0 ? "female" : "male",
                      20 + 5 * speaker),
                  label),
              condition,
              speaker,
              clip.segments()));
    }
    return clips;
  }

  private static FoldCurve curve(int fold) {
    Random random = new Random(fold);
    List<EpochFigures> epochs = new ArrayList<>();
    for (int epoch = 1; epoch <= 40 + fold; epoch++) {
      double loss = 0.25 + 1.7 * Math.exp(-epoch / 9.0) + 0.03 * random.nextGaussian();
      double validationLoss = loss + 0.35 + 0.004 * epoch + 0.05 * random.nextGaussian();
      Validation validation =
          epoch % 2 == 1
              ? null
              : new Validation(validationLoss, Math.exp(-0.6 * validationLoss), 0.7, 0.68);
      epochs.add(new EpochFigures(epoch, loss, Math.exp(-0.5 * loss), validation, 12));
    }
    return new FoldCurve(fold, "speaker " + (fold + 3), epochs);
  }
}
