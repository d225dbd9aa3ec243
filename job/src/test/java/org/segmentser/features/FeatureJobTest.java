package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Golden;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.audio.Condition;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.model.SegmentModel.Output;
import org.segmentser.network.TestModels;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;
import org.segmentser.source.InputListing;

/** Features with a real Spark session, of real audio files and a narrow network. */
class FeatureJobTest {
  private static final ClipSettings PADDED = ClipSettings.of(Segmentation.DEFAULT);
  private static final ClipSettings SMALL_CHUNKS =
      ClipSettings.of(Segmentation.of(Segmentation.Mode.UNPADDED, 0.25), 2, 100, 60);

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;

  @Test
  void patchesAreThoseOfTheClipReaderInTheOrderOfTheList() throws IOException {
    clip("a.wav", 5.3);
    clip("b.wav", 70);
    Files.writeString(dir.resolve("audio/broken.wav"), "this is no audio ".repeat(500));
    clip("short.wav", 0.3);
    clip("z.wav", 2);
    List<Clip> clips = new ArrayList<>(list());
    Collections.reverse(clips);

    FeatureSet set = FeatureJob.compute(spark, clips, null, SMALL_CHUNKS, null, null, file());

    assertThat(set.width()).isEqualTo(96 * 64);
    assertThat(set.clips()).extracting(ClipFeatures::clipId).isEqualTo(ids(clips));
    assertThat(set.clips())
        .extracting(ClipFeatures::status)
        .containsExactly(
            Status.SCORED, Status.TOO_SHORT, Status.UNDECODABLE, Status.SCORED, Status.SCORED);
    ClipFeatures broken = set.clips().get(2);
    assertThat(broken.rows()).isZero();
    assertThat(broken.reason()).isNotBlank();
    assertThat(Files.size(file())).isEqualTo(set.rows() * 4 * 96 * 64);
    long row = 0;
    try (FeatureFile features = FeatureFile.open(set)) {
      for (int i = 0; i < clips.size(); i++) {
        ClipFeatures clip = set.clips().get(i);
        assertThat(clip.firstRow()).isEqualTo(row);
        row += clip.rows();
        List<Segment> expected = clip.rows() == 0 ? List.of() : segments(clips.get(i));
        assertThat(clip.startS()).containsExactly(starts(expected));
        assertThat(rows(features, clip)).isEqualTo(floats(expected));
      }
    }
  }

  @Test
  void embeddingsAreThoseOfTheModel() throws IOException {
    clip("a.wav", 50);
    clip("b.wav", 3);
    Files.write(dir.resolve("audio/empty.wav"), new byte[0]);
    ModelDirectory model = TestModels.mini(dir.resolve("model"), List.of());
    List<Clip> clips = list();

    FeatureSet set =
        FeatureJob.compute(
            spark, clips, null, SMALL_CHUNKS, NetworkFeatures.embeddings(model), null, file());

    assertThat(set.width()).isEqualTo(128);
    try (FeatureFile features = FeatureFile.open(set);
        SegmentModel loaded = model.load(ModelRuntime.of(1))) {
      for (int i = 0; i < 2; i++) {
        List<byte[]> patches = segments(clips.get(i)).stream().map(Segment::patch).toList();
        float[][] expected = loaded.predict(patches, EnumSet.of(Output.EMBEDDINGS)).embeddings();
        float[] actual = rows(features, set.clips().get(i));
        assertThat(actual).hasSize(expected.length * 128);
        for (int k = 0; k < actual.length; k++) {
          float value = expected[k / 128][k % 128];
          assertThat(actual[k]).isCloseTo(value, within(1e-5f * Math.max(1, Math.abs(value))));
        }
      }
      assertThat(set.clips().get(2).status()).isEqualTo(Status.UNDECODABLE);
    }
  }

  @Test
  void whatIsCachedIsNotDecodedAgain() throws IOException {
    clip("a.wav", 5);
    clip("b.wav", 3);
    List<Clip> clips = list();
    FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file());
    byte[] first = Files.readAllBytes(file());
    FileUtil.fullyDelete(dir.resolve("audio").toFile());
    FeatureSet again = FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file());

    assertThat(again.clips()).allMatch(clip -> clip.status() == Status.SCORED);
    assertThat(Files.readAllBytes(file())).isEqualTo(first);
    assertThat(cached()).hasSize(1).allMatch(name -> name.matches("features-[0-9a-f]{16}"));
    assertThat(dir.resolve("cache").resolve(cached().get(0)).resolve("features.json"))
        .content()
        .contains("log-mel patches", "padded", "a.wav");
    // Other settings are other features, and so is a file that changed. What cannot be read now may
    // be another time.
    FeatureSet other = FeatureJob.compute(spark, clips, null, SMALL_CHUNKS, null, cache(), file());
    assertThat(other.clips()).allMatch(clip -> clip.status() == Status.UNREADABLE);
    assertThat(cached()).hasSize(1);
    clip("a.wav", 5);
    clip("b.wav", 4);
    FeatureSet changed = FeatureJob.compute(spark, list(), null, PADDED, null, cache(), file());
    assertThat(changed.rows()).isEqualTo(5 + 4);
    assertThat(cached()).hasSize(2);
    ClipSettings noisy = PADDED.withCondition(Condition.NOISE);
    FeatureJob.compute(spark, list(), null, noisy, null, cache(), file());
    assertThat(cached()).hasSize(3);
  }

  @Test
  void halfACacheIsNone() throws IOException {
    clip("a.wav", 5);
    List<Clip> clips = list();
    FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file());
    Path kept = dir.resolve("cache").resolve(cached().get(0));
    Files.delete(kept.resolve("features.json"));
    FileUtil.fullyDelete(kept.resolve("rows").toFile());
    assertThat(FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file()).rows())
        .isEqualTo(5);
    assertThat(kept.resolve("features.json")).exists();
  }

  @Test
  void rowsThatAreMissingAreToldOf() throws IOException {
    clip("a.wav", 5);
    List<Clip> clips = list();
    FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file());
    FileUtil.fullyDelete(dir.resolve("cache").resolve(cached().get(0)).resolve("rows").toFile());
    Files.createDirectory(dir.resolve("cache").resolve(cached().get(0)).resolve("rows"));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file()))
        .withMessageContaining("1 clips were listed but 0 have an outcome")
        .withMessageContaining(cached().get(0));
  }

  @Test
  void aCacheThatCannotBeWrittenIsRefusedByName() throws IOException {
    clip("a.wav", 5);
    Files.writeString(dir.resolve("cache"), "a file");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FeatureJob.compute(spark, list(), null, PADDED, null, cache(), file()))
        .withMessageStartingWith("the cache " + cache() + " cannot be written: ");
  }

  @Test
  void aLocalFileThatCannotBeWrittenIsRefusedBeforeWorkStarts() throws IOException {
    clip("a.wav", 5);
    Path directory = Files.createDirectory(dir.resolve("directory"));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FeatureJob.compute(spark, list(), null, PADDED, null, cache(), directory))
        .withMessageStartingWith("cannot write features to " + directory);
    assertThat(dir.resolve("cache")).doesNotExist();
  }

  @Test
  void aCacheIsRefusedWhereAChangeCouldNotBeSeen() throws IOException {
    clip("a.wav", 5);
    String uri = list().get(0).uri();
    List<Clip> clips = List.of(Clip.ofFile(uri, uri, null, 0L));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FeatureJob.compute(spark, clips, null, PADDED, null, cache(), file()))
        .withMessageStartingWith("--cache cannot tell")
        .withMessageEndingWith("a.wav");
    assertThat(FeatureJob.compute(spark, clips, null, PADDED, null, null, file()).rows())
        .isEqualTo(5);
  }

  @Test
  void aClipOfTwoVoicesIsRefused() throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    float[] noise = Clips.noise(16_000 * 3, 1);
    Files.write(audio.resolve("a.wav"), Clips.wav(16_000, 2, Clips.interleaved(noise, noise)));
    Clip file = list().get(0);
    Clip clip =
        new Clip(file.id(), file.location(), 1L, null, null, null, Channels.EACH, List.of());
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () -> FeatureJob.compute(spark, List.of(clip), null, PADDED, null, null, file()))
        .withMessageContaining("the clip " + file.id() + " has a segment twice");
  }

  @Test
  void aClipsFingerprintFollowsFromItsContent() throws IOException {
    clip("a.wav", 5.3);
    clip("b.wav", 5.3);
    Files.writeString(dir.resolve("audio/z.wav"), "this is no audio ".repeat(500));
    Files.copy(dir.resolve("audio/a.wav"), dir.resolve("audio/c.wav"));
    ModelDirectory model = TestModels.mini(dir.resolve("model"), List.of());
    ClipSettings smallChunks = new ClipSettings(Segmentation.DEFAULT, 2, 100, 60);

    List<String> first = fingerprints(PADDED, null, null);
    assertThat(first.get(0)).matches("[0-9a-f]{16}").isEqualTo(first.get(2));
    assertThat(first.get(1)).matches("[0-9a-f]{16}").isNotEqualTo(first.get(0));
    assertThat(first.get(3)).isNull();
    // Of the patches, whatever becomes of them, and however they come.
    NetworkFeatures embeddings = NetworkFeatures.embeddings(model);
    assertThat(fingerprints(smallChunks, embeddings, cache())).isEqualTo(first);
    assertThat(fingerprints(smallChunks, embeddings, cache())).isEqualTo(first);
    assertThat(cached()).hasSize(1);
    assertThat(fingerprints(SMALL_CHUNKS, null, null)).doesNotContain(first.get(0), first.get(1));
  }

  private List<String> fingerprints(ClipSettings settings, NetworkFeatures network, String cache) {
    return FeatureJob.compute(spark, list(), null, settings, network, cache, file())
        .clips()
        .stream()
        .map(ClipFeatures::fingerprint)
        .toList();
  }

  @Test
  void everyClipOfTheSharedSpeechHasItsSegments() throws IOException {
    List<Clip> clips =
        InputListing.list(List.of(Golden.shared("data/emodb").toAbsolutePath().toString()), conf())
            .clips();
    FeatureSet set = FeatureJob.compute(spark, clips, null, PADDED, null, null, file());
    assertThat(set.clips()).hasSize(339).allMatch(clip -> clip.status() == Status.SCORED);
    assertThat(set.rows()).isEqualTo(1113);
  }

  private static float[] rows(FeatureFile features, ClipFeatures clip) {
    float[] values = new float[clip.rows() * features.width()];
    features.read(clip.firstRow(), clip.rows(), values, 0);
    return values;
  }

  private static float[] floats(List<Segment> segments) {
    float[] values = new float[segments.size() * 96 * 64];
    for (int i = 0; i < segments.size(); i++) {
      ByteBuffer.wrap(segments.get(i).patch())
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values, i * 96 * 64, 96 * 64);
    }
    return values;
  }

  private static double[] starts(List<Segment> segments) {
    return segments.stream().mapToDouble(Segment::startS).toArray();
  }

  private static List<Segment> segments(Clip clip) throws IOException {
    byte[] file = Files.readAllBytes(Path.of(clip.uri().replaceFirst("file:", "")));
    List<Segment> segments = new ArrayList<>();
    try (ClipReader reader =
        ClipReader.open(() -> new ByteArraySource(file), clip.uri(), SMALL_CHUNKS)) {
      while (reader.outcome() == null) {
        segments.addAll(reader.next());
      }
    }
    return segments;
  }

  private static List<String> ids(List<Clip> clips) {
    return clips.stream().map(Clip::id).toList();
  }

  private void clip(String name, double seconds) throws IOException {
    Path audio = Files.createDirectories(dir.resolve("audio"));
    Files.write(
        audio.resolve(name),
        Clips.wav(16_000, Clips.noise((int) Math.round(16_000 * seconds), name.hashCode())));
  }

  private List<Clip> list() {
    List<Clip> clips = new ArrayList<>(InputListing.list(List.of(dir + "/audio"), conf()).clips());
    clips.sort(Comparator.comparing(Clip::uri));
    return clips;
  }

  private static Configuration conf() {
    return new Configuration();
  }

  private Path file() {
    return dir.resolve("features.f32");
  }

  private String cache() {
    return dir.resolve("cache").toString();
  }

  private List<String> cached() throws IOException {
    try (Stream<Path> kept = Files.list(dir.resolve("cache"))) {
      return kept.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
