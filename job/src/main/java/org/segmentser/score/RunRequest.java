package org.segmentser.score;

import java.time.LocalDate;
import java.util.List;
import org.segmentser.flow.ScoreSettings;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Manifest;

/**
 * What a run was asked to do.
 *
 * @param command the command line, for the table of runs
 * @param inputs URIs of files, directories and globs; empty where a manifest is given
 * @param manifest what names the clips; null where inputs are given
 * @param output URI below which the tables are
 * @param runId names the run; letters, digits, {@code . _ -}
 * @param runDate the day that the run belongs to
 * @param overwrite whether a run of the same name is replaced
 * @param clips how clips are read
 * @param score what is computed
 */
public record RunRequest(
    String command,
    List<String> inputs,
    Manifest.Source manifest,
    String output,
    String runId,
    LocalDate runDate,
    boolean overwrite,
    ClipSettings clips,
    ScoreSettings score) {}
