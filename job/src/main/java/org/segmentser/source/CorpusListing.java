package org.segmentser.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkThrowable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.JobNames;
import org.segmentser.UserError;
import org.segmentser.audio.Channels;
import org.segmentser.segment.ClipSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the clips of inputs. The driver lists the first ones; where there are more than it holds,
 * executors list the rest, and what is found is staged as a table, so that it stays the same
 * however often a task reads it.
 */
public final class CorpusListing {
  private static final Logger LOG = LoggerFactory.getLogger(CorpusListing.class);

  /** Clips and sections that a driver holds in its memory, at most. */
  public static final int MOST_HELD = InputListing.MOST_CLIPS;

  /** Recordings that may be long of which a driver holds all sections. */
  private static final int MOST_SPLIT_HERE = 100;

  /** Seconds above which a recording is taken by several tasks, by default. */
  public static final double DEFAULT_SPLIT_S = 600;

  /** Parts of a listing for each core, so that the last ones to end are short. */
  private static final int TASKS_PER_CORE = 8;

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Inputs inputs;
  private final ClipSettings settings;
  private final Broadcast<SerializableConfiguration> conf;
  private final Expansion expansion;

  /** Whether clips are read whole, one by one, and not by sections or channels. */
  private final boolean isWhole;

  private final JobNames jobs;

  /** What the driver found itself, and what executors will find. */
  private final List<Listed> here = new ArrayList<>();

  private final List<JavaRDD<Listed>> there = new ArrayList<>();
  private Skips skips = new Skips();

  /** Columns that manifests and tables are known to have, those that are asked for at least. */
  private final Set<String> columns = new HashSet<>();

  /** Tables that hold audio, with the number of their rows. */
  private final Map<AudioTable, Long> tables = new LinkedHashMap<>();

  /** Clips that are not asked for; null if all are. */
  private final Known known;

  private CorpusListing(
      SparkSession spark,
      Inputs inputs,
      ClipSettings settings,
      Double splitS,
      Known known,
      JobNames jobs) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.inputs = inputs;
    this.settings = settings;
    this.conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    this.isWhole = splitS == null;
    this.known = known;
    this.expansion = new Expansion(settings, splitS, inputs.columns(), conf);
    this.jobs = jobs;
  }

  /**
   * Lists the clips of a run.
   *
   * @param splitS seconds above which a recording is taken by several tasks
   * @param staging URI of a directory for the listing, to which executors write; it need not exist,
   *     and must stay for as long as the corpus is read
   * @throws UserError if an input cannot be read, a row is wrong, two clips have one id, or there
   *     is no clip
   */
  public static Corpus list(
      SparkSession spark, Inputs inputs, ClipSettings settings, double splitS, String staging) {
    return list(spark, inputs, settings, splitS, null, staging);
  }

  /**
   * Lists the clips of a run that are not known.
   *
   * @param known the clips that are left out; null for none
   * @return maybe without any clip
   * @throws UserError as {@link #list(SparkSession, Inputs, ClipSettings, double, String)} does
   */
  public static Corpus list(
      SparkSession spark,
      Inputs inputs,
      ClipSettings settings,
      double splitS,
      Known known,
      String staging) {
    try (JobNames jobs = new JobNames(spark)) {
      CorpusListing listing = new CorpusListing(spark, inputs, settings, splitS, known, jobs);
      listing.find();
      Corpus corpus = listing.withTables(listing.corpus(staging));
      LOG.info("listed {}: {}", inputs.all(), corpus.totals());
      if (known == null) {
        return corpus;
      }
      jobs.next("list: leave out what has an outcome");
      Corpus pending = listing.pending(corpus, staging);
      LOG.info("without an outcome: {}", pending.totals());
      return pending;
    }
  }

  /** The clips of a corpus that are not known. */
  private Corpus pending(Corpus corpus, String staging) {
    if (corpus.rows().isEmpty()) {
      return corpus.without(known, null, null);
    }
    Dataset<Row> rows = known.without(corpus.rows().get());
    if (rows.count() <= MOST_HELD) {
      return corpus.without(
          known,
          rows.orderBy(ListedCodec.PART, ListedCodec.BEFORE).collectAsList().stream()
              .map(row -> ListedCodec.unpack(row).item())
              .toList(),
          null);
    }
    // Partitions are dealt out by places in the listing, so it must have no holes.
    Dataset<Row> ordered =
        rows.repartitionByRange(col(ListedCodec.PART), col(ListedCodec.START))
            .sortWithinPartitions(ListedCodec.PART, ListedCodec.BEFORE);
    JavaRDD<Listed> listed = ordered.toJavaRDD().map(ListedCodec::unpack);
    return corpus.without(known, null, write(listed, 0, staging + "/pending", null));
  }

  /**
   * Lists clips all of which the driver keeps, such as labelled ones, each whole.
   *
   * @throws UserError as {@link #list}
   */
  public static Named listHere(SparkSession spark, Inputs inputs, ClipSettings settings) {
    try (JobNames jobs = new JobNames(spark)) {
      CorpusListing listing = new CorpusListing(spark, inputs, settings, null, null, jobs);
      listing.find();
      List<Listed> listed = listing.checked(listing.collected());
      Corpus corpus =
          listing.withTables(
              Corpus.of(
                  spark,
                  listed.stream().map(Listed::item).toList(),
                  listing.skips.counts(),
                  inputs.columns().kept()));
      List<NamedClip> clips = new ArrayList<>();
      listed.forEach(
          l ->
              clips.add(
                  new NamedClip(l.clip(), l.origin() == null ? null : l.origin().toString())));
      jobs.next("list: read the rows of tables without their audio");
      listing
          .tables
          .keySet()
          .forEach(table -> table.clips().forEach(c -> clips.add(new NamedClip(c, null))));
      return new Named(clips, corpus, listing.columns);
    }
  }

  /**
   * Clips with what named them.
   *
   * @param clips each once
   * @param corpus the same clips, to be read
   * @param columns that manifests and tables are known to have, those that are asked for at least
   */
  public record Named(List<NamedClip> clips, Corpus corpus, Set<String> columns) {}

  /** The clips with those of the tables. */
  private Corpus withTables(Corpus listed) {
    Corpus corpus = listed;
    for (Map.Entry<AudioTable, Long> table : tables.entrySet()) {
      corpus = corpus.and(table.getKey(), table.getValue());
    }
    if (corpus.totals().clips() == 0) {
      throw nothing();
    }
    refuseColumnsOfFiles(corpus.totals());
    if (tables.size() > 1 || (!tables.isEmpty() && listed.totals().clips() > 0)) {
      refuseSharedIds(listed);
    }
    return corpus;
  }

  /** Nothing stands beside a file that is a clip. */
  private void refuseColumnsOfFiles(Corpus.Totals totals) {
    boolean areFiles =
        inputs.format() == null && inputs.manifests().isEmpty() && totals.members() == 0;
    boolean isAsked = inputs.columns().id() != null || !inputs.columns().kept().isEmpty();
    // A shard that cannot be read may have them.
    if (areFiles && isAsked && inputs.columns().optional().isEmpty() && totals.unreadable() == 0) {
      throw UserError.usage(
          (inputs.columns().id() != null ? "--id-column" : "--keep")
              + " goes with --manifest, --format or tar shards; the input has only files");
    }
  }

  /** Ids are unique in each table by now, but two tables may hold the same files. */
  private void refuseSharedIds(Corpus listed) {
    jobs.next("list: look for ids that tables share");
    Dataset<Row> ids = listed.ids();
    for (AudioTable table : tables.keySet()) {
      ids = ids.union(table.ids());
    }
    List<Row> shared =
        ids.groupBy("id").count().where(col("count").gt(1)).orderBy("id").limit(1).collectAsList();
    if (!shared.isEmpty()) {
      throw UserError.input(
          shared.get(0).getLong(1)
              + " clips of the inputs have the id '"
              + shared.get(0).getString(0)
              + "'; ids must be unique");
    }
  }

  private void find() {
    if (inputs.format() != null) {
      for (String uri : inputs.uris()) {
        AudioTable table = AudioTable.open(spark, uri, inputs.format(), inputs.columns());
        tables.put(table, table.countRows());
        inputs.columns().kept().stream().filter(table::has).forEach(columns::add);
      }
    } else if (!inputs.uris().isEmpty()) {
      Configuration hadoop = conf.value().value();
      InputListing.Found found = InputListing.find(inputs.uris(), hadoop, InputListing.MOST_CLIPS);
      List<String> none = Collections.nCopies(inputs.columns().kept().size(), null);
      found.clips().forEach(clip -> here.add(Listed.of(clip.withKept(none))));
      skips = found.skips();
      if (!found.parts().isEmpty()) {
        there.add(
            context
                .parallelize(found.parts(), tasks(found.parts().size()))
                .mapPartitions(new ListTask(none, conf)));
      }
    }
    for (String manifest : inputs.manifests()) {
      // To those who label them, each row is a clip.
      Channels merged = isWhole ? null : settings.channels();
      Manifest.Clips clips = Manifest.find(spark, manifest, inputs.columns(), merged);
      clips.skipped().forEach(skips::add);
      columns.addAll(clips.columns());
      if (here.size() + clips.rows() <= InputListing.MOST_CLIPS) {
        jobs.next("list: look up the files of the manifest");
        here.addAll(clips.collect());
      } else {
        there.add(clips.clips());
      }
    }
  }

  private int tasks(int units) {
    int cores = spark.sparkContext().defaultParallelism();
    return Math.max(1, Math.min(units, cores * TASKS_PER_CORE));
  }

  /** Everything, whatever its number. */
  private List<Listed> collected() {
    List<Listed> all = new ArrayList<>(here);
    jobs.next("list: collect the clips");
    there.forEach(rdd -> all.addAll(rdd.collect()));
    return expandedHere(all);
  }

  private List<Listed> expandedHere(List<Listed> all) {
    List<Listed> found = new ArrayList<>();
    List<Listed> mayBeMore = new ArrayList<>();
    all.forEach(listed -> (expansion.appliesTo(listed) ? mayBeMore : found).add(listed));
    // Nobody reads what is known, so nobody needs to know its sections.
    Set<Integer> places =
        known == null || mayBeMore.isEmpty()
            ? Set.of()
            : known.among(mayBeMore.stream().map(Listed::clip).toList(), spark);
    places = withoutOpened(places, mayBeMore);
    List<Listed> unclear = new ArrayList<>();
    for (int i = 0; i < mayBeMore.size(); i++) {
      (places.contains(i) ? found : unclear).add(mayBeMore.get(i));
    }
    if (!unclear.isEmpty()) {
      int tasks = tasks(unclear.size());
      found.addAll(expanded(context.parallelize(unclear, tasks), tasks).collect());
    }
    return found;
  }

  /**
   * Without what is looked into although it is known: a member of a shard that was not there, as
   * only the shard tells whether it is now; and a shard that was forgotten as a reject, or of which
   * rejects are tried again, as its members need not be known.
   */
  private Set<Integer> withoutOpened(Set<Integer> knownPlaces, List<Listed> listed) {
    Set<Integer> places = new HashSet<>(knownPlaces);
    places.removeIf(place -> Expansion.isWanted(listed.get(place)));
    List<Integer> shards =
        places.stream().filter(place -> Expansion.isShard(listed.get(place))).toList();
    if (shards.isEmpty()) {
      return places;
    }
    List<Clip> clips = shards.stream().map(place -> listed.get(place).clip()).toList();
    Set<Integer> read = known.hasRetries() ? Set.of() : known.contentsAlone().among(clips, spark);
    IntStream.range(0, shards.size())
        .filter(i -> !read.contains(i))
        .forEach(i -> places.remove(shards.get(i)));
    return places;
  }

  /** What stands for files once somebody has looked into them. */
  private JavaRDD<Listed> expanded(JavaRDD<Listed> unclear, int tasks) {
    jobs.next("list: look into shards and long recordings");
    return unclear.groupBy(listed -> listed.clip().uri(), tasks).flatMap(expansion);
  }

  private Corpus corpus(String staging) {
    boolean areFew =
        there.isEmpty()
            && here.stream().noneMatch(Expansion::isShard)
            && here.stream().filter(expansion::appliesTo).count() <= MOST_SPLIT_HERE;
    if (areFew) {
      return small(expandedHere(here));
    }
    Dataset<Row> rows = staged(staging);
    if (rows.count() <= MOST_HELD) {
      return small(
          rows.orderBy(ListedCodec.PART, ListedCodec.BEFORE).collectAsList().stream()
              .map(ListedCodec::unpack)
              .toList());
    }
    return large(rows);
  }

  private Corpus small(List<Listed> listed) {
    List<WorkItem> items = checked(listed).stream().map(Listed::item).toList();
    return Corpus.of(spark, items, skips.counts(), inputs.columns().kept());
  }

  private UserError nothing() {
    if (inputs.format() != null) {
      return UserError.input("no rows in " + String.join(", ", inputs.all()));
    }
    return inputs.manifests().isEmpty()
        ? InputListing.nothing(inputs.uris(), skips)
        : UserError.input("no clip is left: " + ListedClips.describe(skips.counts()));
  }

  /**
   * The clips and sections of a listing.
   *
   * @throws UserError if a row is wrong, or two clips have one id
   */
  private List<Listed> checked(List<Listed> listed) {
    Map<Item, Listed> clips = new LinkedHashMap<>();
    listed.stream()
        .filter(row -> row.problem() != null)
        .min(Comparator.comparingLong(row -> row.origin().row()))
        .ifPresent(
            row -> {
              throw wrong(row);
            });
    for (Listed row : listed) {
      if (row.skipped() != null) {
        skips.add(row.skipped(), row.count());
      } else {
        Item item = new Item(row.clip().id(), row.section().index());
        Listed earlier = clips.get(item);
        if (earlier == null || isBetter(row, earlier)) {
          clips.put(item, row);
        }
      }
    }
    return List.copyOf(clips.values());
  }

  /** What there may be one of. */
  private record Item(String clipId, int section) {}

  private static UserError wrong(Listed row) {
    String message = row.origin() + " " + row.problem();
    return row.problem().equals(ManifestRows.CREDENTIALS)
        ? UserError.usage(message)
        : UserError.input(message);
  }

  /**
   * Whether the second of two clips of one id stands for both.
   *
   * @throws UserError if they are not the same clip
   */
  private static boolean isBetter(Listed row, Listed earlier) {
    boolean areOfRows = row.origin() != null && earlier.origin() != null;
    if (areOfRows || !row.clip().isSameStretch(earlier.clip())) {
      throw twice(earlier, row);
    }
    return row.origin() != null;
  }

  private static UserError twice(Listed a, Listed b) {
    boolean isInOrder =
        a.origin() == null || b.origin() == null || a.origin().row() <= b.origin().row();
    Listed first = isInOrder ? a : b;
    Listed second = isInOrder ? b : a;
    String id = "the id '" + first.clip().id() + "'";
    if (first.origin() == null || second.origin() == null) {
      return UserError.input(
          "two clips have "
              + id
              + ": "
              + place(first)
              + " and "
              + place(second)
              + "; ids must be unique");
    }
    String of =
        first.origin().table().equals(second.origin().table())
            ? "row " + first.origin().row()
            : first.origin().toString();
    return UserError.input(second.origin() + " has " + id + " of " + of + "; ids must be unique");
  }

  private static String place(Listed listed) {
    Clip clip = listed.clip();
    return listed.origin() == null ? clip.place() : listed.origin() + " (" + clip.place() + ")";
  }

  /** Writes all that is found; the clips and sections of it, and what is left out or wrong. */
  private Dataset<Row> staged(String staging) {
    List<JavaRDD<Listed>> all = new ArrayList<>(there);
    if (!here.isEmpty()) {
      all.add(context.parallelize(here, tasks(here.size())));
    }
    JavaRDD<Listed> found = all.stream().reduce(JavaRDD::union).orElseThrow();
    jobs.next("list: find the clips");
    Dataset<Row> files = write(found, 0, staging + "/files", expansion);
    Column isExpanded = col(ListedCodec.EXPANDED);
    Dataset<Row> unclear = files.where(isExpanded);
    Dataset<Row> clear = files.where(not(isExpanded));
    if (known != null) {
      // Nobody reads what is known, so nobody needs to know its sections.
      Column isShard = ListedCodec.isShard();
      Column isOpened =
          known.hasRetries() ? ListedCodec.isWanted().or(isShard) : ListedCodec.isWanted();
      Dataset<Row> closed = unclear.where(not(isOpened));
      clear = clear.union(known.of(closed));
      unclear =
          unclear
              .where(isOpened)
              .union(known.without(closed.where(not(isShard))))
              .union(known.contentsAlone().without(closed.where(isShard)));
    }
    if (unclear.isEmpty()) {
      return clear;
    }
    JavaRDD<Listed> expanded =
        expanded(unclear.toJavaRDD().map(ListedCodec::unpack), tasks(Integer.MAX_VALUE));
    return clear.union(write(expanded, found.getNumPartitions(), staging + "/expanded", null));
  }

  /**
   * Writes what was listed.
   *
   * @param expansion what is still to be looked into by it; null for nothing
   */
  private Dataset<Row> write(
      JavaRDD<Listed> listed, int firstPart, String path, Expansion expansion) {
    Dataset<Row> rows =
        spark.createDataFrame(
            listed.mapPartitionsWithIndex(new PackTask(firstPart, expansion), false),
            ListedCodec.SCHEMA);
    try {
      rows.write().parquet(path);
    } catch (Exception e) {
      // What Spark throws is checked, which its Java signatures do not say.
      if (isOfManifest(e)) {
        throw Manifest.unreadable(String.join(", ", inputs.manifests()), e);
      }
      throw e;
    }
    return spark.read().schema(ListedCodec.SCHEMA).parquet(path);
  }

  /** Whether a task failed over what it read of a manifest. */
  private boolean isOfManifest(Throwable thrown) {
    for (Throwable e = thrown; e != null && !inputs.manifests().isEmpty(); e = e.getCause()) {
      String condition = e instanceof SparkThrowable spark ? spark.getCondition() : null;
      if (condition != null && condition.matches("(FAILED_READ_FILE|MALFORMED_RECORD).*")) {
        return true;
      }
    }
    return false;
  }

  private Corpus large(Dataset<Row> rows) {
    jobs.next("list: sum up");
    SortedMap<String, Long> skipped = new TreeMap<>(skips.counts());
    rows.where(col(ListedCodec.SKIPPED).isNotNull())
        .groupBy(ListedCodec.SKIPPED)
        .agg(sum(ListedCodec.COUNT))
        .collectAsList()
        .forEach(row -> skipped.merge(row.getString(0), row.getLong(1), Long::sum));
    rows.where(col(ListedCodec.PROBLEM).isNotNull())
        .orderBy(ListedCodec.ROW_NUMBER)
        .limit(1)
        .collectAsList()
        .forEach(
            row -> {
              throw wrong(ListedCodec.unpack(row));
            });
    Dataset<Row> clips = rows.where(col(ListedCodec.CLIP).isNotNull());
    if (mayNameTwice()) {
      jobs.next("list: look for clips of one id");
      clips = once(clips);
    }
    return Corpus.of(spark, clips, totals(clips), skipped, inputs.columns().kept());
  }

  /** Whether a clip may be named more than once; files of one input have each their own name. */
  private boolean mayNameTwice() {
    // The alternatives of a glob may overlap.
    return inputs.all().size() > 1
        || inputs.all().get(0).contains("{")
        || !inputs.manifests().isEmpty()
        || inputs.columns().id() != null;
  }

  /**
   * Each clip once.
   *
   * @throws UserError if two clips have one id
   */
  private Dataset<Row> once(Dataset<Row> clips) {
    Column id = col("clip.clip_id");
    Column index = col(ListedCodec.SECTION_INDEX);
    Column place = struct(col("clip.location"), col("clip.start_s"), col("clip.end_s"));
    Column isWrong = col("places").gt(1).or(col("rows").gt(1));
    List<Row> twice =
        clips
            .where(index.equalTo(0))
            .groupBy(id.as("id"))
            .agg(
                count(lit(1)).as("clips"),
                countDistinct(place).as("places"),
                count(ListedCodec.TABLE).as("rows"))
            .where(col("clips").gt(1))
            .orderBy(isWrong.desc(), col("places").desc(), col("rows").desc(), col("id"))
            .select(col("id"), isWrong)
            .limit(1)
            .collectAsList();
    if (twice.isEmpty()) {
      return clips;
    }
    if (twice.get(0).getBoolean(1)) {
      Column isIt = id.equalTo(twice.get(0).getString(0)).and(index.equalTo(0));
      List<Listed> both =
          clips.where(isIt).limit(2).collectAsList().stream().map(ListedCodec::unpack).toList();
      throw twice(both.get(0), both.get(1));
    }
    Column[] all = Arrays.stream(clips.columns()).map(c -> col(c)).toArray(Column[]::new);
    return clips
        .groupBy(id.as("id"), index.as("section_index"))
        .agg(
            min_by(
                    struct(all),
                    struct(
                        col(ListedCodec.TABLE).isNull(),
                        col(ListedCodec.PART),
                        col(ListedCodec.BEFORE)))
                .as("row"))
        .select("row.*");
  }

  static Corpus.Totals totals(Dataset<Row> items) {
    Column isFirst = col(ListedCodec.SECTION_INDEX).equalTo(0);
    Column isUnreadable = isFirst.and(col("clip.unreadable").isNotNull());
    Row row =
        items
            .select(
                count(when(isFirst, 1)),
                count(lit(1)),
                count(when(isFirst, col("clip.location.member"))),
                count(when(isFirst, col("clip.location.row"))),
                sum(when(isFirst, col("clip.location.length"))),
                sum(ListedCodec.WEIGHT),
                count(when(isUnreadable, 1)),
                min_by(
                    col(ListedCodec.CLIP),
                    when(isUnreadable, struct(col(ListedCodec.PART), col(ListedCodec.BEFORE)))))
            .first();
    return new Corpus.Totals(
        row.getLong(0),
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        row.isNullAt(4) ? 0 : row.getLong(4),
        row.isNullAt(5) ? 0 : row.getLong(5),
        row.getLong(6),
        row.getLong(6) == 0 ? null : Corpus.Totals.unreadable(ClipCodec.unpack(row.getStruct(7))));
  }

  private record ListTask(List<String> kept, Broadcast<SerializableConfiguration> conf)
      implements FlatMapFunction<Iterator<DirectoryWalk.Part>, Listed> {
    @Override
    public Iterator<Listed> call(Iterator<DirectoryWalk.Part> parts) {
      PartsWalk walk = new PartsWalk(parts, kept, conf.value().value());
      TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> walk.close());
      return walk;
    }
  }

  /** Lists parts of inputs one after another, and tells at the end what was left out. */
  private static final class PartsWalk implements Iterator<Listed>, AutoCloseable {
    private final Iterator<DirectoryWalk.Part> parts;
    private final List<String> kept;
    private final Configuration conf;
    private final Skips skips = new Skips();
    private Iterator<Listed> current = Collections.emptyIterator();

    /** That of the part that was begun last; null before the first. */
    private DirectoryWalk<?> walk;

    private boolean hasTold;

    PartsWalk(Iterator<DirectoryWalk.Part> parts, List<String> kept, Configuration conf) {
      this.parts = parts;
      this.kept = kept;
      this.conf = conf;
    }

    @Override
    public boolean hasNext() {
      while (!current.hasNext() && !hasTold) {
        hasTold = !parts.hasNext();
        if (hasTold) {
          current = skips.listed().iterator();
        } else {
          walk = DirectoryWalk.of(parts.next(), conf, skips);
          current = walk;
        }
      }
      return current.hasNext();
    }

    @Override
    public Listed next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return current.next().withKept(kept);
    }

    @Override
    public void close() {
      if (walk != null) {
        walk.close();
      }
    }
  }

  private record PackTask(int firstPart, Expansion expansion)
      implements Function2<Integer, Iterator<Listed>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Listed> listed) {
      ListedCodec.Packer packer = new ListedCodec.Packer(firstPart + part);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return listed.hasNext();
        }

        @Override
        public Row next() {
          Listed next = listed.next();
          return packer.pack(next, expansion != null && expansion.appliesTo(next));
        }
      };
    }
  }
}
