package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.model.ModelSpec;
import org.segmentser.train.TrainingRequest.Target;

class TrainingRequestTest {
  @TempDir Path dir;

  @Test
  void theCardIsReadAtOnce() throws IOException {
    Path card = Files.writeString(dir.resolve("card.md"), "# A model");
    Target target = Target.of("out", "name", card);
    Files.delete(card);
    assertThat(target.card()).asString().isEqualTo("# A model");
    assertThat(Target.of("out", "name", null).card()).isNull();
  }

  @Test
  void aCardThatCannotBeReadOrIsTooLongIsRefused() throws IOException {
    assertRefused(dir.resolve("none.md"), " cannot be read: no such file or directory");
    Path longest = Files.write(dir.resolve("longest"), new byte[ModelSpec.MAX_CARD_BYTES]);
    assertThat(Target.of("out", "name", longest).card()).hasSize(ModelSpec.MAX_CARD_BYTES);
    Path longer = Files.write(dir.resolve("longer"), new byte[ModelSpec.MAX_CARD_BYTES + 1]);
    assertRefused(longer, " has more than 1,048,576 bytes");
  }

  private static void assertRefused(Path card, String told) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> Target.of("out", "name", card))
        .withMessage("the card " + card + told)
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT));
  }
}
