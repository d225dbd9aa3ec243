package org.segmentser.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Scratch;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.features.FeatureRequest;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.LabelledFeaturesJob;
import org.segmentser.features.NetworkFeatures;
import org.segmentser.segment.ClipSettings;
import org.segmentser.train.TrainingPlan.Mode;

/**
 * Labelled audio in, a published model out. Spark computes the features; the session ends before
 * the training, which is the driver's own, so that executors are not held for hours.
 */
public final class TrainingJob {
  private final Supplier<SparkSession> sessions;
  private final TrainingRequest request;

  /**
   * Prepares a training; reads nothing.
   *
   * @param sessions starts a session, which this job stops
   */
  public TrainingJob(Supplier<SparkSession> sessions, TrainingRequest request) {
    this.sessions = sessions;
    this.request = request;
  }

  /**
   * Checks the model to begin with, and lists the clips.
   *
   * @throws UserError if the clips cannot be listed, a label is wrong, or the clips have no
   *     speakers to split by
   * @throws org.segmentser.model.ModelException if the model is broken
   * @throws IOException if the session cannot be stopped
   */
  public LabelledCorpus list() throws IOException {
    verifyBase();
    try (SparkSession spark = sessions.get()) {
      return list(spark);
    }
  }

  private LabelledCorpus list(SparkSession spark) {
    LabelledCorpus listed = request.input().lister().list(spark, labels());
    Split.check(listed, request.plan().split());
    if (request.calibrationFolds() > 0) {
      CrossFit.check(listed, request.calibrationFolds(), request.plan().split());
    }
    return listed;
  }

  /**
   * Trains a model and publishes it. A training that diverges after its first epoch publishes the
   * best epoch so far.
   *
   * @param conf finds the file system of the target
   * @throws UserError if the request cannot be met, or there is no whole epoch to publish
   * @throws org.segmentser.model.ModelException if the model to begin with is broken
   * @throws IOException if a file of this machine cannot be written
   */
  public TrainedModel run(Configuration conf, TrainingListener listener) throws IOException {
    verifyBase();
    try (Scratch scratch = new Scratch()) {
      TrainingRun run = new TrainingRun(request, conf, scratch.path(), listener);
      run.refuseUnfinished();
      LabelledFeatures data = features(scratch.path().resolve("features"));
      listener.prepared(data);
      return run.train(data);
    }
  }

  private void verifyBase() {
    if (request.base() != null) {
      request.base().verify();
    }
  }

  private LabelledFeatures features(Path file) throws IOException {
    boolean ofHead = request.plan().mode() == Mode.HEAD;
    FeatureRequest features =
        new FeatureRequest(
            labels(),
            ClipSettings.of(request.segmentation()).withSpeech(request.speech()),
            ofHead ? NetworkFeatures.embeddings(request.base()) : null,
            request.cacheUri());
    try (SparkSession spark = sessions.get()) {
      return LabelledFeaturesJob.prepare(
          spark, list(spark), request.input().description(), features, file);
    }
  }

  private List<String> labels() {
    return request.plan().head().labels();
  }
}
