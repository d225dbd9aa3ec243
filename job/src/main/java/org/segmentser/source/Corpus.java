package org.segmentser.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.udf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The clips of a run: a list where they are few, else a staged table, of which the driver holds
 * sums alone. Immutable.
 */
public final class Corpus {
  private final SparkSession spark;

  /** All there are, where they are few; else null. */
  private final List<WorkItem> items;

  /** All there are, as {@link ListedCodec} has them, where they are many; else null. */
  private final Dataset<Row> staged;

  /** Tables whose rows are clips, beside the others. */
  private final List<Table> tables;

  private final Totals totals;
  private final SortedMap<String, Long> skipped;
  private final List<String> kept;

  /** How many other clips were listed, but are not asked for. */
  private final long known;

  /**
   * What the clips sum up to.
   *
   * @param clips how many, each once
   * @param items how many they and the sections of the long ones are
   * @param members how many of the clips are members of tar shards
   * @param rows how many of the clips are rows of tables
   * @param bytes of those whose length is known
   * @param weight of all, as {@link ClipPartitions} has it
   * @param unreadable how many are known to be unreadable
   * @param firstUnreadable one of them with its reason; null where there is none
   */
  public record Totals(
      long clips,
      long items,
      long members,
      long rows,
      long bytes,
      long weight,
      long unreadable,
      String firstUnreadable) {

    Totals plus(Totals other) {
      return new Totals(
          clips + other.clips,
          items + other.items,
          members + other.members,
          rows + other.rows,
          bytes + other.bytes,
          weight + other.weight,
          unreadable + other.unreadable,
          firstUnreadable == null ? other.firstUnreadable : firstUnreadable);
    }

    /** Whether a long clip is taken by several tasks. */
    public boolean isSplit() {
      return items > clips;
    }

    private static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, null);

    static Totals of(List<WorkItem> items) {
      List<Clip> clips =
          items.stream().filter(item -> item.section().index() == 0).map(WorkItem::clip).toList();
      List<Clip> unreadable = clips.stream().filter(clip -> clip.unreadable() != null).toList();
      return new Totals(
          clips.size(),
          items.size(),
          clips.stream().filter(clip -> clip.location().member() != null).count(),
          clips.stream().filter(clip -> clip.location().row() != null).count(),
          ListedClips.bytes(clips),
          items.stream().mapToLong(ClipPartitions::weight).sum(),
          unreadable.size(),
          unreadable.isEmpty() ? null : unreadable(unreadable.get(0)));
    }

    static String unreadable(Clip clip) {
      return clip.place() + ": " + clip.unreadable();
    }
  }

  /**
   * A table that holds audio.
   *
   * @param totals of the rows that are clips
   * @param asked hashes of the ids of those rows; null for all
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Table(AudioTable audio, Totals totals, long[] asked) {}

  private Corpus(
      SparkSession spark,
      List<WorkItem> items,
      Dataset<Row> staged,
      List<Table> tables,
      Totals totals,
      SortedMap<String, Long> skipped,
      List<String> kept,
      long known) {
    this.spark = spark;
    this.items = items;
    this.staged = staged;
    this.tables = tables;
    this.totals = totals;
    this.skipped = skipped;
    this.kept = kept;
    this.known = known;
  }

  /**
   * Clips and sections that the driver holds.
   *
   * @param skipped how many files were left out, by the reason
   * @param kept names of the columns that {@link Clip#kept} holds
   */
  public static Corpus of(
      SparkSession spark,
      List<WorkItem> items,
      SortedMap<String, Long> skipped,
      List<String> kept) {
    return new Corpus(
        spark, List.copyOf(items), null, List.of(), Totals.of(items), skipped, kept, 0);
  }

  /** Whole clips that the driver holds. */
  public static Corpus of(SparkSession spark, List<Clip> clips) {
    return of(
        spark, clips.stream().map(WorkItem::of).toList(), Collections.emptySortedMap(), List.of());
  }

  /**
   * Clips that are staged.
   *
   * @param rows of {@link ListedCodec#SCHEMA}, each of a clip or a section
   */
  static Corpus of(
      SparkSession spark,
      Dataset<Row> rows,
      Totals totals,
      SortedMap<String, Long> skipped,
      List<String> kept) {
    return new Corpus(spark, null, rows, List.of(), totals, skipped, kept, 0);
  }

  /** The same clips and those that are the rows of a table. */
  Corpus and(AudioTable table, long rows) {
    long bytes = table.bytes();
    Totals own =
        new Totals(
            rows, rows, 0, rows, bytes, bytes + rows * ClipPartitions.BYTES_PER_CLIP, 0, null);
    List<Table> all = new ArrayList<>(tables);
    all.add(new Table(table, own, null));
    return new Corpus(spark, items, staged, all, totals.plus(own), skipped, kept, 0);
  }

  /** All but the rows of tables, as {@link ListedCodec} has them; empty where they are few. */
  Optional<Dataset<Row>> rows() {
    return Optional.ofNullable(staged);
  }

  /**
   * The same clips without those that are known.
   *
   * @param few those of the staged ones that are not known, if they are few; else null
   * @param many the same, if they are many; else null
   */
  Corpus without(Known known, List<WorkItem> few, Dataset<Row> many) {
    List<Table> rows = tables.stream().map(table -> without(table, known)).toList();
    Totals own = rows.stream().map(Table::totals).reduce(Totals.NONE, Totals::plus);
    List<WorkItem> held = few;
    if (staged == null) {
      Set<Integer> places = known.among(items.stream().map(WorkItem::clip).toList(), spark);
      held =
          IntStream.range(0, items.size())
              .filter(i -> !places.contains(i))
              .mapToObj(items::get)
              .toList();
    }
    Totals listed = held == null ? CorpusListing.totals(many) : Totals.of(held);
    return new Corpus(
        spark,
        held,
        held == null ? many : null,
        rows.stream().filter(table -> table.totals().clips() > 0).toList(),
        listed.plus(own),
        skipped,
        kept,
        totals.clips() - listed.clips() - own.clips());
  }

  private static Table without(Table table, Known known) {
    long[] asked = table.audio().without(known);
    long rows = table.totals().rows();
    if (asked.length == rows) {
      return table;
    }
    long bytes = rows == 0 ? 0 : (long) ((double) table.totals().bytes() / rows * asked.length);
    Totals own =
        new Totals(
            asked.length,
            asked.length,
            0,
            asked.length,
            bytes,
            bytes + asked.length * ClipPartitions.BYTES_PER_CLIP,
            0,
            null);
    return new Table(table.audio(), own, asked);
  }

  /**
   * The same clips in parts, one after another, each of which is a run's: as many clips and bytes
   * as are allowed, one clip at least. All rows of tables are one part, as each part of them would
   * cost a pass over the tables.
   *
   * @param mostClips at least 1
   * @param mostBytes at least 1; each clip counts {@link ClipPartitions#BYTES_PER_CLIP} more
   */
  public List<Corpus> batches(long mostClips, long mostBytes) {
    List<Corpus> batches =
        new ArrayList<>(
            items == null ? stagedBatches(mostClips, mostBytes) : held(mostClips, mostBytes));
    if (!tables.isEmpty()) {
      Totals own = tables.stream().map(Table::totals).reduce(Totals.NONE, Totals::plus);
      batches.add(new Corpus(spark, List.of(), null, tables, own, skipped, kept, 0));
    }
    return batches;
  }

  private List<Corpus> held(long mostClips, long mostBytes) {
    List<Corpus> batches = new ArrayList<>();
    List<WorkItem> batch = new ArrayList<>();
    long clips = 0;
    long bytes = 0;
    for (WorkItem item : items) {
      long weight = ClipPartitions.weight(item.clip());
      boolean isFirst = item.section().index() == 0;
      if (isFirst && clips > 0 && (clips == mostClips || bytes + weight > mostBytes)) {
        batches.add(Corpus.of(spark, batch, skipped, kept));
        batch = new ArrayList<>();
        clips = 0;
        bytes = 0;
      }
      batch.add(item);
      clips += isFirst ? 1 : 0;
      bytes += isFirst ? weight : 0;
    }
    if (!batch.isEmpty()) {
      batches.add(Corpus.of(spark, batch, skipped, kept));
    }
    return batches;
  }

  private List<Corpus> stagedBatches(long mostClips, long mostBytes) {
    Batches cut = Batches.of(staged, mostClips, mostBytes);
    List<Corpus> batches = new ArrayList<>();
    for (int i = 0; i < cut.count(); i++) {
      Dataset<Row> rows = cut.rows(staged, i);
      Totals sum = CorpusListing.totals(rows);
      if (sum.clips() > 0) {
        batches.add(new Corpus(spark, null, rows, List.of(), sum, skipped, kept, 0));
      }
    }
    return batches;
  }

  /** The ids of all but the rows of tables, in a column {@code id}. */
  Dataset<Row> ids() {
    Column isFirst = col(ListedCodec.SECTION_INDEX).equalTo(0);
    return items == null
        ? staged.where(isFirst).select(col("clip.clip_id").as("id"))
        : spark
            .createDataset(
                items.stream()
                    .filter(item -> item.section().index() == 0)
                    .map(item -> item.clip().id())
                    .toList(),
                Encoders.STRING())
            .toDF("id");
  }

  /** Columns of {@link #contents}; {@code modified} is in milliseconds since 1970. */
  public static final StructType CONTENTS =
      new StructType()
          .add("clip_id", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.LongType)
          .add("start_s", DataTypes.DoubleType)
          .add("end_s", DataTypes.DoubleType)
          .add("is_row", DataTypes.BooleanType, false);

  /**
   * What tells the content of each clip from an earlier one, without reading any audio. Of rows of
   * tables ({@code is_row}) the length is not known.
   */
  public Dataset<Row> contents() {
    Column isFirst = col(ListedCodec.SECTION_INDEX).equalTo(0);
    Dataset<Row> contents =
        items == null
            ? staged
                .where(isFirst)
                .select(
                    col("clip.clip_id"),
                    col("clip.location.length").as("bytes"),
                    col("clip.modified"),
                    col("clip.start_s"),
                    col("clip.end_s"),
                    lit(false).as("is_row"))
            : spark.createDataFrame(
                items.stream()
                    .filter(item -> item.section().index() == 0)
                    .map(item -> content(item.clip()))
                    .toList(),
                CONTENTS);
    for (Table table : tables) {
      // Tables are read in sessions of their own.
      contents =
          contents.union(spark.createDataFrame(table.audio().contents().toJavaRDD(), CONTENTS));
    }
    return contents;
  }

  private static Row content(Clip clip) {
    return RowFactory.create(
        clip.id(), clip.bytes(), clip.modifiedMs(), clip.startS(), clip.endS(), false);
  }

  /** What the clips sum up to. */
  public Totals totals() {
    return totals;
  }

  /** How many clips were listed besides, but are known already. */
  public long known() {
    return known;
  }

  /** How many files were left out, by the reason: {@code 3 without an audio extension}. */
  public SortedMap<String, Long> skipped() {
    return skipped;
  }

  /** Names of the columns that {@link Clip#kept} holds. */
  public List<String> kept() {
    return kept;
  }

  /** How many clips are known to be unreadable, and one of them; empty if none is. */
  public Optional<String> firstUnreadable() {
    return totals.unreadable() == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT, "%,d, first %s", totals.unreadable(), totals.firstUnreadable()));
  }

  /** How many partitions {@link #dealt} gives for so many cores, about. */
  public int partitions(int cores) {
    Totals listed = listed();
    return ClipPartitions.count(listed.items(), listed.weight(), cores)
        + tables.stream().mapToInt(table -> table.audio().partitions()).sum();
  }

  /** What all but the rows of tables sum up to. */
  private Totals listed() {
    Totals rows = tables.stream().map(Table::totals).reduce(Totals.NONE, Totals::plus);
    return new Totals(
        totals.clips - rows.clips,
        totals.items - rows.items,
        totals.members,
        0,
        totals.bytes - rows.bytes,
        totals.weight - rows.weight,
        totals.unreadable,
        totals.firstUnreadable);
  }

  /** Some clips that stand for all, kind by kind; always the same. */
  public List<ClipSample.Kind> sample() {
    ClipSample sample =
        items != null
            ? ClipSample.of(items.iterator())
            : staged
                .toJavaRDD()
                .mapPartitions(rows -> List.of(ClipSample.of(items(rows))).iterator())
                .treeReduce(ClipSample::add);
    List<ClipSample.Kind> kinds = new ArrayList<>(sample.kinds());
    for (Table table : tables) {
      // All of a row would have to be read to tell how heavy it is.
      List<ClipSample.Sampled> first =
          table.audio().first(ClipSample.CLIPS_PER_KIND).stream()
              .filter(item -> item.clip().unreadable() == null)
              .map(item -> new ClipSample.Sampled(item, 1))
              .toList();
      long weight = table.totals().weight();
      kinds.add(new ClipSample.Kind("rows", weight, weight / table.audio().partitions(), first));
    }
    return kinds;
  }

  /**
   * All clips, and the sections of long ones, dealt out to partitions that weigh about the same;
   * the heaviest come first, as Spark begins with them. A partition always has the same clips in
   * the same order, however often it is computed. Rows of tables stay in the partitions in which
   * Spark reads them.
   *
   * @param cores tasks that run at the same time
   */
  public JavaRDD<WorkItem> dealt(int cores) {
    JavaRDD<WorkItem> dealt = items == null ? dealtByPlace(cores) : dealtByWeight(cores);
    for (Table table : tables) {
      JavaRDD<WorkItem> rows = table.audio().items();
      dealt = dealt.union(table.asked() == null ? rows : rows.filter(asked(table.asked())));
    }
    return dealt;
  }

  private Function<WorkItem, Boolean> asked(long[] hashes) {
    Broadcast<long[]> sent =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(hashes);
    return item -> Arrays.binarySearch(sent.value(), AudioTable.hash(item.clip().id())) >= 0;
  }

  private JavaRDD<WorkItem> dealtByWeight(int cores) {
    List<List<WorkItem>> partitions = ClipPartitions.deal(items, cores);
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(partitions, Math.max(1, partitions.size()))
        .flatMap(List::iterator);
  }

  /**
   * Clips and sections that are as heavy as a partition should be have one of their own; all others
   * go to partitions in the order of the listing, as many to each as it should hold.
   */
  private JavaRDD<WorkItem> dealtByPlace(int cores) {
    Totals listed = listed();
    int count = ClipPartitions.count(listed.items(), listed.weight(), cores);
    Places places = places(Math.max(1, listed.weight() / Math.max(1, count)));
    Column partition =
        udf(places, DataTypes.IntegerType)
            .apply(col(ListedCodec.PART), col(ListedCodec.BEFORE), col(ListedCodec.TOGETHER));
    return staged
        .repartitionById(places.partitions(), partition)
        .sortWithinPartitions(ListedCodec.PART, ListedCodec.BEFORE)
        .toJavaRDD()
        .mapPartitions(Corpus::items);
  }

  private static Iterator<WorkItem> items(Iterator<Row> rows) {
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, 0), false)
        .map(row -> ListedCodec.unpack(row).item())
        .iterator();
  }

  private Places places(long most) {
    Map<Integer, Long> ends = new HashMap<>();
    staged
        .groupBy(ListedCodec.PART)
        .agg(max(col(ListedCodec.BEFORE).plus(col(ListedCodec.WEIGHT))))
        .collectAsList()
        .forEach(row -> ends.put(row.getInt(0), row.getLong(1)));
    List<Row> heavy =
        staged
            .where(col(ListedCodec.WEIGHT).geq(most).and(not(ListedCodec.isOfSequence())))
            .select(ListedCodec.PART, ListedCodec.BEFORE, ListedCodec.WEIGHT)
            .orderBy(col(ListedCodec.WEIGHT).desc(), col(ListedCodec.PART), col(ListedCodec.BEFORE))
            .collectAsList();
    return Places.of(ends, heavy, most);
  }
}
