package org.segmentser.source;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.UserError;

class LhotseManifestTest {
  private static final String RECORDINGS =
      """
      {"id": "call", "sources": [{"type": "file", "channels": [0, 1], "source": "calls/a.wav"}], "sampling_rate": 8000, "num_samples": 480000, "duration": 60.0, "channel_ids": [0, 1]}
      {"id": "mono", "sources": [{"type": "url", "channels": [0], "source": "s3://bucket/b.flac"}], "sampling_rate": 16000, "num_samples": 64000, "duration": 4, "channel_ids": [0], "transforms": [{"name": "Resample", "kwargs": {"source_sampling_rate": 8000, "target_sampling_rate": 16000}}]}
      {"id": "mic", "sources": [{"type": "file", "channels": [5, 7], "source": "/data/c.wav"}], "sampling_rate": 16000, "num_samples": 320000, "duration": 20.0, "channel_ids": [5, 7]}
      """;

  private static final String SOURCE =
      "\"sources\": [{\"type\": \"file\", \"channels\": [0], \"source\": \"a.wav\"}]";

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({"recordings.jsonl", "ami_recordings_train.jsonl.gz"})
  void aRecordingIsAClip(String name) throws IOException {
    ManifestTable table = table(name, RECORDINGS);
    assertThat(table.dialect()).isEqualTo(Dialect.LHOTSE_RECORDINGS);
    assertThat(Manifests.rows(table, "sampling_rate"))
        .containsExactly(
            Map.of("uri", "calls/a.wav", "id", "call", "sampling_rate", "8000", "__row", 1L),
            Map.of(
                "uri", "s3a://bucket/b.flac", "id", "mono", "sampling_rate", "16000", "__row", 2L),
            Map.of("uri", "/data/c.wav", "id", "mic", "sampling_rate", "16000", "__row", 3L));
  }

  @ParameterizedTest
  @CsvSource({
    "supervisions.jsonl, recordings.jsonl",
    "ami_supervisions_train.jsonl.gz, ami_recordings_train.jsonl.gz",
    "x_supervisions_y.jsonl, x_recordings_y.jsonl.gz"
  })
  void aSupervisionIsAClipOfItsRecording(String name, String recordings) throws IOException {
    Manifests.write(dir.resolve(recordings), RECORDINGS);
    ManifestTable table =
        table(
            name,
            """
            {"id": "s1", "recording_id": "call", "start": 0.1, "duration": 0.2, "channel": 0, "text": "Hi", "language": "English", "speaker": "Ann", "gender": "F", "custom": {"emotion": "happy", "party": "agent"}}
            {"id": "s2", "recording_id": "call", "start": 3, "duration": 2, "channel": 1, "speaker": "Bob", "custom": {"emotion": "sad", "id": "taken", "Speaker": "taken"}}
            {"id": "s3", "recording_id": "mono", "start": 0.0, "duration": 4.0, "channel": 0, "text": "all of it"}
            {"id": "s4", "recording_id": "mic", "start": 1.5, "duration": 1.0, "channel": 7}
            """);
    assertThat(table.dialect()).isEqualTo(Dialect.LHOTSE_SUPERVISIONS);
    assertThat(Manifests.rows(table, "text", "speaker", "gender", "language", "emotion", "party"))
        .containsExactly(
            Map.ofEntries(
                entry("uri", "calls/a.wav"),
                entry("id", "s1"),
                entry("start_s", "0.1"),
                entry("end_s", "0.3"),
                entry("channel", "0"),
                entry("text", "Hi"),
                entry("speaker", "Ann"),
                entry("gender", "F"),
                entry("language", "English"),
                entry("emotion", "happy"),
                entry("party", "agent"),
                entry("__row", 1L)),
            Map.of(
                "uri",
                "calls/a.wav",
                "id",
                "s2",
                "start_s",
                "3.0",
                "end_s",
                "5.0",
                "channel",
                "1",
                "speaker",
                "Bob",
                "emotion",
                "sad",
                "__row",
                2L),
            Map.of("uri", "s3a://bucket/b.flac", "id", "s3", "text", "all of it", "__row", 3L),
            Map.of(
                "uri",
                "/data/c.wav",
                "id",
                "s4",
                "start_s",
                "1.5",
                "end_s",
                "2.5",
                "channel",
                "1",
                "__row",
                4L));
  }

  @Test
  void channelsMayBeLists() throws IOException {
    Manifests.write(
        dir.resolve("recordings.jsonl"),
        """
        {"id": "r", "sources": [{"type": "file", "channels": [0, 1, 2], "source": "a.wav"}], "duration": 60}
        """);
    // Some are lists, and some are not.
    ManifestTable mixed =
        table(
            "supervisions.jsonl",
            """
            {"id": "all", "recording_id": "r", "start": 1, "duration": 1, "channel": [0, 1, 2]}
            {"id": "two", "recording_id": "r", "start": 1, "duration": 1, "channel": [2, 0]}
            {"id": "one", "recording_id": "r", "start": 1, "duration": 1, "channel": 1}
            """);
    assertThat(Manifests.rows(mixed))
        .extracting(r -> r.get("id"), r -> r.get("channel"))
        .containsExactlyInAnyOrder(
            tuple("all", null), tuple("two", "2"), tuple("two", "0"), tuple("one", "1"));
    ManifestTable lists =
        table(
            "supervisions.jsonl",
            """
            {"id": "one", "recording_id": "r", "start": 1, "duration": 1, "channel": [1]}
            {"id": "none", "recording_id": "r", "start": 1, "duration": 1}
            {"id": "other", "recording_id": "r", "start": 1, "duration": 1, "channel": [1, 3]}
            """);
    assertThat(Manifests.rows(lists))
        .extracting(r -> r.get("id"), r -> r.get("channel"))
        .contains(tuple("one", "1"), tuple("none", null));
    assertThat(Manifests.problems(lists))
        .containsExactly(entry(3L, "has channel 3, but its recording has 0, 1, 2"));
  }

  @Test
  void aCutIsAClip() throws IOException {
    String recording = "\"recording\": {\"id\": \"r\", " + SOURCE + ", \"duration\": 10.0}";
    ManifestTable table =
        table(
            "cuts.jsonl.gz",
            """
            {"id": "c1", "start": 2.25, "duration": 1.5, "channel": 0, "supervisions": [{"id": "s1", "recording_id": "r", "start": 0.0, "duration": 1.5, "channel": 0, "text": "hi", "speaker": "ann", "custom": {"emotion": "sad"}}], %1$s, "custom": {"dataset": "x"}, "type": "MonoCut"}
            {"id": "c2", "start": 0, "duration": 9.9995, "channel": 0, "supervisions": [{"id": "s2", "recording_id": "r", "start": 0.0, "duration": 1.5, "channel": 0, "text": "a", "speaker": "ann"}, {"id": "s3", "recording_id": "r", "start": 2.0, "duration": 1.5, "channel": 0, "text": "b", "speaker": "ann"}], %1$s, "type": "MonoCut"}
            {"id": "c3", "tracks": [{"cut": {"id": "c4", "start": 0, "duration": 1, "channel": 0, "supervisions": [], %1$s, "type": "MonoCut"}, "offset": 0.0}], "type": "MixedCut"}
            {"id": "c5", "start": 0, "duration": 1, "channel": 0, "supervisions": [], "type": "MonoCut"}
            """
                .formatted(recording));
    assertThat(table.dialect()).isEqualTo(Dialect.LHOTSE_CUTS);
    assertThat(Manifests.rows(table, "text", "speaker", "emotion", "dataset").subList(0, 2))
        .containsExactly(
            Map.of(
                "uri", "a.wav", "id", "c1", "start_s", "2.25", "end_s", "3.75", "text", "hi",
                "speaker", "ann", "emotion", "sad", "dataset", "x", "__row", 1L),
            Map.of("uri", "a.wav", "id", "c2", "speaker", "ann", "__row", 2L));
    assertThat(Manifests.problems(table))
        .containsExactly(
            entry(3L, "is a MixedCut; only cuts of one recording are read"),
            entry(4L, "has no recording"));
  }

  @Test
  void mixesAloneAreProblems() throws IOException {
    assertThat(
            Manifests.problems(
                table(
                    "cuts.jsonl",
                    "{\"id\": \"c\", \"tracks\": [{\"offset\": 0}], \"type\": \"MixedCut\"}")))
        .containsExactly(entry(1L, "is a MixedCut; only cuts of one recording are read"));
  }

  @Test
  void recordingsThatAreNoFileAreProblems() throws IOException {
    assertThat(
            Manifests.problems(
                table(
                    "recordings.jsonl",
                    """
                    {"id": "1", "sources": [{"type": "command", "channels": [0], "source": "sox a.wav -t wav - |"}]}
                    {"id": "2", "sources": [{"type": "file", "channels": [0], "source": "a.wav"}, {"type": "file", "channels": [1], "source": "b.wav"}]}
                    {"id": "3", "sources": []}
                    {"id": "4", "sources": [{"type": "shar", "channels": [0], "source": ""}]}
                    {"id": "5", "sources": [{"type": "file", "channels": [0], "source": "a.wav"}], "transforms": [{"name": "Resample"}, {"name": "Speed", "kwargs": {"factor": 0.9}}]}
                    {"id": "6", "sources": [{"type": "file", "channels": [0], "source": "a.wav"}], "transforms": []}
                    {"id": "7", "sources": [{"channels": [0], "source": "a.wav"}]}
                    {"id": "8"}
                    """)))
        .containsExactly(
            entry(1L, "has a source of the type 'command'; only files and URLs are read"),
            entry(2L, "has a recording in several files, which is not read"),
            entry(3L, "has a recording without a source"),
            entry(4L, "has a source of the type 'shar'; only files and URLs are read"),
            entry(
                5L,
                "has a recording with the transform Speed; recordings are read only as they are"),
            entry(7L, "has a source of the type ''; only files and URLs are read"),
            entry(8L, "has a recording without a source"));
    assertThat(Manifests.problems(table("recordings.jsonl", "{\"id\": \"1\", \"sources\": []}\n")))
        .containsExactly(entry(1L, "has a recording without a source"));
  }

  @Test
  void supervisionsWithoutPlaceOrRecordingAreProblems() throws IOException {
    Manifests.write(dir.resolve("recordings.jsonl"), RECORDINGS);
    assertThat(
            Manifests.problems(
                table(
                    "supervisions.jsonl",
                    """
                    {"id": "1", "recording_id": "gone", "start": 0, "duration": 1}
                    {"id": "2", "recording_id": "call", "start": 0, "duration": null}
                    {"id": "3", "recording_id": "call", "start": -1, "duration": 1}
                    {"id": "4", "recording_id": "call", "duration": 1}
                    {"id": "5", "recording_id": null, "start": 0, "duration": 1}
                    """)))
        .containsExactly(
            entry(1L, "is of the recording 'gone', which recordings.jsonl does not have"),
            entry(2L, "has no duration"),
            entry(3L, "has start '-1'; it must be a number of seconds, at least 0"),
            entry(4L, "has no start"),
            entry(5L, "is of the recording '', which recordings.jsonl does not have"));
  }

  @Test
  void supervisionsNeedTheirRecordingsBesideThem() throws IOException {
    String supervision =
        "{\"id\": \"1\", \"recording_id\": \"a\", \"start\": 0, \"duration\": 1}\n";
    for (List<String> nameAndMessage :
        List.of(
            List.of("x_supervisions_y.jsonl.gz", "there is no x_recordings_y.jsonl.gz"),
            List.of("train.jsonl", "must be named like x_supervisions_y.jsonl.gz"))) {
      Path manifest = Manifests.write(dir.resolve(nameAndMessage.get(0)), supervision);
      assertThatExceptionOfType(UserError.class)
          .isThrownBy(() -> Manifests.read(manifest))
          .withMessageContaining(manifest.toString())
          .withMessageContaining(nameAndMessage.get(1));
    }
    Manifests.write(dir.resolve("x_recordings_y.jsonl"), "{\"id\": \"1\"}\n");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Manifests.read(dir.resolve("x_supervisions_y.jsonl.gz")))
        .withMessageContaining("x_recordings_y.jsonl of Lhotse recordings has no column 'sources'");
  }

  private ManifestTable table(String name, String text) throws IOException {
    return Manifests.read(Manifests.write(dir.resolve(name), text));
  }
}
