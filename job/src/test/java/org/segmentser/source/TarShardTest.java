package org.segmentser.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.udf.ShardStream;
import org.segmentser.udf.Sources;

@Timeout(120)
class TarShardTest {
  private static final byte[] WAV = Clips.wav(16_000, Clips.noise(32_000, 1));
  private static final Configuration CONF = new Configuration();

  @TempDir Path dir;

  @Test
  void shardsHaveTheirExtensions() {
    assertThat(List.of("a.tar", "A.TAR", "a.tar.gz", "a.tgz")).allMatch(TarShard::isShard);
    assertThat(List.of("a.wav", "tar", "a.gz", "a.tar.bz2", "a.zip")).noneMatch(TarShard::isShard);
    assertThat(List.of("a.tar.gz", "a.TGZ")).allMatch(ShardStream::isSequential);
    assertThat(ShardStream.isSequential("a.tar")).isFalse();
  }

  @Test
  void membersOfALocalShardAreReadBack() throws IOException {
    Shards.check(dir.toUri().toString(), CONF);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ustar", "gnu", "posix", "v7", "oldgnu"})
  void theShardsOfGnuTarHoldTheFiles(String format) throws Exception {
    Map<String, byte[]> files = new TreeMap<>();
    String longName = "deep/".repeat(10) + "x".repeat(40);
    for (String name : List.of("a.wav", "b c.FLAC", "sub/é.mp3", longName + ".wav")) {
      byte[] bytes = new byte[new Random(name.hashCode()).nextInt(200_000)];
      new Random(1).nextBytes(bytes);
      files.put("./" + name, bytes);
      write("tree/" + name, bytes);
    }
    write("tree/a.txt", "text".getBytes(UTF_8));
    for (String name : List.of("a.tar", "a.tar.gz")) {
      run("tar", "--format=" + format, "-C", dir.resolve("tree").toString(), "-caf", at(name), ".");
      List<Clip> clips = list(name);
      assertThat(clips)
          .extracting(clip -> clip.location().member())
          .containsExactlyInAnyOrderElementsOf(files.keySet());
      assertThat(clips).allMatch(clip -> clip.unreadable() == null);
      Shards.assertHasBytes(clips, files, CONF);
    }
  }

  @Test
  void aNameTooLongForTheHeaderIsWhole() throws Exception {
    for (String format : List.of("gnu", "posix")) {
      String name = "a".repeat(150) + "/" + "b".repeat(200) + ".wav";
      write(format + "/" + name, WAV);
      run("tar", "--format=" + format, "-C", at(format), "-cf", at(format + ".tar"), ".");
      assertThat(list(format + ".tar"))
          .singleElement()
          .extracting(clip -> clip.location().member())
          .isEqualTo("./" + name);
    }
  }

  static Stream<Integer> seeds() {
    return Stream.iterate(1, seed -> seed + 1).limit(40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyArchiveComesBack(int seed) throws IOException {
    Random random = new Random(seed);
    List<String> names = new ArrayList<>();
    Map<String, byte[]> members = new LinkedHashMap<>();
    for (int i = random.nextInt(60); i >= 0; i--) {
      String key = (random.nextBoolean() ? "d" + i + "/" : "") + "k" + i + "ä".repeat(i % 3);
      List<String> extensions = new ArrayList<>(List.of("wav", "txt", "json", "left.flac"));
      Collections.shuffle(extensions, random);
      for (String extension : extensions.subList(0, 1 + random.nextInt(4))) {
        byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 2_000 : 200_000)];
        random.nextBytes(bytes);
        if (extension.equals("json")) {
          bytes = "{\"n\": %d}".formatted(i).getBytes(UTF_8);
        }
        members.put(key + "." + extension, bytes);
        names.add(key + "." + extension);
      }
    }
    String name = random.nextBoolean() ? "a.tar" : "a.tgz";
    byte[] tar = Shards.tar(members);
    write(name, name.equals("a.tar") ? tar : Shards.gzip(tar));
    List<Clip> clips = list(name, List.of("n", TarGroup.KEY));
    assertThat(clips)
        .extracting(clip -> clip.location().member())
        .containsExactlyElementsOf(names.stream().filter(AudioNames::isAudio).toList());
    assertThat(clips)
        .allSatisfy(
            clip -> {
              String key = TarGroup.keyOf(clip.location().member());
              String number = key.replaceAll(".*k|ä", "");
              assertThat(clip.kept())
                  .containsExactly(members.containsKey(key + ".json") ? number : null, key);
            });
    Shards.assertHasBytes(clips, members, CONF);
  }

  @Test
  void aMemberHasThePlaceAndTimeOfItsShard() throws IOException {
    write("a.tar", Shards.tar(Map.of("x/a.wav", WAV)));
    Clip clip = list("a.tar").get(0);
    assertThat(clip.id()).isEqualTo(uri("a.tar") + "!x/a.wav");
    assertThat(clip.uri()).isEqualTo(uri("a.tar"));
    assertThat(clip.bytes()).isEqualTo(WAV.length);
    assertThat(clip.location().offset()).isEqualTo(512);
    assertThat(clip.modifiedMs())
        .isEqualTo(Files.getLastModifiedTime(dir.resolve("a.tar")).toMillis());
    assertThat(clip.kept()).isEmpty();
  }

  @Test
  void valuesComeFromSidecarsBeforeAndBehind() throws IOException {
    Map<String, byte[]> members = members("a.wav", WAV);
    put(
        members,
        "a.json",
        "{\"speaker\": \"Ann\", \"age\": 1.50, \"tags\": {\"b\": [1, 2]}, "
            + "\"snr\": NaN, \"ok\": true, \"none\": null, \"txt\": \"of json\"}");
    put(members, "a.txt", "\uFEFF  hello\n");
    put(members, "b.cls", "3\n");
    put(members, "b.json", "{\"speaker\": \"Bob\"}");
    members.put("b.wav", WAV);
    members.put("c.wav", WAV);
    write("a.tar", Shards.tar(members));
    List<String> columns =
        List.of("speaker", "age", "tags", "snr", "ok", "none", "txt", "cls", "__key__");
    assertThat(list("a.tar", columns))
        .extracting(Clip::kept)
        .containsExactly(
            Arrays.asList(
                "Ann", "1.50", "{\"b\": [1, 2]}", "NaN", "true", null, "hello", null, "a"),
            Arrays.asList("Bob", null, null, null, null, null, null, "3", "b"),
            Arrays.asList(null, null, null, null, null, null, null, null, "c"));
  }

  @Test
  void theValuesOfAShardAreThoseOfMembersWithoutTheirOwn() throws IOException {
    Map<String, byte[]> members = members("a.wav", WAV);
    put(members, "a.json", "{\"x\": 1, \"y\": null}");
    members.put("b.wav", WAV);
    byte[] tar = Shards.tar(members);
    write("a.tar", Arrays.copyOf(tar, tar.length - 20_000));
    Clip shard = Clip.ofFile("s", uri("a.tar"), null, 1L).withKept(Arrays.asList("9", "8", null));
    assertThat(Shards.all(TarShard.open(shard, List.of("x", "y", "z"), null, CONF)))
        .extracting(Clip::kept)
        .containsExactly(
            Arrays.asList("1", "8", null),
            Arrays.asList("9", "8", null),
            Arrays.asList("9", "8", null));
  }

  @Test
  void allAudioOfAKeyHasItsValues() throws IOException {
    Map<String, byte[]> members = members("a.left.wav", WAV);
    members.put("a.right.wav", WAV);
    put(members, "a.meta.json", "{\"x\": 1}");
    write("a.tar", Shards.tar(members));
    assertThat(list("a.tar", List.of("x")))
        .extracting(clip -> clip.location().member(), Clip::kept)
        .containsExactly(tuple("a.left.wav", List.of("1")), tuple("a.right.wav", List.of("1")));
  }

  @Test
  void hiddenMembersAndDirectoriesEndNoGroup() throws IOException {
    Map<String, byte[]> members = members("._a.wav", WAV, "a.wav", WAV);
    put(members, "._a.json", "{\"x\": 2}");
    members.put("d/", new byte[0]);
    put(members, "a.json", "{\"x\": 1}");
    write("a.tar", Shards.tar(members));
    try (TarShard shard = Shards.open(uri("a.tar"), List.of("x"), null, CONF)) {
      assertThat(Shards.all(shard))
          .extracting(clip -> clip.location().member(), Clip::kept)
          .containsExactly(tuple("a.wav", List.of("1")));
      assertThat(shard.skipped()).containsExactly(entry("with a name that begins with a dot", 2L));
    }
  }

  @Test
  void aBrokenSidecarCostsItsValuesOnly() throws IOException {
    Map<String, byte[]> members = members("a.wav", WAV);
    put(members, "a.json", "{\"x\": 1, ");
    members.put("b.wav", WAV);
    put(members, "b.json", "[1]");
    members.put("c.wav", WAV);
    put(members, "c.json", "{\"x\": \"" + "y".repeat(1 << 20) + "\"}");
    members.put("d.wav", WAV);
    put(members, "d.json", "{\"x\": " + "[".repeat(5_000) + "]".repeat(5_000) + "}");
    members.put("e.wav", WAV);
    put(members, "e.json", "{\"x\": \"good\"}");
    write("a.tar", Shards.tar(members));
    assertThat(list("a.tar", List.of("x")))
        .extracting(Clip::unreadable, Clip::kept)
        .containsExactly(
            tuple(null, Arrays.asList((String) null)),
            tuple(null, Arrays.asList((String) null)),
            tuple(null, Arrays.asList((String) null)),
            tuple(null, Arrays.asList((String) null)),
            tuple(null, List.of("good")));
    List<Clip> named = Shards.list(uri("a.tar"), List.of(), "x", CONF);
    assertThat(named).hasSize(5);
    assertThat(named.get(0).id()).isEqualTo(uri("a.tar") + "!a.wav");
    assertThat(named.get(0).unreadable())
        .startsWith("it has no id: the sidecar a.json is ignored: malformed JSON: ");
    assertThat(named.get(2).unreadable())
        .isEqualTo("it has no id: the sidecar c.json is ignored: more than 1 MiB");
    assertThat(named.get(4).id()).isEqualTo("good");
    assertThat(named.get(4).unreadable()).isNull();
  }

  @Test
  void credentialsBesideAMemberStayThere() throws IOException {
    Map<String, byte[]> members = members("a.wav", WAV);
    put(members, "a.json", "{\"id\": \"a\", \"x\": \"s3a://key:secret@b/a.wav\", \"y\": 1}");
    put(members, "b.json", "{\"id\": \"https://u:secret@h/b.wav\", \"y\": 2}");
    members.put("b.wav", WAV);
    members.put("c.wav", WAV);
    put(members, "c.json", "{\"id\": \"c\", \"x\": \"s3a://b/c.wav\", \"y\": 3}");
    write("a.tar", Shards.tar(members));
    List<Clip> clips = Shards.list(uri("a.tar"), List.of("x", "y"), "id", CONF);
    String reason = "the member holds credentials in a URI; give them in Spark's configuration";
    assertThat(clips)
        .extracting(Clip::id, Clip::unreadable, Clip::kept)
        .containsExactly(
            tuple(uri("a.tar") + "!a.wav", reason, Arrays.asList(null, null)),
            tuple(uri("a.tar") + "!b.wav", reason, Arrays.asList(null, null)),
            tuple("c", null, List.of("s3a://b/c.wav", "3")));
    assertThat(clips.toString()).doesNotContain("secret");
  }

  @Test
  void anIdIsGivenOnce() throws IOException {
    Map<String, byte[]> members = members("a.wav", WAV);
    put(members, "a.json", "{\"id\": \"same\"}");
    put(members, "b.json", "{\"id\": \"same\"}");
    members.put("b.wav", WAV);
    members.put("c.wav", WAV);
    put(members, "c.json", "{}");
    put(members, "d.json", "{\"id\": \"two\\nlines\"}");
    members.put("d.wav", WAV);
    write("a.tar", Shards.tar(members));
    List<Clip> clips = Shards.list(uri("a.tar"), List.of(), "id", CONF);
    assertThat(clips)
        .extracting(Clip::id, Clip::unreadable)
        .containsExactly(
            tuple("same", null),
            tuple(
                uri("a.tar") + "!b.wav#" + clips.get(1).location().offset(),
                "a second member of the id same"),
            tuple(uri("a.tar") + "!c.wav", "it has no id: no value of id"),
            tuple("two%0Alines", null));
  }

  @Test
  void theSecondMemberOfANameIsTold() throws Exception {
    write("a.wav", WAV);
    write("b.wav", WAV);
    run("tar", "-C", at(""), "-cf", at("a.tar"), "a.wav", "b.wav", "a.wav", "--hard-dereference");
    run("tar", "-C", at(""), "-rf", at("a.tar"), "a.wav", "b.wav");
    List<Clip> clips = list("a.tar");
    assertThat(clips).extracting(Clip::id).doesNotHaveDuplicates();
    assertThat(clips)
        .extracting(clip -> clip.location().member(), Clip::unreadable)
        .contains(tuple("a.wav", null), tuple("b.wav", null))
        .contains(tuple("b.wav", "a second member of this name"))
        .contains(tuple("a.wav", "a second member of this name"));
  }

  @Test
  void whatIsNoFileOfAudioIsLeftOutAndCounted() throws Exception {
    write("t/a.wav", WAV);
    write("t/a.txt", new byte[10]);
    write("t/._a.wav", new byte[10]);
    write("t/_b.wav", WAV);
    write("t/readme.md", new byte[10]);
    Files.createSymbolicLink(dir.resolve("t/link.wav"), Path.of("a.wav"));
    Files.createLink(dir.resolve("t/zhard.wav"), dir.resolve("t/a.wav"));
    run("mkfifo", at("t/pipe.wav"));
    run("tar", "-C", at("t"), "--sort=name", "-cf", at("a.tar"), ".");
    try (TarShard shard = Shards.open(uri("a.tar"), List.of(), null, CONF)) {
      assertThat(Shards.all(shard))
          .extracting(clip -> clip.location().member())
          .containsExactly("./_b.wav", "./a.wav");
      assertThat(shard.skipped())
          .containsExactly(
              entry("not a regular file", 3L),
              entry("with a name that begins with a dot", 1L),
              entry("without an audio extension", 1L));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix"})
  void aSparseMemberIsUnreadableAndTheNextIsThere(String format) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(at("a.wav"), "rw")) {
      for (int i = 0; i < 40; i++) {
        file.seek(i * 1_000_000L);
        file.write(WAV, 0, 5_000);
      }
      file.setLength(50_000_000);
    }
    write("b.wav", WAV);
    String[] flags = {"-S", "--format=" + format};
    run("tar", flags[0], flags[1], "-C", at(""), "-cf", at("a.tar"), "a.wav", "b.wav");
    assertThat(Files.size(dir.resolve("a.tar"))).isLessThan(1_000_000);
    List<Clip> clips = list("a.tar");
    assertThat(clips)
        .extracting(clip -> clip.location().member(), Clip::unreadable)
        .containsExactly(tuple("a.wav", "sparse members are not read"), tuple("b.wav", null));
    Shards.assertHasBytes(clips.subList(1, 2), Map.of("b.wav", WAV), CONF);
  }

  @Test
  void hostileNamesAreReadableLinesAndNothingElse() throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    List<String> names =
        List.of(
            "../../etc/passwd.wav",
            "/abs.wav",
            "a\nb.wav",
            "a%0Ab.wav",
            "c\u001B[31m\u2028.wav",
            "x".repeat(10_000) + ".wav",
            "x".repeat(9_999) + "y.wav",
            "what?.wav");
    for (int i = 0; i < names.size(); i++) {
      members.put(names.get(i), ("bytes " + i).getBytes(UTF_8));
    }
    write("a.tar", Shards.tar(members));
    List<Clip> clips = list("a.tar");
    assertThat(clips).hasSize(names.size()).allMatch(clip -> clip.unreadable() == null);
    assertThat(clips).extracting(Clip::id).doesNotHaveDuplicates();
    assertThat(clips)
        .allSatisfy(
            clip -> {
              assertThat(clip.id()).startsWith(uri("a.tar") + "!").doesNotContainPattern("\\p{Cc}");
              assertThat(clip.id().length()).isLessThan(1_100 + uri("a.tar").length());
              assertThat(clip.location().member()).endsWith(".wav");
            });
    assertThat(clips.subList(0, 5))
        .extracting(clip -> clip.location().member())
        .satisfies(
            found -> assertThat(found.get(0)).isEqualTo("../../etc/passwd.wav"),
            found -> assertThat(found.get(2)).isEqualTo("a%0Ab.wav"));
    assertThat(clips.get(2).id())
        .isEqualTo(uri("a.tar") + "!a%0Ab.wav#" + clips.get(2).location().offset());
    assertThat(clips.get(3).id()).isEqualTo(uri("a.tar") + "!a%0Ab.wav");
    for (int i = 0; i < names.size(); i++) {
      Map<String, byte[]> one =
          Map.of(clips.get(i).location().member(), ("bytes " + i).getBytes(UTF_8));
      Shards.assertHasBytes(clips.subList(i, i + 1), one, CONF);
    }
  }

  @Test
  void namesThatAreNoUtf8AreToldApart() throws IOException {
    byte[] tar = Shards.tar(members("a1.wav", WAV, "a2.wav", WAV, "a3.wav", WAV));
    int records = (WAV.length + 511) / 512 + 1;
    for (int i = 0; i < 3; i++) {
      int header = i * records * 512;
      tar[header + 1] = (byte) (0xE0 + i);
      checksum(tar, header);
    }
    write("a.tar", tar);
    List<Clip> clips = list("a.tar");
    assertThat(clips).hasSize(3).allMatch(clip -> clip.unreadable() == null);
    assertThat(clips).extracting(Clip::id).doesNotHaveDuplicates().allMatch(id -> id.contains("#"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.tar", "a.tar.gz"})
  void ofAShardThatIsCutOffWhatIsThereIsListed(String name) throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV, "b.wav", WAV, "c.wav", WAV));
    int member = 512 + (WAV.length + 511) / 512 * 512;
    boolean isGzip = name.endsWith("gz");
    for (int cut : new int[] {2 * member - 20_000, member + 512, member + 100, member + 700}) {
      byte[] rest = Arrays.copyOf(tar, cut);
      write(name, isGzip ? flushed(rest) : rest);
      List<Clip> clips = list(name);
      boolean inHeader = cut < member + 512;
      assertThat(clips).hasSize(inHeader ? 2 : 3);
      assertThat(clips.get(0).bytes()).isEqualTo(WAV.length);
      Clip last = clips.get(clips.size() - 1);
      assertThat(last.id()).isEqualTo(uri(name));
      assertThat(last.unreadable())
          .isEqualTo(
              String.format(
                  Locale.ROOT,
                  "the shard is cut off, at byte %,d%s, after 1 member",
                  cut,
                  isGzip ? " of what was compressed" : ""));
      if (!inHeader) {
        assertThat(clips.get(1).bytes()).isEqualTo(cut - member - 512);
        assertThat(clips.get(1).unreadable()).isNull();
      }
      if (cut == 2 * member - 20_000) {
        ClipOutcome outcome = decode(clips.get(1));
        assertThat(outcome.status()).isEqualTo(Status.SCORED);
        assertThat(outcome.reason()).startsWith("truncated: ");
      }
    }
  }

  @Test
  void aShardWithoutItsEndMarkIsTold() throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV));
    int end = 512 + (WAV.length + 511) / 512 * 512;
    write("a.tar", Arrays.copyOf(tar, end));
    assertThat(list("a.tar"))
        .extracting(Clip::unreadable)
        .containsExactly(
            null,
            String.format(
                Locale.ROOT,
                "the shard has no end mark, so it may be cut off, at byte %,d, after 1 member",
                end));
    // One record of zeros ends an archive too.
    write("a.tar", Arrays.copyOf(tar, end + 512));
    assertThat(list("a.tar")).extracting(Clip::unreadable).containsExactly((String) null);
  }

  @Test
  void aDamagedHeaderEndsTheShard() throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV, "b.wav", WAV, "c.wav", WAV));
    int member = 512 + (WAV.length + 511) / 512 * 512;
    for (int at : new int[] {member, member + 124, member + 150}) {
      byte[] damaged = tar.clone();
      damaged[at] ^= 0x55;
      write("a.tar", damaged);
      assertDamagedAfterOneMember("a.tar", member);
    }
  }

  private void assertDamagedAfterOneMember(String shard, int at) throws IOException {
    assertThat(list(shard))
        .extracting(Clip::unreadable)
        .containsExactly(
            null,
            String.format(
                Locale.ROOT, "a header of the shard is damaged, at byte %,d, after 1 member", at));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 511, 512, 5_000, 100_000})
  void whatIsNoArchiveSaysSo(int length) throws IOException {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    write("a.tar", noise);
    assertOnlyTheShard("a.tar", "not a tar archive");
    write("a.tar.gz", Shards.gzip(noise));
    assertOnlyTheShard("a.tar.gz", "not a tar archive");
    write("a.tgz", noise);
    assertOnlyTheShard("a.tgz", "not a gzip file");
  }

  @Test
  void anEmptyShardIsTold() throws IOException {
    write("a.tar", new byte[0]);
    assertOnlyTheShard("a.tar", "the shard is empty (0 bytes)");
    write("a.tar.gz", Shards.gzip(new byte[0]));
    assertOnlyTheShard("a.tar.gz", "the shard is empty (0 bytes)");
    write("a.tgz", new byte[0]);
    assertOnlyTheShard("a.tgz", "the shard is cut off within its first bytes");
    for (Map<String, byte[]> none : List.of(Map.<String, byte[]>of(), Map.of("a.txt", WAV))) {
      write("a.tar", Shards.tar(none));
      try (TarShard shard = Shards.open(uri("a.tar"), List.of(), null, CONF)) {
        assertThat(shard.hasNext()).isFalse();
        assertThat(shard.skipped()).containsEntry("tar shards without audio", 1L);
      }
    }
  }

  @Test
  void damagedCompressionIsTold() throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV, "b.wav", WAV, "c.wav", WAV));
    int member = 512 + (WAV.length + 511) / 512 * 512;
    byte[] good = flushed(Arrays.copyOf(tar, 2 * member - 10_000));
    byte[] damaged = Arrays.copyOf(good, good.length + 100);
    damaged[good.length] = 0x07;
    write("a.tgz", damaged);
    List<Clip> clips = list("a.tgz");
    assertThat(clips).hasSize(3);
    assertThat(clips.get(1).bytes())
        .isBetween(WAV.length - 10_000L - (16 << 10) - 512, WAV.length - 10_000L);
    assertThat(clips.get(2).unreadable())
        .startsWith("the shard's compression is damaged (invalid block type), at byte ")
        .endsWith(" of what was compressed, after 1 member");
    assertThat(decode(clips.get(1)).status()).isEqualTo(Status.SCORED);

    byte[] whole = Shards.gzip(tar);
    whole[whole.length - 8] ^= 1;
    write("a.tgz", whole);
    assertThat(list("a.tgz"))
        .hasSize(4)
        .last()
        .extracting(Clip::unreadable)
        .asString()
        .startsWith("the shard's compression is damaged (Corrupt GZIP trailer)");
  }

  @Test
  void compressedPiecesInOneFileAreOneShard() throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV, "b.wav", WAV));
    ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    for (int from = 0; from < tar.length; from += 30_000) {
      pieces.write(Shards.gzip(Arrays.copyOfRange(tar, from, Math.min(tar.length, from + 30_000))));
    }
    write("a.tar.gz", pieces.toByteArray());
    List<Clip> clips = list("a.tar.gz");
    assertThat(clips).extracting(Clip::unreadable).containsExactly(null, null);
    Shards.assertHasBytes(clips, Map.of("a.wav", WAV, "b.wav", WAV), CONF);
  }

  @Test
  void aMemberWithoutBytesIsAnEmptyFile() throws IOException {
    write("a.tar", Shards.tar(members("a.wav", new byte[0], "b.wav", WAV)));
    List<Clip> clips = list("a.tar");
    assertThat(clips).extracting(Clip::bytes).containsExactly(0L, (long) WAV.length);
    ClipOutcome outcome = decode(clips.get(0));
    assertThat(outcome.status()).isEqualTo(Status.UNDECODABLE);
    assertThat(outcome.reason()).isEqualTo("the file is empty (0 bytes)");
  }

  @Test
  void hugeHeadersAreRefused() throws IOException {
    for (byte kind : new byte[] {'L', 'x', 'g'}) {
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      TarArchiveEntry header = new TarArchiveEntry("long", kind);
      header.setSize(1L << 40);
      byte[] record = new byte[512];
      header.writeEntryHeader(record);
      tar.write(record);
      tar.write("9".repeat(4 << 20).getBytes(UTF_8));
      write("a.tar", tar.toByteArray());
      assertOnlyTheShard("a.tar", "not a tar archive");
    }
    // A chain of them, which programs read by calling themselves.
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    byte[] record = new byte[512];
    TarArchiveEntry header = new TarArchiveEntry("long", (byte) 'L');
    header.writeEntryHeader(record);
    for (int i = 0; i < 100_000; i++) {
      tar.write(record);
    }
    write("a.tar", tar.toByteArray());
    assertOnlyTheShard("a.tar", "not a tar archive");
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1_000_000, 1L << 60})
  void aMemberThatNoArchiveCanHoldIsDamage(long size) throws IOException {
    byte[] tar = Shards.tar(members("a.wav", WAV, "b.wav", WAV));
    int member = 512 + (WAV.length + 511) / 512 * 512;
    byte[] record = Arrays.copyOfRange(tar, member, member + 512);
    TarUtils.formatLongOctalOrBinaryBytes(size, record, 124, 12);
    checksum(record, 0);
    byte[] binary = tar.clone();
    System.arraycopy(record, 0, binary, member, 512);

    String digits = Long.toString(size);
    byte[] text = (digits.length() + 9 + " size=" + digits + "\n").getBytes(UTF_8);
    byte[] header = new byte[512];
    TarArchiveEntry pax = new TarArchiveEntry("PaxHeaders/b.wav", (byte) 'x');
    pax.setSize(text.length);
    pax.writeEntryHeader(header);
    ByteArrayOutputStream extended = new ByteArrayOutputStream();
    extended.write(tar, 0, member);
    extended.write(header);
    extended.write(Arrays.copyOf(text, 512));
    extended.write(tar, member, tar.length - member);

    for (byte[] hostile : List.of(binary, extended.toByteArray())) {
      write("a.tar", hostile);
      assertDamagedAfterOneMember("a.tar", member);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noDamageThrows(int seed) throws IOException {
    Random random = new Random(seed);
    byte[] tar =
        Shards.tar(
            members("a.wav", WAV, "é".repeat(120) + ".wav", WAV, "c.json", new byte[] {'{', '}'}));
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      int header = random.nextInt(tar.length / 512) * 512;
      int at = header + random.nextInt(512);
      tar[at] = (byte) random.nextInt(256);
      if (random.nextBoolean()) {
        checksum(tar, header);
      }
    }
    write("a.tar", Arrays.copyOf(tar, tar.length - random.nextInt(1_000)));
    assertThatNoException().isThrownBy(() -> list("a.tar", List.of("x", "json")));
  }

  @Test
  void aShardThatCannotBeOpenedIsUnreadable() throws Exception {
    Clip none = Clip.ofFile("x", uri("none.tar"), 10L, 1L);
    assertThat(Shards.all(TarShard.open(none, List.of("c"), null, CONF)))
        .singleElement()
        .satisfies(
            clip -> {
              assertThat(clip.id()).isEqualTo("x");
              assertThat(clip.unreadable()).contains("none.tar");
              assertThat(clip.kept()).containsExactly((String) null);
            });
    run("mkfifo", at("pipe.tar"));
    Clip pipe = Clip.ofFile("x", uri("pipe.tar"), 10L, 1L);
    assertThat(Shards.all(TarShard.open(pipe, List.of(), null, CONF)))
        .extracting(Clip::unreadable)
        .containsExactly("not a regular file");
  }

  @Test
  void aShardOfGigabytesTakesLittleMemory() throws Exception {
    try (RandomAccessFile tar = new RandomAccessFile(at("a.tar"), "rw")) {
      for (int i = 0; i < 3; i++) {
        header(tar, "large" + i + ".wav", 1L << 30);
      }
      for (int i = 0; i < 100_000; i++) {
        header(tar, "d/small" + i + ".wav", 512);
      }
      tar.setLength(tar.getFilePointer() + 1024);
    }
    assertThat(Files.size(dir.resolve("a.tar"))).isGreaterThan(3L << 30);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                ShardCounter.class.getName(),
                uri("a.tar"))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).endsWith("100003 clips of 3272425472 bytes, 0 unreadable\n");
  }

  private static void header(RandomAccessFile tar, String name, long size) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    byte[] record = new byte[512];
    entry.writeEntryHeader(record);
    tar.write(record);
    tar.seek(tar.getFilePointer() + size);
  }

  private void assertOnlyTheShard(String name, String reason) {
    assertThat(list(name))
        .extracting(Clip::id, Clip::unreadable)
        .containsExactly(tuple(uri(name), reason));
  }

  private static ClipOutcome decode(Clip clip) throws IOException {
    try (Sources sources = new Sources(CONF);
        ClipReader reader =
            ClipReader.open(
                () -> sources.open(clip.location()),
                clip.location().member(),
                ClipSettings.of(Segmentation.DEFAULT))) {
      while (reader.outcome() == null) {
        reader.next();
      }
      return reader.outcome();
    }
  }

  /** Compressed bytes that give back all of them, though the compression has no end. */
  private static byte[] flushed(byte[] bytes) throws IOException {
    byte[] whole = Shards.gzip(bytes);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (java.util.zip.GZIPOutputStream gzip = new java.util.zip.GZIPOutputStream(out, true)) {
      gzip.write(bytes);
      gzip.flush();
      assertThat(out.size()).isGreaterThan(whole.length / 2);
      return out.toByteArray();
    }
  }

  private static void checksum(byte[] tar, int header) {
    Arrays.fill(tar, header + 148, header + 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += tar[header + i] & 0xFF;
    }
    byte[] digits = String.format("%06o\0 ", sum).getBytes(ISO_8859_1);
    System.arraycopy(digits, 0, tar, header + 148, 8);
  }

  private static Map<String, byte[]> members(Object... namesAndBytes) {
    Map<String, byte[]> members = new LinkedHashMap<>();
    for (int i = 0; i < namesAndBytes.length; i += 2) {
      members.put((String) namesAndBytes[i], (byte[]) namesAndBytes[i + 1]);
    }
    return members;
  }

  private static void put(Map<String, byte[]> members, String name, String text) {
    members.put(name, text.getBytes(UTF_8));
  }

  private List<Clip> list(String name) {
    return list(name, List.of());
  }

  private List<Clip> list(String name, List<String> columns) {
    return Shards.list(uri(name), columns, null, CONF);
  }

  private String at(String name) {
    return dir.resolve(name).toString();
  }

  private String uri(String name) {
    return "file:" + at(name);
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
