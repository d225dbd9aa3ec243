package org.segmentser.train;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.segmentser.segment.Patch;

/**
 * A room's late reverberation on the mel magnitudes of a patch. What arrives late is a sum of very
 * many reflections, which in each frame and band is a normally distributed complex number
 * (Schroeder 1954; Schroeder and Kuttruff 1962): so a tail is not smooth but ripples, and is now in
 * and now out of phase with the direct sound. Bands ripple independently of each other, which those
 * below 1 kHz, narrower than a line of the spectrum, do less in truth. Not thread-safe.
 */
final class Room {
  private static final int BANDS = Patch.BANDS;

  /** Fraction of the patches before which somebody was already speaking. */
  private static final double BEGUN = 0.7;

  /**
   * How much of a frame's number the next one has. Noise would keep 0.33 over 10 ms, by the windows
   * of 25 ms; a voice, which is steady for longer, more.
   */
  private static final float KEPT = 0.8f;

  private static final float FRESH = 0.6f;

  /** Width of a line of a window's spectrum; lines farther apart ripple independently. */
  private static final double LINE_HZ = 60;

  /** Of variance 1/2, drawn once; each number is picked from them. */
  private static final float[] NORMALS = normals();

  /** How much of the ripple is left in each band, which averages over its lines. */
  private final float[] swing = new float[BANDS];

  private final float[] echo = new float[BANDS];
  private final float[] real = new float[BANDS];
  private final float[] imaginary = new float[BANDS];

  /**
   * A room for bands of these widths.
   *
   * @param widths in Hz
   */
  Room(double[] widths) {
    for (int band = 0; band < BANDS; band++) {
      swing[band] = (float) Math.sqrt(Math.min(1, LINE_HZ / widths[band]));
    }
  }

  private static float[] normals() {
    SplittableRandom random = new SplittableRandom(2);
    float[] numbers = new float[1 << 13];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() * Math.sqrt(0.5));
    }
    return numbers;
  }

  /**
   * Adds a reverberation that decays by 60 dB in 0.2 to 0.9 s. All of it is 12 dB below to 6 dB
   * above the direct sound, less up to 3 dB, as it begins a frame late.
   *
   * @param voice magnitudes of the direct sound, frame by frame, which are replaced
   */
  void reverberate(float[] voice, SplittableRandom random) {
    float decay = (float) Math.pow(10, -6 * 0.01 / Augmenter.between(random, 0.2, 0.9));
    float ratio = (float) (Math.pow(10, Augmenter.between(random, -12, 6) / 10) * (1 - decay));
    Arrays.fill(echo, 0);
    if (random.nextDouble() < BEGUN) {
      // From nothing to as loud as if speech like the patch had gone on for long.
      float before = (float) random.nextDouble() * decay / (1 - decay) / Patch.FRAMES;
      for (int i = 0; i < voice.length; i++) {
        echo[i % BANDS] += before * voice[i] * voice[i];
      }
    }
    for (int band = 0; band < BANDS; band++) {
      real[band] = NORMALS[random.nextInt(NORMALS.length)];
      imaginary[band] = NORMALS[random.nextInt(NORMALS.length)];
    }
    for (int frame = 0; frame < voice.length; frame += BANDS) {
      if (frame > 0) {
        ripple(random);
      }
      for (int band = 0; band < BANDS; band++) {
        float sound = voice[frame + band];
        float direct = sound * sound;
        float late = echo[band] * ratio;
        float re = real[band];
        float im = imaginary[band];
        // Of |sound + sqrt(late) (re + i im)|^2, what is beyond its mean.
        float beyond = late * (re * re + im * im - 1) + 2 * sound * (float) Math.sqrt(late) * re;
        float power = direct + late + swing[band] * beyond;
        voice[frame + band] = (float) Math.sqrt(Math.max(0, power));
        echo[band] = (echo[band] + direct) * decay;
      }
    }
  }

  /** Goes on by a frame. */
  private void ripple(SplittableRandom random) {
    int together = Augmenter.PICKS_PER_LONG / 2;
    for (int band = 0; band < BANDS; band += together) {
      long bits = random.nextLong();
      for (int i = 0; i < together; i++) {
        real[band + i] = next(real[band + i], bits, 2 * i);
        imaginary[band + i] = next(imaginary[band + i], bits, 2 * i + 1);
      }
    }
  }

  private static float next(float number, long bits, int at) {
    return KEPT * number + FRESH * Augmenter.pick(NORMALS, bits, at);
  }
}
