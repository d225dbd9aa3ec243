package org.segmentser.corpus;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.segmentser.Golden;
import org.segmentser.UserError;
import org.segmentser.metrics.Origin;
import org.segmentser.source.Clip;

class LabelledCorpusTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");
  private static final String LINE = "[6.2901 - 8.2357]\t%s\t%s\t[2.5000, 2.5000, 2.5000]\n";

  @TempDir Path dir;

  @Test
  void foldersAreLabels() throws IOException {
    files("Sad/b.wav", "Sad/deeper/fear/a.FLAC", "angry/c.wav", "angry/notes.txt");
    LabelledCorpus corpus = list(Layout.FOLDERS);
    assertThat(told(corpus))
        .containsExactly(
            "Sad/b.wav sad null null",
            "Sad/deeper/fear/a.FLAC sad null null",
            "angry/c.wav angry null null");
    assertThat(corpus.skipped()).isEqualTo(Map.of("without an audio extension", 1L));
    assertThat(corpus.leftOut()).isEmpty();
  }

  @Test
  void emodbNamesItsFiles() throws IOException {
    files(
        "wav/16b10Wb.wav",
        "wav/03a01Fa.wav",
        "wav/03a01Nc.wav",
        "wav/08a02Tb.wav",
        "wav/03a01La.wav",
        "wav/03a01Ea.wav",
        "wav/03a01Aa.wav",
        "wav/03a02Aa.wav");
    LabelledCorpus corpus = list(Layout.EMODB);
    assertThat(told(corpus))
        .containsExactly(
            "wav/03a01Fa.wav happy 03 null",
            "wav/03a01Nc.wav neutral 03 null",
            "wav/08a02Tb.wav sad 08 null",
            "wav/16b10Wb.wav angry 16 null");
    assertThat(corpus.leftOut())
        .containsExactly(
            Map.entry("label boredom", 1L),
            Map.entry("label disgust", 1L),
            Map.entry("label fear", 2L));
  }

  @Test
  void otherLabelsMayBeWanted() throws IOException {
    files("03a01Fa.wav", "03a01Aa.wav", "03a01Wa.wav");
    LabelledCorpus corpus = list(Layout.EMODB, "Fear", "angry");
    assertThat(told(corpus))
        .containsExactly("03a01Aa.wav Fear 03 null", "03a01Wa.wav angry 03 null");
    assertThat(corpus.leftOut()).containsExactly(Map.entry("label happy", 1L));
  }

  @Test
  void iemocapKeepsItsLabelsInTexts() throws IOException {
    for (String release : List.of("", "IEMOCAP_full_release/")) {
      String root = release.isEmpty() ? "direct/" : "above/" + release;
      String first = root + "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_";
      files(
          first + "F000.wav",
          first + "M001.wav",
          first + "M002.wav",
          first + "M003.wav",
          first + "F099.wav",
          root + "Session1/sentences/wav/Ses01F_impro01/._Ses01F_impro01_F000.wav",
          root + "Session1/dialog/wav/Ses01F_impro01.wav",
          root + "Session2/sentences/wav/Ses02M_script01_1b/Ses02M_script01_1b_F000.wav");
      write(
          root + "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
          "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
              + LINE.formatted("Ses01F_impro01_F000", "neu")
              + "C-E2:\tNeutral;\t()\n"
              + LINE.formatted("Ses01F_impro01_M001", "exc")
              + LINE.formatted("Ses01F_impro01_M002", "xxx")
              + LINE.formatted("Ses01F_impro01_M003", "fru"));
      write(root + "Session1/dialog/EmoEvaluation/._Ses01F_impro01.txt", "[rubbish");
      write(root + "Session1/dialog/EmoEvaluation/Categorical/x.txt", "[rubbish");
      write(
          root + "Session2/dialog/EmoEvaluation/Ses02M_script01_1b.txt",
          LINE.formatted("Ses02M_script01_1b_F000", "hap"));
      Path asked = dir.resolve(release.isEmpty() ? "direct" : "above");
      LabelledCorpus corpus = list(Layout.IEMOCAP, asked);
      assertThat(told(corpus))
          .containsExactly(
              first + "F000.wav neutral Ses01F Session1",
              first + "M001.wav happy Ses01M Session1",
              root
                  + "Session2/sentences/wav/Ses02M_script01_1b/Ses02M_script01_1b_F000.wav happy"
                  + " Ses02F Session2");
      assertThat(corpus.leftOut())
          .containsExactly(
              Map.entry("label frustration", 1L),
              Map.entry("no label", 1L),
              Map.entry("no majority label", 1L));
    }
  }

  @Test
  void iemocapsFaultsAreNamed() throws IOException {
    refused(Layout.IEMOCAP, "no directories Session1 to Session5 in");
    files("Session1/sentences/wav/d/Ses01F_impro01_F000.wav");
    refused(Layout.IEMOCAP, "cannot read the iemocap corpus .*EmoEvaluation.*");
    String text = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt";
    write(text, "\n" + LINE.formatted("Ses01F_impro01_F001", "fea"));
    refused(
        Layout.IEMOCAP, "line 2 of .*" + text + " is of Ses01F_impro01_F001, which has no file");
    write(text, "[6.2901 - 8.2357]\tSes01F_impro01_F000\n");
    refused(Layout.IEMOCAP, "line 1 of .*" + text + " is not like '\\[6.2901 - 8.2357\\] Ses01F");
    write(text, LINE.formatted("Ses01F_impro01_F000", "xxx"));
    refused(Layout.IEMOCAP, "no clips of angry, .*left out: 1 no majority label");
  }

  @Test
  void ravdessNumbersItsEmotions() throws IOException {
    files(
        "Actor_12/03-01-05-01-02-01-12.wav",
        "Actor_01/03-01-01-01-02-01-01.wav",
        "Actor_01/03-01-03-01-02-01-01.wav",
        "Actor_01/03-01-04-01-02-01-01.wav",
        "Actor_01/03-01-02-01-02-01-01.wav",
        "Actor_01/03-01-06-01-02-01-01.wav",
        "Actor_01/03-01-07-01-02-01-01.wav",
        "Actor_01/03-01-08-01-02-01-01.wav",
        "Actor_01/03-02-05-01-02-01-01.wav",
        "Actor_01/01-01-05-01-02-01-01.mp4",
        "Actor_01/02-02-05-01-02-01-01.mp4",
        "audio_speech_actors_01-24/Actor_12/03-01-05-01-02-01-12.wav");
    LabelledCorpus corpus = list(Layout.RAVDESS);
    assertThat(told(corpus))
        .containsExactly(
            "Actor_01/03-01-01-01-02-01-01.wav neutral 01 null",
            "Actor_01/03-01-03-01-02-01-01.wav happy 01 null",
            "Actor_01/03-01-04-01-02-01-01.wav sad 01 null",
            "Actor_12/03-01-05-01-02-01-12.wav angry 12 null");
    assertThat(corpus.leftOut())
        .containsExactly(
            Map.entry("label calm", 1L),
            Map.entry("label disgust", 1L),
            Map.entry("label fear", 1L),
            Map.entry("label surprise", 1L),
            Map.entry("listed twice", 1L),
            Map.entry("song", 1L),
            Map.entry("video", 2L));
  }

  @Test
  void cremaDNamesItsFiles() throws IOException {
    files(
        "AudioWAV/1001_DFA_ANG_XX.wav",
        "AudioWAV/1040_ITH_SAD_X.wav",
        "AudioWAV/1091_IEO_HAP_HI.wav",
        "AudioWAV/1091_WSI_NEU_XX.wav",
        "AudioWAV/1001_DFA_DIS_XX.wav",
        "AudioWAV/1001_DFA_FEA_XX.wav",
        "AudioMP3/1001_DFA_ANG_XX.mp3");
    LabelledCorpus corpus = list(Layout.CREMA_D);
    assertThat(told(corpus))
        .containsExactly(
            "AudioWAV/1001_DFA_ANG_XX.wav angry 1001 null",
            "AudioWAV/1040_ITH_SAD_X.wav sad 1040 null",
            "AudioWAV/1091_IEO_HAP_HI.wav happy 1091 null",
            "AudioWAV/1091_WSI_NEU_XX.wav neutral 1091 null");
    assertThat(corpus.leftOut())
        .containsExactly(
            Map.entry("label disgust", 1L),
            Map.entry("label fear", 1L),
            Map.entry("listed twice", 1L));
  }

  @Test
  void tessMayHoldEverythingTwice() throws IOException {
    String nested = "TESS Toronto emotional speech set data/";
    files(
        "OAF_angry/OAF_back_angry.wav",
        "OAF_neutral/OA_bite_neutral.wav",
        "YAF_pleasant_surprised/YAF_back_ps.wav",
        "YAF_happy/YAF_back_happy.wav",
        nested + "OAF_angry/OAF_back_angry.wav",
        nested + "OAF_neutral/OA_bite_neutral.wav");
    // Of the same length, yet another recording.
    write(nested + "YAF_happy/YAF_back_happy.wav", "y");
    LabelledCorpus corpus = list(Layout.TESS);
    assertThat(told(corpus))
        .containsExactly(
            "OAF_angry/OAF_back_angry.wav angry OAF null",
            "OAF_neutral/OA_bite_neutral.wav neutral OAF null",
            nested + "YAF_happy/YAF_back_happy.wav happy YAF null",
            "YAF_happy/YAF_back_happy.wav happy YAF null");
    assertThat(corpus.leftOut())
        .containsExactly(Map.entry("label surprise", 1L), Map.entry("listed twice", 2L));
  }

  @Test
  void saveeHasADirectoryASpeakerOrNone() throws IOException {
    files("deep/AudioData/DC/a01.wav", "deep/AudioData/KL/sa15.wav", "deep/AudioData/KL/su15.wav");
    files("flat/JE_h02.wav", "flat/JK_n30.wav", "flat/JK_d01.wav", "flat/JK_f01.wav");
    LabelledCorpus corpus = list(Layout.SAVEE);
    assertThat(told(corpus))
        .containsExactly(
            "deep/AudioData/DC/a01.wav angry DC null",
            "deep/AudioData/KL/sa15.wav sad KL null",
            "flat/JE_h02.wav happy JE null",
            "flat/JK_n30.wav neutral JK null");
    assertThat(corpus.leftOut())
        .containsExactly(
            Map.entry("label disgust", 1L),
            Map.entry("label fear", 1L),
            Map.entry("label surprise", 1L));
    assertThat(told(list(Layout.SAVEE, dir.resolve("deep/AudioData/DC"))))
        .containsExactly("deep/AudioData/DC/a01.wav angry DC null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FOLDERS|a.wav|.*/a.wav is not below a directory named after its label",
        "FOLDERS|sadder/a.wav|.*/sadder/a.wav .* label 'sadder' that the model does not know; it"
            + " knows angry, happy, sad, neutral",
        "EMODB|wav/03a01Xa.wav|.*/03a01Xa.wav is not called like a file of emodb, such as 03a01Fa",
        "RAVDESS|03-01-09-01-02-01-12.wav|.*-12.wav is not called like .*03-01-06-01-02-01-12.wav",
        "CREMA_D|1001_DFA_BOR_XX.wav|.*XX.wav is not called like .*1001_DFA_ANG_XX.wav",
        "TESS|OAF_back_bored.wav|.*bored.wav is not called like .*OAF_back_angry.wav",
        "SAVEE|a01.wav|.*/a01.wav is not called like .*DC/a01.wav or DC_a01.wav",
        "EMODB|03a01Aa.wav|no clips of angry, happy, sad, neutral in the emodb corpus .*; left out:"
            + " 1 label fear",
        "EMODB|03a01Wa.txt|no audio files in"
      })
  void whatDoesNotFitIsNamed(Layout layout, String file, String message) throws IOException {
    files(file);
    refused(layout, message);
  }

  @ParameterizedTest
  @EnumSource
  void theRootIsADirectory(Layout layout) throws IOException {
    files("03a01Wa.wav");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(layout, dir.resolve("none")))
        .withMessage("no such directory: " + dir + "/none");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(layout, dir.resolve("03a01Wa.wav")))
        .withMessageContaining("03a01Wa.wav is not a directory");
  }

  @Test
  void readsEmodb() {
    LabelledCorpus corpus =
        list(Layout.EMODB, Golden.shared("data/emodb").toAbsolutePath().normalize());
    assertThat(corpus.clips().stream().collect(groupingBy(LabelledClip::label, counting())))
        .containsOnly(
            Map.entry("angry", 127L),
            Map.entry("happy", 71L),
            Map.entry("sad", 62L),
            Map.entry("neutral", 79L));
    assertThat(corpus.clips().stream().map(c -> c.origin().speaker()).distinct()).hasSize(10);
    assertThat(corpus.leftOut()).isEmpty();
    assertThat(corpus.skipped()).isEqualTo(Map.of("without an audio extension", 2L));
  }

  @Test
  void layoutsKnowWhatTheDocumentationSaysOfSpeakers() throws IOException {
    files("e/03a01Fa.wav", "e/08a02Tb.wav", "e/99a02Tb.wav");
    assertThat(people(Layout.EMODB, "e"))
        .containsExactly("emodb 03 male 31", "emodb 08 female 34", "emodb 99 null null");
    files("r/03-01-03-01-01-01-01.wav", "r/03-01-03-01-01-01-24.wav");
    assertThat(people(Layout.RAVDESS, "r"))
        .containsExactly("ravdess 01 male null", "ravdess 24 female null");
    files("t/OAF_back_sad.wav", "t/YAF_back_sad.wav", "s/DC/a01.wav");
    assertThat(people(Layout.TESS, "t"))
        .containsExactly("tess OAF female 64", "tess YAF female 26");
    assertThat(people(Layout.SAVEE, "s")).containsExactly("savee DC male null");
    files("my own/sad/a.wav");
    assertThat(people(Layout.FOLDERS, "my own")).containsExactly("my own null null null");
  }

  @Test
  void actorsOfCremaDAreInTheTableOfItsRelease() throws IOException {
    files("c/AudioWAV/1001_DFA_ANG_XX.wav", "c/AudioWAV/1002_DFA_ANG_XX.wav");
    files("c/AudioWAV/1091_DFA_ANG_XX.wav");
    assertThat(people(Layout.CREMA_D, "c")).first().isEqualTo("crema-d 1001 null null");
    write(
        "c/VideoDemographics.csv",
        """
        ActorID,Age,Sex,Race,Ethnicity
        1001,51,Male,Caucasian,Not Hispanic
        1002,21,Female,Caucasian,Not Hispanic
        """);
    assertThat(people(Layout.CREMA_D, "c"))
        .containsExactly(
            "crema-d 1001 male 51", "crema-d 1002 female 21", "crema-d 1091 null null");
    write("c/VideoDemographics.csv", "Actor,Age\n1001,51\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> people(Layout.CREMA_D, "c"))
        .withMessageContaining("VideoDemographics.csv does not begin with the names of columns");
  }

  /** Each clip's corpus, speaker, sex and age. */
  private List<String> people(Layout layout, String root) {
    return list(layout, dir.resolve(root)).clips().stream()
        .map(LabelledClip::origin)
        .map(o -> o.corpus() + " " + o.speaker() + " " + o.sex() + " " + o.age())
        .toList();
  }

  @Test
  void aClipThatTwoInputsListCountsOnceIfTheySayTheSame() {
    LabelledCorpus one = corpus(null, labelled("a", "file:/a", "sad", "mine"));
    LabelledCorpus more =
        corpus(
            null,
            labelled("a", "file:/a", "sad", "mine"),
            labelled("b", "file:/b", "angry", "mine"));
    LabelledCorpus together = LabelledCorpus.together(List.of(one, more));
    assertThat(together).isEqualTo(LabelledCorpus.together(List.of(more, one)));
    assertThat(together.clips()).hasSize(2);
    assertThat(together.leftOut()).containsExactly(Map.entry("listed twice", 1L));
    assertThat(together.name()).isNull();
    refuseTogether(
        one,
        corpus(null, labelled("a", "file:/a", "angry", "mine")),
        "two inputs have file:/a and say different things of it: angry (corpus mine, speaker not"
            + " known, session not known, sex not known, age not known, id a) and sad (corpus mine,"
            + " speaker not known, session not known, sex not known, age not known, id a)");
    refuseTogether(
        one, corpus(null, labelled("a", "file:/a", "sad", "yours")), "say different things of it");
    refuseTogether(
        one, corpus(null, labelled("x", "file:/a", "sad", "mine")), "say different things of it");
    refuseTogether(
        one,
        corpus(null, labelled("a", "file:/b", "sad", "mine")),
        "the id 'a' is that of two clips, in file:/a and file:/b; ids must be unique");
  }

  @Test
  void twoInputsAreNotCalledAlike() {
    LabelledCorpus one = corpus("mine", labelled("a", "file:/a", "sad", "mine"));
    refuseTogether(
        one,
        corpus("mine", labelled("b", "file:/b", "sad", "mine")),
        "two inputs are called 'mine'");
    // Clips that say themselves that they are of this corpus belong to it.
    LabelledCorpus told = corpus(null, labelled("b", "file:/b", "sad", "mine"));
    assertThat(LabelledCorpus.together(List.of(one, told)).clips())
        .extracting(c -> c.origin().corpus())
        .containsExactly("mine", "mine");
  }

  @Test
  void oneInputMayNameAStretchTwiceBesideAnother() {
    LabelledCorpus twice =
        corpus(
            "mine",
            labelled("first", "file:/a.wav", "sad", "mine"),
            labelled("second", "file:/a.wav", "angry", "mine"));
    LabelledCorpus other = corpus("other", labelled("third", "file:/b.wav", "sad", "other"));
    assertThat(LabelledCorpus.together(List.of(twice, other)).clips()).hasSize(3);
    assertThat(LabelledCorpus.together(List.of(other, twice)).clips()).hasSize(3);
  }

  private static void refuseTogether(LabelledCorpus a, LabelledCorpus b, String message) {
    for (List<LabelledCorpus> inputs : List.of(List.of(a, b), List.of(b, a))) {
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> LabelledCorpus.together(inputs))
          .withMessageContaining(message);
    }
  }

  private static LabelledClip labelled(String id, String uri, String label, String corpus) {
    return new LabelledClip(Clip.ofFile(id, uri, 1L, 0L), label, Origin.of(corpus));
  }

  private static LabelledCorpus corpus(String name, LabelledClip... clips) {
    return new LabelledCorpus(List.of(clips), new TreeMap<>(), new TreeMap<>(), null, name);
  }

  @ParameterizedTest
  @CsvSource({
    "labels.csv,segment-ser",
    "/data/emodb/labels.csv,emodb",
    "s3a://bucket/emodb/METADATA.CSV,emodb",
    "data/my corpus/manifest.jsonl.gz,my corpus",
    "/data/calls.2026.csv,calls.2026",
    "calls.jsonl.gz,calls",
    "/data/calls.parquet/,calls",
    "/labels.csv,labels",
  })
  void aManifestIsCalledByItsNameOrThatOfItsDirectory(String uri, String name) {
    String expected = name.equals("segment-ser") ? CorpusName.last(".") : name;
    assertThat(CorpusName.ofManifest(uri)).isEqualTo(expected).isNotEqualTo(".");
  }

  private LabelledCorpus list(Layout layout, String... labels) {
    return list(layout, dir, labels);
  }

  private static LabelledCorpus list(Layout layout, Path root, String... labels) {
    return LabelledListing.list(
        layout,
        root.toString(),
        labels.length == 0 ? LABELS : List.of(labels),
        new Configuration());
  }

  private void refused(Layout layout, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> list(layout))
        .withMessageMatching("(?s)" + message + ".*");
  }

  /** Each clip in a line: its file, label, speaker and session. */
  private List<String> told(LabelledCorpus corpus) {
    return corpus.clips().stream()
        .map(
            c ->
                String.join(
                    " ",
                    c.clip().uri().substring(("file:" + dir + "/").length()),
                    c.label(),
                    c.origin().speaker(),
                    c.origin().session()))
        .toList();
  }

  private void files(String... names) throws IOException {
    for (String name : names) {
      write(name, "x");
    }
  }

  private void write(String name, String content) throws IOException {
    Path path = dir.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }
}
