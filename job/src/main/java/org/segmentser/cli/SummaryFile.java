package org.segmentser.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.ExitCode;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.score.RunRequest;
import org.segmentser.score.RunSummary;
import org.segmentser.segment.Status;
import org.segmentser.tables.Drift;

/** What a command did, whether it came to its end or not, as a line of JSON for programs. */
final class SummaryFile {
  private static final String STDOUT = "-";

  private final String target;
  private final String command;
  private final RunRequest.Target to;
  private final List<RunSummary> runs = new ArrayList<>();
  private long known;
  private String settingsId;

  /**
   * A summary of nothing yet.
   *
   * @param target where to; {@code -} for stdout, null for nowhere
   * @param command the command line
   * @param to where runs go
   */
  SummaryFile(String target, String command, RunRequest.Target to) {
    this.target = target;
    this.command = command;
    this.to = to;
  }

  /** Notes how many clips had an outcome already. */
  void known(long clips) {
    known = clips;
  }

  /** Notes the settings of all runs; not where they have several. */
  void settings(String id) {
    settingsId = id;
  }

  /** Notes a run that is published. */
  void add(RunSummary run) {
    runs.add(run);
  }

  /** The runs that are published so far. */
  List<RunSummary> runs() {
    return runs;
  }

  /** Where people read what the command did. */
  PrintStream words() {
    return STDOUT.equals(target) ? System.err : System.out;
  }

  /**
   * Proves that it can be written, before hours of work.
   *
   * @throws UserError if not
   */
  void check(Configuration conf) {
    if (target != null && !target.equals(STDOUT)) {
      write("", conf);
    }
  }

  /**
   * Writes it.
   *
   * @param exitCode that the command ends with
   * @throws UserError if it cannot be written
   */
  void write(int exitCode, Configuration conf) throws IOException {
    if (target == null) {
      return;
    }
    String line = new JsonMapper().writeValueAsString(facts(exitCode)) + "\n";
    if (target.equals(STDOUT)) {
      System.out.print(line);
      System.out.flush();
    } else {
      write(line, conf);
    }
  }

  private void write(String line, Configuration conf) {
    try {
      Path path = new Path(target);
      FileSystem fs = FileSystems.of(path, conf);
      if (FileSystems.isLocal(fs)) {
        // Hadoop would put a file of checksums beside it.
        Files.writeString(FileSystems.local(fs.makeQualified(path)), line);
      } else {
        try (OutputStream out = fs.create(path, true)) {
          out.write(line.getBytes(UTF_8));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.unwritable("the --summary " + target, e);
    }
  }

  private Map<String, Object> facts(int exitCode) {
    Map<String, Object> clips = new LinkedHashMap<>();
    clips.put("total", runs.stream().mapToLong(run -> run.clips().total()).sum());
    for (Status status : Status.values()) {
      clips.put(
          status.label(), runs.stream().mapToLong(run -> run.clips().byStatus().get(status)).sum());
    }
    clips.put("known", known);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("status", status(exitCode));
    facts.put("exit_code", exitCode);
    facts.put("command", command);
    facts.put("output", to.output().toString());
    facts.put("run_date", to.runDate().toString());
    facts.put("runs", runs.stream().map(RunSummary::runId).toList());
    facts.put("model_id", runs.isEmpty() ? null : runs.get(0).modelId());
    facts.put("settings_id", settingsId);
    facts.put("clips", clips);
    facts.put("segments", runs.stream().mapToLong(run -> run.scored().segments()).sum());
    facts.put("abstained", runs.stream().mapToLong(run -> run.scored().abstained()).sum());
    facts.put("drift", runs.stream().map(SummaryFile::drift).toList());
    facts.put("audio_s", runs.stream().mapToDouble(run -> run.scored().audioS()).sum());
    facts.put("wall_s", runs.stream().mapToDouble(run -> run.scored().wallS()).sum());
    return facts;
  }

  /** With the fields that the table has. */
  private static Map<String, Object> drift(RunSummary run) {
    Drift drift = run.scored().drift();
    if (drift == null) {
      return null;
    }
    Drift.Distance distance = drift.distance();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("median_distance", distance == null ? null : distance.median());
    facts.put("usual_distance", distance == null ? null : distance.usual());
    facts.put("far_share", distance == null ? null : distance.farShare());
    facts.put("unlike", distance == null ? null : distance.unlike());
    facts.put("emotion", drift.emotion());
    facts.put("emotion_share", drift.emotionShare());
    facts.put("one_sided", drift.oneSided());
    return facts;
  }

  private String status(int exitCode) {
    return switch (exitCode) {
      case ExitCode.DONE -> runs.isEmpty() ? "nothing new" : "done";
      case ExitCode.REJECTS -> "rejects";
      case ExitCode.BUSY -> "in use";
      case ExitCode.INTERRUPTED, ExitCode.TERMINATED -> "stopped";
      default -> "failed";
    };
  }
}
