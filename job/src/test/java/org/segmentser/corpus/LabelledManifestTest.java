package org.segmentser.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.Golden;
import org.segmentser.TestSpark;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledManifest.Columns;
import org.segmentser.metrics.Origin;
import org.segmentser.source.Inputs;

class LabelledManifestTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  @TempDir Path dir;

  @BeforeEach
  void audio() throws IOException {
    Files.write(dir.resolve("a.wav"), new byte[11]);
    Files.write(dir.resolve("b.wav"), new byte[12]);
  }

  @Test
  void clipsComeByUriWithSpeakersAndSessions() throws IOException {
    LabelledCorpus corpus =
        labelled(
            Columns.DEFAULT,
            """
            uri,label,speaker,session,id,start_s,end_s
            b.wav, Sad ,anna,,,,
            a.wav,angry,bert,s1,y,1,2
            a.wav,happy,bert,s1,x,0,1
            """);
    assertThat(corpus.clips())
        .extracting(
            c -> c.clip().id(),
            c -> c.clip().bytes(),
            c -> c.clip().startS(),
            LabelledClip::label,
            c -> c.origin().speaker(),
            c -> c.origin().session())
        .containsExactly(
            tuple("x", 11L, 0.0, "happy", "bert", "s1"),
            tuple("y", 11L, 1.0, "angry", "bert", "s1"),
            tuple("file:" + dir + "/b.wav", 12L, null, "sad", "anna", null));
    assertThat(corpus.leftOut()).isEmpty();
    assertThat(corpus.skipped()).isEmpty();
  }

  @Test
  void columnsMayHaveOtherNames() throws IOException {
    assertThat(
            labelled(
                    new Columns("the file", "an.emotion", "who`s", "session"),
                    "the file,an.emotion,who`s\na.wav,sad,anna\n")
                .clips())
        .extracting(LabelledClip::label, c -> c.origin().speaker(), c -> c.origin().session())
        .containsExactly(tuple("sad", "anna", null));
  }

  @Test
  void theLabelOfAShardIsThatOfItsMembers() throws Exception {
    Process tar =
        new ProcessBuilder("tar", "-cf", "angry.tar", "a.wav", "b.wav")
            .directory(dir.toFile())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    assertThat(labelled(Columns.DEFAULT, "uri,label\nangry.tar,angry\n").clips())
        .extracting(c -> c.clip().id(), LabelledClip::label)
        .containsExactly(
            tuple("file:" + dir + "/angry.tar!a.wav", "angry"),
            tuple("file:" + dir + "/angry.tar!b.wav", "angry"));
  }

  @Test
  void oneColumnMayServeTwice() throws IOException {
    assertThat(
            labelled(new Columns("uri", "label", "id", "session"), "uri,label,id\na.wav,sad,anna\n")
                .clips())
        .extracting(c -> c.clip().id(), c -> c.origin().speaker())
        .containsExactly(tuple("anna", "anna"));
  }

  @Test
  void speakersMayBeUnknown() throws IOException {
    assertThat(labelled(Columns.DEFAULT, "uri,label\na.wav,sad\n").clips())
        .extracting(c -> c.origin().speaker())
        .containsOnlyNulls();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "uri,emotion\\na.wav,sad|has no column 'label'; it has uri, emotion",
        "path,label\\na.wav,sad|has no column 'uri'; it has path, label",
        "uri,label\\na.wav,sad\\nb.wav,|row 2 of the manifest .* has no value in the column 'label'",
        "uri,label\\na.wav,sad\\nb.wav,calm|row 2 of the manifest .* has the label 'calm' that the"
            + " model does not know; it knows angry, happy, sad, neutral",
        "uri,label,speaker\\na.wav,sad,x\\nb.wav,sad,|row 2 of the manifest .* has no speaker",
        "uri,label\\na.wav,sad\\ngone.wav,sad|row 2 of the manifest .* names .*/gone.wav, which cannot"
            + " be read: no such file",
        "uri,label\\na.wav,sad\\na.wav,sad|row 2 of the manifest .* ids must be unique",
        "uri,label|has no rows"
      })
  void aWrongManifestIsAnErrorThatNamesTheRow(String content, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> labelled(Columns.DEFAULT, content.replace("\\n", "\n") + "\n"))
        .withMessageMatching("(?s).*" + message + ".*");
  }

  @Test
  void columnsThatWereNamedMustBeThere() {
    for (Columns columns :
        List.of(
            new Columns("uri", "label", "who", "session"),
            new Columns("uri", "label", "speaker", "who"))) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> labelled(columns, "uri,label\na.wav,sad\n"))
          .withMessageContaining("has no column 'who'; it has uri, label");
    }
  }

  @Test
  void readsTheManifestOfEmodb() {
    LabelledCorpus corpus =
        LabelledManifest.list(
            TestSpark.session(),
            inputs(Golden.shared("data/emodb/labels.csv").toAbsolutePath().toString(), "path"),
            new Columns("path", "emotion", "speaker", "session"),
            LABELS);
    assertThat(corpus.clips()).hasSize(339);
    assertThat(corpus.clips().stream().map(c -> c.origin().speaker()).distinct()).hasSize(10);
  }

  @Test
  void corporaSexesAndAgesComeFromTheirColumns() throws IOException {
    LabelledCorpus corpus =
        labelled(
            Columns.DEFAULT,
            """
            uri,label,speaker,corpus,sex,age
            a.wav,sad,1,north,F,31.9
            b.wav,sad,1,south, Male ,old
            """);
    assertThat(corpus.clips())
        .extracting(LabelledClip::origin)
        .containsExactly(
            new Origin("north", "1", null, "female", 31),
            new Origin("south", "1", null, "male", null));
    assertThat(corpus.name()).isNull();
    assertThat(labelled(Columns.DEFAULT, "uri,label,sex,age\na.wav,sad,diverse,\n").clips())
        .extracting(LabelledClip::origin)
        .containsExactly(new Origin("m", null, null, "diverse", null));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> labelled(Columns.DEFAULT, "uri,label,corpus\na.wav,sad,x\nb.wav,sad,\n"))
        .withMessageContaining("has no corpus");
  }

  @Test
  void readsTheManifestOfCremaD() {
    LabelledCorpus corpus =
        LabelledManifest.list(
            TestSpark.session(),
            inputs(Golden.shared("data/cremad/labels.csv").toAbsolutePath().toString(), "path"),
            new Columns("path", "emotion", "speaker", "session", "voice_vote"),
            LABELS);
    assertThat(corpus.name()).isEqualTo("cremad");
    assertThat(corpus.clips().stream().filter(clip -> !clip.isHeard())).hasSize(570);
    assertThat(corpus.clips()).hasSize(2460);
    List<Origin> speakers = corpus.clips().stream().map(LabelledClip::origin).distinct().toList();
    assertThat(speakers)
        .hasSize(91)
        .contains(new Origin("cremad", "cremad-1001", null, "male", 51));
    assertThat(speakers.stream().filter(o -> o.sex().equals("female"))).hasSize(43);
  }

  @Test
  void tellsInWhichClipsListenersHeardTheLabel() throws IOException {
    Files.write(dir.resolve("c.wav"), new byte[13]);
    Columns columns = new Columns("uri", "label", "speaker", "session", "heard");
    assertThat(
            labelled(
                    columns,
                    "uri,label,heard\na.wav,sad,neutral\nb.wav,sad,neutral + Sad\nc.wav,sad,\n")
                .clips())
        .extracting(LabelledClip::isHeard)
        .containsExactly(false, true, true);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> labelled(columns, "uri,label,heard\na.wav,sad,\n"))
        .withMessageContaining("--heard-column names 'heard', of which no clip of");
  }

  @Test
  void membersOfAShardHaveWhatStandsBesideThem() throws IOException {
    String shard = shard("a.wav", "x", "a.json", "{\"who\":\"anna\"}", "a.cls", "sad").toString();
    assertThat(list(shard, new Columns("uri", "cls", "who", "session")).clips())
        .extracting(c -> c.clip().id(), LabelledClip::label, c -> c.origin().speaker())
        .containsExactly(tuple("file:" + shard + "!a.wav", "sad", "anna"));
    refused(
        shard,
        new Columns("uri", "cls", "whom", "session"),
        "--speaker-column names 'whom', of which no clip of " + shard + " has a value");
    refused(
        shard,
        new Columns("uri", "cls", "speaker", "when"),
        "--session-column names 'when', of which no clip of " + shard + " has a value");
    refused(
        shard,
        Columns.DEFAULT,
        "the clip file:" + shard + "!a.wav has no value in the column 'label'");
  }

  @Test
  void aShardThatCannotBeReadIsTold() throws IOException {
    Path shard = Files.writeString(dir.resolve("b.tar"), "no shard".repeat(200));
    refused(shard.toString(), Columns.DEFAULT, "the clip file:" + shard + " cannot be read: ");
  }

  @Test
  void columnsOfATableWithAudioAreToldApart() {
    String table = dir.resolve("t.parquet").toString();
    TestSpark.session()
        .sql("SELECT '1' id, 'sad' label, X'00' audio, X'01' other")
        .write()
        .parquet(table);
    List<LabelledClip> clips = new ArrayList<>();
    for (String audio : List.of("audio", "other")) {
      Inputs inputs =
          new Inputs(
              List.of(table),
              "parquet",
              List.of(),
              new Inputs.Columns(null, null, audio, List.of(), List.of()));
      clips.addAll(
          LabelledManifest.list(TestSpark.session(), inputs, Columns.DEFAULT, LABELS).clips());
    }
    assertThat(clips).hasSize(2).doesNotHaveDuplicates();
  }

  private Path shard(String... members) throws IOException {
    Path shard = dir.resolve("a.tar");
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(shard))) {
      for (int i = 0; i < members.length; i += 2) {
        byte[] bytes = members[i + 1].getBytes(UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(members[i]);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
    return shard;
  }

  private static LabelledCorpus list(String input, Columns columns) {
    return LabelledManifest.list(TestSpark.session(), Inputs.of(List.of(input)), columns, LABELS);
  }

  private static void refused(String input, Columns columns, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(input, columns))
        .withMessageContaining(message);
  }

  private LabelledCorpus labelled(Columns columns, String content) throws IOException {
    Path manifest = Files.writeString(dir.resolve("m.csv"), content);
    return LabelledManifest.list(
        TestSpark.session(), inputs(manifest.toString(), columns.uri()), columns, LABELS);
  }

  private static Inputs inputs(String manifest, String uriColumn) {
    return Inputs.ofManifest(
        manifest, new Inputs.Columns(uriColumn, null, null, List.of(), List.of()));
  }
}
