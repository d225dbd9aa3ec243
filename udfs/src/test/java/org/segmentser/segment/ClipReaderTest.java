package org.segmentser.segment;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.ByteSource;
import org.segmentser.audio.Condition;
import org.segmentser.segment.Segmentation.Mode;

class ClipReaderTest {
  private static final ClipSettings PADDED = ClipSettings.of(Segmentation.DEFAULT);

  @ParameterizedTest
  @CsvSource({"PADDED, NaN", "PAPER_OVERLAP, NaN", "UNPADDED, 0.5"})
  void chunksMakeTheSameSegmentsAsTheWholeClip(Mode mode, double hopS) {
    byte[] clip = Clips.wav(22_050, Clips.noise(22_050 * 20, 5));
    Segmentation segmentation = Segmentation.of(mode, hopS);
    Clips.Result whole = Clips.read(clip, "a.wav", settings(segmentation, Integer.MAX_VALUE));
    for (int chunk : new int[] {1, 3, 7, 1000}) {
      Clips.Result chunked = Clips.read(clip, "a.wav", settings(segmentation, chunk));
      assertThat(chunked.largestChunk()).isLessThanOrEqualTo(chunk);
      assertThat(Clips.patches(chunked.segments())).isEqualTo(Clips.patches(whole.segments()));
      assertThat(chunked.segments())
          .extracting(Segment::startS)
          .isEqualTo(whole.segments().stream().map(Segment::startS).toList());
      assertThat(chunked.outcome()).isEqualTo(whole.outcome());
    }
  }

  @Test
  void aStretchOfAFileIsCutLikeAFileOfItsOwn() {
    float[] samples = Clips.noise(16_000 * 6, 6);
    byte[] file = Clips.wav(16_000, samples);
    Clips.Result stretch =
        Clips.drain(ClipReader.open(() -> new ByteArraySource(file), "a.wav", 1.5, 4.25, PADDED));
    Clips.Result alone =
        Clips.read(Clips.wav(16_000, Arrays.copyOfRange(samples, 24_000, 68_000)), "b.wav", PADDED);
    assertThat(Clips.patches(stretch.segments())).isEqualTo(Clips.patches(alone.segments()));
    assertThat(stretch.outcome()).isEqualTo(alone.outcome());
  }

  @ParameterizedTest
  @EnumSource
  void aConditionBeginsWithTheClip(Condition condition) {
    float[] samples = Clips.noise(16_000 * 6, 6);
    byte[] file = Clips.wav(16_000, samples);
    byte[] cut = Clips.wav(16_000, Arrays.copyOfRange(samples, 24_000, 68_000));
    ClipSettings settings = PADDED.withCondition(condition);
    Clips.Result stretch =
        Clips.drain(ClipReader.open(() -> new ByteArraySource(file), "a.wav", 1.5, 4.25, settings));
    Clips.Result alone = Clips.read(cut, "b.wav", settings);
    Clips.Result clean = Clips.read(cut, "b.wav", PADDED);
    assertThat(Clips.patches(stretch.segments())).isEqualTo(Clips.patches(alone.segments()));
    assertThat(Arrays.equals(Clips.patches(alone.segments()), Clips.patches(clean.segments())))
        .isEqualTo(condition == Condition.CLEAN);
    assertThat(alone.outcome()).isEqualTo(clean.outcome());
  }

  @Test
  void aStretchThatTheFileDoesNotHoldIsTold() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 3, 6));
    assertOutcome(
        Clips.drain(ClipReader.open(() -> new ByteArraySource(file), "a.wav", 2, 5, PADDED)),
        Status.SCORED,
        "the file ends at 3.000 s, before end_s");
    assertOutcome(
        Clips.drain(ClipReader.open(() -> new ByteArraySource(file), "a.wav", 4, 5, PADDED)),
        Status.TOO_SHORT,
        "before start_s");
  }

  @Test
  void aClipTooShortForItsModeSaysWhatItNeeds() {
    byte[] file = Clips.wav(16_000, Clips.noise(8_000, 6));
    assertOutcome(
        Clips.read(file, "a.wav", ClipSettings.of(Segmentation.of(Mode.UNPADDED, Double.NaN))),
        Status.TOO_SHORT,
        "lasts 0.500 s; one segment of 'unpadded' needs 0.975 s");
    assertThat(Clips.read(file, "a.wav", PADDED).segments()).hasSize(1);
  }

  @Test
  void emptyAndForeignFilesAreTold() {
    assertOutcome(
        Clips.read(Clips.wav(16_000, new float[0]), "a.wav", PADDED),
        Status.TOO_SHORT,
        "no audio samples");
    assertOutcome(Clips.read(new byte[0], "a.wav", PADDED), Status.UNDECODABLE, "empty (0 bytes)");
    assertOutcome(
        Clips.read("not audio, whatever it is called".repeat(99).getBytes(UTF_8), "a.wav", PADDED),
        Status.UNDECODABLE,
        "not audio");
  }

  @Test
  void aTruncatedFileIsScoredUpToWhereItBreaks() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 10, 6));
    Clips.Result clip = Clips.read(Arrays.copyOf(file, file.length * 4 / 10), "a.wav", PADDED);
    assertOutcome(clip, Status.SCORED, "truncated");
    assertThat(clip.outcome().durationS()).isBetween(3.9, 4.1);
    assertThat(clip.segments()).hasSize(4);
  }

  @Test
  void aClipFullOfNaNIsUndecodableAndOneThatTurnsNaNIsScoredBefore() {
    float[] samples = Clips.noise(16_000 * 5, 2);
    Arrays.fill(samples, 16_000 * 3, samples.length, Float.NaN);
    Clips.Result part = Clips.read(floatWav(samples), "a.wav", PADDED);
    assertOutcome(part, Status.SCORED, "NaN");
    assertThat(part.segments()).hasSize(3);
    Arrays.fill(samples, Float.NaN);
    assertOutcome(Clips.read(floatWav(samples), "a.wav", PADDED), Status.UNDECODABLE, "NaN");
  }

  @Test
  void aClipLongerThanAllowedIsToldByItsHeaderOrOnceItIsLonger() {
    ClipSettings fiveSeconds =
        new ClipSettings(Segmentation.DEFAULT, 2, 5, ClipSettings.DEFAULT_TIMEOUT_S);
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 6, 6));
    Clips.Result stated = Clips.read(file, "a.wav", fiveSeconds);
    assertOutcome(
        stated, Status.TOO_LONG, "lasts 6.000 s, more than the 5.000 s that a clip may last");
    assertThat(stated.segments()).isEmpty();
    // A size that a streaming encoder leaves open.
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1).putInt(40, -1);
    assertOutcome(Clips.read(file, "a.wav", fiveSeconds), Status.TOO_LONG, "more than the 5.000 s");
  }

  @Test
  void timeSpentElsewhereDoesNotCountAgainstTheTimeout() throws InterruptedException {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 6, 6));
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 1, 60, 3);
    try (ClipReader reader = ClipReader.open(() -> new ByteArraySource(file), "a.wav", settings)) {
      reader.next();
      Thread.sleep(3200);
      while (reader.outcome() == null) {
        reader.next();
      }
      assertThat(reader.outcome().status()).isEqualTo(Status.SCORED);
    }
  }

  @Test
  void aSourceThatIsTooSlowTimesOut() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 60, 6));
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 60, 600, 0.3);
    Clips.Result clip = Clips.drain(ClipReader.open(() -> new SlowSource(file), "a.wav", settings));
    assertThat(clip.outcome().status()).isEqualTo(Status.TIMED_OUT);
  }

  /** The WAV file with a chunk ahead of its samples that is too long to read over. */
  private static byte[] withLongChunk(byte[] wav) {
    int riff = 12;
    int chunk = 300_000;
    ByteBuffer file = ByteBuffer.allocate(wav.length + 8 + chunk).order(ByteOrder.LITTLE_ENDIAN);
    file.put(wav, 0, riff).put("LIST".getBytes(StandardCharsets.US_ASCII)).putInt(chunk);
    file.position(file.position() + chunk).put(wav, riff, wav.length - riff);
    return file.putInt(4, file.capacity() - 8).array();
  }

  /** Where a source stops answering. */
  enum Blocked {
    OPEN,
    READ,
    LATER_READ,
    SEEK,
    CLOSE
  }

  @ParameterizedTest
  @EnumSource
  void aSourceThatNeverAnswersCostsNoMoreThanItsTime(Blocked blocked) throws Exception {
    StuckSource source =
        new StuckSource(withLongChunk(Clips.wav(16_000, Clips.noise(16_000 * 60, 6))), blocked);
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 60, 600, 0.5);
    long began = System.nanoTime();
    Clips.Result clip = Clips.drain(ClipReader.open(source::open, "a.wav", settings));
    assertThat(System.nanoTime() - began).isBetween(400_000_000L, 5_000_000_000L);
    if (blocked == Blocked.CLOSE) {
      assertThat(clip.outcome().status()).isEqualTo(Status.SCORED);
    } else {
      assertOutcome(
          clip, Status.TIMED_OUT, "the storage did not answer in time (a clip may take 0.500 s)");
    }
    source.answer.countDown();
    assertThat(source.closed.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void timeSpentElsewhereDoesNotCountWhereTheSourceBlocksEither() throws InterruptedException {
    StuckSource source =
        new StuckSource(Clips.wav(16_000, Clips.noise(16_000 * 60, 6)), Blocked.LATER_READ);
    ClipSettings settings = new ClipSettings(Segmentation.DEFAULT, 1, 600, 3);
    try (ClipReader reader = ClipReader.open(source::open, "a.wav", settings)) {
      assertThat(reader.next()).hasSize(1);
      Thread.sleep(3200);
      source.answer.countDown();
      while (reader.outcome() == null) {
        reader.next();
      }
      assertThat(reader.outcome().status()).isEqualTo(Status.SCORED);
    }
  }

  @Test
  void aFileThatBecameShorterIsScoredAndSaysSo() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 10, 6));
    for (boolean byException : new boolean[] {false, true}) {
      Clips.Result clip =
          Clips.drain(
              ClipReader.open(() -> new ShrunkSource(file, 128_044, byException), "a.wav", PADDED));
      assertThat(clip.segments()).hasSize(4);
      assertThat(clip.outcome().status()).isEqualTo(Status.SCORED);
      assertThat(clip.outcome().reason())
          .isEqualTo("the file became shorter: 320,044 bytes were listed, 128,044 are there");
      assertOutcome(
          Clips.drain(
              ClipReader.open(() -> new ShrunkSource(file, 0, byException), "a.wav", PADDED)),
          Status.UNDECODABLE,
          "the file became shorter: 320,044 bytes were listed, 0 are there; ");
    }
  }

  @Test
  void aSourceThatEndsThoughItsFileDoesNotIsUnreadable() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 10, 6));
    ByteSource broken =
        new ShrunkSource(file, 128_044, false) {
          @Override
          public long lengthNow() {
            return length();
          }
        };
    assertOutcome(
        Clips.drain(ClipReader.open(() -> broken, "a.wav", PADDED)),
        Status.UNREADABLE,
        "the storage gave 128,044 bytes of a file of 320,044 and no more");
  }

  @Test
  void memoryThatRunsOutIsTheOutcomeOfTheClip() {
    byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 10, 6));
    ByteSource greedy =
        new ShrunkSource(file, file.length, false) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            return super.read(buffer, offset, length - new long[Integer.MAX_VALUE].length);
          }
        };
    assertOutcome(
        Clips.drain(ClipReader.open(() -> greedy, "a.wav", PADDED)),
        Status.UNDECODABLE,
        "decoding it needs more memory than there is");
  }

  @Test
  void aFormatThatOnlyTheNameTellsIsTold() {
    byte[] noise = new byte[40_000];
    new Random(5).nextBytes(noise);
    for (String format : new String[] {"g722", "gsm"}) {
      Clips.Result clip = Clips.read(noise, "noise." + format, PADDED);
      assertThat(clip.outcome().status()).isEqualTo(Status.SCORED);
      assertThat(clip.outcome().reason())
          .endsWith(
              "the format "
                  + format
                  + " was taken from the file's name; nothing in the file tells it");
    }
  }

  @Test
  void bytesThatCannotBeReadAreUnreadable() {
    Clips.Result clip =
        Clips.drain(
            ClipReader.open(
                () -> {
                  throw new IOException("Permission denied");
                },
                "a.wav",
                PADDED));
    assertOutcome(clip, Status.UNREADABLE, "Permission denied");
  }

  @Test
  void whateverOpeningTheBytesThrowsIsUnreadable() {
    Clips.Result clip =
        Clips.drain(
            ClipReader.open(
                () -> {
                  throw new IllegalArgumentException("null uri host");
                },
                "s3a:///x.wav",
                PADDED));
    assertOutcome(clip, Status.UNREADABLE, "null uri host");
  }

  @Test
  void sizesThatPipesLeaveOpenAreNoTruncation() {
    int[] sizes = {0x7FFFF000, 0x80000000, 0x7FFFFFFF, -1, 0, 0x7FFFEFFF, 0x7FFFEFFC, 0x7FFF0000};
    for (int size : sizes) {
      byte[] file = Clips.wav(16_000, Clips.noise(16_000 * 3, 6));
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, size).putInt(40, size);
      Clips.Result clip = Clips.read(file, "a.wav", PADDED);
      assertThat(clip.outcome().reason()).as("size %x", size).isNull();
      assertThat(clip.segments()).hasSize(3);
    }
  }

  /** As sox writes what is not 16-bit PCM: the number of samples that may be is no length. */
  @Test
  void theNumberOfSamplesOfAFileFromAPipeIsNoLength() {
    ByteBuffer file = ByteBuffer.allocate(58 + 24_000).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(US_ASCII)).putInt(0x7FFFF032).put("WAVEfmt ".getBytes(US_ASCII));
    file.putInt(18).putShort((short) 7).putShort((short) 1).putInt(8_000).putInt(8_000);
    file.putShort((short) 1).putShort((short) 8).putShort((short) 0);
    file.put("fact".getBytes(US_ASCII)).putInt(4).putInt(0x7FFFF000);
    file.put("data".getBytes(US_ASCII)).putInt(0x7FFFF000);
    for (int i = 0; i < 24_000; i++) {
      file.put((byte) (128 * (i % 2) + i % 90));
    }
    Clips.Result clip = Clips.read(file.array(), "a.wav", PADDED);
    assertThat(clip.outcome().status()).as(clip.outcome().toString()).isEqualTo(Status.SCORED);
    assertThat(clip.outcome().reason()).isNull();
    assertThat(clip.outcome().durationS()).isEqualTo(3);
  }

  /** As ffmpeg writes it to a pipe, and leaves it if it dies. */
  @Test
  void rf64WithoutSizesIsReadToItsEnd() {
    byte[] riff = Clips.wav(16_000, Clips.noise(16_000 * 3, 6));
    ByteBuffer file = ByteBuffer.allocate(riff.length + 36).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RF64".getBytes(US_ASCII)).putInt(-1).put("WAVEds64".getBytes(US_ASCII)).putInt(28);
    file.position(48).put(riff, 12, riff.length - 12).putInt(76, -1);
    Clips.Result clip = Clips.read(file.array(), "a.wav", PADDED);
    assertThat(clip.outcome().reason()).isNull();
    assertThat(Clips.patches(clip.segments()))
        .isEqualTo(Clips.patches(Clips.read(riff, "a.wav", PADDED).segments()));
  }

  @Test
  void anEndThatIsTheLengthOfTheFileIsNotBeyondIt() {
    for (int samples = 88_200; samples < 88_210; samples++) {
      byte[] file = Clips.wav(44_100, Clips.noise(samples, 6));
      double lengthS = samples / 44_100.0;
      for (double endS : new double[] {lengthS, Math.ceil(lengthS * 1000) / 1000}) {
        ClipReader reader =
            ClipReader.open(() -> new ByteArraySource(file), "a.wav", 0.5, endS, PADDED);
        assertThat(Clips.drain(reader).outcome().reason()).as("%d, %s", samples, endS).isNull();
      }
    }
  }

  @Test
  void aStorageThatCannotTellTheLengthEndsNothing() {
    byte[] whole = Clips.wav(16_000, Clips.noise(16_000 * 3, 6));
    byte[] cut = Arrays.copyOf(whole, 44 + 2 * 16_000 * 2);
    ByteSource source =
        new ShrunkSource(cut, cut.length, false) {
          @Override
          public long lengthNow() {
            throw new IllegalStateException("of the connector");
          }
        };
    assertOutcome(
        Clips.drain(ClipReader.open(() -> source, "a.wav", PADDED)), Status.SCORED, "truncated");
  }

  private static ClipSettings settings(Segmentation segmentation, int chunkSegments) {
    return new ClipSettings(segmentation, chunkSegments, 3600, 600);
  }

  private static void assertOutcome(Clips.Result clip, Status status, String reason) {
    assertThat(clip.outcome().status()).as(clip.outcome().toString()).isEqualTo(status);
    assertThat(clip.outcome().reason()).contains(reason);
  }

  private static byte[] floatWav(float[] samples) {
    byte[] header = Arrays.copyOf(Clips.wav(16_000, new float[0]), 44);
    ByteBuffer file =
        ByteBuffer.allocate(44 + 4 * samples.length).order(ByteOrder.LITTLE_ENDIAN).put(header);
    file.putInt(4, 36 + 4 * samples.length)
        .putShort(20, (short) 3)
        .putInt(28, 64_000)
        .putShort(32, (short) 4)
        .putShort(34, (short) 32)
        .putInt(40, 4 * samples.length);
    for (float sample : samples) {
      file.putFloat(sample);
    }
    return file.array();
  }

  /** Bytes that a file had when it was listed, of which only the first are there now. */
  private static class ShrunkSource implements ByteSource {
    private final ByteArraySource there;
    private final long listed;
    private final boolean byException;

    ShrunkSource(byte[] listed, int there, boolean byException) {
      this.there = new ByteArraySource(Arrays.copyOf(listed, there));
      this.listed = listed.length;
      this.byException = byException;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = there.read(buffer, offset, length);
      if (count < 0 && byException) {
        throw new EOFException("past the end");
      }
      return count;
    }

    @Override
    public void seek(long position) throws IOException {
      if (position > there.length()) {
        throw new EOFException("past the end");
      }
      there.seek(position);
    }

    @Override
    public long length() {
      return listed;
    }

    @Override
    public long lengthNow() {
      return there.length();
    }

    @Override
    public void close() {}
  }

  /** Stops answering, whoever interrupts it, until it is told to answer. */
  private static final class StuckSource implements ByteSource {
    private final ByteArraySource source;
    private final Blocked blocked;
    private final CountDownLatch answer = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private int given;

    StuckSource(byte[] file, Blocked blocked) {
      source = new ByteArraySource(file);
      this.blocked = blocked;
    }

    ByteSource open() {
      await(Blocked.OPEN);
      return this;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      await(Blocked.READ);
      if (given > 300_000) {
        await(Blocked.LATER_READ);
      }
      int count = source.read(buffer, offset, length);
      given += Math.max(0, count);
      return count;
    }

    @Override
    public void seek(long position) {
      await(Blocked.SEEK);
      source.seek(position);
    }

    @Override
    public long length() {
      return source.length();
    }

    @Override
    public void close() {
      await(Blocked.CLOSE);
      closed.countDown();
    }

    private void await(Blocked here) {
      while (here == blocked && answer.getCount() > 0) {
        try {
          answer.await();
        } catch (InterruptedException e) {
          // As the system's open(2) of a pipe, it does not care.
        }
      }
    }
  }

  private static final class SlowSource implements ByteSource {
    private final ByteArraySource source;

    SlowSource(byte[] file) {
      source = new ByteArraySource(file);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return source.read(buffer, offset, Math.min(length, 4096));
    }

    @Override
    public void seek(long position) throws IOException {
      source.seek(position);
    }

    @Override
    public long length() {
      return source.length();
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
