package org.segmentser.segment;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.segmentser.audio.ByteArraySource;

/** Clips in memory for tests, and all that a reader makes of one. */
public final class Clips {
  /** Everything of one clip. */
  record Result(List<Segment> segments, ClipOutcome outcome, int largestChunk) {}

  private Clips() {}

  static Result read(Path file, ClipSettings settings) {
    try {
      return read(Files.readAllBytes(file), file.getFileName().toString(), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Result read(byte[] file, String name, ClipSettings settings) {
    return drain(ClipReader.open(() -> new ByteArraySource(file), name, settings));
  }

  static Result drain(ClipReader reader) {
    try (reader) {
      List<Segment> segments = new ArrayList<>();
      int largest = 0;
      do {
        List<Segment> chunk = reader.next();
        largest = Math.max(largest, chunk.size());
        segments.addAll(chunk);
      } while (reader.outcome() == null);
      return new Result(segments, reader.outcome(), largest);
    }
  }

  static float[] patches(List<Segment> segments) {
    float[] values = new float[segments.size() * Patch.FRAMES * Patch.BANDS];
    for (int i = 0; i < segments.size(); i++) {
      ByteBuffer.wrap(segments.get(i).patch())
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values, i * Patch.FRAMES * Patch.BANDS, Patch.FRAMES * Patch.BANDS);
    }
    return values;
  }

  /** A 16-bit mono WAV file. */
  public static byte[] wav(int rate, float[] samples) {
    return wav(rate, 1, samples);
  }

  /** A 16-bit WAV file of several channels, whose samples follow each other. */
  public static byte[] wav(int rate, int channels, float[] samples) {
    ByteBuffer file = ByteBuffer.allocate(44 + 2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(US_ASCII))
        .putInt(36 + 2 * samples.length)
        .put("WAVEfmt ".getBytes(US_ASCII))
        .putInt(16)
        .putShort((short) 1)
        .putShort((short) channels)
        .putInt(rate)
        .putInt(2 * channels * rate)
        .putShort((short) (2 * channels))
        .putShort((short) 16)
        .put("data".getBytes(US_ASCII))
        .putInt(2 * samples.length);
    for (float sample : samples) {
      file.putShort((short) Math.round(sample * 32767));
    }
    return file.array();
  }

  /** Signals of equal length as the channels of one. */
  public static float[] interleaved(float[]... channels) {
    float[] samples = new float[channels.length * channels[0].length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = channels[i % channels.length][i / channels.length];
    }
    return samples;
  }

  /** Seeded noise under a slow swell, so that no two segments are the same. */
  public static float[] noise(int samples, long seed) {
    Random random = new Random(seed);
    float[] noise = new float[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = (float) ((random.nextDouble() - 0.5) * (0.6 + 0.3 * Math.sin(i / 20000.0)));
    }
    return noise;
  }
}
