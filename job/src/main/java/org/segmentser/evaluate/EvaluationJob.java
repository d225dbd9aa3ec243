package org.segmentser.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Scratch;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.evaluate.EvaluationRequest.FinishedModel;
import org.segmentser.evaluate.EvaluationRequest.ProtocolModels;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.FeatureRequest;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.LabelledFeaturesJob;
import org.segmentser.features.NetworkFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.ClipCertainty;
import org.segmentser.metrics.ClipPrediction;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Figure;
import org.segmentser.metrics.TrainingOverlap;
import org.segmentser.model.Calibration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.segment.ClipSettings;
import org.segmentser.train.CrossCalibration;
import org.segmentser.train.KnownClips;
import org.segmentser.train.TrainingPlan;
import org.segmentser.train.TrainingPlan.Mode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Labelled audio and a model in, figures and a report out. */
public final class EvaluationJob {
  private static final Logger LOG = LoggerFactory.getLogger(EvaluationJob.class);

  private final SparkSession spark;
  private final EvaluationRequest request;

  /** Prepares an evaluation; reads nothing. */
  public EvaluationJob(SparkSession spark, EvaluationRequest request) {
    this.spark = spark;
    this.request = request;
  }

  /** What models predicted, and how they came about. */
  private record PredictedClips(
      LabelledFeatures clean,
      TrainingOverlap trainedOn,
      List<ClipPrediction> predictions,
      List<FoldCurve> curves,
      List<ReportHeader.Line> facts) {}

  /**
   * Checks the model, and lists the clips.
   *
   * @throws UserError if the clips cannot be listed, a label is wrong, or the protocol needs
   *     speakers, sessions or corpora that are not there
   * @throws ModelException if the model is broken
   */
  public LabelledCorpus list() {
    if (request.subject().model() != null) {
      request.subject().model().verify();
    }
    LabelledCorpus listed = request.input().lister().list(spark, request.subject().labels());
    if (request.subject() instanceof ProtocolModels models) {
      models.protocol().check(listed);
    }
    return listed;
  }

  /**
   * Evaluates, and writes figures, predictions and report.
   *
   * @param prepared is given the features of clean audio before models predict
   * @throws UserError if the clips cannot be listed or divided into folds, no clip can be used, a
   *     training diverges, or the output cannot be written; nothing is left of the output then
   * @throws ModelException if the model is broken
   * @throws IOException if a file of this machine cannot be written
   */
  public Evaluation run(Consumer<LabelledFeatures> prepared) throws IOException {
    try (Scratch scratch = new Scratch()) {
      PredictedClips predicted =
          request.subject() instanceof FinishedModel finished
              ? predict(finished, prepared, scratch.path())
              : predict((ProtocolModels) request.subject(), prepared, scratch.path());
      Evaluation evaluation =
          Evaluation.of(predicted.predictions(), request.subject().labels(), request.intervals())
              .withTrainedOn(predicted.trainedOn());
      write(evaluation, predicted);
      LOG.info(
          "evaluation of {} clips in {}: weighted accuracy {}",
          evaluation.testSet().clips(),
          request.outputUri(),
          evaluation.headline().figures().get(Figure.WEIGHTED_ACCURACY).value());
      return evaluation;
    }
  }

  private PredictedClips predict(
      FinishedModel finished, Consumer<LabelledFeatures> prepared, Path scratch) {
    ModelDirectory model = finished.model();
    LOG.info("evaluating model {} on {}", model.spec().modelId(), request.input().description());
    Map<Condition, LabelledFeatures> data = features(NetworkFeatures.logits(model), scratch);
    LabelledFeatures clean = data.get(Condition.CLEAN);
    prepared.accept(clean);
    List<ClipPrediction> predictions = new ArrayList<>();
    ClipCertainty certainty = certainty(model.spec().calibration());
    for (Map.Entry<Condition, LabelledFeatures> heard : data.entrySet()) {
      for (ClipPrediction prediction : stored(heard.getKey(), heard.getValue())) {
        if (!prediction.segments().areFinite()) {
          throw new ModelException(
              "model "
                  + model
                  + " answers "
                  + prediction.reference().uri()
                  + " with what is no number; model verify tells more");
        }
        predictions.add(prediction.withCertainty(certainty));
      }
    }
    return new PredictedClips(
        clean,
        overlap(model, "the model", clean),
        predictions,
        List.of(),
        ReportHeader.ofModel(model.spec()));
  }

  /** Null for a model that is not calibrated. */
  private static ClipCertainty certainty(Calibration calibration) {
    return calibration == null ? null : calibration.certainty(ClipCertainty.COVERAGE);
  }

  /** Predictions whose logits are the features. */
  private static List<ClipPrediction> stored(Condition condition, LabelledFeatures data) {
    List<ClipPrediction> predictions = new ArrayList<>();
    try (FeatureFile file = FeatureFile.open(data.features())) {
      for (Utterance utterance : data.utterances()) {
        float[][] logits = new float[utterance.features().rows()][file.width()];
        for (int row = 0; row < logits.length; row++) {
          file.read(utterance.features().firstRow() + row, 1, logits[row], 0);
        }
        predictions.add(utterance.prediction(condition, 0, logits));
      }
    }
    return predictions;
  }

  private PredictedClips predict(
      ProtocolModels models, Consumer<LabelledFeatures> prepared, Path scratch) throws IOException {
    TrainingPlan plan = models.plan();
    ModelDirectory base = models.model();
    LOG.info(
        "evaluating {} on {}", models.protocol().kind().label(), request.input().description());
    boolean ofHead = plan.mode() == Mode.HEAD;
    Map<Condition, LabelledFeatures> data =
        features(ofHead ? NetworkFeatures.embeddings(base) : null, scratch);
    LabelledFeatures clean = data.get(Condition.CLEAN);
    prepared.accept(clean);
    int together =
        models.parallelFolds() == null
            ? ProtocolJob.affordable(spark, plan.parameters())
            : models.parallelFolds();
    List<FoldResult> results =
        ProtocolJob.run(
            spark, models.protocol(), plan, data, TrainingPlan.checkpoint(base, scratch), together);
    List<ClipPrediction> predictions =
        results.stream().flatMap(result -> result.predictions().stream()).toList();
    return new PredictedClips(
        clean,
        base == null ? null : overlap(base, "the model that each fold begins with", clean),
        models.protocol().kind().hasSimilarFolds() ? CrossCalibration.of(predictions) : predictions,
        results.stream().map(FoldResult::curve).toList(),
        ReportHeader.ofProtocol(models, results.size()));
  }

  private TrainingOverlap overlap(ModelDirectory model, String name, LabelledFeatures clean) {
    return KnownClips.overlap(model, name, clean.utterances(), request.segmentation());
  }

  /** The features under each condition, in the order of the request. */
  private Map<Condition, LabelledFeatures> features(NetworkFeatures network, Path scratch) {
    LabelledCorpus corpus = list();
    ClipSettings settings = ClipSettings.of(request.segmentation()).withSpeech(request.speech());
    Map<Condition, LabelledFeatures> features = new LinkedHashMap<>();
    for (Condition condition : request.conditions()) {
      features.put(
          condition,
          LabelledFeaturesJob.prepare(
              spark,
              corpus,
              request.input().description(),
              new FeatureRequest(
                  request.subject().labels(),
                  settings.withCondition(condition),
                  network,
                  request.cacheUri()),
              scratch.resolve("features-" + condition.label())));
    }
    return features;
  }

  private void write(Evaluation evaluation, PredictedClips predicted) {
    Configuration conf = spark.sessionState().newHadoopConf();
    ReportHeader header =
        ReportHeader.of(
            request.input(),
            request.segmentation(),
            request.speech(),
            predicted.clean(),
            predicted.facts());
    List<ClipPrediction> predictions = predicted.predictions();
    ReportOutput.write(
        request.outputUri(),
        evaluation,
        ReportPage.html(evaluation, header, predicted.curves(), predictions),
        uri -> PredictionsJob.write(spark, predictions, request.subject().labels(), uri),
        conf);
  }
}
