package org.segmentser.tables;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.unix_millis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;

/** How much of an archive an output has outcomes of. */
public final class Coverage {
  private static final String[] ID = {"clip_id"};

  private Coverage() {}

  /**
   * Compares an output with an archive. The listing is staged below the output for as long as that
   * takes.
   *
   * @param channels that are listened to
   * @param told is given each check as soon as it is made
   * @throws UserError if the archive cannot be listed, or the output be read or staged in
   */
  public static void prove(
      SparkSession spark,
      Destination output,
      Inputs archive,
      Channels channels,
      Consumer<Check> told) {
    try (JobNames jobs = new JobNames(spark)) {
      OutputTables tables = OutputTables.open(spark, output);
      try (HeldStaging staging = HeldStaging.begin(tables, "verify")) {
        Corpus corpus =
            CorpusListing.list(
                spark,
                archive,
                ClipSettings.of(Segmentation.DEFAULT).withChannels(channels),
                // Nobody looks into recordings for how long they are.
                Double.POSITIVE_INFINITY,
                staging.directory().path("listing").toString());
        Dataset<Row> contents = corpus.contents();
        jobs.next("verify: the archive");
        Optional<Dataset<Row>> forgotten = tables.forgottenIds();
        Dataset<Row> clips =
            tables
                .clips()
                .join(
                    broadcast(tables.runs().select("run_date", "run_id")),
                    new String[] {"run_date", "run_id"},
                    "left_semi");
        told.accept(archive(contents, corpus.totals().clips(), clips, forgotten));
        told.accept(vanished(contents, clips));
      }
    } catch (Exception e) {
      throw OutputTables.unreadable(output, e);
    }
  }

  /** Each of all clips has an outcome for what it holds now, by any model and settings. */
  private static Check archive(
      Dataset<Row> contents, long all, Dataset<Row> clips, Optional<Dataset<Row>> forgotten) {
    Dataset<Row> wanted =
        forgotten.map(ids -> contents.join(ids, ID, "left_anti")).orElse(contents);
    Dataset<Row> missing = wanted.alias("now").join(clips.alias("then"), isSame(), "left_anti");
    long missingClips = missing.count();
    if (missingClips > 0) {
      return Check.fails("archive", missing(missing, missingClips, clips));
    }
    long left = forgotten.isPresent() ? wanted.count() : all;
    return left == all
        ? Check.holds("archive", "all %,d clips have an outcome for what they hold now", all)
        : Check.holds(
            "archive",
            "%,d clips have an outcome for what they hold now, %,d are forgotten",
            left,
            all - left);
  }

  private static List<String> missing(Dataset<Row> missing, long missingClips, Dataset<Row> clips) {
    Dataset<Row> known = clips.select("clip_id").distinct();
    Dataset<Row> changed = missing.join(known, ID, "left_semi");
    long changedClips = changed.count();
    long newClips = missingClips - changedClips;
    List<String> faults = new ArrayList<>();
    if (newClips > 0) {
      Dataset<Row> isNew = missing.join(known, ID, "left_anti");
      faults.add(Check.counted("clips without an outcome", newClips, isNew, "clip_id"));
    }
    if (changedClips > 0) {
      String what = "clips that changed after their outcome";
      faults.add(Check.counted(what, changedClips, changed, "clip_id"));
    }
    return faults;
  }

  private static Column isSame() {
    return col("now.clip_id")
        .equalTo(col("then.clip_id"))
        .and(col("now.modified").eqNullSafe(unix_millis(col("then.modified"))))
        .and(col("now.start_s").eqNullSafe(col("then.start_s")))
        .and(col("now.end_s").eqNullSafe(col("then.end_s")))
        .and(col("now.is_row").or(col("now.bytes").eqNullSafe(col("then.bytes"))));
  }

  private static Check vanished(Dataset<Row> contents, Dataset<Row> clips) {
    long vanished = clips.select("clip_id").distinct().join(contents, ID, "left_anti").count();
    return Check.told(
        "vanished", vanished > 0, "%,d clips of the output are not in the archive", vanished);
  }
}
