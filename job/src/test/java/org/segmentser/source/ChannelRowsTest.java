package org.segmentser.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;
import org.segmentser.TestSpark;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;

class ChannelRowsTest {
  @Test
  void eachRowIsLookedUpOnce() {
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
    LongAccumulator looked = context.sc().longAccumulator();
    JavaRDD<Listed> rows =
        context
            .parallelize(IntStream.rangeClosed(1, 12).boxed().toList(), 3)
            .map(
                number -> {
                  looked.add(1);
                  return row(number);
                });
    List<Listed> merged = ChannelRows.merge(rows, Channels.MIX).collect();
    assertThat(merged)
        .filteredOn(listed -> listed.problem() != null)
        .extracting(listed -> listed.origin().row(), Listed::problem)
        .containsExactlyInAnyOrder(
            tuple(3L, "has no uri"),
            tuple(6L, "has no uri"),
            tuple(9L, "has no uri"),
            tuple(12L, "has no uri"));
    assertThat(merged)
        .filteredOn(listed -> listed.clip() != null)
        .hasSize(4)
        .allSatisfy(listed -> assertThat(listed.clip().channels().only()).containsExactly(0, 1));
    assertThat(looked.value()).isEqualTo(12);
  }

  /** Two channels of a file, then a row without one. */
  private static Listed row(int number) {
    Listed.Origin origin = new Listed.Origin("the manifest", number);
    if (number % 3 == 0) {
      return Listed.wrong(origin, "has no uri");
    }
    String id = "c" + (number - 1) / 3;
    Channels channel = Channels.one(number % 3 - 1, null);
    AudioLocation file = AudioLocation.ofFile(id + ".wav", 10L);
    return Listed.of(new Clip(id, file, 0L, null, null, null, channel, List.of()), origin);
  }
}
