package org.segmentser.source;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NemoManifestTest {
  @TempDir Path dir;

  @Test
  void aRowIsAStretchOrAFile() throws IOException {
    ManifestTable table =
        table(
            "train_manifest.json",
            """
            {"audio_filepath": "wavs/a.wav", "offset": 1, "duration": 2.5, "text": "yes", "emotion": "happy"}
            {"audio_filepath": "wavs/a.wav", "offset": 0.1, "duration": 0.2, "text": "no", "speaker": 7}
            {"audio_filepath": "/data/b.wav", "duration": 16.04, "text": ""}
            {"audio_filepath": "s3://bucket/c.wav", "offset": 0, "duration": null, "text": "-"}
            """);
    assertThat(table.dialect()).isEqualTo(Dialect.NEMO);
    assertThat(table.columns()).contains("audio_filepath", "duration", "text", "emotion");
    String a = "file:" + dir + "/wavs/a.wav";
    assertThat(Manifests.rows(table, "text", "emotion", "speaker"))
        .containsExactly(
            Map.of(
                "uri",
                "wavs/a.wav",
                "id",
                a + "#t=1.0,3.5",
                "start_s",
                "1.0",
                "end_s",
                "3.5",
                "text",
                "yes",
                "emotion",
                "happy",
                "__row",
                1L),
            Map.of(
                "uri",
                "wavs/a.wav",
                "id",
                a + "#t=0.1,0.3",
                "start_s",
                "0.1",
                "end_s",
                "0.3",
                "text",
                "no",
                "speaker",
                "7",
                "__row",
                2L),
            Map.of("uri", "/data/b.wav", "text", "", "__row", 3L),
            Map.of("uri", "s3a://bucket/c.wav", "text", "-", "__row", 4L));
  }

  @Test
  void offsetsMayBeWholeNumbersThroughout() throws IOException {
    assertThat(
            Manifests.rows(
                table(
                    "m.jsonl.gz",
                    """
                    {"audio_filepath": "a.wav", "offset": 3, "duration": 2, "id": "x", "channel": [1]}
                    {"audio_filepath": "a.wav", "offset": 0, "duration": 3, "id": 8}
                    """)))
        .containsExactly(
            Map.of(
                "uri", "a.wav", "id", "x", "start_s", "3.0", "end_s", "5.0", "channel", "[1]",
                "__row", 1L),
            Map.of("uri", "a.wav", "id", "8", "start_s", "0.0", "end_s", "3.0", "__row", 2L));
  }

  @Test
  void csvIsReadToo() throws IOException {
    assertThat(
            Manifests.rows(
                table("m.csv", "audio_filepath,offset,duration\na.wav,1.5,\nb.wav,,2\n")))
        .containsExactly(
            Map.of(
                "uri",
                "a.wav",
                "id",
                "file:" + dir + "/a.wav#t=1.5",
                "start_s",
                "1.5",
                "__row",
                1L),
            Map.of("uri", "b.wav", "__row", 2L));
  }

  @Test
  void slicedShardsHoldAMemberForEachRow() throws IOException {
    // With --slice_with_offset, which moves the offset to source_audio_offset.
    ManifestTable table =
        table(
            "tarred/tarred_audio_manifest.json",
            """
            {"audio_filepath": "_data_a_12_34_2_5.wav", "duration": 2.5, "text": "yes", "source_audio_offset": 12.34, "shard_id": 0}
            {"audio_filepath": "_data_b_0_0_4_0.wav", "duration": 4, "text": "no", "source_audio_offset": 0, "shard_id": 11}
            """);
    assertThat(table.dialect()).isEqualTo(Dialect.NEMO_TARRED);
    String tar = "file:" + dir + "/tarred/audio_";
    assertThat(Manifests.rows(table))
        .containsExactly(
            Map.of(
                "uri",
                tar + "0.tar",
                "id",
                tar + "0.tar!_data_a_12_34_2_5.wav",
                "__member",
                "_data_a_12_34_2_5.wav",
                "__row",
                1L),
            Map.of(
                "uri",
                tar + "11.tar",
                "id",
                tar + "11.tar!_data_b_0_0_4_0.wav",
                "__member",
                "_data_b_0_0_4_0.wav",
                "__row",
                2L));
  }

  @Test
  void stretchesOfAMemberAreItsSubs() throws IOException {
    ManifestTable table =
        table(
            "tarred/sharded_manifests/manifest_3.json",
            """
            {"audio_filepath": "_data_a.wav", "offset": 0.0, "duration": 2.5, "text": "yes", "shard_id": 3}
            {"audio_filepath": "_data_a-sub1.wav", "offset": 2.5, "duration": 1.0, "text": "no", "shard_id": 3}
            {"audio_filepath": "_data_b", "duration": 1.0, "text": "no", "shard_id": 3}
            {"audio_filepath": "_data_b-sub1", "offset": 1, "duration": 1.0, "text": "no", "shard_id": 3}
            """);
    String tar = "file:" + dir + "/tarred/audio_3.tar";
    assertThat(Manifests.rows(table))
        .containsExactly(
            Map.of(
                "uri",
                tar,
                "id",
                tar + "!_data_a.wav#t=0.0,2.5",
                "__member",
                "_data_a.wav",
                "start_s",
                "0.0",
                "end_s",
                "2.5",
                "__row",
                1L),
            Map.of(
                "uri",
                tar,
                "id",
                tar + "!_data_a.wav#t=2.5,3.5",
                "__member",
                "_data_a.wav",
                "start_s",
                "2.5",
                "end_s",
                "3.5",
                "__row",
                2L),
            Map.of("uri", tar, "id", tar + "!_data_b", "__member", "_data_b", "__row", 3L),
            Map.of(
                "uri",
                tar,
                "id",
                tar + "!_data_b#t=1.0,2.0",
                "__member",
                "_data_b",
                "start_s",
                "1.0",
                "end_s",
                "2.0",
                "__row",
                4L));
  }

  @Test
  void problemsAreThoseOfTheirRows() throws IOException {
    assertThat(
            Manifests.problems(
                table(
                    "m.json",
                    """
                    {"audio_filepath": "a.wav", "offset": "soon", "duration": 1}
                    {"audio_filepath": "a.wav", "offset": 1, "duration": 1}
                    {"audio_filepath": "a.wav", "offset": -1, "duration": 1}
                    {"audio_filepath": "a.wav", "offset": 1, "duration": "long"}
                    {"audio_filepath": null, "offset": 1, "duration": 1}
                    {"audio_filepath": "a.wav", "duration": "long"}
                    {"audio_filepath": "a.wav", "offset": "NaN", "duration": 1}
                    {"audio_filepath": "a b:c://x.wav", "offset": 1, "duration": 1}
                    """)))
        .containsExactly(
            entry(1L, "has offset 'soon'; it must be a number of seconds, at least 0"),
            entry(3L, "has offset '-1'; it must be a number of seconds, at least 0"),
            entry(4L, "has duration 'long'; it must be a number of seconds, at least 0"),
            entry(5L, "has no audio_filepath"),
            entry(7L, "has offset 'NaN'; it must be a number of seconds, at least 0"));
    assertThat(
            Manifests.problems(
                table(
                    "tarred.json",
                    """
                    {"audio_filepath": "a.wav", "shard_id": "../x"}
                    {"audio_filepath": "b.wav", "shard_id": null}
                    """)))
        .containsExactly(entry(1L, "has shard_id '../x'; it must be a shard's number"));
  }

  private ManifestTable table(String name, String text) throws IOException {
    return Manifests.read(Manifests.write(dir.resolve(name), text));
  }
}
