package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.audio.Condition;
import org.segmentser.segment.Segmentation.Mode;

/** The contract of sections: a clip that is read in sections is the same as one that is not. */
class SectionsTest {
  private static final int RATE = 16_000;
  private static final double SPLIT_S = 7;
  private static final double END = Double.POSITIVE_INFINITY;
  private static final ClipSettings PADDED =
      ClipSettings.of(Segmentation.DEFAULT).withSpeech(Speech.MARK);

  @TempDir static Path dir;

  /** All that is made of a clip: the segments of each voice, and its outcome. */
  private record Read(
      List<List<Segment>> segments, List<Voice> voices, List<ClipOutcome> outcomes) {}

  @ParameterizedTest
  @CsvSource({
    "wav, -c:a pcm_u8",
    "wav, -c:a pcm_s16le -ar 8000",
    "wav, -c:a pcm_s16le -ar 44100",
    "wav, -c:a pcm_s16le -ar 48000",
    "wav, -c:a pcm_s16le -ar 11024",
    "wav, -c:a pcm_s24le",
    "wav, -c:a pcm_s32le -ar 22050",
    "wav, -c:a pcm_f32le -ar 48000",
    "wav, -c:a pcm_f64le",
    "wav, -c:a pcm_mulaw -ar 8000",
    "wav, -c:a pcm_alaw -ar 8000",
    "wav, -c:a pcm_s16le -rf64 always -ar 44100",
    "w64, -c:a pcm_s16le -ar 44100",
    "aiff, -c:a pcm_s16be -ar 48000",
    "aiff, -c:a pcm_s24be",
    "aiff, -c:a pcm_mulaw -ar 8000",
    "caf, -c:a pcm_s16le -ar 44100",
    "caf, -c:a pcm_f32be -ar 16000",
    "caf, -c:a pcm_alaw -ar 8000",
    "flac, -ar 8000",
    "flac, -ar 16000",
    "flac, -ar 44100",
    "flac, -ar 48000 -sample_fmt s32",
  })
  void everyFormatGivesTheSame(String extension, String options) throws Exception {
    for (int channels : new int[] {1, 2}) {
      byte[] file = made(extension, options + " -ac " + channels);
      ClipSettings settings = PADDED.withChannels(channels == 1 ? Channels.MIX : Channels.EACH);
      assertSplits(file, "a." + extension, 0, END, settings);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PADDED, NaN",
    "PAPER_OVERLAP, NaN",
    "UNPADDED, NaN",
    "UNPADDED, 0.25",
    "UNPADDED, 0.01",
    "UNPADDED, 3.5"
  })
  void everyModeAndSettingGivesTheSame(Mode mode, double hopS) throws Exception {
    byte[] file = made("flac", "-ar 44100");
    for (Channels channels :
        List.of(
            Channels.MIX,
            Channels.EACH,
            Channels.of(List.of("agent", "customer")).only(List.of("customer")))) {
      for (Speech speech : List.of(Speech.GATE, Speech.MARK, Speech.OFF)) {
        ClipSettings settings =
            ClipSettings.of(Segmentation.of(mode, hopS)).withChannels(channels).withSpeech(speech);
        assertSplits(file, "a.flac", 0, END, settings);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 20.3", "3.21, Infinity", "2.5, 23.456", "5, 900"})
  void stretchesGiveTheSame(double startS, double endS) throws Exception {
    for (String extension : List.of("wav", "flac")) {
      byte[] file = made(extension, "-ar 44100");
      for (Mode mode : Mode.values()) {
        ClipSettings settings =
            ClipSettings.of(Segmentation.of(mode, Double.NaN)).withSpeech(Speech.GATE);
        assertSplits(file, "a." + extension, startS, endS, settings);
      }
    }
  }

  /** Where a clip ends is cut in many places, as its end decides on the last segments. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whereverAClipEndsItGivesTheSame(long seed) {
    Random random = new Random(seed);
    float[] samples = Clips.noise(30 * RATE, seed);
    byte[] file = Clips.wav(RATE, samples);
    for (Mode mode : Mode.values()) {
      ClipSettings settings = ClipSettings.of(Segmentation.of(mode, Double.NaN));
      List<Section> sections = plan(file, "a.wav", 0, END, settings);
      for (int i = 0; i < 30; i++) {
        // Near a boundary, before or behind it.
        Section section = sections.get(1 + random.nextInt(sections.size() - 1));
        long boundary = Reach.of(section, settings).from();
        int end = (int) boundary - 17_000 + random.nextInt(18_000);
        byte[] cut = Arrays.copyOf(file, 44 + 2 * end);
        assertSame(
            read(cut, "a.wav", 0, END, settings, sections),
            read(cut, "a.wav", 0, END, settings, List.of(Section.WHOLE)),
            mode + ", " + end + " samples, boundary at " + boundary);
      }
    }
  }

  @Test
  void aClipThatTurnsToNaNEndsThere() throws Exception {
    byte[] file = made("wav", "-c:a pcm_f32le -ar 44100");
    int data = indexOf(file, "data") + 8 + file.length / 2 / 8 * 8;
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(data, Float.NaN);
    for (Channels channels : List.of(Channels.MIX, Channels.EACH)) {
      Read read = assertSplits(file, "a.wav", 0, END, PADDED.withChannels(channels));
      assertThat(read.outcomes()).allSatisfy(o -> assertThat(o.reason()).contains("NaN"));
    }
  }

  @Test
  void truncatedFilesEndWhereTheyBreakOff() throws Exception {
    for (String format :
        List.of("wav -ar 44100", "aiff -ar 44100", "caf -c:a pcm_s16le", "w64 -ar 8000")) {
      String extension = format.substring(0, format.indexOf(' '));
      byte[] file = made(extension, format.substring(extension.length() + 1));
      byte[] cut = Arrays.copyOf(file, file.length * 2 / 3);
      assertThat(plan(cut, "a", 0, END, PADDED)).containsExactly(Section.WHOLE);
      List<Section> sections = plan(file, "a", 0, END, PADDED);
      assertSame(
          read(cut, "a", 0, END, PADDED, sections),
          read(cut, "a", 0, END, PADDED, List.of(Section.WHOLE)),
          format);
    }
    byte[] flac = made("flac", "-ar 44100");
    Read read = assertSplits(Arrays.copyOf(flac, flac.length / 2), "a.flac", 0, END, PADDED);
    assertThat(read.outcomes().get(0).reason()).contains("truncated");
  }

  /** Longer than the period after which the search for speech begins anew. */
  @ParameterizedTest
  @EnumSource
  void aLongClipGivesTheSame(Mode mode) throws Exception {
    byte[] file = Clips.wav(RATE, 2, Clips.interleaved(speech(990, 2), speech(990, 5)));
    ClipSettings settings =
        ClipSettings.of(Segmentation.of(mode, Double.NaN))
            .withSpeech(Speech.GATE)
            .withChannels(Channels.EACH);
    assertSplits(file, "a.wav", mode == Mode.PADDED ? 0 : 11.7, END, settings, 90);
    if (mode == Mode.PADDED) {
      assertSplits(file, "a.wav", 11.7, END, settings, 640);
    }
  }

  /** What a damaged frame does is heard there and nowhere else: timestamps count behind it. */
  @Test
  void damageInTheMiddleMovesNothingBehindIt() throws Exception {
    byte[] good = made("flac", "-ar 16000 -ac 1");
    byte[] damaged = good.clone();
    for (int i = 0; i < 3000; i++) {
      damaged[good.length / 2 + i] ^= (byte) (i * 37 + 11);
    }
    List<Section> sections = plan(damaged, "a.flac", 0, END, PADDED);
    Read read = read(damaged, "a.flac", 0, END, PADDED, sections);
    Read whole = read(good, "a.flac", 0, END, PADDED, List.of(Section.WHOLE));
    assertThat(read.outcomes().get(0).status()).isEqualTo(Status.SCORED);
    assertThat(read.outcomes().get(0).reason()).contains("corrupt packet");
    assertThat(read.outcomes().get(0).durationS()).isEqualTo(whole.outcomes().get(0).durationS());
    assertThat(read.segments().get(0)).hasSameSizeAs(whole.segments().get(0));
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < whole.segments().get(0).size(); i++) {
      if (!Arrays.equals(
          read.segments().get(0).get(i).patch(), whole.segments().get(0).get(i).patch())) {
        others.add(i);
      }
    }
    assertThat(others).isNotEmpty().allSatisfy(i -> assertThat(i).isBetween(10, 17));
  }

  @ParameterizedTest
  @ValueSource(strings = {"flac -ar 16000 -ac 1", "mp3 -c:a libmp3lame -b:a 64k -ac 1"})
  void damageBeforeAStretchIsNotItsOwn(String format) throws Exception {
    String extension = format.substring(0, format.indexOf(' '));
    byte[] damaged = made(extension, format.substring(extension.length() + 1));
    // About the second second of 26, and the very first frame but its header.
    int second = damaged.length / 26;
    for (int from : new int[] {second, extension.equals("mp3") ? second / 20 : second / 2}) {
      for (int i = 0; i < 600; i++) {
        damaged[from + i] ^= (byte) (i * 37 + 11);
      }
    }
    List<Section> whole = List.of(Section.WHOLE);
    String name = "a." + extension;
    assertThat(read(damaged, name, 0, END, PADDED, whole).outcomes().get(0).reason())
        .contains("corrupt packet");
    ClipOutcome stretch = read(damaged, name, 5, 20, PADDED, whole).outcomes().get(0);
    assertThat(stretch.status()).isEqualTo(Status.SCORED);
    assertThat(stretch.reason()).isNull();
  }

  /** In a process with little memory: files of gigabytes, most of which is a hole. */
  @Test
  void filesOfGigabytesAreEnteredAtTheirEnd() throws Exception {
    Path wav = sparse("long.wav", 3L << 30, false);
    Path rf64 = sparse("long.rf64", 10L << 30, true);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            LongFileReader.class.getName(),
            wav.toString(),
            rf64.toString());
    Path errors = dir.resolve("errors.txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(lines + Files.readString(errors)).isZero();
    // 192,000 bytes a second; sections of half an hour; the tone is in the last second.
    assertThat(lines.lines().toList())
        .containsExactly(
            "10 sections, segments 15625 to 17476, the last at -12.0 dB, lasts 16777.216 s, SCORED",
            "32 sections, segments 56563 to 58254, the last at -12.0 dB, lasts 55924.053 s, SCORED");
  }

  private static Path sparse(String name, long data, boolean is64) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(80).order(ByteOrder.LITTLE_ENDIAN);
    header.put((is64 ? "RF64" : "RIFF").getBytes(StandardCharsets.US_ASCII));
    header.putInt(is64 ? -1 : (int) (data + 36));
    header.put("WAVE".getBytes(StandardCharsets.US_ASCII));
    if (is64) {
      header.put("ds64".getBytes(StandardCharsets.US_ASCII)).putInt(28);
      header.putLong(data + 72).putLong(data).putLong(data / 4).putInt(0);
    }
    header.put("fmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    header.putShort((short) 1).putShort((short) 2).putInt(48_000).putInt(192_000);
    header.putShort((short) 4).putShort((short) 16);
    header.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(is64 ? -1 : (int) data);
    ByteBuffer tone = ByteBuffer.allocate(2 * 192_000).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 2 * 48_000; i++) {
      short sample = (short) Math.round(0.355 * 32_768 * Math.sin(2 * Math.PI * 440 * i / 48_000));
      tone.putShort(sample).putShort(sample);
    }
    Path file = dir.resolve(name);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(header.array(), 0, header.position());
      out.seek(header.position() + data - tone.capacity());
      out.write(tone.array());
    }
    return file;
  }

  private static Read assertSplits(
      byte[] file, String name, double startS, double endS, ClipSettings settings) {
    return assertSplits(file, name, startS, endS, settings, SPLIT_S);
  }

  private static Read assertSplits(
      byte[] file, String name, double startS, double endS, ClipSettings settings, double splitS) {
    List<Section> sections =
        Sections.plan(() -> new ByteArraySource(file), name, startS, endS, settings, splitS);
    assertThat(sections).hasSizeGreaterThan(1);
    Read whole = read(file, name, startS, endS, settings, List.of(Section.WHOLE));
    assertSame(read(file, name, startS, endS, settings, sections), whole, settings.toString());
    return whole;
  }

  private static void assertSame(Read read, Read whole, String what) {
    assertThat(read.outcomes()).as(what).isEqualTo(whole.outcomes());
    assertThat(read.voices()).as(what).isEqualTo(whole.voices());
    assertThat(read.segments()).as(what).hasSameSizeAs(whole.segments());
    for (int voice = 0; voice < whole.segments().size(); voice++) {
      List<Segment> of = read.segments().get(voice);
      List<Segment> all = whole.segments().get(voice);
      assertThat(withoutPatches(of)).as(what).isEqualTo(withoutPatches(all));
      for (int i = 0; i < all.size(); i++) {
        assertThat(Arrays.equals(of.get(i).patch(), all.get(i).patch()))
            .as("patch %s of %s", i, what)
            .isTrue();
      }
    }
  }

  private static List<Segment> withoutPatches(List<Segment> segments) {
    return segments.stream()
        .map(s -> new Segment(s.index(), s.startS(), s.endS(), s.rmsDbfs(), s.speech(), null))
        .toList();
  }

  private static List<Section> plan(
      byte[] file, String name, double startS, double endS, ClipSettings settings) {
    return Sections.plan(() -> new ByteArraySource(file), name, startS, endS, settings, SPLIT_S);
  }

  private static Read read(
      byte[] file,
      String name,
      double startS,
      double endS,
      ClipSettings settings,
      List<Section> sections) {
    List<List<Segment>> segments = new ArrayList<>();
    List<SectionOutcome> outcomes = new ArrayList<>();
    long samples = 0;
    List<List<List<Segment>>> bySection = new ArrayList<>();
    for (Section section : sections) {
      List<List<Segment>> ofSection = new ArrayList<>();
      try (ClipReader reader =
          ClipReader.open(() -> new ByteArraySource(file), name, startS, endS, section, settings)) {
        while (!reader.isDone()) {
          List<ClipPart> parts = reader.nextParts();
          for (int voice = 0; voice < parts.size(); voice++) {
            if (ofSection.size() == voice) {
              ofSection.add(new ArrayList<>());
            }
            ofSection.get(voice).addAll(SegmentPatches.of(parts.get(voice).chunk()));
          }
        }
        outcomes.add(sent(reader.sectionOutcome()));
        samples += reader.samplesRead();
      }
      bySection.add(ofSection);
    }
    SectionOutcome.Merged merged = SectionOutcome.merge(outcomes, settings.speech());
    for (List<List<Segment>> ofSection : bySection.subList(0, merged.sections())) {
      for (int voice = 0; voice < ofSection.size(); voice++) {
        if (segments.size() == voice) {
          segments.add(new ArrayList<>());
        }
        segments.get(voice).addAll(ofSection.get(voice));
      }
    }
    if (merged.sections() == sections.size()) {
      assertThat((double) samples / RATE).isEqualTo(merged.outcomes().get(0).durationS());
    }
    return new Read(segments, merged.voices(), merged.outcomes());
  }

  /** What arrives where sections are put together. */
  private static SectionOutcome sent(SectionOutcome outcome) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(outcome);
      }
      return (SectionOutcome)
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What ffmpeg makes of 26 s of two people's speech, some of it too loud, with pauses. */
  private static byte[] made(String extension, String options) throws Exception {
    Path source = dir.resolve("speech.wav");
    if (Files.notExists(source)) {
      Files.write(source, Clips.wav(RATE, 2, Clips.interleaved(speech(26, 1), speech(26, 3))));
    }
    Path target = dir.resolve((extension + options).replaceAll("[^a-z0-9]", "_") + "." + extension);
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-y", "-i"));
    command.add(source.toString());
    command.addAll(List.of(options.split(" ")));
    command.add(target.toString());
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "no ffmpeg executable on the PATH");
      throw e;
    }
    String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(log).isZero();
    return Files.readAllBytes(target);
  }

  /** The repository's example clips, one after the other from some one on, with pauses. */
  private static float[] speech(int seconds, int first) throws IOException {
    Path folder = Path.of(System.getProperty("segmentser.root", ".."), "examples/audio");
    List<Path> files;
    try (var all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    float[] samples = new float[seconds * RATE];
    float[] hiss = Clips.noise(samples.length, first);
    int at = 0;
    for (int i = first; at < samples.length; i++) {
      byte[] bytes = Files.readAllBytes(files.get(i % files.size()));
      var shorts =
          ByteBuffer.wrap(bytes, 44, bytes.length - 44)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asShortBuffer();
      while (shorts.hasRemaining() && at < samples.length) {
        samples[at++] = Math.max(-1, Math.min(1, shorts.get() * 0x1p-15f * (i % 3 == 0 ? 4 : 1)));
      }
      at += RATE / 2 * (i % 3);
    }
    for (int i = 0; i < samples.length; i++) {
      samples[i] = Math.max(-1, Math.min(1, samples[i] + 0.001f * hiss[i]));
    }
    return samples;
  }

  @Test
  void otherClipsStayWhole() throws Exception {
    byte[] file = made("wav", "-c:a pcm_s16le");
    assertThat(plan(file, "a.wav", 0, END, PADDED)).hasSize(4);
    assertThat(plan(file, "a.wav", 0, END, PADDED).get(0)).isEqualTo(new Section(0, 4, 0, 6));
    assertWhole(file, 20, END, PADDED);
    assertWhole(file, 0, 6.9, PADDED);
    assertWhole(file, 0, END, PADDED.withCondition(Condition.ROOM));
    assertWhole(file, 0, END, new ClipSettings(Segmentation.DEFAULT, 60, 25, 600));
    assertWhole("no audio".repeat(100).getBytes(StandardCharsets.UTF_8), 0, END, PADDED);
    for (String lossy :
        List.of(
            "mp3 -c:a libmp3lame",
            "ogg -c:a libvorbis",
            "m4a -c:a aac",
            "mka -c:a flac",
            "wav -c:a adpcm_ms")) {
      String extension = lossy.substring(0, lossy.indexOf(' '));
      assertWhole(made(extension, lossy.substring(extension.length() + 1)), 0, END, PADDED);
    }
    for (int size : new int[] {-1, 0x7FFFFFFF, 0x7FFFF000}) {
      byte[] piped = file.clone();
      ByteBuffer header = ByteBuffer.wrap(piped).order(ByteOrder.LITTLE_ENDIAN);
      header.putInt(indexOf(piped, "data") + 4, size);
      assertWhole(piped, 0, END, PADDED);
    }
    byte[] rate = file.clone();
    ByteBuffer.wrap(rate).order(ByteOrder.LITTLE_ENDIAN).putInt(28, 12_345);
    assertWhole(rate, 0, END, PADDED);
    byte[] flac = made("flac", "-ar 16000");
    // The number of samples, 36 bits from the middle of the 22nd byte on.
    flac[21] &= (byte) 0xF0;
    Arrays.fill(flac, 22, 26, (byte) 0);
    assertWhole(flac, 0, END, PADDED);
  }

  private static void assertWhole(byte[] file, double startS, double endS, ClipSettings settings) {
    assertThat(plan(file, "a", startS, endS, settings)).containsExactly(Section.WHOLE);
  }

  private static int indexOf(byte[] file, String name) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf(name);
  }
}
