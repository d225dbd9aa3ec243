package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;

class InputListingTest {
  @TempDir Path dir;

  @Test
  void directoriesAreListedWithAllBelowThem() throws IOException {
    file("a.wav", 3);
    file("sub/deeper/B.FLAC", 5);
    file("sub/notes.txt", 1);
    file("_staging/x.wav", 1);
    file(".hidden.wav", 1);
    ListedClips corpus = InputListing.list(List.of(dir.toString()), new Configuration());
    assertThat(names(corpus)).containsExactlyInAnyOrder("a.wav", "B.FLAC");
    assertThat(corpus.skipped()).isEqualTo(Map.of("without an audio extension", 1L));
    assertThat(corpus.bytes()).isEqualTo(8);
  }

  @Test
  void filesAndGlobsAreTakenWhateverTheyAreCalled() throws IOException {
    file("a.wav", 1);
    file("odd.bin", 1);
    file("day1/x.mp3", 1);
    file("day2/y.mp3", 1);
    assertThat(names(list(dir + "/odd.bin", dir + "/day*/*.mp3")))
        .containsExactly("odd.bin", "x.mp3", "y.mp3");
  }

  @Test
  void aFileThatTwoInputsNameIsOneClip() throws IOException {
    file("a.wav", 1);
    assertThat(names(list(dir.toString(), dir + "/a.wav", dir + "/*.wav")))
        .containsExactly("a.wav");
  }

  @Test
  void namesMayHoldSpacesPercentSignsAndBrackets() throws IOException {
    file("a b%20c [1] ü.wav", 7);
    ListedClips corpus = list(dir + "/a b%20c [1] ü.wav");
    assertThat(corpus.clips()).extracting(Clip::bytes).containsExactly(7L);
    assertThat(corpus.clips().get(0).uri()).isEqualTo("file:" + dir + "/a b%20c [1] ü.wav");
  }

  @Test
  void aLinkThatLeadsBackIsNotFollowedForever() throws IOException {
    file("sub/a.wav", 1);
    Files.createSymbolicLink(dir.resolve("sub/back"), dir);
    assertThat(names(list(dir.toString()))).containsExactly("a.wav");
  }

  @Test
  void globsMatchLevelByLevel() throws IOException {
    file("a/1/x.wav", 1);
    file("a/2/x.wav", 1);
    file("b/1/y.wav", 1);
    file("b/1/_hidden.wav", 1);
    file("b/odd name [1].wav", 1);
    assertThat(uris(dir + "/*/1/x.wav")).containsExactly("a/1/x.wav");
    assertThat(uris(dir + "/{a/2,b/1}/*.wav"))
        .containsExactlyInAnyOrder("a/2/x.wav", "b/1/_hidden.wav", "b/1/y.wav");
    assertThat(uris(dir + "/b/odd*\\[[0-9]\\].w?v")).containsExactly("b/odd name [1].wav");
    assertThat(uris(dir + "/?"))
        .containsExactlyInAnyOrder("a/1/x.wav", "a/2/x.wav", "b/1/y.wav", "b/odd name [1].wav");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(dir + "/*/3/*.wav"))
        .withMessage("no such file or directory: " + dir + "/*/3/*.wav");
  }

  @Test
  void pipesAndLinksToNowhereDoNotStopAListing() throws Exception {
    file("a.wav", 1);
    shell(
        "mkfifo pipe.wav && ln -s gone.wav link.wav && ln -s gone.txt link.txt && ln -s self.wav self.wav");
    ListedClips corpus = list(dir.toString());
    assertThat(corpus.skipped())
        .isEqualTo(Map.of("not a regular file", 1L, "without an audio extension", 1L));
    assertThat(corpus.clips())
        .extracting(c -> name(c), Clip::unreadable)
        .containsExactly(
            tuple("a.wav", null),
            tuple("link.wav", "no such file, or a broken link"),
            tuple("self.wav", corpus.clips().get(2).unreadable()));
    assertThat(corpus.clips().get(2).unreadable()).contains("Too many levels of symbolic links");
  }

  @Test
  void aPipeThatIsNamedHasAnOutcome() throws Exception {
    shell("mkfifo pipe.wav");
    for (String input : List.of("pipe.wav", "*.wav")) {
      assertThat(list(dir + "/" + input).clips())
          .extracting(c -> name(c), Clip::unreadable)
          .containsExactly(tuple("pipe.wav", "not a regular file"));
    }
  }

  @Test
  void namesOfInvalidBytesAreNotLost() throws Exception {
    file("good.wav", 1);
    file("caf%E9.wav", 1);
    shell(
        "printf x >$'caf\\xe9.wav'; printf x >$'caf\\xe8.wav'; printf x >$'caf\\xe9.txt';"
            + " mkdir $'d\\xe9'; printf x >$'d\\xe9/a.wav'; mkdir $'d\\xe9/sub'; printf xx >$'d\\xe9/sub/b.wav'");
    ListedClips corpus = list(dir.toString());
    String prefix = dir.toUri().toString();
    assertThat(corpus.clips())
        .extracting(Clip::id, Clip::bytes, c -> c.unreadable() != null)
        .containsExactlyInAnyOrder(
            tuple("file:" + dir + "/good.wav", 1L, false),
            tuple("file:" + dir + "/caf%E9.wav", 1L, false),
            tuple(prefix + "caf%E9.wav", 1L, true),
            tuple(prefix + "caf%E8.wav", 1L, true),
            tuple(prefix + "d%E9/a.wav", 1L, true),
            tuple(prefix + "d%E9/sub/b.wav", 2L, true));
    assertThat(corpus.clips())
        .filteredOn(c -> c.unreadable() != null)
        .allMatch(
            c ->
                c.unreadable().startsWith("its name is not valid in the encoding of file names, "));
    assertThat(corpus.skipped()).isEqualTo(Map.of("without an audio extension", 1L));
    assertThat(list(dir + "/*.wav").clips()).hasSize(4);
    assertThat(list(dir + "/*/sub/b.wav").clips())
        .extracting(Clip::uri)
        .containsExactly(prefix + "d%E9/sub/b.wav");
  }

  @Test
  void whereTheLocaleIsNotUtf8OtherNamesAreNotLost() throws Exception {
    shell(
        "printf x >plain.wav; printf x >$'\\xc3\\xbc.wav'; mkdir $'\\xc3\\xbc'; printf x >$'\\xc3\\xbc/b.wav';"
            + " printf x >$'\\xc3\\xbc/c.txt'");
    ProcessBuilder child =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            ListingProbe.class.getName(),
            dir.toString());
    child.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    child.environment().put("LC_ALL", "C");
    child.redirectErrorStream(true);
    Process process = child.start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(told).isZero();
    String reason = " 1 its name is not valid in the encoding of file names, ANSI_X3.4-1968";
    assertThat(told.lines().filter(line -> line.startsWith("> ")))
        .containsExactlyInAnyOrder(
            "> file:" + dir + "/plain.wav 1 null",
            "> file://" + dir + "/%C3%BC.wav" + reason,
            "> file://" + dir + "/%C3%BC/b.wav" + reason,
            "> {without an audio extension=1}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "shard-000.tar.bz2|of archives, .tar, .tar.gz and .tgz are read",
        "shard.ZIP|repack others, or unpack them",
        "train-00000-of-00001.parquet|is read with --format",
        "data-00000-of-00001.arrow|is read with --format",
        "manifest.jsonl|give a table of file names as --manifest",
      })
  void whatHoldsManyClipsIsRefusedByName(String name, String told) throws IOException {
    file(name, 1);
    for (String input : List.of(dir + "/" + name, dir.toString(), dir + "/*" + name.substring(5))) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> list(input))
          .withMessageStartingWith(
              input.contains(name) ? input + ": " : "no audio files in " + input)
          .withMessageContaining(told);
    }
    file("a.wav", 1);
    assertThat(names(list(dir.toString()))).containsExactly("a.wav");
    assertThat(list(dir.toString()).skipped()).isEqualTo(Map.of("without an audio extension", 1L));
  }

  @Test
  void whatIsNoFileSystemIsRefused() {
    for (String input : List.of("http://127.0.0.1:1/a.wav", "data:audio/wav;base64,UklG")) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> list(input))
          .withMessageContaining("is not a file system");
    }
  }

  @Test
  void missingAndEmptyInputsAreErrors() throws IOException {
    file("notes.txt", 1);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(dir + "/none"))
        .withMessageContaining("no such file or directory: " + dir + "/none");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(dir.toString()))
        .withMessageContaining("no audio files in")
        .withMessageContaining("(1 without an audio extension)");
  }

  @Test
  void manifestsNameFilesRelativeToThemselves() throws IOException {
    file("audio/a.wav", 11);
    file("audio/b c.wav", 12);
    Path manifest =
        write(
            "m.csv",
            "uri,id,start_s,end_s,emotion\n"
                + "audio/a.wav,first,,,angry\n"
                + "audio/a.wav,second,1.5,2.5,sad\n"
                + dir
                + "/audio/b c.wav,,,,\n"
                + "audio/gone.wav,gone,,,\n"
                + "audio,directory,,,\n");
    ListedClips corpus = manifest(manifest.toString());
    assertThat(corpus.clips())
        .extracting(Clip::id, Clip::bytes, Clip::startS, Clip::endS)
        .containsExactly(
            tuple("first", 11L, null, null),
            tuple("second", 11L, 1.5, 2.5),
            tuple("file:" + dir + "/audio/b c.wav", 12L, null, null),
            tuple("gone", null, null, null),
            tuple("directory", null, null, null));
    assertThat(corpus.clips().get(3).modifiedMs()).isNull();
    assertThat(corpus.clips())
        .extracting(Clip::unreadable)
        .containsExactly(null, null, null, "no such file", "a directory, not a file");
  }

  @Test
  void manifestsMayBeJsonLinesOrParquet() throws IOException {
    file("a.wav", 11);
    Path json = write("m.jsonl", "{\"uri\":\"a.wav\",\"id\":\"x\",\"start_s\":0.25}\n");
    TestSpark.session().read().json(json.toString()).write().parquet(dir + "/m.parquet");
    for (String manifest : List.of("m.jsonl", "m.parquet")) {
      assertThat(manifest(dir + "/" + manifest).clips())
          .extracting(Clip::id, Clip::startS, Clip::endS)
          .containsExactly(tuple("x", 0.25, null));
    }
  }

  @Test
  void manifestsMayDoubleQuotesWithinQuotes() throws IOException {
    file("a.wav", 11);
    Path manifest = write("m.csv", "id,text,uri\n1,\"He said \"\"hi, there\"\", ok\",a.wav\n");
    assertThat(manifest(manifest.toString()).clips())
        .extracting(Clip::id, Clip::bytes)
        .containsExactly(tuple("1", 11L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path\\na.wav|has no column 'uri'; it has path",
        "uri,id\\na.wav,x\\nb.wav,x|row 2 of the manifest .* has the id 'x' of row 1",
        "uri\\na.wav\\na.wav|row 2 of the manifest .* ids must be unique",
        "uri,start_s\\na.wav,soon|row 1 of the manifest .* has start_s 'soon'",
        "uri,start_s,end_s\\na.wav,2,1|row 1 of the manifest .* ends at 1.0 s, not after its start",
        "uri,id\\n,x|row 1 of the manifest .* has no uri",
        "uri|has no rows",
        "uri\\na.wav\\nhttps://host/b.wav|row 2 of the manifest .* has the uri 'https://host/b.wav':"
            + " https is not a file system",
        "uri\\ndata:audio/wav;base64|row 1 of the manifest .*: data is not a file system",
        "uri\\ngs://bucket/a.wav|row 1 of the manifest .*: the connector for gs is missing",
        "path\\na.wav|--uri-column names the column of files"
      })
  void aWrongManifestIsAnErrorThatNamesTheRow(String content, String message) throws IOException {
    Path manifest = write("m.csv", content.replace("\\n", "\n") + "\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> manifest(manifest.toString()))
        .withMessageMatching("(?s).*" + message + ".*");
  }

  @Test
  void otherColumnsAreKeptAsText() throws IOException {
    file("a.wav", 1);
    Path json =
        write(
            "m.jsonl",
            """
            {"file":"a.wav","customer":7,"id":"x","call":{"queue":"sales"},"agent":null}
            {"file":"a.wav","customer":8,"id":"y","agent":" b "}
            """);
    TestSpark.session().read().json(json.toString()).write().parquet(dir + "/m.parquet");
    for (String manifest : List.of("m.jsonl", "m.parquet")) {
      CorpusListing.Named corpus =
          named(dir + "/" + manifest, "file", List.of("customer", "call", "agent"));
      assertThat(corpus.corpus().kept()).containsExactly("customer", "call", "agent");
      assertThat(corpus.clips())
          .extracting(NamedClip::clip)
          .extracting(Clip::id, Clip::bytes, Clip::kept)
          .containsExactly(
              tuple("x", 1L, Arrays.asList("7", "{\"queue\":\"sales\"}", null)),
              tuple("y", 1L, Arrays.asList("8", null, " b ")));
    }
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> named(json.toString(), "file", List.of("who")))
        .withMessageContaining("has no column 'who'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3a://key:secret@bucket/a.wav,1,x",
        "s3a://key%3Asecret@bucket/a.wav,1,x",
        "a.wav,s3a://key:secret@bucket/a.wav,x",
        "a.wav,1,https://host/a.wav?X-Amz-Signature=secret"
      })
  void manifestsWithPasswordsAreRefusedWithoutShowingThem(String row) throws IOException {
    Path manifest = write("m.csv", "uri,id,source\n" + row + "\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> named(manifest.toString(), "uri", List.of("source")))
        .withMessageContaining("row 1")
        .withMessageContaining("credentials")
        .matches(e -> !e.getMessage().contains("secret"));
  }

  private static ListedClips manifest(String uri) {
    CorpusListing.Named listed = named(uri, null, List.of());
    return new ListedClips(
        listed.clips().stream().map(NamedClip::clip).toList(), listed.corpus().skipped());
  }

  private static CorpusListing.Named named(String uri, String uriColumn, List<String> kept) {
    return CorpusListing.listHere(
        TestSpark.session(),
        Inputs.ofManifest(uri, new Inputs.Columns(uriColumn, null, null, kept, List.of())),
        ClipSettings.of(Segmentation.DEFAULT));
  }

  private void shell(String script) throws IOException, InterruptedException {
    Process bash =
        new ProcessBuilder("bash", "-c", script).directory(dir.toFile()).inheritIO().start();
    assertThat(bash.waitFor()).isZero();
  }

  private List<String> uris(String input) {
    return list(input).clips().stream()
        .map(c -> c.uri().substring(("file:" + dir + "/").length()))
        .toList();
  }

  private static String name(Clip clip) {
    return clip.uri().substring(clip.uri().lastIndexOf('/') + 1);
  }

  private ListedClips list(String... inputs) {
    return InputListing.list(List.of(inputs), new Configuration());
  }

  private static List<String> names(ListedClips corpus) {
    return corpus.clips().stream().map(InputListingTest::name).toList();
  }

  private void file(String name, int bytes) throws IOException {
    Path path = dir.resolve(name);
    Files.createDirectories(path.getParent());
    Files.write(path, new byte[bytes]);
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(dir.resolve(name), content);
  }
}
