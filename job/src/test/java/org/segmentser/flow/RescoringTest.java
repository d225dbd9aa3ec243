package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.SegmentModel;
import org.segmentser.network.TestModels;
import org.segmentser.segment.Segment;
import org.segmentser.segment.Voice;
import org.segmentser.source.Clip;
import org.segmentser.tables.EmbeddedSegment;
import org.segmentser.tables.RunColumns;
import org.segmentser.tables.RunColumns.Kind;
import org.segmentser.tables.Scored;
import org.segmentser.tables.Scored.ScoredSection;
import org.segmentser.tables.Scored.ScoredSegment;

class RescoringTest {
  private static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");
  private static final RunColumns COLUMNS =
      new RunColumns(Set.of(Kind.EMOTIONS), LABELS, List.of());

  @TempDir static Path dir;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void partsEndWhereSegmentsDoNotFollow(int batchSize) {
    Voice second = new Voice(1, "customer");
    List<EmbeddedSegment> items =
        List.of(
            item("a", Voice.MIX, 2),
            item("a", Voice.MIX, 3),
            item("a", Voice.MIX, 0),
            item("b", Voice.MIX, 1),
            item("b", second, 2),
            silent("b", second, 3),
            item("b", second, 4),
            item("c", second, 5));
    List<Scored> scored = new ArrayList<>();
    try (SegmentModel model =
        TestModels.mini(dir.resolve("m" + batchSize), LABELS).load(ModelRuntime.of(1))) {
      new Rescoring(items.iterator(), model, COLUMNS, batchSize).forEachRemaining(scored::add);
    }
    List<String> order =
        scored.stream()
            .map(
                each ->
                    each instanceof ScoredSection part
                        ? part.clip().id()
                            + part.section()
                            + "+"
                            + part.segments()
                            + " of which "
                            + part.tally().segments()
                        : each.clip().id() + ((ScoredSegment) each).segment().index())
            .toList();
    assertThat(order)
        .containsExactly(
            "a2",
            "a3",
            "a2+2 of which 2",
            "a0",
            "a0+1 of which 1",
            "b1",
            "b1+1 of which 1",
            "b2",
            "b3",
            "b4",
            "b2+3 of which 2",
            "c5",
            "c5+1 of which 1");
    assertThat(scored)
        .filteredOn(ScoredSegment.class::isInstance)
        .allMatch(
            each -> {
              ScoredSegment segment = (ScoredSegment) each;
              return (segment.emotion() == null) == (segment.segment().speech() == 0)
                  && segment.embedding() == null;
            });
  }

  @Test
  void ofNothingComesNothing() {
    try (SegmentModel model = TestModels.mini(dir.resolve("m"), LABELS).load(ModelRuntime.of(1))) {
      assertThat(new Rescoring(List.<EmbeddedSegment>of().iterator(), model, COLUMNS, 2))
          .isExhausted();
    }
  }

  private static EmbeddedSegment item(String clip, Voice voice, int index) {
    float[] embedding = new float[128];
    embedding[index] = 1;
    return new EmbeddedSegment(
        Clip.ofFile(clip, "file:/" + clip, null, null), voice, segment(index, 1), embedding);
  }

  private static EmbeddedSegment silent(String clip, Voice voice, int index) {
    return new EmbeddedSegment(
        Clip.ofFile(clip, "file:/" + clip, null, null), voice, segment(index, 0), null);
  }

  private static Segment segment(int index, float speech) {
    return new Segment(index, index * 0.96, (index + 1) * 0.96, -20, speech, null);
  }
}
