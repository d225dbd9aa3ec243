package org.segmentser.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.segmentser.UserError;
import org.segmentser.score.RunSummary;
import org.segmentser.segment.Status;

/**
 * How much of a command's clips may be lost before it ends with an exit code of its own.
 *
 * @param ratio of all clips that are rejected, 0 to 1
 * @param byStatus of all outcomes, those that have the status, 0 to 1
 */
record RejectLimits(double ratio, Map<Status, Double> byStatus) {
  static final String OPTION = "--max-reject-ratio";
  private static final double DEFAULT_RATIO = 0.5;

  /**
   * Reads words such as {@code 0.02} and {@code unreadable=0}, each at most once.
   *
   * @throws UserError if one is neither
   */
  static RejectLimits of(List<String> words) {
    Double ratio = null;
    Map<Status, Double> byStatus = new EnumMap<>(Status.class);
    for (String word : words) {
      int equals = word.indexOf('=');
      double limit = limit(word, word.substring(equals + 1));
      Double before = equals < 0 ? ratio : byStatus.put(status(word, equals), limit);
      if (before != null) {
        throw UserError.usage(
            OPTION
                + (equals < 0
                    ? " has two shares of all clips: "
                    : " has two shares for " + word.substring(0, equals).strip() + ": ")
                + before
                + " and "
                + limit);
      }
      ratio = equals < 0 ? (Double) limit : ratio;
    }
    return new RejectLimits(ratio == null ? DEFAULT_RATIO : ratio, byStatus);
  }

  private static double limit(String word, String number) {
    try {
      double limit = Double.parseDouble(number.strip());
      if (limit >= 0 && limit <= 1) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw UserError.usage(
        OPTION + " is '" + word + "'; it must be between 0 and 1, or STATUS=0..1");
  }

  private static Status status(String word, int equals) {
    try {
      Status status = Status.of(word.substring(0, equals).strip());
      if (status != Status.SCORED) {
        return status;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw UserError.usage(
        OPTION
            + " is '"
            + word
            + "'; the statuses are "
            + Arrays.stream(Status.values())
                .filter(status -> status != Status.SCORED)
                .map(Status::label)
                .collect(Collectors.joining(", ")));
  }

  /** What runs exceed together, a line each. */
  List<String> exceeded(List<RunSummary> runs) {
    List<String> lines = new ArrayList<>();
    long rejected = runs.stream().mapToLong(run -> run.clips().rejected()).sum();
    long total = runs.stream().mapToLong(run -> run.clips().total()).sum();
    if ((double) rejected / total > ratio) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%d of %d clips could not be scored, more than %s %s allows",
              rejected,
              total,
              OPTION,
              ratio));
    }
    long outcomes = runs.stream().mapToLong(run -> run.clips().outcomes()).sum();
    byStatus.forEach(
        (status, limit) -> {
          long count = runs.stream().mapToLong(run -> run.clips().byStatus().get(status)).sum();
          if ((double) count / outcomes > limit) {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%d of %d outcomes are %s, more than %s %s=%s allows",
                    count,
                    outcomes,
                    status.label(),
                    OPTION,
                    status.label(),
                    limit));
          }
        });
    return lines;
  }
}
