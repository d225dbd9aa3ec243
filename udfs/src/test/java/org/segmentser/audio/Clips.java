package org.segmentser.audio;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Clips for tests, and what comes out of them. */
final class Clips {

  private static final Map<List<String>, byte[]> MADE = new ConcurrentHashMap<>();

  private Clips() {}

  @SuppressWarnings("ArrayRecordComponent")
  record Decoded(AudioInfo info, float[] samples, Optional<String> fault) {}

  static long inSeconds(int seconds) {
    return System.nanoTime() + seconds * 1_000_000_000L;
  }

  static Decoded decode(byte[] bytes, String name) throws AudioException {
    return decode(new ByteArraySource(bytes), name);
  }

  static Decoded decode(ByteSource source, String name) throws AudioException {
    try (AudioDecoder decoder =
        AudioDecoder.open(() -> source, name, inSeconds(60), Channels.MIX)) {
      float[] samples = new float[1 << 16];
      int filled = 0;
      int count;
      while ((count = decoder.read(new float[][] {samples}, filled, samples.length - filled)) > 0) {
        filled += count;
        if (filled == samples.length) {
          samples = Arrays.copyOf(samples, 2 * filled);
        }
      }
      return new Decoded(decoder.info(), Arrays.copyOf(samples, filled), decoder.fault());
    }
  }

  /** A file of the golden data, or the test is skipped. */
  static byte[] golden(String name) {
    Path path = Path.of(System.getProperty("segmentser.shared", "."), "golden", "audio", name);
    assumeTrue(Files.exists(path), () -> "no golden audio: " + path);
    return bytes(path);
  }

  static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the ffmpeg executable makes of 3 s of a sweep over speech frequencies at 16 kHz. */
  static byte[] made(String extension, String... options) {
    return MADE.computeIfAbsent(
        concat(List.of(extension), List.of(options)),
        key -> {
          byte[] sweep = Wave.pcm16(16000, 1, sweep(3 * 16000)).bytes();
          return ffmpeg(sweep, extension, options);
        });
  }

  static float[] sweep(int samples) {
    float[] sweep = new float[samples];
    for (int i = 0; i < samples; i++) {
      double t = i / 16000.0;
      sweep[i] = (float) (0.5 * Math.sin(2 * Math.PI * (200 * t + 200 * t * t)));
    }
    return sweep;
  }

  /** Runs the ffmpeg executable on {@code input}, or the test is skipped. */
  static byte[] ffmpeg(byte[] input, String extension, String... options) {
    try {
      Path folder = Files.createTempDirectory("clips");
      Path from = folder.resolve("in");
      Path to = folder.resolve("out." + extension);
      Files.write(from, input);
      List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-y", "-i"));
      command.add(from.toString());
      command.addAll(List.of(options));
      command.add(to.toString());
      Process process;
      try {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
      } catch (IOException e) {
        assumeTrue(false, "no ffmpeg executable on the PATH");
        throw e;
      }
      String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assumeTrue(process.waitFor() == 0, () -> "this ffmpeg cannot: " + log);
      byte[] made = Files.readAllBytes(to);
      Files.delete(from);
      Files.delete(to);
      Files.delete(folder);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> concat(List<String> a, List<String> b) {
    List<String> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  /** The best correlation of {@code b} with {@code a} over shifts of up to {@code most} samples. */
  static double correlation(float[] a, float[] b, int most) {
    double best = 0;
    for (int shift = -most; shift <= most; shift++) {
      double ab = 0;
      double aa = 0;
      double bb = 0;
      for (int i = Math.max(0, -shift); i < Math.min(a.length, b.length - shift); i++) {
        ab += (double) a[i] * b[i + shift];
        aa += (double) a[i] * a[i];
        bb += (double) b[i + shift] * b[i + shift];
      }
      best = Math.max(best, ab / Math.sqrt(aa * bb));
    }
    return best;
  }
}
