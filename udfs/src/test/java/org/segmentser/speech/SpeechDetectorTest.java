package org.segmentser.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.Golden;
import org.segmentser.GoldenSet;
import org.segmentser.audio.AudioDecoder;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.segment.Clips;

class SpeechDetectorTest {
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "speech_16k.wav",
        "speech_sad_16k.wav",
        "silence_2s.wav",
        "chirp_3s.wav",
        "sine_1khz_3s.wav"
      })
  void probabilitiesAreThoseOfThePublishedNetwork(String name) throws Exception {
    Path expected = Golden.shared("silero/" + name + ".speech.npy");
    assumeTrue(Files.exists(expected), () -> "skipped: no " + expected);
    List<Double> actual = probabilities(samples(GoldenSet.WHOLE.path("audio/" + name)));
    assertThat(actual).hasSameSizeAs(Golden.floats(expected));
    assertStartsWith(actual, Golden.floats(expected));
  }

  /** The clip is the beginning of a longer one, of whose probabilities these are the first. */
  @Test
  void probabilitiesAreThoseOfTheSubset() throws Exception {
    List<Double> actual = probabilities(samples(GoldenSet.SUBSET.path("audio/speech_975ms.wav")));
    float[] expected = Golden.floats(GoldenSet.SUBSET.path("speech/speech_975ms.wav.npy"));
    assertThat(actual).hasSize(expected.length + 1);
    assertStartsWith(actual, expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void probabilitiesDoNotDependOnHowSamplesAreCut(int seed) {
    Random random = new Random(seed);
    float[] samples = soundAndSilence(random);
    List<Double> expected = probabilities(samples);
    int largest = seed % 2 == 0 ? 700 : 120_000;
    List<Double> actual = new ArrayList<>();
    SpeechDetector detector = new SpeechDetector(actual::add);
    int at = 0;
    while (at < samples.length) {
      int count = Math.min(samples.length - at, random.nextInt(largest));
      float[] piece = new float[count + 10];
      System.arraycopy(samples, at, piece, 7, count);
      detector.accept(piece, 7, count);
      at += count;
      assertThat(at / SpeechDetector.WINDOW - actual.size())
          .isBetween(0, SpeechDetector.MAX_DELAY - 1);
    }
    detector.finish();
    assertThat(actual).isEqualTo(expected);
    assertThat(actual)
        .hasSize((samples.length + SpeechDetector.WINDOW - 1) / SpeechDetector.WINDOW);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void silentWindowsAreAsIfTheyWereEncoded(int seed) {
    float[] samples = soundAndSilence(new Random(seed));
    int windows = (samples.length + 511) / 512;
    float[] padded = new float[64 + windows * 512];
    System.arraycopy(samples, 0, padded, 64, samples.length);
    List<Double> expected = new ArrayList<>();
    Memory memory = new Memory();
    for (int window = 0; window < windows; window++) {
      float[] encoded = Encoder.ofThread().encode(padded, new int[] {window * 512}, 1)[0];
      expected.add((double) memory.step(encoded));
    }
    assertThat(probabilities(samples)).isEqualTo(expected);
  }

  @Test
  void channelsAreIndependent() {
    float[] left = soundAndSilence(new Random(1));
    float[] right = soundAndSilence(new Random(2));
    List<Double> ofLeft = new ArrayList<>();
    List<Double> ofRight = new ArrayList<>();
    SpeechDetector detectRight = new SpeechDetector(ofRight::add);
    int[] at = {0};
    // A detector is fed while another one gives its probabilities.
    SpeechDetector detectLeft =
        new SpeechDetector(
            probability -> {
              ofLeft.add(probability);
              int count = Math.min(20_000, right.length - at[0]);
              detectRight.accept(right, at[0], count);
              at[0] += count;
            });
    detectLeft.accept(left, 0, left.length);
    detectLeft.finish();
    detectRight.accept(right, at[0], right.length - at[0]);
    detectRight.finish();
    assertThat(ofLeft).isEqualTo(probabilities(left));
    assertThat(ofRight).isEqualTo(probabilities(right));
  }

  @Test
  void hugeSamplesDoNotPoisonWhatFollows() {
    float[] samples = Clips.noise(100_000, 1);
    Arrays.fill(samples, 0, 5000, Float.MAX_VALUE);
    Arrays.fill(samples, 2000, 2100, -Float.MAX_VALUE);
    assertThat(probabilities(samples)).allSatisfy(p -> assertThat(p).isBetween(0.0, 1.0));
  }

  @Test
  void aClipWithoutSamplesHasNoWindows() {
    assertThat(probabilities(new float[0])).isEmpty();
  }

  private static void assertStartsWith(List<Double> actual, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual.get(i)).as("window %s", i).isCloseTo(expected[i], within(TOLERANCE));
    }
  }

  private static List<Double> probabilities(float[] samples) {
    List<Double> probabilities = new ArrayList<>();
    SpeechDetector detector = new SpeechDetector(probabilities::add);
    detector.accept(samples, 0, samples.length);
    detector.finish();
    return probabilities;
  }

  /** Some 15 s of noise of many levels, and of both kinds of zeros, long and short. */
  private static float[] soundAndSilence(Random random) {
    float[] samples = Clips.noise(200_000 + random.nextInt(80_000), random.nextLong());
    int at = 0;
    while (at < samples.length) {
      int end = Math.min(samples.length, at + random.nextInt(random.nextBoolean() ? 900 : 60_000));
      int kind = random.nextInt(4);
      float scale = kind == 0 ? 0 : kind == 1 ? -0f : (float) Math.pow(10, -random.nextInt(6));
      for (; at < end; at++) {
        samples[at] *= scale;
      }
    }
    return samples;
  }

  private static float[] samples(Path file) throws IOException, AudioException {
    byte[] bytes = Files.readAllBytes(file);
    float[] samples = new float[bytes.length];
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    try (AudioDecoder decoder =
        AudioDecoder.open(
            () -> new ByteArraySource(bytes), file.toString(), deadline, Channels.MIX)) {
      assertThat(decoder.info().sampleRate()).isEqualTo(16_000);
      int filled = 0;
      int count;
      while ((count = decoder.read(new float[][] {samples}, filled, samples.length - filled)) > 0) {
        filled += count;
      }
      return Arrays.copyOf(samples, filled);
    }
  }
}
