package org.segmentser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.GoldenSet;

class NpyTest {
  private static final byte[] TWO_FLOATS =
      ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2).array();

  @Test
  void readsEachType() throws IOException {
    assertThat(read("<f4", "(2, 1)", TWO_FLOATS).data()).containsExactly(1.5, -2);
    assertThat(read("<f4", "(2, 1)", TWO_FLOATS).shape()).containsExactly(2, 1);
    byte[] eight = new byte[8];
    eight[0] = (byte) 200;
    assertThat(read("<i8", "(1,)", eight).data()).containsExactly(200);
    assertThat(read("|u1", "(8,)", eight).data()).startsWith(200, 0);
    ByteBuffer.wrap(eight).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1);
    assertThat(read("<f8", "()", eight).data()).containsExactly(0.1);
  }

  @ParameterizedTest
  @CsvSource({"WHOLE, 10", "SUBSET, 4"})
  void readsGoldenArrays(GoldenSet golden, int rows) {
    assertThat(Golden.array(golden, "model/input.npy").shape()).containsExactly(rows, 96, 64);
    assertThat(Golden.array(golden, "model/full.postprocessed.npy").shape())
        .containsExactly(rows, 128);
  }

  @Test
  void refusesTornFiles() throws IOException {
    byte[] whole = npy("<f4", "(2, 1)", TWO_FLOATS);
    for (int length = 0; length < whole.length; length++) {
      byte[] torn = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Npy.read(new ByteArrayInputStream(torn)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("NumPy");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"<c8 | (1,)", ">f4 | (2,)", "<f4 | (-2,)", "<f4 | (99999, 99999, 99999)"})
  void refusesOtherKinds(String type, String shape) {
    assertThatThrownBy(() -> read(type, shape, TWO_FLOATS)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not a zip file at all, nor a NumPy array"})
  void refusesWhatIsNoArchive(String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Npy.readZip(new ByteArrayInputStream(bytes), 1, 100))
        .isInstanceOf(IOException.class)
        .hasMessage("not a NumPy archive");
  }

  @Test
  void refusesAnArchiveThatUnpacksToMoreThanIsWanted() throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
      zip.putNextEntry(new ZipEntry("bomb.npy"));
      zip.write(npy("<f8", "(4000000,)", new byte[32_000_000]));
      zip.putNextEntry(new ZipEntry("more.npy"));
      zip.write(npy("<f8", "(1,)", new byte[8]));
    }
    assertThat(zipped.size()).isLessThan(50_000);
    assertThatThrownBy(
            () -> Npy.readZip(new ByteArrayInputStream(zipped.toByteArray()), 2, 31_999_999))
        .isInstanceOf(IOException.class)
        .hasMessage("a NumPy array of more than 31999999 bytes");
    assertThatThrownBy(
            () -> Npy.readZip(new ByteArrayInputStream(zipped.toByteArray()), 1, 32_000_000))
        .isInstanceOf(IOException.class)
        .hasMessage("a NumPy archive of more than 1 arrays");
    assertThat(Npy.readZip(new ByteArrayInputStream(zipped.toByteArray()), 2, 32_000_000))
        .containsOnlyKeys("bomb", "more");
  }

  private static Npy.Array read(String type, String shape, byte[] data) throws IOException {
    return Npy.read(new ByteArrayInputStream(npy(type, shape, data)));
  }

  private static byte[] npy(String type, String shape, byte[] data) throws IOException {
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(header.length());
    out.write(0);
    out.write(header.getBytes(StandardCharsets.US_ASCII));
    out.write(data);
    return out.toByteArray();
  }
}
