package org.segmentser.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.TestSpark;
import org.segmentser.UserError;

class CorpusTest {
  @TempDir Path dir;

  @Test
  void directoriesAreListedWithAllBelowThem() throws IOException {
    file("a.wav", 3);
    file("sub/deeper/B.FLAC", 5);
    file("sub/notes.txt", 1);
    file("_staging/x.wav", 1);
    file(".hidden.wav", 1);
    Corpus corpus = InputListing.list(List.of(dir.toString()), new Configuration());
    assertThat(names(corpus)).containsExactlyInAnyOrder("a.wav", "B.FLAC");
    assertThat(corpus.skipped()).isEqualTo(1);
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
    Corpus corpus = list(dir + "/a b%20c [1] ü.wav");
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
  void missingAndEmptyInputsAreErrors() throws IOException {
    file("notes.txt", 1);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(dir + "/none"))
        .withMessageContaining("no such file or directory: " + dir + "/none");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(dir.toString()))
        .withMessageContaining("no audio files in")
        .withMessageContaining("1 files there are not named like audio");
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
                + "audio/gone.wav,gone,,,\n");
    Corpus corpus = Manifest.list(TestSpark.session(), manifest.toString());
    assertThat(corpus.clips())
        .extracting(Clip::id, Clip::bytes, Clip::startS, Clip::endS)
        .containsExactly(
            tuple("first", 11L, null, null),
            tuple("second", 11L, 1.5, 2.5),
            tuple("file:" + dir + "/audio/b c.wav", 12L, null, null),
            tuple("gone", 0L, null, null));
    assertThat(corpus.clips().get(3).modifiedMs()).isNull();
  }

  @Test
  void manifestsMayBeJsonLinesOrParquet() throws IOException {
    file("a.wav", 11);
    Path json = write("m.jsonl", "{\"uri\":\"a.wav\",\"id\":\"x\",\"start_s\":0.25}\n");
    TestSpark.session().read().json(json.toString()).write().parquet(dir + "/m.parquet");
    for (String manifest : List.of("m.jsonl", "m.parquet")) {
      assertThat(Manifest.list(TestSpark.session(), dir + "/" + manifest).clips())
          .extracting(Clip::id, Clip::startS, Clip::endS)
          .containsExactly(tuple("x", 0.25, null));
    }
  }

  @Test
  void manifestsMayDoubleQuotesWithinQuotes() throws IOException {
    file("a.wav", 11);
    Path manifest = write("m.csv", "id,text,uri\n1,\"He said \"\"hi, there\"\", ok\",a.wav\n");
    assertThat(Manifest.list(TestSpark.session(), manifest.toString()).clips())
        .extracting(Clip::id, Clip::bytes)
        .containsExactly(tuple("1", 11L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path\\na.wav|has no column 'uri'; it has path",
        "uri,id\\na.wav,x\\nb.wav,x|row 2 of the manifest .* has the id 'x' of row 1",
        "uri\\na.wav\\na.wav|row 2 of the manifest .* ids are unique",
        "uri,start_s\\na.wav,soon|row 1 of the manifest .* has start_s 'soon'",
        "uri,start_s,end_s\\na.wav,2,1|row 1 of the manifest .* ends at 1.0 s, not after its start",
        "uri,id\\n,x|row 1 of the manifest .* has no uri",
        "uri|has no rows"
      })
  void aWrongManifestIsAnErrorThatNamesTheRow(String content, String message) throws IOException {
    Path manifest = write("m.csv", content.replace("\\n", "\n") + "\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifest.list(TestSpark.session(), manifest.toString()))
        .withMessageMatching("(?s).*" + message + ".*");
  }

  @Test
  void manifestsWithPasswordsAreRefusedWithoutShowingThem() throws IOException {
    Path manifest = write("m.csv", "uri\ns3a://key:secret@bucket/a.wav\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifest.list(TestSpark.session(), manifest.toString()))
        .withMessageContaining("row 1")
        .withMessageContaining("credentials")
        .matches(e -> !e.getMessage().contains("secret"));
  }

  private Corpus list(String... inputs) {
    return InputListing.list(List.of(inputs), new Configuration());
  }

  private static List<String> names(Corpus corpus) {
    return corpus.clips().stream()
        .map(c -> c.uri().substring(c.uri().lastIndexOf('/') + 1))
        .toList();
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
