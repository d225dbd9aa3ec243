package org.segmentser.dsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.audio.VoiceReader;

class BandwidthTest {
  private static final int RATE = FrontEnd.SAMPLE_RATE;
  private static final Path SPEECH =
      Path.of(System.getProperty("segmentser.root", ".."), "examples/audio");

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "angry_08a01Wa.wav",
        "angry_11a01Wc.wav",
        "happy_09a01Fa.wav",
        "happy_15a01Fb.wav",
        "neutral_13a01Nb.wav",
        "sad_03a02Ta.wav",
        "sad_16a02Tc.wav"
      })
  void speechOfA16KhzRecordingIsNotCut(String clip) throws Exception {
    float[] speech = read(SPEECH.resolve(clip));
    assertThat(hz(speech)).isEqualTo(Bandwidth.FULL_HZ);
    assertThat(hz(withNoise(speech, -20))).isEqualTo(Bandwidth.FULL_HZ);
    assertThat(hz(quiet(speech))).isEqualTo(Bandwidth.FULL_HZ);
  }

  @ParameterizedTest
  @CsvSource({
    "wav, 3400, 4000, sox IN -r 8000 OUT",
    "wav, 3400, 4000, sox IN -r 8000 -e mu-law OUT",
    "wav, 3300, 4000, sox IN -r 8000 -e a-law OUT sinc 300-3400",
    "wav, 3300, 3600, sox IN OUT sinc 300-3400",
    "gsm, 3400, 4000, sox IN -r 8000 OUT",
    "amr, 3400, 4000, sox IN -r 8000 -t amr-nb -C 7 OUT",
    "amr, 3400, 4000, sox IN -r 8000 -t amr-nb -C 0 OUT",
    "mp3, 5300, 6200, ffmpeg -v error -i IN -c:a libmp3lame -b:a 24k OUT",
    "mp3, 4800, 5300, ffmpeg -v error -i IN -c:a libmp3lame -b:a 32k -cutoff 5000 OUT",
    "mp3, 6900, 8000, ffmpeg -v error -i IN -c:a libmp3lame -b:a 64k OUT",
    "flac, 8000, 8000, sox IN OUT",
  })
  void showsWhereAnEncoderCutsOff(String extension, double low, double high, String encoder)
      throws Exception {
    for (String clip : List.of("angry_08a01Wa.wav", "neutral_13a01Nb.wav", "sad_16a02Tc.wav")) {
      float[] samples = read(encoded(SPEECH.resolve(clip), extension, encoder));
      assertThat(hz(samples)).as(clip).isBetween(low, high);
      assertThat(hz(quiet(samples))).as("quiet %s", clip).isBetween(low, high);
      assertThat(hz(withNoise(samples, -50))).as("noisy %s", clip).isBetween(low, high);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2300, 3400, 4400, 5600, 6900})
  void findsTheEdgeOfAFilter(int edge) {
    float[] noise = lowPass(noise(4 * RATE), edge);
    assertThat(hz(noise)).isCloseTo(edge, within(100.0));
    assertThat(hz(quiet(noise))).isCloseTo(hz(noise), within(1.0));
  }

  /** From some 600 Hz on it falls by 12 dB an octave, as vowels do. */
  @Test
  void aSlopeIsNoCliff() {
    float[] slope = noise(4 * RATE);
    for (int pass = 0; pass < 2; pass++) {
      float before = 0;
      for (int i = 0; i < slope.length; i++) {
        before += 0.2f * (slope[i] - before);
        slope[i] = before;
      }
    }
    assertThat(hz(slope)).isEqualTo(Bandwidth.FULL_HZ);
    assertThat(hz(noise(4 * RATE))).isEqualTo(Bandwidth.FULL_HZ);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void howTheStreamIsCutChangesNothing(long seed) {
    float[] samples = lowPass(noise(90 * RATE), 3400);
    // A cut that moves, so that every look counts.
    System.arraycopy(lowPass(noise(20 * RATE), 5000), 0, samples, 40 * RATE, 20 * RATE);
    Arrays.fill(samples, 10 * RATE, 15 * RATE, 0f);
    Random random = new Random(seed);
    Bandwidth bandwidth = new Bandwidth();
    for (int from = 0; from < samples.length; ) {
      int count = Math.min(samples.length - from, random.nextInt(seed == 1 ? 50 : 40_000));
      int offset = random.nextInt(5);
      float[] block = new float[offset + count + 3];
      Arrays.fill(block, Float.NaN);
      System.arraycopy(samples, from, block, offset, count);
      bandwidth.add(block, offset, count);
      from += count;
    }
    assertThat(bandwidth.hz()).isEqualTo(hz(samples));
  }

  @Test
  void lessThanASecondOrNothingButSilenceHasNoAnswer() {
    assertThat(new Bandwidth().hz()).isNaN();
    assertThat(hz(noise(RATE / 2))).isNaN();
    assertThat(hz(noise(RATE))).isEqualTo(Bandwidth.FULL_HZ);
    assertThat(hz(new float[60 * RATE])).isNaN();
    float[] hiss = noise(10 * RATE);
    for (int i = 0; i < hiss.length; i++) {
      hiss[i] = Math.round(hiss[i]) / 32768f;
    }
    assertThat(hz(hiss)).isNaN();
  }

  @Test
  void silenceBeforeAndAfterSoundCountsForNothing() {
    float[] sound = lowPass(noise(2 * RATE), 3400);
    float[] padded = new float[120 * RATE];
    System.arraycopy(sound, 0, padded, 4096 * 100, sound.length);
    assertThat(hz(padded)).isEqualTo(hz(sound));
  }

  private static double hz(float[] samples) {
    Bandwidth bandwidth = new Bandwidth();
    bandwidth.add(samples, 0, samples.length);
    return bandwidth.hz();
  }

  private static float[] quiet(float[] samples) {
    float[] quiet = samples.clone();
    for (int i = 0; i < quiet.length; i++) {
      quiet[i] *= 0.01f;
    }
    return quiet;
  }

  /** With white noise whose level is that much above the clip's. */
  private static float[] withNoise(float[] samples, double decibels) {
    double square = 0;
    for (float sample : samples) {
      square += sample * sample;
    }
    double level = Math.sqrt(square / samples.length) * Math.pow(10, decibels / 20);
    Random random = new Random(samples.length);
    float[] noisy = samples.clone();
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] += (float) (level * random.nextGaussian());
    }
    return noisy;
  }

  private static float[] noise(int samples) {
    Random random = new Random(samples);
    float[] noise = new float[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = (float) (0.1 * random.nextGaussian());
    }
    return noise;
  }

  /** Through a sinc under a Blackman window, 200 taps to each side. */
  private static float[] lowPass(float[] samples, double edge) {
    int half = 200;
    double[] taps = new double[2 * half + 1];
    for (int i = -half; i <= half; i++) {
      double x = 2 * edge / RATE * i;
      double sinc = i == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      double angle = Math.PI * i / half;
      taps[i + half] =
          2 * edge / RATE * sinc * (0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle));
    }
    float[] filtered = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      double sum = 0;
      for (int j = Math.max(0, i - half); j <= Math.min(samples.length - 1, i + half); j++) {
        sum += samples[j] * taps[j - i + half];
      }
      filtered[i] = (float) sum;
    }
    return filtered;
  }

  /** A clip as the product reads it. */
  private static float[] read(Path file) throws IOException, AudioException {
    byte[] bytes = Files.readAllBytes(file);
    try (VoiceReader reader =
        VoiceReader.open(
            () -> new ByteArraySource(bytes),
            file.getFileName().toString(),
            System.nanoTime() + TimeUnit.MINUTES.toNanos(1),
            Channels.MIX)) {
      float[] samples = new float[60 * RATE];
      int filled = 0;
      int count;
      while ((count = reader.read(new float[][] {samples}, filled, samples.length - filled)) > 0) {
        filled += count;
      }
      return Arrays.copyOf(samples, filled);
    }
  }

  private Path encoded(Path source, String extension, String encoder) throws Exception {
    Path target = dir.resolve(source.getFileName() + "." + extension);
    List<String> command = new ArrayList<>();
    for (String word : List.of(encoder.split(" "))) {
      command.add(
          switch (word) {
            case "IN" -> source.toString();
            case "OUT" -> target.toString();
            default -> word;
          });
    }
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "skipped: no " + command.get(0) + " on the PATH");
      throw e;
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return target;
  }
}
