package org.segmentser.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.VggishArchitecture.Fc2;

/**
 * The checkpoint that integration tests import: a very narrow VGGish with a head, of formula
 * weights. Where the committed files are not what the formula gives, the right ones are left in
 * {@code job/target/untrained-checkpoint}.
 */
class UntrainedCheckpointTest {
  @Test
  void isWhatTheFormulaGives() throws IOException {
    Path committed =
        Path.of(System.getProperty("segmentser.root"), "job/src/test/resources/checkpoint");
    Path made = Files.createDirectories(Path.of("target/untrained-checkpoint").toAbsolutePath());
    TestCheckpoints.write(
        made.resolve("untrained.ckpt"),
        new VggishArchitecture(List.of(4, 8, 8, 8, 16, 16), List.of(32, 32), 128, Fc2.RELU),
        new Head(100, List.of("angry", "happy", "sad", "neutral")));
    for (String file : List.of("untrained.ckpt.index", "untrained.ckpt.data-00000-of-00001")) {
      assertThat(committed.resolve(file)).hasSameBinaryContentAs(made.resolve(file));
    }
  }
}
