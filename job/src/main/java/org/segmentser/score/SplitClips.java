package org.segmentser.score;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.FlatMapGroupsFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.segmentser.metrics.ClipTally;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;
import org.segmentser.segment.Voice;
import org.segmentser.tables.Scored.ScoredClip;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.StagedCodec;

/** Puts the sections of long clips together, which several tasks have read. */
final class SplitClips {
  private SplitClips() {}

  /**
   * Staged rows of clips from staged rows of their sections, by a shuffle of the latter. A clip of
   * which a section is missing has none.
   *
   * @param sections rows of {@link StagedCodec#SECTION}
   */
  static Dataset<Row> merge(Dataset<Row> sections, StagedCodec codec, Speech speech) {
    return sections
        .groupByKey(new ClipId(), Encoders.STRING())
        .flatMapGroups(new Merge(codec, speech), Encoders.row(codec.schema()));
  }

  /** The clip of a row of {@link StagedCodec#SECTION}. */
  static final class ClipId implements MapFunction<Row, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String call(Row section) {
      return section.getString(section.fieldIndex(StagedCodec.CLIP_ID));
    }
  }

  private static final class Merge implements FlatMapGroupsFunction<String, Row, Row> {
    private static final long serialVersionUID = 1L;

    private final StagedCodec codec;
    private final Speech speech;

    Merge(StagedCodec codec, Speech speech) {
      this.codec = codec;
      this.speech = speech;
    }

    @Override
    public Iterator<Row> call(String clipId, Iterator<Row> rows) {
      List<ScoredSection> sections = new ArrayList<>();
      rows.forEachRemaining(row -> sections.add(StagedCodec.section(row)));
      return merge(sections, speech).stream().map(codec::pack).iterator();
    }
  }

  /**
   * The voices of a clip.
   *
   * @param rows of the clip's sections, in any order
   * @return none if a section is missing
   */
  static List<ScoredClip> merge(List<ScoredSection> rows, Speech speech) {
    List<SectionOutcome> sections =
        rows.stream()
            .map(ScoredSection::outcome)
            .filter(Objects::nonNull)
            .sorted(Comparator.comparingInt(outcome -> outcome.section().index()))
            .toList();
    if (sections.isEmpty() || sections.size() < sections.get(0).section().count()) {
      return List.of();
    }
    SectionOutcome.Merged clip = SectionOutcome.merge(sections, speech);
    List<ScoredClip> voices = new ArrayList<>();
    for (int i = 0; i < clip.voices().size(); i++) {
      voices.add(voice(i, clip, rows, sections));
    }
    return voices;
  }

  /** One of a clip's voices. */
  private static ScoredClip voice(
      int index,
      SectionOutcome.Merged clip,
      List<ScoredSection> rows,
      List<SectionOutcome> sections) {
    Voice voice = clip.voices().get(index);
    ClipOutcome outcome = clip.outcomes().get(index);
    List<ScoredSection> own =
        rows.stream()
            .filter(row -> row.voice().equals(voice))
            .sorted(Comparator.comparingInt(ScoredSection::section))
            .toList();
    List<ScoredSection> counting =
        own.stream().filter(row -> row.section() < clip.sections()).toList();
    int counted = segments(counting);
    boolean isScored = outcome.status() == Status.SCORED;
    Integer end =
        isScored && counted < segments(own)
            ? (Integer) sections.get(clip.sections()).section().firstSegment()
            : null;
    return new ScoredClip(
        own.get(0).clip(),
        voice,
        index,
        outcome,
        // Where no voice is known of the section in which the clip ends, others may have segments.
        isScored ? counted : segments(rows),
        counting.stream()
            .map(ScoredSection::tally)
            .filter(Objects::nonNull)
            .reduce(null, SplitClips::sum),
        end);
  }

  private static ClipTally sum(ClipTally sum, ClipTally next) {
    if (sum == null) {
      return next;
    }
    sum.add(next);
    return sum;
  }

  private static int segments(List<ScoredSection> sections) {
    return sections.stream().mapToInt(ScoredSection::segments).sum();
  }
}
