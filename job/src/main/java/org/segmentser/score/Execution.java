package org.segmentser.score;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Lease;
import org.segmentser.UserError;
import org.segmentser.tables.RunOutput;
import scala.Option;

/**
 * What a command has of the session and of the output while it makes runs: the group of its jobs,
 * what it has staged, and the right to do its work. Closing it gives them back.
 */
final class Execution implements AutoCloseable {
  /** For which tasks that were told to end are waited for at most. */
  private static final Duration TASKS_END = Duration.ofSeconds(30);

  /** Counts of tasks in a row that must find none. */
  private static final int IDLE_COUNTS = 10;

  private final SparkSession spark;
  private final RunRequest.Target target;

  /** The right to do this work; null where nobody else's matters. */
  private final Lease lease;

  private final RunOutput first;

  /** What the session knows of earlier executions of the same run. */
  private final Set<Integer> earlierJobs;

  /** That of the run that is being made; null where no run was begun. */
  private RunOutput current;

  private boolean hasFailed;

  private Execution(SparkSession spark, RunRequest.Target target, Lease lease, RunOutput first) {
    this.spark = spark;
    this.target = target;
    this.lease = lease;
    this.first = first;
    this.earlierJobs = jobs().boxed().collect(Collectors.toSet());
  }

  /** Makes runs. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /**
   * Opens the output.
   *
   * @param workId names the work of an incremental command, whose runs have the first free ones of
   *     the names that begin with the target's; null for other commands
   * @throws UserError if the output cannot be used, or another process does the same work
   */
  static Execution begin(SparkSession spark, RunRequest.Target target, String workId) {
    if (workId == null) {
      return new Execution(spark, target, null, begin(spark, target, false));
    }
    Lease lease =
        RunOutput.lease(target.output().output(), workId, spark.sessionState().newHadoopConf());
    Execution execution = null;
    try {
      execution = new Execution(spark, target, lease, begin(spark, target, true));
      return execution;
    } finally {
      if (execution == null) {
        lease.close();
      }
    }
  }

  private static RunOutput begin(
      SparkSession spark, RunRequest.Target target, boolean isOneOfMany) {
    if (!isOneOfMany) {
      return output(spark, target, target.runId());
    }
    while (true) {
      RunOutput output =
          output(spark, target, RunOutput.freeId(spark, target.output(), target.runId()));
      boolean isOurs = false;
      try {
        isOurs = !output.isMadeElsewhere();
      } finally {
        if (!isOurs) {
          output.close();
        }
      }
      if (isOurs) {
        return output;
      }
    }
  }

  private static RunOutput output(SparkSession spark, RunRequest.Target target, String runId) {
    return RunOutput.begin(spark, target.output(), runId, target.runDate(), target.overwrite());
  }

  /** Where a listing is staged; it stays there until this is closed. */
  String staged(String name) {
    return first.staged(name);
  }

  /** What other executions left staged in the output, as one line for the user. */
  Optional<String> leftovers() {
    return first.leftovers();
  }

  /** That must still be held when a run is published; null for none. */
  Lease lease() {
    return lease;
  }

  /** The output of the next run; that of the run before is closed. */
  RunOutput next() {
    if (current == null) {
      current = first;
      return first;
    }
    if (current != first) {
      current.close();
    }
    current = begin(spark, target, true);
    return current;
  }

  /**
   * Finds out what there is to do; if that fails, this is closed.
   *
   * @throws UserError if a disk is full or the storage fails, or as the listing does
   */
  <T> T list(Supplier<T> listing) {
    hasFailed = true;
    try {
      T listed = inGroup("list", listing);
      hasFailed = false;
      return listed;
    } catch (Exception e) {
      Optional<UserError> fault =
          e instanceof UserError ? Optional.empty() : fault(e, "finished runs, if any, are kept");
      if (fault.isPresent()) {
        throw fault.get();
      }
      throw e;
    } finally {
      if (hasFailed) {
        close();
      }
    }
  }

  private Optional<UserError> fault(Exception e, String kept) {
    return RunFaults.of(e, target.output().output(), kept, spark.sparkContext().getConf());
  }

  /** Does something in jobs that {@link PreparedRun#cancel} ends. */
  <T> T inGroup(String what, Supplier<T> work) {
    spark.sparkContext().setJobGroup(target.runId(), what, false);
    try {
      return work.get();
    } finally {
      spark.sparkContext().clearJobGroup();
    }
  }

  /**
   * Makes runs, in jobs that {@link PreparedRun#cancel} ends.
   *
   * @param kept what a message says is kept if that fails
   * @throws UserError if a disk is full or the storage fails
   */
  void run(String kept, Work work) throws IOException {
    spark.sparkContext().setJobGroup(target.runId(), "score", false);
    try {
      work.run();
    } catch (Exception e) {
      hasFailed = true;
      Optional<UserError> fault = fault(e, kept);
      if (fault.isPresent()) {
        throw fault.get();
      }
      // Spark's own exceptions are checked, which its Java signatures do not say.
      throw e;
    } finally {
      spark.sparkContext().clearJobGroup();
    }
  }

  /** Waits for what still writes, and removes what is staged; never fails. */
  @Override
  public void close() {
    if (hasFailed) {
      awaitTasks();
    }
    if (current != null && current != first) {
      current.close();
    }
    first.close();
    if (lease != null) {
      lease.close();
    }
  }

  /**
   * Tasks outlive a job that failed, and would make again what is removed under them. Spark counts
   * them a little late, so there must be none for a while.
   */
  private void awaitTasks() {
    long deadline = System.nanoTime() + TASKS_END.toNanos();
    try {
      for (int idle = 0; idle < IDLE_COUNTS && System.nanoTime() < deadline; ) {
        idle = activeTasks() == 0 ? idle + 1 : 0;
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int activeTasks() {
    SparkStatusTracker tracker = spark.sparkContext().statusTracker();
    return jobs()
        .filter(job -> !earlierJobs.contains(job))
        .mapToObj(tracker::getJobInfo)
        .filter(Option::isDefined)
        .flatMapToInt(job -> Arrays.stream(job.get().stageIds()))
        .mapToObj(tracker::getStageInfo)
        .filter(Option::isDefined)
        .mapToInt(stage -> stage.get().numActiveTasks())
        .sum();
  }

  private IntStream jobs() {
    return Arrays.stream(spark.sparkContext().statusTracker().getJobIdsForGroup(target.runId()));
  }
}
