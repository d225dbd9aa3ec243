package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.segmentser.Golden;

class SmokeFrontEndTest {
  @Test
  void aSineBecomesThePatchesOfTheReference() throws IOException {
    ByteBuffer wav =
        ByteBuffer.wrap(Files.readAllBytes(Golden.path("audio/sine_1khz_3s.wav")))
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] sine = new float[48_000];
    for (int i = 0; i < sine.length; i++) {
      sine[i] = wav.getShort(44 + 2 * i) / 32768f;
    }
    List<byte[]> patches = new SmokeFrontEnd().patches(sine, 16_000);
    float[] expected = Golden.floats(Golden.path("logmel/sine_1khz_3s.wav.unpadded.npy"));
    assertThat(patches).hasSize(3);
    ByteBuffer actual = ByteBuffer.allocate(expected.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    patches.forEach(actual::put);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual.getFloat(4 * i)).isCloseTo(expected[i], Offset.offset(1e-4f));
    }
  }
}
