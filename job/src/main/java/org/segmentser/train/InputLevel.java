package org.segmentser.train;

import java.util.function.DoubleUnaryOperator;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.dsp.Logarithm;
import org.segmentser.segment.Patch;

/**
 * The level that a network wants its patches at, and the way there: by mel magnitudes, {@code
 * exp(x) - 0.01} of a patch's numbers, which are written with the network's own offset.
 * Thread-safe.
 */
final class InputLevel {
  /** Any level will do. */
  static final InputLevel ANY = new InputLevel(mean -> 1, FrontEnd.LOG_OFFSET);

  private static final int NUMBERS = Patch.FRAMES * Patch.BANDS;

  private final DoubleUnaryOperator gain;
  private final double offset;

  /**
   * A level.
   *
   * @param gain of a patch, from the mean of its magnitudes
   * @param offset added to the magnitudes before their logarithm is taken
   */
  private InputLevel(DoubleUnaryOperator gain, double offset) {
    this.gain = gain;
    this.offset = offset;
  }

  /** That of a plan's network, if patches are what it is fed; else {@link #ANY}. */
  static InputLevel of(TrainingPlan plan) {
    return plan.mode() == TrainingPlan.Mode.HEAD || plan.architecture().inputLevel() == null
        ? ANY
        : new InputLevel(plan.architecture()::inputGain, plan.architecture().logOffset());
  }

  /**
   * The mel magnitudes of a patch, at least 0.
   *
   * @param patches of which one begins at {@code at}
   * @param magnitudes receives them; may be {@code patches}
   */
  static void magnitudes(float[] patches, int at, float[] magnitudes) {
    for (int i = 0; i < NUMBERS; i++) {
      double magnitude = Exponential.of(patches[at + i]) - FrontEnd.LOG_OFFSET;
      // Several times faster than Math.max, which has to tell zeros of both signs apart.
      magnitudes[i] = magnitude < 0 ? 0 : (float) magnitude;
    }
  }

  /** Makes a patch at this level out of magnitudes; {@code into} receives it from {@code at} on. */
  void write(float[] magnitudes, float[] into, int at) {
    double factor = gain.applyAsDouble(mean(magnitudes));
    for (int i = 0; i < NUMBERS; i++) {
      into[at + i] = (float) Logarithm.of(magnitudes[i] * factor + offset);
    }
  }

  private static double mean(float[] magnitudes) {
    // By bands first, as such sums do not wait for each other.
    float[] sums = new float[Patch.BANDS];
    for (int frame = 0; frame < NUMBERS; frame += Patch.BANDS) {
      for (int band = 0; band < Patch.BANDS; band++) {
        sums[band] += magnitudes[frame + band];
      }
    }
    double sum = 0;
    for (float ofBand : sums) {
      sum += ofBand;
    }
    return sum / NUMBERS;
  }

  /** Brings the patches in an array, one after the other, to this level. */
  void apply(float[] patches) {
    if (this == ANY) {
      return;
    }
    float[] magnitudes = new float[NUMBERS];
    for (int at = 0; at < patches.length; at += NUMBERS) {
      magnitudes(patches, at, magnitudes);
      write(magnitudes, patches, at);
    }
  }
}
