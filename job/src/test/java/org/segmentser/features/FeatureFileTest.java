package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFileTest {
  @TempDir Path dir;

  @Test
  void rowsAreReadWhereverTheyStand() throws IOException {
    Path file = dir.resolve("rows.f32");
    ByteBuffer bytes = ByteBuffer.allocate(3_000_000 * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 3_000_000; i++) {
      bytes.putFloat(i);
    }
    Files.write(file, bytes.array());
    try (FeatureFile features = FeatureFile.open(file, 3)) {
      float[] all = new float[3_000_002];
      Arrays.fill(all, -1);
      features.read(1, 999_999, all, 2);
      assertThat(all[1]).isEqualTo(-1);
      assertThat(all[2]).isEqualTo(3);
      assertThat(all[2_999_998]).isEqualTo(2_999_999);
      assertThat(all[2_999_999]).isEqualTo(-1);
      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> features.read(999_999, 2, all, 0))
          .withMessageContaining("ends at byte 12000000");
    }
  }
}
