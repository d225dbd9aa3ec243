package org.segmentser.tables;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.segmentser.Claim;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.tables.Leftovers.Entry;
import org.segmentser.tables.Maintenance.Action;
import org.segmentser.tables.Maintenance.Settings;
import org.segmentser.tables.Maintenance.Step;
import org.segmentser.tables.OutputTables.Partition;

/**
 * Keeps tables of a catalog in good order: removes the rows of runs that died between their
 * commits, and leaves files and snapshots to the procedures of the tables' own format.
 */
final class CatalogMaintenance {
  private final CatalogTables tables;
  private final Leftovers leftovers;
  private final Settings settings;
  private final JobNames jobs;
  private final Consumer<Step> told;

  CatalogMaintenance(
      CatalogTables tables,
      Leftovers leftovers,
      Settings settings,
      JobNames jobs,
      Consumer<Step> told) {
    this.tables = tables;
    this.leftovers = leftovers;
    this.settings = settings;
    this.jobs = jobs;
    this.told = told;
  }

  /**
   * Does what there is to do.
   *
   * @param claimed claims of dead processes, by run
   */
  void run(Map<String, Entry> claimed) throws IOException {
    jobs.next("maintain: rows of runs that died");
    Set<String> complete =
        tables.runs().select("run_id").collectAsList().stream()
            .map(run -> run.getString(0))
            .collect(Collectors.toSet());
    Set<String> strays =
        tables.partitions().stream()
            .map(Partition::runId)
            .filter(run -> !complete.contains(run))
            .collect(Collectors.toCollection(TreeSet::new));
    strays.addAll(claimed.keySet());
    for (String runId : strays) {
      drop(runId, complete.contains(runId));
    }
    for (String table : tables.names()) {
      if (settings.mergeBelow() > 0) {
        jobs.next("maintain: files of " + table);
        compact(table);
      }
      if (settings.expiryDays() != null) {
        jobs.next("maintain: old snapshots of " + table);
        expire(table);
      }
    }
  }

  /**
   * A run that is being published holds its claim, so rows of one without are those of the dead.
   */
  private void drop(String runId, boolean isComplete) throws IOException {
    String what = isComplete ? "the claim of the run " + runId : "run " + runId + ", in part";
    String why = isComplete ? "its process died" : "it died between its commits";
    if (settings.isDryRun()) {
      boolean isLive = leftovers.live(runId).isPresent();
      tell(
          isLive ? Action.KEPT : Action.REMOVED,
          what,
          isLive ? "an execution is at this run" : why,
          0,
          0);
      return;
    }
    Optional<Claim> claim = leftovers.seize(runId);
    if (claim.isEmpty()) {
      tell(Action.KEPT, what, "an execution is at this run", 0, 0);
      return;
    }
    Claim held = claim.get();
    try (held) {
      if (!tables.isComplete(runId)) {
        tables.removeRows(runId);
      }
      tell(Action.REMOVED, what, why, 0, 0);
    }
  }

  private void compact(String table) {
    String name = tables + "." + table;
    Optional<String> procedure = tables.compaction(table);
    if (procedure.isEmpty()) {
      tell(Action.KEPT, name, "its format has no procedure that merges files", 0, 0);
    } else if (settings.isDryRun()) {
      tell(Action.MERGED, name, "if need be, by " + procedure.get(), 0, 0);
    } else {
      Row done = call(procedure.get()).get(0);
      // Iceberg tells of two numbers first, Delta of a path and a structure of numbers.
      Row counts = done.get(1) instanceof Row metrics ? metrics : done;
      boolean isDelta = counts != done;
      long removed = ((Number) counts.get(isDelta ? 1 : 0)).longValue();
      long added = ((Number) counts.get(isDelta ? 0 : 1)).longValue();
      if (removed > 0) {
        String how = removed + " files to " + added + ", by " + procedure.get();
        tell(Action.MERGED, name, how, (int) removed, (int) added);
      }
    }
  }

  private void expire(String table) {
    String name = tables + "." + table;
    Optional<String> procedure = tables.expiry(table, settings.expiryDays());
    if (procedure.isEmpty()) {
      tell(Action.KEPT, name, "its format has no procedure that removes old snapshots", 0, 0);
    } else if (settings.isDryRun()) {
      tell(Action.EXPIRED, name, "old snapshots, by " + procedure.get(), 0, 0);
    } else {
      call(procedure.get());
      tell(Action.EXPIRED, name, "old snapshots, by " + procedure.get(), 0, 0);
    }
  }

  private List<Row> call(String procedure) {
    try {
      return tables.spark().sql(procedure).collectAsList();
    } catch (Exception e) {
      throw UserError.input(procedure + " failed: " + UserError.reason(UserError.rootOf(e)));
    }
  }

  private void tell(Action action, String what, String why, int files, int written) {
    told.accept(new Step(action, what, why, files, 0, written));
  }
}
