package org.segmentser.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.segmentser.segment.Clips;

/** Made-up clips called as EmoDB's are, in a directory for each emotion: two layouts at once. */
final class Speech {
  /** Emotions and the letters that stand for them. */
  private static final Map<String, String> LETTERS =
      new TreeMap<>(Map.of("angry", "W", "happy", "F", "sad", "T", "neutral", "N"));

  private static final int RATE = 16_000;

  /** Clips of one speaker and emotion. */
  static final int TEXTS = 3;

  /** Clips of one speaker. */
  static final int A_SPEAKER = TEXTS * LETTERS.size();

  private Speech() {}

  /** Writes the clips of these speakers, each of two digits. */
  static Path write(Path root, String... speakers) {
    try {
      for (String speaker : speakers) {
        for (Map.Entry<String, String> emotion : LETTERS.entrySet()) {
          Path directory = Files.createDirectories(root.resolve(emotion.getKey()));
          for (int text = 1; text <= TEXTS; text++) {
            String name = "%sa%02d%sa".formatted(speaker, text, emotion.getValue());
            Files.write(directory.resolve(name + ".wav"), sound(emotion.getKey(), name));
          }
        }
      }
      return root;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tone of the emotion's own height, in noise, of 2 to 3 seconds. */
  private static byte[] sound(String emotion, String name) {
    Random random = new Random(name.hashCode());
    double pitch = 300 * (1 + List.copyOf(LETTERS.keySet()).indexOf(emotion));
    float[] samples = Clips.noise(2 * RATE + random.nextInt(RATE), name.hashCode());
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.3 * samples[i] + 0.4 * Math.sin(2 * Math.PI * pitch * i / RATE));
    }
    return Clips.wav(RATE, samples);
  }
}
