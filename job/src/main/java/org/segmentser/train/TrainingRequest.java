package org.segmentser.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledInput;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelSpec;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;

/**
 * A training that is asked for. Immutable.
 *
 * @param input what to learn from
 * @param segmentation how clips are cut
 * @param speech what is made of whether somebody speaks
 * @param plan how to learn
 * @param calibrationFolds how many models are trained beside it, each without a part of the
 *     speakers, to find out how sure the model may be, at least 2; 0 if its validation tells, where
 *     there is one
 * @param base the model to begin with; null for random weights
 * @param cacheUri directory that keeps features; null to keep none
 * @param target what becomes of the model
 * @param checkpoints where the training is kept until it has ended
 */
public record TrainingRequest(
    LabelledInput input,
    Segmentation segmentation,
    Speech speech,
    TrainingPlan plan,
    int calibrationFolds,
    ModelDirectory base,
    String cacheUri,
    Target target,
    Checkpoints checkpoints) {

  /**
   * What becomes of the model.
   *
   * @param uri directory that does not exist or is empty
   * @param name begins the model's id
   * @param card what people should know of the model, in Markdown; null for none
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record Target(String uri, String name, byte[] card) {
    /**
     * Reads a card before hours of work, so that nothing is wrong with it after them.
     *
     * @param file local; null for none
     * @throws UserError if it cannot be read or is longer than {@link ModelSpec#MAX_CARD_BYTES}
     */
    public static Target of(String uri, String name, Path file) {
      return new Target(uri, name, file == null ? null : readCard(file));
    }

    private static byte[] readCard(Path file) {
      try (InputStream in = Files.newInputStream(file)) {
        byte[] text = in.readNBytes(ModelSpec.MAX_CARD_BYTES + 1);
        if (text.length > ModelSpec.MAX_CARD_BYTES) {
          throw UserError.input(
              String.format(
                  Locale.ROOT,
                  "the card %s has more than %,d bytes",
                  file,
                  ModelSpec.MAX_CARD_BYTES));
        }
        return text;
      } catch (IOException e) {
        throw UserError.input("the card " + file + " cannot be read: " + UserError.reason(e));
      }
    }
  }

  /**
   * Where the training is kept until it has ended.
   *
   * @param directory local; null for one beside a local target, or a temporary one
   * @param isResumed whether to go on from what is there rather than refuse it
   */
  public record Checkpoints(Path directory, boolean isResumed) {}

  /** Id of the model to begin with; null for random weights. */
  String baseId() {
    return base == null ? null : base.spec().modelId();
  }
}
