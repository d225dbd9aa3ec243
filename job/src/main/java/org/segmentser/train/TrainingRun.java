package org.segmentser.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.segmentser.FileSystems;
import org.segmentser.Json;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.audio.Condition;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.LabelledFeatures;
import org.segmentser.features.Utterance;
import org.segmentser.metrics.BootstrapSettings;
import org.segmentser.metrics.Evaluation;
import org.segmentser.metrics.Gaussian;
import org.segmentser.model.Calibration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.network.TrainableModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a training that needs no Spark: from features on this machine to a published model.
 */
final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  /** What the checkpoints of a model of calibration are called, before its number. */
  private static final String FOLD = "calibration-";

  private final TrainingRequest request;
  private final TrainingPlan plan;
  private final Configuration conf;
  private final Path scratch;
  private final TrainingListener listener;

  /** Whether some fold of it goes on from what is there. */
  private boolean isUnderWay;

  /**
   * Prepares a training; reads nothing.
   *
   * @param conf finds the file system of the target
   * @param scratch local directory that is deleted after the training
   */
  TrainingRun(
      TrainingRequest request, Configuration conf, Path scratch, TrainingListener listener) {
    this.request = request;
    this.plan = request.plan();
    this.conf = conf;
    this.scratch = scratch;
    this.listener = listener;
  }

  /**
   * Refuses, before work starts, checkpoints that another process is writing, or that are there
   * already and are not to be resumed.
   *
   * @throws UserError if there are such
   */
  void refuseUnfinished() throws IOException {
    boolean isResumed = request.checkpoints().isResumed();
    TrainingState.refuse(checkpoints(), isResumed);
    for (Path fold : foldsThere()) {
      TrainingState.refuse(fold, isResumed);
      if (isResumed && request.calibrationFolds() == 0) {
        throw UserError.usage(
            fold + " holds a part of a training with --calibration-folds; --resume needs it too");
      }
    }
  }

  /** What is left of the folds of an unfinished training. */
  private List<Path> foldsThere() throws IOException {
    List<Path> folds = new ArrayList<>();
    if (Files.isDirectory(checkpoints())) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(checkpoints(), FOLD + "*")) {
        found.forEach(folds::add);
      }
    }
    Collections.sort(folds);
    return folds;
  }

  /**
   * Splits, trains, tests and publishes.
   *
   * @throws UserError if the data cannot be split, there is no whole epoch to publish, or the model
   *     cannot be written
   */
  TrainedModel train(LabelledFeatures data) throws IOException {
    List<String> labels = plan.head().labels();
    Split split = Split.of(data.utterances(), plan.split(), labels, plan.seed());
    TrainingReport.Sides sides = TrainingReport.Sides.of(split, labels);
    listener.split(sides);
    KnownClips known = KnownClips.of(split, request.segmentation(), request.base());
    Path checkpoint = TrainingPlan.checkpoint(request.base(), scratch);
    try (FeatureFile file = FeatureFile.open(data.features())) {
      HeldOutClips heldOut = new HeldOutClips(file);
      List<CrossFit.Fold> folds = folds(split);
      List<TrainingState> heard = new ArrayList<>();
      for (CrossFit.Fold fold : folds) {
        heard.add(hear(fold, heldOut, data, file, checkpoint));
      }
      try (TrainingState state = openState(data);
          TrainableModel model = plan.begin(checkpoint, ModelRuntime.wholeMachine())) {
        Trainer.Result result = train(model, file, split, state, true);
        if (result.bestEpoch() == 0) {
          throw UserError.fault(
              "the loss became NaN in the first epoch; a lower --learning-rate may help");
        }
        boolean isCalibrated = request.calibrationFolds() > 0 || !split.validation().isEmpty();
        Optional<Gaussian> learned =
            isCalibrated ? heldOut.distribution(model, split.learned()) : Optional.empty();
        if (request.calibrationFolds() == 0) {
          heldOut.add(model, 0, learned, tellUnheard(split.validation()));
        }
        Evaluation crossValidation =
            folds.isEmpty() ? null : withOverlap(heldOut.evaluation(labels), judged(folds));
        Evaluation test = test(model, file, split.test());
        TrainingReport report =
            new TrainingReport(
                TrainingReport.Data.of(data, request.speech(), labels),
                sides,
                known,
                plan,
                request.calibrationFolds(),
                crossValidation,
                request.baseId(),
                result,
                test,
                TrainingReport.Environment.current());
        ModelDirectory published = publish(model, data.description(), report, heldOut, learned);
        heard.forEach(TrainingState::delete);
        state.delete();
        return new TrainedModel(plan.recipe(), result, crossValidation, test, published);
      }
    }
  }

  /**
   * Those with clips that tell something; none where the validation says how sure the model is, or
   * nothing can.
   */
  private List<CrossFit.Fold> folds(Split split) {
    if (request.calibrationFolds() == 0) {
      return List.of();
    }
    List<CrossFit.Fold> folds = CrossFit.folds(split, request.calibrationFolds(), plan);
    Set<Utterance> unheard = Collections.newSetFromMap(new IdentityHashMap<>());
    unheard.addAll(tellUnheard(judged(folds)));
    return folds.stream()
        .map(fold -> fold.judging(unheard))
        .filter(fold -> !fold.judged().isEmpty())
        .toList();
  }

  private static List<Utterance> judged(List<CrossFit.Fold> folds) {
    return folds.stream().flatMap(fold -> fold.judged().stream()).toList();
  }

  /**
   * Trains a fold's model, and lets it hear what it was not trained on.
   *
   * @return the fold's training, which stays on disk until the model is there
   */
  private TrainingState hear(
      CrossFit.Fold fold,
      HeldOutClips heldOut,
      LabelledFeatures data,
      FeatureFile file,
      Path checkpoint)
      throws IOException {
    listener.calibrationFold(fold.number(), request.calibrationFolds());
    try (TrainingState state =
            TrainingState.open(
                foldCheckpoints(fold.number()),
                fingerprint(data) + " " + fold.number() + " of " + request.calibrationFolds(),
                request.checkpoints().isResumed());
        TrainableModel model = plan.begin(checkpoint, ModelRuntime.wholeMachine())) {
      if (state.begunAfter() > 0) {
        isUnderWay = true;
        listener.resumed(state.begunAfter());
      }
      Trainer.Result result = train(model, file, fold.split(), state, false);
      if (result.hasDiverged()) {
        throw diverged(result.nextEpoch(), fold.number());
      }
      heldOut.add(
          model, fold.number(), heldOut.distribution(model, fold.split().learned()), fold.judged());
      if (!heldOut.areFinite()) {
        throw diverged(result.epochs().size(), fold.number());
      }
      return state;
    }
  }

  /**
   * What the model that this one begins with has not heard either, as far as that is known, with a
   * word to the user if those are fewer.
   */
  private List<Utterance> tellUnheard(List<Utterance> heldOut) {
    if (request.base() == null) {
      return heldOut;
    }
    List<Utterance> unheard = KnownClips.unheard(request.base(), heldOut, request.segmentation());
    if (unheard.size() < heldOut.size()) {
      LOG.warn(
          "the base model was trained on {} of {} clips that would tell how sure the model may be;"
              + " they are left out of its calibration",
          heldOut.size() - unheard.size(),
          heldOut.size());
    }
    return unheard;
  }

  private static UserError diverged(int epoch, int fold) {
    return UserError.fault(
        "the loss became NaN in epoch "
            + epoch
            + " of calibration fold "
            + fold
            + "; a lower --learning-rate may help");
  }

  private Path foldCheckpoints(int number) throws IOException {
    return checkpoints().resolve(FOLD + number);
  }

  private TrainingState openState(LabelledFeatures data) throws IOException {
    boolean isResumed = request.checkpoints().isResumed();
    TrainingState state = TrainingState.open(checkpoints(), fingerprint(data), isResumed);
    // That it begins anew would be false where its folds are there.
    if (isResumed && (state.begunAfter() > 0 || !isUnderWay)) {
      listener.resumed(state.begunAfter());
    }
    return state;
  }

  /** Changes with everything that decides the weights. */
  private String fingerprint(LabelledFeatures data) {
    String settings = new String(Json.indented(plan), StandardCharsets.UTF_8);
    // A clip may be readable now that was not the last time.
    String used =
        data.utterances().stream()
            .map(u -> u.features().clipId() + " " + u.features().rows())
            .collect(Collectors.joining("\n"));
    return Sha256.of(
        String.join("\n", data.fingerprint(), settings, String.valueOf(request.baseId()), used));
  }

  /**
   * Trains a model.
   *
   * @param keepsBest whether a stop may make the best epoch so far the model
   * @throws UserError if a stop leaves no model
   */
  private Trainer.Result train(
      TrainableModel model, FeatureFile file, Split split, TrainingState state, boolean keepsBest)
      throws IOException {
    LOG.info(
        "training begins: {} of {}, seed {}, {}",
        plan.mode().label(),
        request.baseId() == null ? "random weights" : request.baseId(),
        plan.seed(),
        plan.recipe().text());
    Trainer trainer = new Trainer(model, plan, file, split);
    try (StopRequest stop = listener.begin(keepsBest)) {
      Trainer.Result result = trainer.train(state, this::tell, stop::isWanted);
      LOG.info("training ended ({}); the best epoch is {}", result.end(), result.bestEpoch());
      boolean isEnded = result.end() == Trainer.End.STOPPED;
      if (isEnded && !(keepsBest && stop.keepsBest() && result.bestEpoch() > 0)) {
        throw UserError.ended(stop.exitCode(), "stopped" + whatIsLeft(result));
      }
      return result;
    }
  }

  /** What a training leaves that was stopped before there was a model. */
  private String whatIsLeft(Trainer.Result result) throws IOException {
    if (result.bestEpoch() == 0 && foldsThere().stream().noneMatch(TrainingState::isThere)) {
      return " before the first epoch was over; there is nothing to keep";
    }
    return checkpoints().startsWith(scratch)
        ? "; nothing is kept without --checkpoints, as the output is not on this machine"
        : "; --resume goes on from there";
  }

  private void tell(EpochFigures figures, int epochs, boolean isBest, double secondsLeft) {
    LOG.info("{}", figures.text(epochs, isBest, secondsLeft));
    listener.epoch(figures, epochs, isBest, secondsLeft);
  }

  /** Null without utterances. */
  private Evaluation test(TrainableModel model, FeatureFile file, List<Utterance> utterances) {
    if (utterances.isEmpty()) {
      return null;
    }
    Predictor predictor = new Predictor(model::predict, file);
    Evaluation evaluation =
        Evaluation.of(
            predictor.predict(utterances, Condition.CLEAN, 0),
            plan.head().labels(),
            BootstrapSettings.DEFAULT);
    return withOverlap(evaluation, utterances);
  }

  /** With how many of the clips the base model was trained on, if there is one. */
  private Evaluation withOverlap(Evaluation evaluation, List<Utterance> clips) {
    return request.base() == null
        ? evaluation
        : evaluation.withTrainedOn(
            KnownClips.overlap(request.base(), "the base model", clips, request.segmentation()));
  }

  private ModelDirectory publish(
      TrainableModel model,
      String data,
      TrainingReport report,
      HeldOutClips heldOut,
      Optional<Gaussian> learned) {
    TrainingRequest.Target target = request.target();
    Optional<Calibration> calibration = heldOut.calibration();
    ModelDirectory published =
        model.publish(
            target.name(),
            data,
            report.toJson(),
            target.card(),
            calibration.orElse(null),
            calibration.flatMap(any -> heldOut.novelty(learned)).orElse(null),
            target.uri(),
            conf);
    LOG.info("model {} is in {}", published.spec().modelId(), published);
    return published;
  }

  private Path checkpoints() throws IOException {
    if (request.checkpoints().directory() != null) {
      return request.checkpoints().directory();
    }
    var target = new org.apache.hadoop.fs.Path(request.target().uri());
    FileSystem fs = FileSystems.of(target, conf);
    if (fs instanceof LocalFileSystem local) {
      return Path.of(local.pathToFile(target) + ".training").toAbsolutePath();
    }
    if (request.checkpoints().isResumed()) {
      throw UserError.usage("--resume needs --checkpoints, as the output is not on this machine");
    }
    return scratch.resolve("checkpoints");
  }
}
