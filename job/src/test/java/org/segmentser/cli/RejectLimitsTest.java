package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.score.RunSummary;
import org.segmentser.segment.Status;

class RejectLimitsTest {
  @Test
  void halfOfTheClipsMayBeLostUnlessSaidOtherwise() {
    assertThat(limits().exceeded(List.of(run(4, Status.UNREADABLE, 2)))).isEmpty();
    assertThat(limits().exceeded(List.of(run(4, Status.UNREADABLE, 3))))
        .containsExactly(
            "3 of 4 clips could not be scored, more than --max-reject-ratio 0.5 allows");
    assertThat(limits("unreadable=0.9").exceeded(List.of(run(4, Status.UNREADABLE, 3))))
        .as("the limit of all clips is as before")
        .hasSize(1);
    assertThat(limits("0").exceeded(List.of())).as("nothing was read").isEmpty();
  }

  @Test
  void aStatusMayHaveALimitOfItsOwn() {
    RejectLimits limits = limits("1", "unreadable=0", " no_speech = 0.25 ");
    assertThat(limits.exceeded(List.of(run(4, Status.UNDECODABLE, 4)))).isEmpty();
    assertThat(limits.exceeded(List.of(run(4, Status.NO_SPEECH, 1)))).isEmpty();
    assertThat(limits.exceeded(List.of(run(4, Status.NO_SPEECH, 2))))
        .containsExactly(
            "2 of 4 outcomes are no_speech, more than --max-reject-ratio no_speech=0.25 allows");
    assertThat(limits.exceeded(List.of(run(9, Status.UNREADABLE, 1), run(2, Status.NO_SPEECH, 2))))
        .as("batches count together")
        .containsExactly(
            "1 of 11 outcomes are unreadable, more than --max-reject-ratio unreadable=0.0 allows");
  }

  @Test
  void aShareThatIsMetExactlyIsAllowed() {
    // 0.29 * 100 is less than 29 in doubles.
    assertThat(limits("0.29").exceeded(List.of(run(100, Status.UNREADABLE, 29)))).isEmpty();
    assertThat(limits("0.29").exceeded(List.of(run(100, Status.UNREADABLE, 30)))).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1.5 | is '1.5'; it must be between 0 and 1, or STATUS=0..1
          half | is 'half'; it must be between 0 and 1, or STATUS=0..1
          unreadable= | is 'unreadable='; it must be between 0 and 1, or STATUS=0..1
          unreadable=NaN | is 'unreadable=NaN'; it must be between 0 and 1, or STATUS=0..1
          broken=0 | is 'broken=0'; the statuses are too_short, undecodable, unreadable, timed_out, too_long, wrong_channels, no_speech
          scored=0 | is 'scored=0'; the statuses are too_short, undecodable, unreadable, timed_out, too_long, wrong_channels, no_speech
          0,0.1 | has two shares of all clips: 0.0 and 0.1
          too_long=0,too_long=1 | has two shares for too_long: 0.0 and 1.0
          """)
  void mistakesAreTold(String words, String message) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> limits(words.split(",", -1)))
        .withMessage("--max-reject-ratio " + message)
        .satisfies(error -> assertThat(error.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  private static RejectLimits limits(String... words) {
    return RejectLimits.of(Arrays.asList(words));
  }

  /** A run of which some clips have a status, and all others are scored. */
  private static RunSummary run(long total, Status status, long count) {
    Map<Status, Long> byStatus = new EnumMap<>(Status.class);
    for (Status each : Status.values()) {
      byStatus.put(each, 0L);
    }
    byStatus.put(Status.SCORED, total - count);
    byStatus.put(status, count);
    return new RunSummary(
        "r",
        "m",
        new RunSummary.Clips(
            total, status.isReject() ? count : 0, byStatus, 0, new TreeMap<>(), List.of()),
        new RunSummary.ScoredAudio(0, 0, null, 0, List.of(), 0, null),
        new RunSummary.Passes(total, total, total),
        "out",
        List.of());
  }
}
