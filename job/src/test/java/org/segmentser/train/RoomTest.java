package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.segmentser.segment.Patch;

class RoomTest {
  private static final int FRAMES = Patch.FRAMES;
  private static final int BANDS = Patch.BANDS;
  private static final int DRAWS = 500;
  private static final int CLICK = 10;

  /** Of bands so wide that nothing of the ripple is left. */
  private static final double SMOOTH = Double.POSITIVE_INFINITY;

  /** A patch of silence but for one frame, in a room. */
  private static float[] click(double width, int seed) {
    float[] voice = new float[FRAMES * BANDS];
    Arrays.fill(voice, CLICK * BANDS, (CLICK + 1) * BANDS, 5);
    return in(width, voice, seed);
  }

  private static float[] in(double width, float[] voice, int seed) {
    double[] widths = new double[BANDS];
    Arrays.fill(widths, width);
    new Room(widths).reverberate(voice, new SplittableRandom(seed));
    return voice;
  }

  private static double power(float[] voice, int from, int to) {
    double sum = 0;
    for (int frame = from; frame < to; frame++) {
      sum += (double) voice[frame * BANDS] * voice[frame * BANDS];
    }
    return sum;
  }

  private static double decay(float[] voice, int frame) {
    return 20 * Math.log10(voice[frame * BANDS] / voice[(frame + 1) * BANDS]);
  }

  @Test
  void aRoomLetsSoundDieAwayAfterItAndNotBefore() {
    DoubleSummaryStatistics lateness = new DoubleSummaryStatistics();
    DoubleSummaryStatistics decays = new DoubleSummaryStatistics();
    int begun = 0;
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] voice = click(SMOOTH, seed);
      double first = voice[(CLICK + 1) * BANDS];
      double decay = decay(voice, CLICK + 1);
      decays.accept(decay);
      for (int frame = CLICK + 2; frame < CLICK + 10; frame++) {
        double expected = first * Math.pow(10, -decay * (frame - CLICK - 1) / 20);
        assertThat((double) voice[frame * BANDS]).isCloseTo(expected, within(first / 1000));
      }
      if (voice[0] > 0) {
        // Of what was before, it dies away as fast.
        begun++;
        assertThat(decay(voice, 3)).isCloseTo(decay, within(0.01));
      } else {
        assertThat(Arrays.copyOf(voice, CLICK * BANDS)).containsOnly(0);
        assertThat(voice[CLICK * BANDS]).isEqualTo(5);
        lateness.accept(10 * Math.log10(power(voice, CLICK + 1, FRAMES) / 25));
      }
    }
    // 60 dB within 20 to 90 frames.
    assertThat(decays.getMin()).isBetween(0.66, 0.7);
    assertThat(decays.getMax()).isBetween(2.7, 3.01);
    assertThat(lateness.getMin()).isBetween(-15.0, -10.0);
    assertThat(lateness.getMax()).isBetween(3.0, 6.0);
    assertThat(begun / (double) DRAWS).isBetween(0.65, 0.75);
  }

  @Test
  void silenceStaysSilent() {
    assertThat(in(60, new float[FRAMES * BANDS], 1)).containsOnly(0);
  }

  /** Speech that goes on keeps the level that it begins with, or rises to it. */
  @Test
  void whatWasSaidBeforeIsNoLouderThanWhatFollows() {
    double most = 0;
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] voice = new float[FRAMES * BANDS];
      Arrays.fill(voice, 1);
      in(SMOOTH, voice, seed);
      double atFirst = power(voice, 0, 1) - 1;
      double atLast = power(voice, FRAMES - 1, FRAMES) - 1;
      assertThat(atFirst).isLessThan(1.001 * atLast);
      most = Math.max(most, atFirst / atLast);
    }
    assertThat(most).isGreaterThan(0.9);
  }

  /** A tail's power in a line of the spectrum has an exponential distribution about its mean. */
  @Test
  void aTailRipplesAsASumOfManyReflections() {
    for (double width : new double[] {30, 60, 240}) {
      double swing = Math.min(1, Math.sqrt(60 / width));
      double sum = 0;
      double squares = 0;
      double products = 0;
      long count = 0;
      for (int seed = 0; seed < DRAWS; seed++) {
        float[] smooth = click(SMOOTH, seed);
        float[] rippled = click(width, seed);
        for (int at = (CLICK + 1) * BANDS; at < (CLICK + 20) * BANDS; at++) {
          double off = Math.pow(rippled[at] / smooth[at], 2) - 1;
          sum += off;
          squares += off * off;
          products += off * (Math.pow(rippled[at + BANDS] / smooth[at + BANDS], 2) - 1);
          count++;
        }
      }
      assertThat(sum / count).as("mean, %s Hz", width).isCloseTo(0, within(0.02));
      assertThat(Math.sqrt(squares / count)).as("%s Hz", width).isCloseTo(swing, within(0.02));
      // The square of 0.8, of which frames are alike.
      assertThat(products / squares).as("frames, %s Hz", width).isCloseTo(0.64, within(0.02));
    }
  }

  /** In phase it adds up to more than its power, out of phase to less; on average to its power. */
  @Test
  void soundAndTailAddUpByPower() {
    double rippled = 0;
    double smooth = 0;
    boolean isQuieter = false;
    for (int seed = 0; seed < DRAWS; seed++) {
      float[] voice = new float[FRAMES * BANDS];
      Arrays.fill(voice, 1);
      float[] other = voice.clone();
      in(60, voice, seed);
      in(SMOOTH, other, seed);
      for (int at = 0; at < voice.length; at++) {
        rippled += (double) voice[at] * voice[at];
        smooth += (double) other[at] * other[at];
        isQuieter |= voice[at] < 0.3;
        assertThat(voice[at]).isNotNegative();
      }
    }
    assertThat(rippled / smooth).isCloseTo(1, within(0.03));
    assertThat(isQuieter).isTrue();
  }
}
