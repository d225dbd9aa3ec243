package org.segmentser.audio;

import java.util.function.DoubleUnaryOperator;
import org.segmentser.dsp.FrontEnd;

/**
 * What a {@link Condition} does to one stream of samples at {@value FrontEnd#SAMPLE_RATE} Hz. Keeps
 * bounded state from call to call; what comes out does not depend on how the stream is cut into
 * calls. One thread at a time may use an effect.
 */
@FunctionalInterface
public interface Effect {
  /** Replaces the stream's next samples. */
  void apply(float[] samples, int offset, int length);

  /** An effect that takes one sample after another. */
  static Effect of(DoubleUnaryOperator next) {
    return (samples, offset, length) -> {
      for (int i = offset; i < offset + length; i++) {
        samples[i] = (float) next.applyAsDouble(samples[i]);
      }
    };
  }
}
