package org.segmentser.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.audio.AudioLocation;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import scala.Tuple2;

class ExpansionTest {
  private final Expansion expansion =
      new Expansion(
          ClipSettings.of(Segmentation.DEFAULT),
          600.0,
          Inputs.Columns.DEFAULT,
          JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext())
              .broadcast(new SerializableConfiguration(new Configuration())));

  @TempDir Path dir;

  @Test
  void nobodyLooksIntoAFileForAShortStretchOfIt() {
    assertThat(expansion.appliesTo(stretch(null, null))).isTrue();
    assertThat(expansion.appliesTo(stretch(7000.0, null))).isTrue();
    assertThat(expansion.appliesTo(stretch(100.0, 701.0))).isTrue();
    assertThat(expansion.appliesTo(stretch(100.0, 700.0))).isFalse();
    assertThat(expansion.appliesTo(stretch(null, 600.0))).isFalse();
  }

  @Test
  void anyNumberOfRowsMayNameAFile() throws IOException {
    List<Listed> rows = Collections.nCopies(50_000, stretch(0.0, 1.0));
    assertThat(expand("a.wav", rows)).hasSameSizeAs(rows);
  }

  @Test
  void aShardIsReadForEachThatNamesIt() throws IOException {
    String uri = shard("a.tar", "a.wav", "a.txt", "b.wav", "c.txt");
    Listed shard = Listed.of(Clip.ofFile(uri, uri, null, 1L));
    List<Listed> found = expand(uri, List.of(shard, shard));
    assertThat(found)
        .extracting(
            listed -> listed.clip() == null ? null : listed.clip().location().member(),
            Listed::count)
        .containsExactly(
            tuple("a.wav", 0L),
            tuple("b.wav", 0L),
            tuple(null, 1L),
            tuple("a.wav", 0L),
            tuple("b.wav", 0L),
            tuple(null, 1L));
  }

  @Test
  void membersThatAreNamedComeInTheOrderOfTheShard() throws IOException {
    String uri = shard("a.tar", "a.wav", "b.flac", "c.wav", "d.wav", "e.wav");
    List<Listed> rows = new ArrayList<>();
    // Of b what the manifest calls otherwise; x is not there.
    for (String member : List.of("d.wav", "x.wav", "b.wav", "a.wav", "d.wav")) {
      AudioLocation at = new AudioLocation(uri, 0, null, member, null);
      rows.add(Listed.of(new Clip(member, at, null, null, null, null, null, List.of())));
    }
    assertThat(expand(uri, rows))
        .extracting(
            listed -> listed.clip().id(),
            listed -> listed.clip().location().member(),
            listed -> listed.clip().unreadable())
        .containsExactly(
            tuple("x.wav", "x.wav", "the shard has no such member"),
            tuple("a.wav", "a.wav", null),
            tuple("b.wav", "b.flac", null),
            tuple("d.wav", "d.wav", null),
            tuple("d.wav", "d.wav", null));
  }

  /** A stretch of a file of some hours. */
  private static Listed stretch(Double startS, Double endS) {
    AudioLocation file = AudioLocation.ofFile("file:/none/a.wav", 1L << 30);
    return Listed.of(new Clip("a", file, 1L, startS, endS, null, null, List.of()));
  }

  private List<Listed> expand(String uri, List<Listed> listed) throws IOException {
    List<Listed> found = new ArrayList<>();
    expansion.call(new Tuple2<>(uri, listed)).forEachRemaining(found::add);
    return found;
  }

  private String shard(String name, String... members) throws IOException {
    Map<String, byte[]> content = new LinkedHashMap<>();
    for (String member : members) {
      content.put(member, member.getBytes(UTF_8));
    }
    Files.write(dir.resolve(name), Shards.tar(content));
    return "file:" + dir.resolve(name);
  }
}
