package org.segmentser.cli;

import org.segmentser.ExitCode;

/**
 * What {@code submit/class-archive} runs to find out which classes commands load: a wrong option, a
 * small run, and queries of its tables.
 */
public final class Rehearsal {
  private Rehearsal() {}

  /**
   * Runs them all; ends the process with the exit code of the first that fails.
   *
   * @param args a directory of audio, and a new one for tables
   */
  public static void main(String[] args) {
    Main.answer("score", "--no-such-option");
    Main.answer("help", "score");
    int exitCode = Main.run("score", "--input", args[0], "--output", args[1]);
    if (exitCode == ExitCode.DONE) {
      exitCode =
          Main.run(
              "sql",
              "--output",
              args[1],
              "-e",
              "SELECT emotion, status, round(sum(duration_s), 1) FROM clips GROUP BY 1, 2 ORDER BY 1;"
                  + " SELECT uri, segment_index, scores FROM segments ORDER BY uri LIMIT 3");
    }
    Main.end(exitCode);
  }
}
