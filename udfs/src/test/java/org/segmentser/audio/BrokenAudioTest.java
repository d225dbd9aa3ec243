package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.AudioException.Kind;
import org.segmentser.audio.Clips.Decoded;

/** Clips that are not what they should be: always samples and a reason, or a reason alone. */
@Timeout(120)
class BrokenAudioTest {

  private static final float[] SECOND = Clips.sweep(16000);

  @AfterEach
  void nothingNativeIsLeft() {
    assertThat(SourceIo.liveCount()).isZero();
  }

  @Test
  void emptyFile() {
    assertUndecodable(new byte[0], "a.wav", "the file is empty (0 bytes)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.wav", "a.mp3", "a.gsm", "a.bin", "no extension", ""})
  void noise(String name) {
    byte[] noise = new byte[5000];
    new Random(1).nextBytes(noise);
    AudioException e = failure(noise, name);
    if (e != null) {
      assertThat(e.kind()).isEqualTo(Kind.UNDECODABLE);
    }
  }

  @Test
  void text() {
    assertUndecodable(
        "Not audio, just words.\n".repeat(50).getBytes(StandardCharsets.US_ASCII),
        "a.wav",
        "not audio");
  }

  @Test
  void picturesAlone() {
    byte[] film =
        Clips.ffmpeg(
            Clips.made("mkv", "-f", "lavfi", "-i", "testsrc=d=1", "-map", "1:v", "-c:v", "mpeg4"),
            "mp4",
            "-c",
            "copy");
    assertUndecodable(film, "film.mp4", "holds no audio stream");
  }

  @ParameterizedTest
  @CsvSource({"0, 16000", "65535, 16000", "1, 0", "1, -2147483648", "1, 999", "1, 768001"})
  void headersWithoutSense(int channels, int rate) {
    byte[] wave = Wave.pcm16(16000, 1, SECOND).withChannels(channels).withRate(rate).bytes();
    assertThat(failure(wave, "a.wav").kind()).isEqualTo(Kind.UNDECODABLE);
  }

  @Test
  void aWrongRiffSizeAloneIsNoFault() throws AudioException {
    byte[] wave = Wave.pcm16(16000, 1, SECOND).bytes();
    ByteBuffer.wrap(wave).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 12345);
    Decoded decoded = Clips.decode(wave, "a.wav");
    assertThat(decoded.samples()).hasSize(16000);
    assertThat(decoded.fault()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0xFFFFFFFFL})
  void waveFromAPipeIsWhole(long size) throws AudioException {
    byte[] wave = Wave.pcm16(16000, 1, SECOND).withDataSize(size).bytes();
    Decoded decoded = Clips.decode(wave, "a.wav");
    assertThat(decoded.samples()).hasSize(16000);
    assertThat(decoded.info().declaredSeconds()).isNaN();
    assertThat(decoded.fault()).isEmpty();
  }

  @Test
  void waveThatPromisesMoreIsTruncated() throws AudioException {
    byte[] wave = Wave.pcm16(16000, 1, SECOND).withDataSize(96000).bytes();
    Decoded decoded = Clips.decode(wave, "a.wav");
    assertThat(decoded.samples()).hasSize(16000);
    assertThat(decoded.fault())
        .hasValue("truncated: the header promises 96000 bytes of audio, 32000 are there");
  }

  @Test
  void waveWithoutSamplesIsWhole() throws AudioException {
    byte[] wave = Wave.pcm16(16000, 1).bytes();
    Decoded decoded = Clips.decode(wave, "a.wav");
    assertThat(decoded.samples()).isEmpty();
    assertThat(decoded.info().sampleRate()).isEqualTo(16000);
    assertThat(decoded.fault()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(floats = {3e38f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void endsBeforeTheFirstSampleThatIsNotFinite(float bad) throws AudioException {
    float[] samples = SECOND.clone();
    samples[4000] = bad;
    Decoded decoded = Clips.decode(Wave.float32(16000, samples).bytes(), "a.wav");
    assertThat(decoded.samples()).containsExactly(Arrays.copyOf(SECOND, 4000));
    assertThat(decoded.fault())
        .hasValueSatisfying(
            fault -> assertThat(fault).startsWith("contains NaN/Inf or absurd values at 0.250 s"));
  }

  @ParameterizedTest
  @CsvSource({
    "wav, ''",
    "wav, -rf64 always",
    "w64, ''",
    "wav, -c:a adpcm_ms",
    "wav, -c:a pcm_mulaw",
    "flac, ''",
    "aiff, ''",
    "au, ''",
    "ogg, -c:a libvorbis -page_duration 100000",
    "opus, -c:a libopus -page_duration 100000",
    "mp3, -c:a libmp3lame",
    "aac, -c:a aac",
    "m4a, -c:a aac -movflags +faststart",
    "webm, -c:a libopus",
  })
  void truncatedClipsGiveWhatIsThereAndSaySo(String extension, String options)
      throws AudioException {
    byte[] whole = Clips.made(extension, words(options));
    int expected = Clips.decode(whole, "a." + extension).samples().length;
    for (int percent : new int[] {60, 75, 90}) {
      byte[] cut = Arrays.copyOf(whole, (int) (whole.length * (long) percent / 100) | 1);
      Decoded decoded = Clips.decode(cut, "a." + extension);
      assertThat((double) decoded.samples().length)
          .as("%s%% of %s %s", percent, extension, options)
          .isBetween(expected * (percent - 50) / 100.0, expected * (percent + 6) / 100.0);
      assertThat(decoded.fault()).as("%s%% of %s %s", percent, extension, options).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wav, ''",
    "flac, ''",
    "mp3, -c:a libmp3lame",
    "ogg, -c:a libvorbis",
    "m4a, -c:a aac",
  })
  void truncatedAnywhere(String extension, String options) {
    byte[] whole = Clips.made(extension, words(options));
    for (int length = 1; length < whole.length; length += 1 + length / 8) {
      failure(Arrays.copyOf(whole, length), "a." + extension);
    }
  }

  @Test
  void anIndexThatIsCutOffIsUndecodable() {
    byte[] whole = Clips.made("m4a", "-c:a", "aac");
    assertThat(failure(Arrays.copyOf(whole, whole.length / 2), "a.m4a").kind())
        .isEqualTo(Kind.UNDECODABLE);
  }

  @Test
  void damageInTheMiddleIsCountedAndPassed() throws AudioException {
    byte[] clip = Clips.made("mp3", "-c:a", "libmp3lame", "-b:a", "64k").clone();
    int whole = Clips.decode(clip, "a.mp3").samples().length;
    Arrays.fill(clip, clip.length / 2, clip.length / 2 + 600, (byte) 0x55);
    Decoded decoded = Clips.decode(clip, "a.mp3");
    assertThat(decoded.samples().length).isBetween(whole * 8 / 10, whole);
    assertThat(decoded.fault()).hasValueSatisfying(fault -> assertThat(fault).contains("corrupt"));
  }

  @Test
  void aDamagedChecksumIsSeen() throws AudioException {
    byte[] clip = Clips.made("flac").clone();
    clip[clip.length / 2] ^= 0x10;
    assertThat(Clips.decode(clip, "a.flac").fault()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "wav, ''",
    "wav, -c:a libgsm_ms -ar 8000",
    "wav, -c:a adpcm_ms",
    "flac, ''",
    "aiff, ''",
    "au, ''",
    "w64, ''",
    "caf, -c:a pcm_s16le",
    "ogg, -c:a libvorbis",
    "opus, -c:a libopus",
    "mp3, -c:a libmp3lame",
    "aac, -c:a aac",
    "m4a, -c:a aac",
    "webm, -c:a libopus",
    "gsm, -c:a libgsm -ar 8000",
    "g722, -c:a g722",
  })
  void mutatedClipsNeverCrashNorHang(String extension, String options) {
    byte[] whole = Clips.made(extension, words(options));
    Random random = new Random(extension.hashCode() * 31L + options.hashCode());
    for (int round = 0; round < 60; round++) {
      failure(mutate(whole, random), "a." + extension);
    }
  }

  @Test
  void tenThousandBrokenClipsLeaveNoMemory(@TempDir Path dir)
      throws IOException, InterruptedException {
    List<byte[]> broken = new ArrayList<>();
    Random random = new Random(7);
    for (byte[] whole :
        List.of(
            Arrays.copyOf(Clips.made("wav"), 20000),
            Arrays.copyOf(Clips.made("flac"), 20000),
            Arrays.copyOf(Clips.made("mp3", "-c:a", "libmp3lame"), 10000),
            Arrays.copyOf(Clips.made("ogg", "-c:a", "libvorbis"), 10000),
            Clips.made("m4a", "-c:a", "aac"))) {
      for (int i = 0; i < 20; i++) {
        broken.add(mutate(whole, random));
      }
    }
    for (int i = 0; i < broken.size(); i++) {
      Files.write(dir.resolve("%03d".formatted(i)), broken.get(i));
    }
    // The heap of this process grows as it likes.
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xms128m",
            "-Xmx128m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            BrokenClipsReader.class.getName(),
            dir.toString());
    Path errors = Files.createTempFile("broken", ".txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(told + Files.readString(errors)).isZero();
    assertThat(Long.parseLong(told.strip())).isLessThan(60);
    Files.delete(errors);
  }

  @Test
  void aSourceThatFailsIsUnreadable() {
    byte[] clip = Wave.pcm16(16000, 1, Clips.sweep(160000)).bytes();
    for (int good : new int[] {0, 1000, 100_000, 200_000}) {
      FlakySource source = new FlakySource(clip, good);
      assertThatThrownBy(() -> Clips.decode(source, "a.wav"))
          .isInstanceOf(AudioException.class)
          .hasMessage("the disk is gone")
          .extracting(e -> ((AudioException) e).kind())
          .isEqualTo(Kind.UNREADABLE);
      assertThat(source.closed).isTrue();
    }
  }

  @Test
  void theDeadlineEndsReading() throws AudioException {
    byte[] clip = Wave.pcm16(16000, 1, SECOND).bytes();
    ByteArraySource source = new ByteArraySource(clip);
    assertThatThrownBy(
            () -> AudioDecoder.open(() -> source, "a.wav", System.nanoTime(), Channels.MIX))
        .isInstanceOf(AudioException.class)
        .extracting(e -> ((AudioException) e).kind())
        .isEqualTo(Kind.TIMED_OUT);
  }

  @Test
  void aSlowSourceMeetsTheDeadline() {
    byte[] clip = Wave.pcm16(16000, 1, Clips.sweep(1_600_000)).bytes();
    ByteSource slow = new SlowSource(clip);
    long start = System.nanoTime();
    assertThatThrownBy(
            () -> {
              try (AudioDecoder decoder =
                  AudioDecoder.open(() -> slow, "a.wav", start + 300_000_000L, Channels.MIX)) {
                float[][] samples = new float[1][10000];
                while (decoder.read(samples, 0, samples[0].length) > 0) {}
              }
            })
        .isInstanceOf(AudioException.class)
        .extracting(e -> ((AudioException) e).kind())
        .isEqualTo(Kind.TIMED_OUT);
    assertThat(System.nanoTime() - start).isBetween(250_000_000L, 2_000_000_000L);
  }

  /** What FFmpeg would follow to other files or hosts. */
  @ParameterizedTest
  @ValueSource(strings = {"a.wav", "a.mp3", "a.m3u8", "a.mpd", "a.sdp", "a.ffconcat", "a"})
  void playlistsAreRefusedAndNotFollowed(String name, @TempDir Path folder) throws IOException {
    Path secret = folder.resolve("secret.wav");
    Files.write(secret, Wave.pcm16(16000, 1, SECOND).bytes());
    Stream.of(
            """
            #EXTM3U
            #EXT-X-TARGETDURATION:1
            #EXTINF:1,
            %s
            #EXT-X-ENDLIST
            """,
            """
            ffconcat version 1.0
            file '%s'
            """,
            """
            v=0
            o=- 0 0 IN IP4 127.0.0.1
            s=x
            c=IN IP4 127.0.0.1
            t=0 0
            m=audio 5004 RTP/AVP 0
            a=x:%s
            """,
            """
            <?xml version="1.0"?>
            <MPD type="static" mediaPresentationDuration="PT1S"><Period>
            <AdaptationSet mimeType="audio/wav"><Representation id="1"><BaseURL>%s</BaseURL>
            </Representation></AdaptationSet></Period></MPD>
            """,
            "concat:%s",
            "file:%s")
        .map(text -> text.formatted(secret).getBytes(StandardCharsets.UTF_8))
        .forEach(bytes -> assertThat(failure(bytes, name).kind()).isEqualTo(Kind.UNDECODABLE));
  }

  @Test
  void closingTwiceIsClosingOnce() throws AudioException {
    AudioDecoder decoder =
        AudioDecoder.open(
            () -> new ByteArraySource(Wave.pcm16(16000, 1, SECOND).bytes()),
            "a",
            Clips.inSeconds(9),
            Channels.MIX);
    decoder.close();
    decoder.close();
    assertThat(decoder.info().channels()).isEqualTo(1);
  }

  private static String[] words(String options) {
    return options.isEmpty() ? new String[0] : options.split(" ");
  }

  /** Bytes changed, a stretch removed or the end cut off. */
  private static byte[] mutate(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    int changes = 1 + random.nextInt(20);
    for (int i = 0; i < changes; i++) {
      int reach = random.nextBoolean() ? Math.min(200, bytes.length) : bytes.length;
      bytes[random.nextInt(reach)] = (byte) random.nextInt(256);
    }
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
    }
    if (random.nextInt(4) == 0) {
      int from = random.nextInt(bytes.length);
      int count = random.nextInt(Math.min(1000, bytes.length - from) + 1);
      System.arraycopy(bytes, from + count, bytes, from, bytes.length - from - count);
    }
    return bytes;
  }

  /** Decodes all; null, or why not. Every sample must be finite. */
  private static AudioException failure(byte[] bytes, String name) {
    return catchThrowableOfType(
        AudioException.class,
        () -> {
          for (float sample : Clips.decode(bytes, name).samples()) {
            if (!Float.isFinite(sample)) {
              throw new AssertionError("a sample of " + sample);
            }
          }
        });
  }

  private static void assertUndecodable(byte[] bytes, String name, String reason) {
    AudioException e = failure(bytes, name);
    assertThat(e).isNotNull().hasMessageContaining(reason);
    assertThat(e.kind()).isEqualTo(Kind.UNDECODABLE);
  }

  /** Fails once a number of bytes has been read. */
  private static final class FlakySource implements ByteSource {
    private final ByteArraySource bytes;
    private int left;
    private boolean closed;

    FlakySource(byte[] bytes, int good) {
      this.bytes = new ByteArraySource(bytes);
      left = good;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        throw new IOException("the disk is gone");
      }
      int count = bytes.read(buffer, offset, Math.min(length, left));
      left -= count;
      return count;
    }

    @Override
    public void seek(long position) {
      bytes.seek(position);
    }

    @Override
    public long length() {
      return bytes.length();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Gives 1,000 bytes at a time, every 20 ms. */
  private static final class SlowSource implements ByteSource {
    private final ByteArraySource bytes;

    SlowSource(byte[] bytes) {
      this.bytes = new ByteArraySource(bytes);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return bytes.read(buffer, offset, Math.min(length, 1000));
    }

    @Override
    public void seek(long position) {
      bytes.seek(position);
    }

    @Override
    public long length() {
      return bytes.length();
    }

    @Override
    public void close() {}
  }
}
