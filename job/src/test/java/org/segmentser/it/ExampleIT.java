package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The first thing that a reader of the README runs. */
class ExampleIT {
  @Test
  void theExampleShowsMostlyTheEmotionsThatWereActed() {
    String program = Launcher.ROOT.resolve("examples/run").toString();
    try (Child run = Child.start("example", List.of(program), Map.of(), null)) {
      Child.Result result = run.await(Duration.ofMinutes(5));
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .contains("proves nothing about its accuracy")
          .contains("clips     9: 8 scored, 1 undecodable");
      int right = 0;
      for (String emotion : List.of("angry", "happy", "neutral", "sad")) {
        List<String> clips =
            result
                .stdout()
                .lines()
                .filter(line -> line.matches("\\|" + emotion + "_\\w+\\.\\w+ *\\|scored .*"))
                .toList();
        assertThat(clips).hasSize(2);
        for (String clip : clips) {
          right += clip.matches(".*\\|" + emotion + " *\\|.*") ? 1 : 0;
        }
      }
      assertThat(right).as(result.stdout()).isGreaterThanOrEqualTo(6);
      assertThat(result.stdout())
          .containsPattern("\\|not_audio.wav +\\|undecodable\\|")
          .contains("clips     1 in 2 channels: 2 scored")
          .containsPattern("\\|customer\\|[^\n]*angry\\]");
    }
  }
}
