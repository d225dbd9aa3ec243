package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Section;
import org.segmentser.segment.Segmentation;

class CorpusListingTest {
  private static final ClipSettings SETTINGS = ClipSettings.of(Segmentation.DEFAULT);
  private static final int CORES = 8;

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;

  @Test
  void executorsListWhatIsTooMuchForTheDriver() {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .set(GeneratedFileSystem.IMPLEMENTATION, GeneratedFileSystem.class.getName());
    int files = 30_000;
    for (int directories : new int[] {1, 30, 1_000}) {
      Corpus corpus = list(Inputs.of(List.of("generated://" + files + "-" + directories + "/")));
      Corpus.Totals totals = corpus.totals();
      assertThat(totals.clips()).isEqualTo(files);
      assertThat(totals.items()).isEqualTo(files);
      assertThat(totals.unreadable()).isZero();
      assertThat(corpus.skipped())
          .containsExactly(entry("without an audio extension", (long) directories));
      List<List<WorkItem>> dealt = corpus.dealt(CORES).glom().collect();
      Set<String> ids = new HashSet<>();
      dealt.forEach(partition -> partition.forEach(item -> ids.add(item.clip().id())));
      assertThat(ids).hasSize(files);
      assertThat(dealt.stream().mapToLong(List::size).sum()).isEqualTo(files);
      assertThat(dealt.stream().flatMap(List::stream).mapToLong(i -> i.clip().bytes()).sum())
          .isEqualTo(totals.bytes());
      assertThat(corpus.dealt(CORES).glom().collect()).as("dealt again").isEqualTo(dealt);
      // Three recordings of 500 MB each, which begin first, and nothing else near their weight.
      assertDealtEvenly(corpus, dealt, 3);
      assertThat(corpus.sample())
          .singleElement()
          .satisfies(kind -> assertThat(kind.weight()).isEqualTo(totals.weight()))
          .satisfies(kind -> assertThat(kind.sample()).hasSize(ClipSample.CLIPS_PER_KIND));
    }
  }

  @Test
  void whatIsPendingIsCutAndDealtOutLikeAllOfIt() {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .set(GeneratedFileSystem.IMPLEMENTATION, GeneratedFileSystem.class.getName());
    Inputs inputs = Inputs.of(List.of("generated://11000-7/"));
    // So that each recording might be a long one, and somebody has looked into it.
    double splitS = 10;
    Corpus corpus =
        CorpusListing.list(spark, inputs, SETTINGS, splitS, Known.none(spark), staging());
    Corpus.Totals totals = corpus.totals();
    assertThat(totals.clips()).isEqualTo(11_000);
    List<Corpus> batches = corpus.batches(1_000_000, 100_000_000);
    assertThat(batches).hasSizeGreaterThan(10);
    assertThat(batches.stream().mapToLong(batch -> batch.totals().clips()).sum()).isEqualTo(11_000);
    // Two recordings have 500 MB.
    assertThat(batches)
        .filteredOn(batch -> batch.totals().weight() > 101_000_000)
        .hasSizeLessThan(3);
    List<List<WorkItem>> dealt = corpus.dealt(CORES).glom().collect();
    assertThat(dealt.stream().mapToLong(List::size).sum()).isEqualTo(11_000);
    assertDealtEvenly(corpus, dealt, 2);
  }

  /** Fails unless each of the heavy ones has a partition of its own, and the others weigh alike. */
  private static void assertDealtEvenly(Corpus corpus, List<List<WorkItem>> dealt, int heavy) {
    double most = 1.1 * corpus.totals().weight() / corpus.partitions(CORES) + 200_000;
    assertThat(dealt.subList(0, heavy)).allMatch(partition -> partition.size() == 1);
    assertThat(dealt.subList(heavy, dealt.size()))
        .allMatch(partition -> partition.stream().mapToLong(ClipPartitions::weight).sum() < most);
  }

  @Test
  void aGlobThatMatchesManyFilesIsListedByExecutors() {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .set(GeneratedFileSystem.IMPLEMENTATION, GeneratedFileSystem.class.getName());
    Corpus corpus = list(Inputs.of(List.of("generated://60000-3/d*/*5.wav")));
    assertThat(corpus.totals().clips()).isEqualTo(6_000);
    corpus = list(Inputs.of(List.of("generated://60000-3/d[12]/*.wav")));
    assertThat(corpus.totals().clips()).isEqualTo(40_000);
    assertThat(corpus.skipped()).isEmpty();
    // Two alternatives name the same files.
    corpus = list(Inputs.of(List.of("generated://60000-3/{d1/*.wav,*/*.wav}")));
    assertThat(corpus.totals().clips()).isEqualTo(60_000);
  }

  @Test
  void theDriverHoldsNoMoreOfManyListingsThanOfOne() throws IOException {
    Configuration conf = spark.sessionState().newHadoopConf();
    conf.set(GeneratedFileSystem.IMPLEMENTATION, GeneratedFileSystem.class.getName());
    for (String kind : List.of("", "-bucket")) {
      InputListing.Found found =
          InputListing.find(List.of("generated://30000-10" + kind + "/d*/"), conf, 5_000);
      assertThat(found.clips()).as(kind).hasSizeBetween(1, 5_000);
      assertThat(found.clips().size() + clips(found.parts(), conf).size()).isEqualTo(30_000);
    }
  }

  @Test
  void linksLeadToNothingThatAnotherTaskLists() throws IOException {
    for (int i = 0; i < 300; i++) {
      Path below = Files.createDirectory(dir.resolve("d%03d".formatted(i)));
      Files.write(below.resolve(i + ".wav"), new byte[10]);
    }
    Path outside = Files.createDirectories(dir.resolve("_store/more"));
    Files.write(outside.resolve("x.wav"), new byte[10]);
    Files.createSymbolicLink(dir.resolve("d298/back"), dir);
    Files.createSymbolicLink(dir.resolve("d299/other"), dir.resolve("d000"));
    Files.createSymbolicLink(dir.resolve("d299/more"), outside);
    Configuration conf = spark.sessionState().newHadoopConf();
    InputListing.Found found = InputListing.find(List.of(dir.toString()), conf, 2);
    assertThat(found.parts()).hasSizeGreaterThan(250);
    List<String> uris = new ArrayList<>(clips(found.parts(), conf));
    found.clips().forEach(clip -> uris.add(clip.uri()));
    assertThat(uris).hasSize(301).doesNotHaveDuplicates();
    assertThat(uris).contains("file:" + dir + "/d299/more/x.wav");
  }

  private static List<String> clips(List<DirectoryWalk.Part> parts, Configuration conf) {
    List<String> uris = new ArrayList<>();
    for (DirectoryWalk.Part part : parts) {
      try (DirectoryWalk<?> walk = DirectoryWalk.of(part, conf, new Skips())) {
        walk.forEachRemaining(listed -> uris.add(listed.clip().uri()));
      }
    }
    return uris;
  }

  @Test
  void sectionsOfARecordingThatTwoInputsNameAreThereOnce() throws IOException {
    Files.write(dir.resolve("long.wav"), Clips.wav(16_000, new float[16_000 * 1_300]));
    Files.writeString(dir.resolve("m.csv"), "uri\nlong.wav\n");
    Corpus corpus =
        list(
            new Inputs(
                List.of(dir + "/long.wav"), null, List.of(dir + "/m.csv"), Inputs.Columns.DEFAULT));
    assertThat(corpus.totals().clips()).isEqualTo(1);
    assertThat(corpus.dealt(CORES).collect())
        .extracting(item -> item.section().index())
        .containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void longManifestsAreCheckedByExecutors() throws IOException {
    Files.write(dir.resolve("a.wav"), new byte[10]);
    String rows = rows(0, 10_500);
    Corpus corpus = list(manifest("uri,id\n" + rows));
    assertThat(corpus.totals().clips()).isEqualTo(10_500);
    assertThat(corpus.totals().bytes()).isEqualTo(105_000);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(manifest("uri,id\n" + rows + "a.wav,clip17\n")))
        .withMessageEndingWith(
            "row 10501 of the manifest "
                + dir
                + "/m.csv has the id 'clip17' of row 18; ids must be unique");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(manifest("uri,id\n" + rows + ",x\n,y\n")))
        .withMessageEndingWith("row 10501 of the manifest " + dir + "/m.csv has no uri");
  }

  @Test
  void theSameFileFromTwoInputsIsOneClip() throws IOException {
    for (int i = 0; i < 3; i++) {
      Files.write(dir.resolve("clip" + i + ".wav"), new byte[10]);
    }
    Files.writeString(dir.resolve("m.csv"), "uri,speaker\nclip0.wav,anna\n");
    Inputs both =
        new Inputs(
            List.of(dir.toString()),
            null,
            List.of(dir + "/m.csv"),
            Inputs.Columns.DEFAULT.withKept(List.of("speaker"), List.of()));
    Corpus corpus = list(both);
    assertThat(corpus.totals().clips()).isEqualTo(3);
    assertThat(items(corpus))
        .extracting(item -> item.clip().kept().get(0))
        .containsExactlyInAnyOrder("anna", null, null);
    Files.writeString(dir.resolve("m.csv"), "uri,id\nclip0.wav,file:" + dir + "/clip1.wav\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () ->
                list(
                    new Inputs(
                        List.of(dir.toString()),
                        null,
                        List.of(dir + "/m.csv"),
                        Inputs.Columns.DEFAULT)))
        .withMessageContaining("two clips have the id 'file:" + dir + "/clip1.wav'");
  }

  @Test
  void shardsBecomeTheirMembersAndRowsNameThem() throws Exception {
    for (int i = 0; i < 4; i++) {
      Files.write(dir.resolve("clip" + i + ".wav"), new byte[10 + i]);
    }
    tar("shard.tar clip0.wav clip1.wav");
    tar("shard.tar.gz clip2.wav clip3.wav");
    Corpus corpus = list(Inputs.of(List.of(dir + "/shard.tar", dir + "/shard.tar.gz")));
    assertThat(items(corpus))
        .extracting(item -> item.clip().id())
        .containsExactlyInAnyOrder(
            "file:" + dir + "/shard.tar!clip0.wav",
            "file:" + dir + "/shard.tar!clip1.wav",
            "file:" + dir + "/shard.tar.gz!clip2.wav",
            "file:" + dir + "/shard.tar.gz!clip3.wav");
    corpus = list(manifest("uri,id,start_s\nshard.tar!clip1.wav,x,1\nshard.tar!gone.wav,y,\n"));
    assertThat(items(corpus))
        .extracting(
            item -> item.clip().id(),
            item -> item.clip().bytes(),
            item -> item.clip().startS(),
            item -> item.clip().unreadable())
        .containsExactlyInAnyOrder(
            tuple("x", 11L, 1.0, null), tuple("y", null, null, "the shard has no such member"));
  }

  @Test
  void membersOfAShardWhoseRejectWasForgottenAreWanted() throws Exception {
    Files.write(dir.resolve("a.wav"), new byte[10]);
    Files.write(dir.resolve("b.wav"), new byte[10]);
    tar("shard.tar a.wav b.wav");
    String shard = "file:" + dir + "/shard.tar";
    Known forgotten =
        Known.none(spark)
            .and(
                spark
                    .createDataset(List.of(shard, shard + "!b.wav"), Encoders.STRING())
                    .toDF("clip_id"));
    Corpus corpus =
        CorpusListing.list(
            spark,
            Inputs.of(List.of(dir + "/shard.tar")),
            SETTINGS,
            CorpusListing.DEFAULT_SPLIT_S,
            forgotten,
            staging());
    assertThat(items(corpus))
        .extracting(item -> item.clip().id())
        .containsExactly(shard + "!a.wav");
  }

  @Test
  void whatARowSaysOfAWholeShardHoldsForItsMembersOrIsRefused() throws Exception {
    Files.write(dir.resolve("a.wav"), new byte[10]);
    Files.write(dir.resolve("b.wav"), new byte[10]);
    Files.writeString(dir.resolve("b.json"), "{\"speaker\": \"bert\"}");
    tar("shard.tar a.wav b.wav b.json");
    Inputs inputs =
        manifest("uri,id,start_s,speaker,call\nshard.tar,shard.tar,,anna,c1\n")
            .withColumns(Inputs.Columns.DEFAULT.withKept(List.of("speaker", "call"), List.of()));
    assertThat(items(list(inputs)))
        .extracting(item -> item.clip().id(), item -> item.clip().kept())
        .containsExactlyInAnyOrder(
            tuple("file:" + dir + "/shard.tar!a.wav", List.of("anna", "c1")),
            tuple("file:" + dir + "/shard.tar!b.wav", List.of("bert", "c1")));
    for (String wrong : List.of("start_s '0.5'", "end_s '2'", "id 'x'")) {
      String column = wrong.substring(0, wrong.indexOf(' '));
      String value = wrong.substring(wrong.indexOf('\'') + 1, wrong.length() - 1);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> list(manifest("uri," + column + "\na.wav,\nshard.tar," + value + "\n")))
          .withMessage(
              "row 2 of the manifest "
                  + dir
                  + "/m.csv has "
                  + wrong
                  + ", but names a whole shard; shard.tar!member names a clip of it");
    }
  }

  @Test
  void bangsMayStandInTheNamesOfDirectories() throws Exception {
    Files.write(dir.resolve("a!.wav"), new byte[10]);
    Files.createDirectory(dir.resolve("hi!"));
    tar("hi!/shard.tar a!.wav");
    Corpus corpus = list(manifest("uri\nhi!/shard.tar!a!.wav\na!.wav\n"));
    assertThat(items(corpus))
        .extracting(item -> item.clip().id(), item -> item.clip().bytes())
        .containsExactlyInAnyOrder(
            tuple("file:" + dir + "/hi!/shard.tar!a!.wav", 10L),
            tuple("file:" + dir + "/a!.wav", 10L));
  }

  @Test
  void membersOfACompressedShardStayTogether() {
    List<WorkItem> items =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    WorkItem.of(
                        new Clip(
                            "c" + i,
                            new AudioLocation(
                                i % 2 == 0 ? "a.tgz" : "a.tar", i, 1L << 20, "m" + i, null),
                            0L,
                            null,
                            null,
                            null,
                            null,
                            List.of())))
            .toList();
    List<List<WorkItem>> dealt = ClipPartitions.deal(items, 8);
    assertThat(dealt).hasSizeGreaterThan(8);
    assertThat(dealt.get(0))
        .extracting(WorkItem::clip)
        .isEqualTo(
            items.stream().map(WorkItem::clip).filter(c -> c.uri().equals("a.tgz")).toList());
  }

  @Test
  void tablesTellSequencesAsClipsDo() {
    ListedCodec.Packer packer = new ListedCodec.Packer(0);
    List<Row> rows =
        Stream.of("a.tgz", "a.TAR.GZ", "/x.tgz/a\n.tgz", "/x.tgz/a.tar", "/a.tar.gz.d/b.tar")
            .map(uri -> new AudioLocation(uri, 0, 1L, "a.wav", null))
            .map(at -> new Clip("x", at, 0L, null, null, null, null, List.of()))
            .map(clip -> packer.pack(Listed.of(clip), false))
            .toList();
    List<String> found =
        spark
            .createDataFrame(rows, ListedCodec.SCHEMA)
            .where(ListedCodec.isOfSequence())
            .collectAsList()
            .stream()
            .map(row -> ListedCodec.unpack(row).clip())
            .peek(clip -> assertThat(ClipPartitions.sequence(clip)).isEqualTo(clip.uri()))
            .map(Clip::uri)
            .toList();
    assertThat(found).containsExactly("a.tgz", "a.TAR.GZ", "/x.tgz/a\n.tgz");
  }

  private List<WorkItem> items(Corpus corpus) {
    List<WorkItem> items = corpus.dealt(CORES).collect();
    assertThat(items).allMatch(item -> item.section().equals(Section.WHOLE));
    return items;
  }

  private void tar(String arguments) throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder("bash", "-c", "tar --create --auto-compress --file " + arguments)
            .directory(dir.toFile())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
  }

  private static String rows(int from, int to) {
    StringBuilder rows = new StringBuilder();
    IntStream.range(from, to).forEach(i -> rows.append("a.wav,clip").append(i).append('\n'));
    return rows.toString();
  }

  private Inputs manifest(String content) throws IOException {
    Path file = Files.writeString(dir.resolve("m.csv"), content);
    return Inputs.ofManifest(file.toString(), Inputs.Columns.DEFAULT);
  }

  private Corpus list(Inputs inputs) {
    return CorpusListing.list(spark, inputs, SETTINGS, CorpusListing.DEFAULT_SPLIT_S, staging());
  }

  private String staging() {
    return "file:" + dir.resolve("_staging" + System.nanoTime());
  }
}
