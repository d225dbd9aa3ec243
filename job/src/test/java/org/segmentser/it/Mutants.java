package org.segmentser.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Files that were audio, or shards of it, before they were damaged; each follows from its seed. */
final class Mutants {
  /** Extensions and how ffmpeg makes a good file of it. */
  private static final List<List<String>> FORMATS =
      List.of(
          List.of("wav"),
          List.of("wav", "-c:a", "adpcm_ms"),
          List.of("wav", "-c:a", "adpcm_ima_wav"),
          List.of("wav", "-c:a", "pcm_mulaw", "-ar", "8000"),
          List.of("wav", "-c:a", "pcm_f32le", "-ac", "2"),
          List.of("wav", "-rf64", "always"),
          List.of("w64"),
          List.of("aiff"),
          List.of("au"),
          List.of("caf", "-c:a", "pcm_s16le"),
          List.of("caf", "-c:a", "alac"),
          List.of("flac"),
          List.of("ogg", "-c:a", "libvorbis"),
          List.of("ogg", "-c:a", "flac"),
          List.of("opus", "-c:a", "libopus"),
          List.of("mp3", "-c:a", "libmp3lame"),
          List.of("mp2", "-c:a", "mp2"),
          List.of("aac", "-c:a", "aac"),
          List.of("m4a", "-c:a", "aac", "-movflags", "+faststart"),
          List.of("mp4", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
          List.of("m4a", "-c:a", "alac"),
          List.of("webm", "-c:a", "libopus"),
          List.of("mka", "-c:a", "libvorbis"),
          List.of("mka", "-c:a", "pcm_s24le"),
          List.of("gsm", "-c:a", "libgsm", "-ar", "8000"),
          List.of("g722", "-c:a", "g722"));

  private static final long[] LIES = {
    0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL, -1, Long.MAX_VALUE
  };

  /** Where a tar header has its checksum, which readers look at first. */
  private static final int CHECKSUM = 148;

  private static final int RECORD = 512;

  /** Of mutants, one in this many is a shard. */
  private static final int SHARDS = 6;

  @SuppressWarnings("ArrayRecordComponent")
  private record File(String extension, byte[] bytes) {}

  private final List<File> whole = new ArrayList<>();

  /**
   * Makes what is to be damaged; skips the test where ffmpeg is missing.
   *
   * @param scratch an empty directory
   */
  Mutants(Path scratch) throws IOException {
    assumeTrue(
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "ffmpeg"))),
        "no ffmpeg executable on the PATH");
    for (List<String> format : FORMATS) {
      Path made = scratch.resolve(whole.size() + "." + format.get(0));
      List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-t", "1.5", "-i"));
      command.add(Launcher.AUDIO.resolve("angry_08a01Wa.wav").toString());
      command.addAll(format.subList(1, format.size()));
      command.add(made.toString());
      try (Child ffmpeg = Child.start("ffmpeg", command, Map.of(), null)) {
        Child.Result result = ffmpeg.await(Duration.ofMinutes(1));
        if (result.exitCode() != 0) {
          throw new AssertionError(result.toString());
        }
      }
      whole.add(new File(format.get(0), Files.readAllBytes(made)));
    }
  }

  /** Whether a mutant's file is called as a shard is. */
  static boolean isShard(Path file) {
    return file.toString().matches(".*\\.(tar|tgz)");
  }

  /**
   * Writes the mutant of a number into a directory.
   *
   * @param seed of all of them
   */
  Path write(Path directory, long seed, int number) throws IOException {
    Random random = new Random(seed * 1_000_003 + number);
    File file = number % SHARDS == 0 ? shard(random) : audio(random);
    return Files.write(
        directory.resolve(String.format(Locale.ROOT, "m%05d.%s", number, file.extension)),
        file.bytes);
  }

  private File any(Random random) {
    return whole.get(random.nextInt(whole.size()));
  }

  private File audio(Random random) {
    File file = any(random);
    byte[] bytes = file.bytes.clone();
    switch (random.nextInt(5)) {
      case 0 -> flip(bytes, random);
      case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 2 -> lie(bytes, random);
      case 3 -> bytes = spliced(bytes, any(random).bytes, random);
      default -> {
        // Under another's name, and every other one damaged too.
        if (random.nextBoolean()) {
          flip(bytes, random);
        }
        return new File(any(random).extension, bytes);
      }
    }
    return new File(file.extension, bytes);
  }

  /** Some bits, half of them near the beginning. */
  private static void flip(byte[] bytes, Random random) {
    for (int i = random.nextInt(30); i >= 0; i--) {
      int reach = random.nextBoolean() ? Math.min(256, bytes.length) : bytes.length;
      bytes[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  /** Numbers near the beginning become what a header should not say. */
  private static void lie(byte[] bytes, Random random) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int i = random.nextInt(3); i >= 0; i--) {
      long lie = LIES[random.nextInt(LIES.length)];
      int at = 4 + 2 * random.nextInt(Math.min(200, bytes.length / 2 - 6));
      buffer.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      switch (random.nextInt(3)) {
        case 0 -> buffer.putShort(at, (short) lie);
        case 1 -> buffer.putInt(at, (int) lie);
        default -> buffer.putLong(at, lie);
      }
    }
  }

  /** The beginning of one file and the end of another, or a stretch of one left out or doubled. */
  private static byte[] spliced(byte[] one, byte[] other, Random random) {
    byte[] second = random.nextBoolean() ? other : one;
    int from = random.nextInt(second.length);
    byte[] first = Arrays.copyOf(one, 1 + random.nextInt(one.length));
    byte[] both = Arrays.copyOf(first, first.length + second.length - from);
    System.arraycopy(second, from, both, first.length, second.length - from);
    return both;
  }

  private File shard(Random random) throws IOException {
    byte[] tar = tar(random);
    for (int i = random.nextInt(3); i > 0; i--) {
      lieInHeader(tar, random);
    }
    boolean isCompressed = random.nextInt(3) == 0;
    byte[] bytes = isCompressed ? gzip(tar) : tar;
    switch (random.nextInt(4)) {
      case 0 -> flip(bytes, random);
      case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 2 -> bytes = spliced(bytes, tar, random);
      default -> {
        // As it is.
      }
    }
    return new File(isCompressed ? "tgz" : "tar", bytes);
  }

  private byte[] tar(Random random) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (int i = random.nextInt(3); i >= 0; i--) {
        File member = random.nextInt(3) == 0 ? any(random) : audio(random);
        TarArchiveEntry entry =
            random.nextInt(6) == 0
                ? new TarArchiveEntry("link.wav", TarConstants.LF_SYMLINK)
                : new TarArchiveEntry(memberName(i, member.extension, random), true);
        byte[] content = entry.isSymbolicLink() ? new byte[0] : member.bytes;
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static String memberName(int number, String extension, Random random) {
    String name =
        switch (random.nextInt(5)) {
          case 0 -> "../../etc/" + number;
          case 1 -> "/etc/" + number;
          case 2 -> "d/".repeat(random.nextInt(200)) + number;
          case 3 -> "n\n" + number + "\u0007%2e%2e?#!";
          default -> "clip" + random.nextInt(2);
        };
    return name + "." + extension;
  }

  /** A field of a header says something else, and its checksum agrees. */
  private static void lieInHeader(byte[] tar, Random random) {
    int header = RECORD * random.nextInt(tar.length / RECORD);
    // Size, kind, link, the mark of the format, device numbers, prefix.
    int[] fields = {124, 156, 157, 257, 329, 345};
    int field = header + fields[random.nextInt(fields.length)];
    byte[] text =
        switch (random.nextInt(5)) {
          case 0 -> "77777777777".getBytes(US_ASCII);
          case 1 -> "00000000000".getBytes(US_ASCII);
          case 2 -> new byte[] {(byte) 0x80, 0, 0, 0, 0x7F, -1, -1, -1, -1, -1, -1, -1};
          case 3 -> new byte[] {(byte) "LKxgSD1257".charAt(random.nextInt(10))};
          default -> new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        };
    System.arraycopy(text, 0, tar, field, text.length);
    Arrays.fill(tar, header + CHECKSUM, header + CHECKSUM + 8, (byte) ' ');
    int sum = 0;
    for (int i = header; i < header + RECORD; i++) {
      sum += tar[i] & 0xFF;
    }
    byte[] checksum = String.format(Locale.ROOT, "%06o", sum).getBytes(US_ASCII);
    System.arraycopy(checksum, 0, tar, header + CHECKSUM, checksum.length);
    tar[header + CHECKSUM + checksum.length] = 0;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
