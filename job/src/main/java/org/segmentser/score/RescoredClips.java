package org.segmentser.score;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.CoGroupFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.segmentser.metrics.ClipTally;
import org.segmentser.tables.EmbeddedClip;
import org.segmentser.tables.EmbeddedCodec;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.StagedCodec;

/** Puts clips together of their outcomes and what tasks have scored of them. */
final class RescoredClips {
  /** Voices in the order in which a full pass has them. */
  private static final Comparator<EmbeddedClip> BY_CHANNEL =
      Comparator.comparing(
          clip -> clip.voice().channel(), Comparator.nullsFirst(Comparator.naturalOrder()));

  private RescoredClips() {}

  /**
   * Staged rows of clips.
   *
   * @param clips rows of {@link EmbeddedCodec#clip}
   * @param parts columns of {@link StagedCodec#SECTION}, in any order
   */
  static Dataset<Row> merge(Dataset<Row> clips, Dataset<Row> parts, StagedCodec codec) {
    return clips
        .groupByKey(new IdOfClip(), Encoders.STRING())
        .cogroup(
            parts.groupByKey(new SplitClips.ClipId(), Encoders.STRING()),
            new Merge(codec),
            Encoders.row(codec.schema()));
  }

  private static final class IdOfClip implements MapFunction<Row, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String call(Row clip) {
      return EmbeddedCodec.clip(clip).clip().id();
    }
  }

  private static final class Merge implements CoGroupFunction<String, Row, Row, Row> {
    private static final long serialVersionUID = 1L;

    private final StagedCodec codec;

    Merge(StagedCodec codec) {
      this.codec = codec;
    }

    @Override
    public Iterator<Row> call(String clipId, Iterator<Row> clips, Iterator<Row> parts) {
      List<EmbeddedClip> voices = new ArrayList<>();
      clips.forEachRemaining(row -> voices.add(EmbeddedCodec.clip(row)));
      List<ScoredSection> scored = new ArrayList<>();
      parts.forEachRemaining(row -> scored.add(StagedCodec.section(row)));
      return merge(voices, scored, codec.columns().labels().size()).stream()
          .map(codec::pack)
          .iterator();
    }
  }

  /**
   * The voices of a clip.
   *
   * @param parts of their segments, in any order; each follows from where it begins
   * @param emotions how many the model knows
   */
  static List<ScoredClip> merge(
      List<EmbeddedClip> voices, List<ScoredSection> parts, int emotions) {
    List<EmbeddedClip> ordered = voices.stream().sorted(BY_CHANNEL).toList();
    List<ScoredClip> clips = new ArrayList<>();
    for (EmbeddedClip voice : ordered) {
      List<ScoredSection> own =
          parts.stream()
              .filter(part -> part.voice().equals(voice.voice()))
              .sorted(Comparator.comparingInt(ScoredSection::section))
              .toList();
      ClipTally tally = new ClipTally(emotions);
      own.forEach(part -> tally.add(part.tally()));
      clips.add(
          new ScoredClip(
              voice.clip(),
              voice.voice(),
              clips.size(),
              voice.outcome(),
              own.stream().mapToInt(ScoredSection::segments).sum(),
              tally));
    }
    return clips;
  }
}
