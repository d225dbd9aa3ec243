package org.segmentser.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.segmentser.JobNames;
import org.segmentser.Scratch;
import org.segmentser.UserError;
import org.segmentser.flow.AudioProgress;
import org.segmentser.flow.ClipCounters;
import org.segmentser.flow.ExecutorModel;
import org.segmentser.flow.SegmentRows;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;
import org.segmentser.source.Corpus;
import org.segmentser.tables.FeatureRow;
import org.segmentser.tables.FeatureRow.SegmentFeatures;
import org.segmentser.tables.FeatureRowCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes the features of listed clips on executors and brings them to the driver's disk. What was
 * computed stays in a cache, if one is given, and is not computed again. The driver holds no more
 * than one partition's features at a time, and the clips' facts.
 */
public final class FeatureJob {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureJob.class);

  /** Of all patches of a clip and their places, in whatever order they come. */
  private static final Column PATCHES =
      expr("bit_xor(xxhash64(segment_index, patch_hash)) FILTER (WHERE segment_index IS NOT NULL)");

  /** Rows of features are large, so fewer are held together than of other tables. */
  private static final int ROWS_PER_BATCH = 128;

  private static final int BYTES_PER_ROW_GROUP = 32 << 20;

  private final SparkSession spark;
  private final FeatureRecipe recipe;
  private final Corpus corpus;
  private final FeatureCache cache;

  /** For reading features; the given session keeps its settings. */
  private final SparkSession reader;

  private final JobNames jobs;

  private FeatureJob(
      SparkSession spark, FeatureRecipe recipe, Corpus corpus, FeatureCache cache, JobNames jobs) {
    this.corpus = corpus;
    this.spark = spark;
    this.jobs = jobs;
    this.recipe = recipe;
    this.cache = cache;
    this.reader = spark.newSession();
    reader.conf().set("spark.sql.parquet.columnarReaderBatchSize", ROWS_PER_BATCH);
  }

  /**
   * Computes features, or takes them from the cache.
   *
   * @param clips every clip once, by its id
   * @param audio the same clips, to be read; null where each is read at its location
   * @param network whose output the features are; null for the log-mel patches
   * @param cacheUri directory that keeps features, on a file system that all executors reach; null
   *     to keep nothing, which needs executors on this machine
   * @param localFile is made, or written over
   * @throws UserError if the cache or the local file cannot be written, or the cache could not tell
   *     whether the audio has changed
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static FeatureSet compute(
      SparkSession spark,
      List<Clip> clips,
      Corpus audio,
      ClipSettings settings,
      NetworkFeatures network,
      String cacheUri,
      Path localFile) {
    FeatureRecipe recipe = new FeatureRecipe(clips, settings, network);
    if (cacheUri != null) {
      recipe.undated().ifPresent(FeatureJob::refuseCache);
    }
    try {
      // Told now rather than after hours of decoding.
      Files.createDirectories(localFile.toAbsolutePath().getParent());
      Files.write(localFile, new byte[0]);
      if (cacheUri != null) {
        return compute(spark, recipe, audio, cacheUri, true, localFile);
      }
      try (Scratch scratch = new Scratch(localDirectory(spark))) {
        return compute(spark, recipe, audio, "file://" + scratch.path(), false, localFile);
      }
    } catch (IOException e) {
      throw UserError.fault("cannot write features to " + localFile + ": " + reason(e));
    }
  }

  private static void refuseCache(Clip undated) {
    throw UserError.usage(
        "--cache cannot tell whether audio has changed of which no time of modification is known,"
            + " as in tables of some formats; it is not known of "
            + undated.id());
  }

  private static FeatureSet compute(
      SparkSession spark,
      FeatureRecipe recipe,
      Corpus audio,
      String cacheUri,
      boolean isKept,
      Path localFile)
      throws IOException {
    Configuration conf = spark.sessionState().newHadoopConf();
    try (FeatureCache cache = FeatureCache.open(cacheUri, recipe.key(), conf);
        JobNames jobs = new JobNames(spark)) {
      Corpus corpus = audio == null ? Corpus.of(spark, recipe.clips()) : audio;
      return new FeatureJob(spark, recipe, corpus, cache, jobs).run(isKept, localFile);
    }
  }

  /** Where Spark puts its own temporary files. */
  private static Path localDirectory(SparkSession spark) {
    String given = spark.sparkContext().conf().get("spark.local.dir", "");
    return Path.of(
        given.isEmpty() ? System.getProperty("java.io.tmpdir") : given.split(",", 2)[0].strip());
  }

  private FeatureSet run(boolean isKept, Path localFile) throws IOException {
    boolean isCached = cache.isWhole();
    LOG.info(
        "features of {} clips: {} {}",
        recipe.clips().size(),
        isCached ? "kept in" : "not in",
        cache);
    if (!isCached) {
      cache.begin();
      write();
    }
    Map<String, ClipSum> sums = sumUp(isCached ? cache.rows() : cache.staged());
    if (!isCached) {
      keep(sums, isKept);
    }
    return download(sums, localFile);
  }

  /** Unless a clip may be read another time, as it would be missing then too. */
  private void keep(Map<String, ClipSum> sums, boolean isKept) {
    long notRead =
        recipe.clips().stream()
            .filter(FeatureJob::mayBeRead)
            .filter(clip -> sums.get(clip.id()).isNotRead())
            .count();
    if (notRead == 0) {
      cache.publish(recipe.toJson());
    } else if (isKept) {
      LOG.warn(
          "{} of {} clips could not be read, so the features are not kept for another run",
          notRead,
          sums.size());
    }
  }

  /** What is wrong in a listing, or in a row that has its audio or none, stays so. */
  private static boolean mayBeRead(Clip clip) {
    return clip.unreadable() == null && clip.location().row() == null;
  }

  /** The one pass over the audio. */
  private void write() {
    jobs.next(
        String.format(
            Locale.ROOT, "features: decode and segment %,d clips", recipe.clips().size()));
    ClipCounters counters = ClipCounters.of(spark.sparkContext());
    Dataset<Row> rows =
        FeatureRowCodec.ofPatches(
            SegmentRows.of(spark, corpus, allPatches(recipe.settings()), counters),
            recipe.settings().speech());
    NetworkFeatures network = recipe.network();
    if (network != null) {
      ExecutorModel distributed = ExecutorModel.distribute(spark, network.model());
      rows =
          rows.mapPartitions(
              new FeatureTask(distributed, network.output()), Encoders.row(FeatureRowCodec.SCHEMA));
    }
    AudioProgress progress = AudioProgress.begin(spark, corpus.totals(), counters, "");
    try (progress) {
      rows.write()
          .option("parquet.enable.dictionary", false)
          .option("parquet.block.size", BYTES_PER_ROW_GROUP)
          .parquet(cache.staged());
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      if (UserError.rootOf(e) instanceof IOException || UserError.tellsOfFullDisk(e)) {
        throw cache.unwritable(e);
      }
      throw e;
    }
  }

  /** A clip is recognised by all its patches, those without speech too. */
  private static ClipSettings allPatches(ClipSettings settings) {
    Speech speech = settings.speech();
    return speech.mode() == Speech.Mode.GATE
        ? settings.withSpeech(new Speech(Speech.Mode.MARK, speech.min()))
        : settings;
  }

  /**
   * What became of a clip, which segments of it are stored, and what is in them.
   *
   * @param segments their indices, in order; those without speech may be missing
   */
  @SuppressWarnings("ArrayRecordComponent") // looked up, never compared
  private record ClipSum(Status status, String reason, int[] segments, long hash) {
    int rows() {
      return status == Status.SCORED ? segments.length : 0;
    }

    /** Whether it says something of the storage or the machine rather than of the clip. */
    boolean isNotRead() {
      return status == Status.UNREADABLE || status == Status.TIMED_OUT;
    }
  }

  private Map<String, ClipSum> sumUp(String rows) {
    jobs.next("features: sum up");
    Map<String, ClipSum> sums = new HashMap<>();
    read(rows)
        .groupBy("clip_id")
        .agg(
            max("status").as("status"),
            max("reason").as("reason"),
            sort_array(collect_list(when(col("features").isNotNull(), col("segment_index"))))
                .as("segments"),
            PATCHES.as("hash"))
        .where(col("status").isNotNull())
        .collectAsList()
        .forEach(
            r ->
                sums.put(
                    r.getAs("clip_id"),
                    new ClipSum(
                        Status.of(r.getAs("status")),
                        r.getAs("reason"),
                        segments(r),
                        Objects.requireNonNullElse(r.<Long>getAs("hash"), 0L))));
    requireAll(sums.size());
    return sums;
  }

  private int[] segments(Row clip) {
    List<Integer> indices = clip.getList(clip.fieldIndex("segments"));
    int[] segments = indices.stream().mapToInt(Integer::intValue).toArray();
    if (Arrays.stream(segments).distinct().count() < segments.length) {
      throw UserError.fault(
          String.format(
              Locale.ROOT,
              "the clip %s has a segment twice in the features at %s, as if it were two voices",
              clip.<String>getAs("clip_id"),
              cache));
    }
    return segments;
  }

  /** What executors write must be where the driver reads: a disk of their own is not. */
  private void requireAll(int found) {
    if (found != recipe.clips().size()) {
      throw UserError.fault(
          String.format(
              Locale.ROOT,
              "%,d clips were listed but %,d have an outcome in the features at %s."
                  + " Can all executors write there?",
              recipe.clips().size(),
              found,
              cache));
    }
  }

  /** Puts the rows where they belong in the file, in the order in which they come. */
  private FeatureSet download(Map<String, ClipSum> sums, Path localFile) throws IOException {
    List<ClipFeatures> clips = places(sums);
    Map<String, ClipFeatures> byId = new HashMap<>();
    clips.forEach(clip -> byId.put(clip.clipId(), clip));
    FeatureSet set = new FeatureSet(localFile, recipe.width(), clips);
    jobs.next(String.format(Locale.ROOT, "features: bring %,d rows to the driver", set.rows()));
    long written = 0;
    try (FileChannel out =
        FileChannel.open(
            localFile,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      Iterator<Row> rows = read(cache.rows()).where(col("features").isNotNull()).toLocalIterator();
      while (rows.hasNext()) {
        FeatureRow row = FeatureRowCodec.unpack(rows.next());
        ClipFeatures clip = byId.get(row.clipId());
        // A clip may turn out to be too long, say, after segments of it went through.
        if (clip.rows() > 0) {
          SegmentFeatures segment = row.segment();
          int at = Arrays.binarySearch(sums.get(row.clipId()).segments(), segment.index());
          clip.startS()[at] = segment.startS();
          clip.endS()[at] = segment.endS();
          put(out, clip.firstRow() + at, segment.features());
          written++;
        }
      }
    }
    if (written != set.rows()) {
      throw UserError.fault("the features at " + cache + " are damaged; delete them");
    }
    return set;
  }

  private List<ClipFeatures> places(Map<String, ClipSum> sums) {
    List<ClipFeatures> clips = new ArrayList<>();
    long row = 0;
    for (Clip clip : recipe.clips()) {
      ClipSum sum = sums.get(clip.id());
      int rows = sum.rows();
      boolean isSilent = sum.status() == Status.SCORED && rows == 0;
      clips.add(
          new ClipFeatures(
              clip.id(),
              isSilent ? Status.NO_SPEECH : sum.status(),
              isSilent ? recipe.settings().speech().tooLittle() : sum.reason(),
              row,
              rows,
              rows == 0 ? new int[0] : sum.segments(),
              new double[rows],
              new double[rows],
              rows == 0 ? null : String.format(Locale.ROOT, "%016x", sum.hash())));
      row += rows;
    }
    return clips;
  }

  private void put(FileChannel out, long row, byte[] features) throws IOException {
    int length = recipe.width() * Float.BYTES;
    if (features.length != length) {
      throw new IllegalStateException(
          "a row of " + features.length + " bytes of features; expected " + length);
    }
    ByteBuffer bytes = ByteBuffer.wrap(features);
    for (long at = row * length; bytes.hasRemaining(); ) {
      at += out.write(bytes, at);
    }
  }

  private Dataset<Row> read(String rows) {
    return reader.read().schema(FeatureRowCodec.SCHEMA).parquet(rows);
  }

  private static String reason(IOException e) {
    return UserError.tellsOfFullDisk(e) ? "no space left on the disk" : UserError.reason(e);
  }
}
