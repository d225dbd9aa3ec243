package org.segmentser.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.official.SmokeInput;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;

/** Runs samples through the front end that audio files go through, as a WAV file of float32. */
final class SmokeFrontEnd implements SmokeInput {
  private static final int HEADER = 44;
  private static final short IEEE_FLOAT = 3;

  @Override
  public List<byte[]> patches(float[] samples, int sampleRate) {
    byte[] wav = wav(samples, sampleRate);
    ClipSettings settings =
        ClipSettings.of(Segmentation.of(Segmentation.Mode.UNPADDED, Double.NaN));
    List<byte[]> patches = new ArrayList<>();
    try (ClipReader clip =
        ClipReader.open(() -> new ByteArraySource(wav), "smoke-test.wav", settings)) {
      while (clip.outcome() == null) {
        clip.next().stream().map(Segment::patch).forEach(patches::add);
      }
      if (clip.outcome().status() != Status.SCORED) {
        throw new IllegalStateException("smoke test audio: " + clip.outcome());
      }
    }
    return patches;
  }

  private static byte[] wav(float[] samples, int sampleRate) {
    int bytes = samples.length * Float.BYTES;
    ByteBuffer wav = ByteBuffer.allocate(HEADER + bytes).order(ByteOrder.LITTLE_ENDIAN);
    wav.put(ascii("RIFF")).putInt(HEADER - 8 + bytes).put(ascii("WAVE"));
    wav.put(ascii("fmt ")).putInt(16).putShort(IEEE_FLOAT).putShort((short) 1);
    wav.putInt(sampleRate).putInt(sampleRate * Float.BYTES);
    wav.putShort((short) Float.BYTES).putShort((short) Float.SIZE);
    wav.put(ascii("data")).putInt(bytes);
    wav.asFloatBuffer().put(samples);
    return wav.array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
