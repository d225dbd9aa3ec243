package org.segmentser.cli;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;
import org.segmentser.ExitCode;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.flow.Amounts;
import org.segmentser.tables.Destination;
import org.segmentser.tables.Maintenance;
import org.segmentser.tables.Maintenance.Action;
import org.segmentser.tables.Maintenance.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "maintain",
    description =
        "Keeps an output in good order, while others read and write it: removes what dead runs left"
            + " and merges the small files of each run; with --expire-older-than also removes old"
            + " runs whose clips all have newer outcomes. With --output-tables it has the format"
            + " merge small files and, with --expire-older-than, remove old snapshots; runs do not"
            + " expire there.",
    customSynopsis = "segment-ser maintain --output URI [options]",
    footer = "  segment-ser maintain --output /data/emotions --expire-older-than 90")
final class MaintainCommand implements Callable<Integer> {
  /** Beyond any age, and small enough to reckon with. */
  private static final int MOST = 100_000;

  @Mixin private OutputOptions output;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--leftovers-older-than",
      paramLabel = "HOURS",
      defaultValue = "24",
      description =
          "what a process of another machine began counts as left by the dead when nothing was"
              + " written for so long; one of this machine is looked up (default:"
              + " ${DEFAULT-VALUE})")
  private int leftoverHours;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--expire-older-than",
      paramLabel = "DAYS",
      description =
          "remove runs whose run_date is older, if all of their clips have newer outcomes and no"
              + " incremental run would score them again (default: none)")
  private Integer expiryDays;

  @HelpGroup(Heading.RUN)
  @Option(
      names = "--merge-smaller-than",
      paramLabel = "SIZE",
      defaultValue = "32m",
      description =
          "merge a run's files that are smaller, into some of about 128m; 0 for none (default:"
              + " ${DEFAULT-VALUE})")
  private String mergeBelow;

  @HelpGroup(Heading.RUN)
  @Option(names = "--dry-run", description = "only tell what would be done; nothing is changed")
  private boolean dryRun;

  private final Map<Action, Integer> done = new EnumMap<>(Action.class);
  private long files;
  private long bytes;
  private long written;

  @Override
  public Integer call() throws Exception {
    Maintenance.Settings settings = settings();
    Destination tables = output.destination();
    try (SparkSession spark = Sessions.start(Main.NAME + " maintain")) {
      System.out.println(
          dryRun ? "dry run, nothing is changed: maintain " + tables : "maintain " + tables);
      Maintenance.of(spark, tables, settings, this::tell);
    }
    if (done.keySet().stream().allMatch(action -> action == Action.KEPT)) {
      System.out.println("nothing to do");
    } else {
      System.out.println(
          (dryRun ? "would be done: " : "done: ") + (tables.isCatalog() ? ofCatalog() : ofFiles()));
    }
    return ExitCode.DONE;
  }

  private String ofFiles() {
    return String.format(
        Locale.ROOT,
        "%,d files %s, %,d %s in their place; %s less",
        files,
        dryRun ? "to remove" : "removed",
        written,
        dryRun ? "to write" : "written",
        Amounts.bytes(bytes));
  }

  /** What became of the files is for their format to know. */
  private String ofCatalog() {
    return done.entrySet().stream()
        .filter(step -> step.getKey() != Action.KEPT)
        .map(
            step ->
                String.format(
                    Locale.ROOT,
                    dryRun ? "%,d to %s" : "%,d %s",
                    step.getValue(),
                    label(step.getKey())))
        .collect(Collectors.joining(", "));
  }

  private Maintenance.Settings settings() {
    if (leftoverHours < 1 || leftoverHours > MOST) {
      throw UserError.usage(
          "--leftovers-older-than is " + leftoverHours + "; it must be 1 hour to " + MOST);
    }
    if (expiryDays != null && (expiryDays < 1 || expiryDays > MOST)) {
      throw UserError.usage(
          "--expire-older-than is " + expiryDays + "; it must be 1 day to " + MOST);
    }
    return new Maintenance.Settings(
        Duration.ofHours(leftoverHours), expiryDays, mergeBelow(), dryRun);
  }

  private long mergeBelow() {
    try {
      long size = JavaUtils.byteStringAsBytes(mergeBelow);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      // It is told below.
    }
    throw UserError.usage(
        "--merge-smaller-than is '" + mergeBelow + "'; it must be a size such as 32m, or 0");
  }

  private void tell(Step step) {
    done.merge(step.action(), 1, Integer::sum);
    files += step.files();
    bytes += step.bytes();
    written += step.written();
    System.out.printf(
        Locale.ROOT,
        "  %-7s  %s: %s%s%n",
        label(step.action()),
        step.what(),
        step.why(),
        step.files() == 0 || step.written() > 0
            ? ""
            : String.format(
                Locale.ROOT,
                " (%,d %s, %s)",
                step.files(),
                step.files() == 1 ? "file" : "files",
                Amounts.bytes(step.bytes())));
  }

  private String label(Action action) {
    return switch (action) {
      case REMOVED -> dryRun ? "remove" : "removed";
      case EXPIRED -> dryRun ? "expire" : "expired";
      case MERGED -> dryRun ? "merge" : "merged";
      case KEPT -> dryRun ? "keep" : "kept";
    };
  }
}
