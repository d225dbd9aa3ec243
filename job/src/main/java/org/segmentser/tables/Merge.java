package org.segmentser.tables;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.SqlNames;

/**
 * Replaces small files of a run's partition of a table by fewer with the same rows. No directory
 * can change several files at one moment, so a file that is no Parquet lies among them meanwhile,
 * the journal: a reader that lists the partition before it was put there or after it is gone finds
 * each row once, and one that lists it in between, or opens a file that is gone by then, fails and
 * can be repeated. The journal says how to go on, so whoever dies leaves a partition that nobody
 * reads in part, and that {@link #finish} makes whole. Only one process may work on a run's
 * partitions at a time.
 */
final class Merge {
  /** Readers take it for a file of the table, and refuse it. */
  static final String JOURNAL = "being-merged-by-maintain.parquet";

  /** About as large as merged files are. */
  static final long TARGET_BYTES = 128L << 20;

  /** How files are called that are complete but not in the table yet: no reader takes them. */
  private static final String ASIDE = "_";

  private static final String ASIDE_END = ".merged";

  private static final String PARQUET = ".parquet";
  private static final String REMOVED = "- ";
  private static final String ADDED = "+ ";
  private static final String END = "end";

  private final SparkSession spark;
  private final FileSystem fs;
  private final long below;

  /**
   * For files of some size.
   *
   * @param below bytes from which on a file is no small one
   */
  Merge(SparkSession spark, FileSystem fs, long below) {
    this.spark = spark;
    this.fs = fs;
    this.below = below;
  }

  /** Numbers of files before and after, and what they had in bytes. */
  record Result(int from, int into, long bytesBefore, long bytesAfter) {}

  /**
   * What a merge of files would do, as far as that is known before; empty if there would not be
   * fewer.
   */
  Optional<Result> plan(List<FileStatus> files) {
    List<FileStatus> small = parquet(files, below);
    long bytes = bytes(small);
    int into = (int) Math.max(1, (bytes + TARGET_BYTES - 1) / TARGET_BYTES);
    return small.size() > into
        ? Optional.of(new Result(small.size(), into, bytes, bytes))
        : Optional.empty();
  }

  private static long bytes(List<FileStatus> files) {
    return files.stream().mapToLong(FileStatus::getLen).sum();
  }

  /**
   * Merges the small files of a partition, if there will be fewer of them.
   *
   * @param staged a directory that does not exist, on the same file system
   */
  Optional<Result> merge(Path partition, Path staged) throws IOException {
    List<FileStatus> small = parquet(all(partition), below);
    Optional<Result> plan = plan(small);
    if (plan.isEmpty()) {
      return plan;
    }
    Dataset<Row> rows = read(small.stream().map(FileStatus::getPath).toList());
    rows.coalesce(plan.get().into())
        .write()
        .option("maxRecordsPerFile", 0)
        .parquet(staged.toString());
    List<FileStatus> merged = parquet(all(staged), Long.MAX_VALUE);
    if (merged.isEmpty() || merged.size() >= small.size()) {
      return Optional.empty();
    }
    requireSameRows(rows, read(merged.stream().map(FileStatus::getPath).toList()), partition);
    replace(partition, small, merged);
    return Optional.of(new Result(small.size(), merged.size(), bytes(small), bytes(merged)));
  }

  private List<FileStatus> all(Path directory) throws IOException {
    return List.of(fs.listStatus(directory));
  }

  /** Files of the table that are shorter than so many bytes. */
  private static List<FileStatus> parquet(List<FileStatus> files, long below) {
    return files.stream()
        .filter(file -> file.getPath().getName().endsWith(PARQUET))
        .filter(file -> !file.getPath().getName().equals(JOURNAL) && file.getLen() < below)
        .toList();
  }

  private Dataset<Row> read(List<Path> files) {
    return spark
        .read()
        .option("mergeSchema", true)
        .parquet(files.stream().map(Path::toString).toArray(String[]::new));
  }

  private static void requireSameRows(Dataset<Row> before, Dataset<Row> after, Path partition)
      throws IOException {
    if (!before.schema().equals(after.schema()) || !sums(before).equals(sums(after))) {
      throw new IOException("other rows came of merging the files of " + partition);
    }
  }

  /** The number of rows and the sum of their hashes. */
  private static Row sums(Dataset<Row> rows) {
    Column[] columns = Arrays.stream(rows.columns()).map(SqlNames::named).toArray(Column[]::new);
    return rows.select(xxhash64(columns).cast("decimal(20,0)").as("hash"))
        .agg(count(lit(1)), sum(col("hash")))
        .first();
  }

  private void replace(Path partition, List<FileStatus> old, List<FileStatus> merged)
      throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("segment-ser maintain replaces files of this directory; where it died, run it again");
    for (FileStatus file : merged) {
      rename(file.getPath(), aside(partition, file.getPath().getName()));
      lines.add(ADDED + file.getPath().getName());
    }
    old.forEach(file -> lines.add(REMOVED + file.getPath().getName()));
    lines.add(END);
    try (OutputStream out = fs.create(new Path(partition, JOURNAL), false)) {
      out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }
    finish(partition);
  }

  private static Path aside(Path partition, String name) {
    return new Path(partition, ASIDE + name + ASIDE_END);
  }

  /** Whether a merge of these files of a partition has begun and not ended. */
  static boolean isUnfinished(List<FileStatus> files) {
    return files.stream()
        .map(file -> file.getPath().getName())
        .anyMatch(name -> name.equals(JOURNAL) || isAside(name));
  }

  private static boolean isAside(String name) {
    return name.startsWith(ASIDE) && name.endsWith(ASIDE_END);
  }

  /**
   * Ends a merge of which a part was done, or takes it back where no file was removed yet.
   *
   * @return whether the files are merged now
   */
  boolean finish(Path partition) throws IOException {
    Path journal = new Path(partition, JOURNAL);
    List<String> lines = lines(journal);
    if (lines.isEmpty() || !lines.get(lines.size() - 1).equals(END)) {
      fs.delete(journal, false);
      for (FileStatus file : all(partition)) {
        if (isAside(file.getPath().getName())) {
          fs.delete(file.getPath(), false);
        }
      }
      return false;
    }
    List<String> added = names(lines, ADDED);
    for (String name : added) {
      if (!fs.exists(aside(partition, name)) && !fs.exists(new Path(partition, name))) {
        throw new FileNotFoundException(
            "the merged file "
                + name
                + " of "
                + partition
                + " is gone, so nothing is removed there");
      }
    }
    for (String name : names(lines, REMOVED)) {
      fs.delete(new Path(partition, name), false);
    }
    for (String name : added) {
      Path from = aside(partition, name);
      if (fs.exists(from)) {
        // In an object store a rename that broke off may have made the copy already.
        fs.delete(new Path(partition, name), false);
        rename(from, new Path(partition, name));
      }
    }
    fs.delete(journal, false);
    return true;
  }

  private List<String> lines(Path journal) throws IOException {
    try (InputStream in = fs.open(journal)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  private static List<String> names(List<String> lines, String mark) {
    return lines.stream()
        .filter(line -> line.startsWith(mark))
        .map(line -> line.substring(mark.length()))
        .toList();
  }

  private void rename(Path from, Path to) throws IOException {
    if (!fs.rename(from, to)) {
      throw new IOException("cannot move " + from + " to " + to);
    }
  }
}
