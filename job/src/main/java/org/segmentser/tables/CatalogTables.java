package org.segmentser.tables;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.segmentser.SqlNames;
import org.segmentser.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tables of a catalog of Spark's, of a format that commits at once and can delete rows: Iceberg and
 * Delta. A run is added by a commit for each table, that of {@code runs} last; rows of a run that
 * is not there do not count.
 */
final class CatalogTables extends OutputTables {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogTables.class);

  /** How Iceberg is told that runs may differ in columns, and that one need not be shuffled. */
  private static final Map<String, String> PROPERTIES =
      Map.of("write.spark.accept-any-schema", "true", "write.distribution-mode", "none");

  /** The property that says in which directory the runs of these tables are staged. */
  private static final String DIRECTORY = "segment-ser.output";

  private static final String ICEBERG = "iceberg";
  private static final String DELTA = "delta";
  private static final String REMOVED = "segment_ser_removed";

  private final TableCatalog catalog;
  private final String[] namespace;

  /** Whether the table {@code runs} was made for a run that is still to come. */
  private boolean isNew;

  private CatalogTables(
      SparkSession spark, String directory, TableCatalog catalog, String[] namespace)
      throws IOException {
    super(spark, directory);
    this.catalog = catalog;
    this.namespace = namespace;
  }

  /**
   * Finds a catalog.
   *
   * @throws UserError if the session has no such catalog
   * @throws IOException if there is no such file system
   */
  static CatalogTables of(SparkSession spark, Destination output) throws IOException {
    String name = output.namespace();
    List<String> parts;
    try {
      parts =
          CollectionConverters.asJava(
              spark.sessionState().sqlParser().parseMultipartIdentifier(name));
    } catch (Exception e) {
      throw noNamespace(name, "it must be CATALOG.SCHEMA");
    }
    if (parts.size() < 2) {
      throw noNamespace(name, "it must be CATALOG.SCHEMA");
    }
    CatalogPlugin plugin;
    try {
      plugin = spark.sessionState().catalogManager().catalog(parts.get(0));
    } catch (Exception e) {
      throw noNamespace(name, UserError.reason(e));
    }
    if (!(plugin instanceof TableCatalog catalog)) {
      throw noNamespace(name, "the catalog " + parts.get(0) + " has no tables");
    }
    CatalogTables tables =
        new CatalogTables(
            spark, output.output(), catalog, parts.subList(1, parts.size()).toArray(String[]::new));
    tables.refuseOtherDirectory();
    return tables;
  }

  private static UserError noNamespace(String name, String reason) {
    return UserError.usage("cannot use the tables of " + name + ": " + reason);
  }

  /** Those who publish or maintain the same tables must meet in one directory. */
  private void refuseOtherDirectory() {
    String directory = properties(Table.RUNS.label()).get(DIRECTORY);
    if (directory != null && !directory.equals(root().toString())) {
      throw UserError.usage(
          "the tables of " + this + " go with the directory " + directory + ", not with " + root());
    }
  }

  /**
   * Makes sure that runs can be written, and makes the namespace and the table {@code runs} if need
   * be.
   *
   * @throws UserError if they cannot be made, or the format of the tables is not suitable
   */
  void prepare() {
    try {
      if (!spark().catalog().databaseExists(quoted(null))) {
        spark().sql("CREATE NAMESPACE IF NOT EXISTS " + quoted(null));
      }
      isNew = !has(Table.RUNS.label());
      createIfAbsent(Table.RUNS.label(), RunCodec.SCHEMA);
      for (Table table : Table.values()) {
        if (has(table.label()) && !canCommit(table.label())) {
          dropIfUnused();
          throw UserError.input(
              "the tables of "
                  + this
                  + " have a format that cannot commit a run at once; Iceberg and Delta can (for"
                  + " Delta in Spark's own catalog set spark.sql.sources.default=delta)");
        }
      }
    } catch (UserError e) {
      throw e;
    } catch (Exception e) {
      throw UserError.input("cannot write to " + this + ": " + UserError.reason(e));
    }
  }

  /** Takes back the table that {@link #prepare} made, if no run has come of it. */
  void dropIfUnused() {
    if (isNew && !holdsRuns()) {
      catalog.dropTable(identifier(Table.RUNS.label()));
    }
    isNew = false;
  }

  private boolean canCommit(String table) throws NoSuchTableException {
    return catalog
        .loadTable(identifier(table))
        .capabilities()
        .contains(TableCapability.OVERWRITE_BY_FILTER);
  }

  @Override
  boolean has(String table) {
    return catalog.tableExists(identifier(table));
  }

  private Identifier identifier(String table) {
    return Identifier.of(namespace, table);
  }

  @Override
  boolean exists() {
    return spark().catalog().databaseExists(quoted(null)) || has(Table.RUNS.label());
  }

  @Override
  boolean holdsRuns() {
    return has(Table.RUNS.label()) && !spark().table(quoted(Table.RUNS.label())).isEmpty();
  }

  @Override
  Dataset<Row> rows(String table, StructType schema) {
    if (!has(table)) {
      return spark().createDataFrame(List.of(), schema);
    }
    Dataset<Row> rows = spark().table(quoted(table));
    Set<String> there = Set.of(rows.columns());
    return rows.select(
        Arrays.stream(schema.fields())
            .map(
                field ->
                    there.contains(field.name())
                        ? SqlNames.named(field.name())
                        : lit(null).cast(field.dataType()).as(field.name()))
            .toArray(Column[]::new));
  }

  @Override
  Optional<Dataset<Row>> rows(String table) {
    return has(table) ? Optional.of(spark().table(quoted(table))) : Optional.empty();
  }

  @Override
  List<Partition> partitions() {
    List<Partition> partitions = new ArrayList<>();
    for (Table table : OF_RUNS) {
      if (has(table.label())) {
        spark()
            .table(quoted(table.label()))
            .select(col("run_date").cast("string"), col("run_id"))
            .distinct()
            .collectAsList()
            .forEach(
                run ->
                    partitions.add(
                        new Partition(table.label(), run.getString(0), run.getString(1))));
      }
    }
    return partitions;
  }

  @Override
  boolean isComplete(String runId) {
    return has(Table.RUNS.label()) && hasRows(Table.RUNS.label(), runId);
  }

  private boolean hasRows(String table, String runId) {
    // Catalogs may remember a table for a while, and another process may have written it since.
    catalog.invalidateTable(identifier(table));
    return !spark().table(quoted(table)).where(col("run_id").equalTo(runId)).isEmpty();
  }

  /**
   * Writes a run, a commit for each table. What one with this id has left that is not complete is
   * removed first; the row of one that is complete must be gone.
   *
   * @param staged where the rows of a table are, as Parquet files
   */
  void publish(
      String runId, LocalDate runDate, List<Table> tables, Function<Table, String> staged) {
    removeRows(runId);
    try {
      for (Table table : tables) {
        Dataset<Row> rows =
            spark()
                .read()
                .parquet(staged.apply(table))
                .withColumn("run_date", lit(runDate))
                .withColumn("run_id", lit(runId));
        append(table.label(), rows);
      }
      append(Table.RUNS.label(), spark().read().parquet(staged.apply(Table.RUNS)));
    } catch (RuntimeException e) {
      takeBack(runId);
      throw e;
    }
  }

  private void takeBack(String runId) {
    // A signal has cancelled the jobs of the run's group.
    spark().sparkContext().clearJobGroup();
    try {
      if (!isComplete(runId)) {
        removeRows(runId);
      }
    } catch (RuntimeException e) {
      LOG.warn("cannot remove what was added of the run {}: {}", runId, e.toString());
    }
  }

  /** Removes the row that makes a run complete, if there is one. */
  void removeRun(String runId) {
    remove(Table.RUNS, runId);
  }

  /** Removes the rows of a run that is not complete. */
  void removeRows(String runId) {
    OF_RUNS.forEach(table -> remove(table, runId));
  }

  private void remove(Table table, String runId) {
    if (has(table.label()) && hasRows(table.label(), runId)) {
      // Ids hold no quotes; Iceberg's parser knows no parameters here.
      try {
        spark().sql("DELETE FROM " + quoted(table.label()) + " WHERE run_id = '" + runId + "'");
      } catch (Exception e) {
        throw failed(table.label(), e);
      }
      LOG.info("removed the rows of the run {} from {}", runId, name(table.label()));
    }
  }

  /** Removes the rows of clips from a table, in one commit. */
  void removeClips(String table, Dataset<Row> ids) {
    if (!has(table)) {
      return;
    }
    ids.createOrReplaceTempView(REMOVED);
    try {
      spark().sql(removal(table));
    } catch (Exception e) {
      throw failed(table, e);
    } finally {
      spark().catalog().dropTempView(REMOVED);
    }
  }

  /** Delta knows no queries within DELETE, Iceberg no MERGE into tables that take new columns. */
  private String removal(String table) {
    return format(table).equals(DELTA)
        ? "MERGE INTO "
            + quoted(table)
            + " AS t USING "
            + REMOVED
            + " AS r ON t.clip_id = r.clip_id WHEN MATCHED THEN DELETE"
        : "DELETE FROM "
            + quoted(table)
            + " WHERE clip_id IN (SELECT clip_id FROM "
            + REMOVED
            + ")";
  }

  /** The tables that are there. */
  List<String> names() {
    return Stream.concat(
            Arrays.stream(Table.values()).map(Table::label), Stream.of(Forgotten.LABEL))
        .filter(this::has)
        .toList();
  }

  /** What merges a table's small files, in SQL; empty if its format has no such procedure. */
  Optional<String> compaction(String table) {
    return switch (format(table)) {
      case ICEBERG -> Optional.of(call("rewrite_data_files", table, ""));
      case DELTA -> Optional.of("OPTIMIZE " + quoted(table));
      default -> Optional.empty();
    };
  }

  /**
   * What removes old snapshots of a table and files that only they need, in SQL; empty if its
   * format has no such procedure.
   */
  Optional<String> expiry(String table, int days) {
    String before = LocalDate.now(ZoneOffset.UTC).minusDays(days) + " 00:00:00";
    return switch (format(table)) {
      case ICEBERG ->
          Optional.of(
              call("expire_snapshots", table, ", older_than => TIMESTAMP '" + before + "'"));
      case DELTA -> Optional.of("VACUUM " + quoted(table) + " RETAIN " + 24L * days + " HOURS");
      default -> Optional.empty();
    };
  }

  private String call(String procedure, String table, String more) {
    // With the catalog, as Iceberg would look for one of the namespace's name and warn.
    String name = quoted(table).replace("'", "\\'");
    return "CALL "
        + SqlNames.quoted(catalog.name())
        + ".system."
        + procedure
        + "(table => '"
        + name
        + "'"
        + more
        + ")";
  }

  private String format(String table) {
    return properties(table).getOrDefault(TableCatalog.PROP_PROVIDER, "").toLowerCase(Locale.ROOT);
  }

  private Map<String, String> properties(String table) {
    try {
      return catalog.loadTable(identifier(table)).properties();
    } catch (NoSuchTableException e) {
      return Map.of();
    }
  }

  /** Adds rows to a table, which is made if need be, in one commit. */
  void append(String table, Dataset<Row> rows) {
    createIfAbsent(table, rows.schema());
    try {
      rows.writeTo(quoted(table))
          .option("mergeSchema", "true")
          // Iceberg's: what a table gets later stands behind its other columns, not where rows have
          // it.
          .option("check-ordering", "false")
          .append();
    } catch (Exception e) {
      throw failed(table, e);
    }
  }

  private void createIfAbsent(String table, StructType schema) {
    if (has(table)) {
      return;
    }
    var made =
        spark()
            .createDataFrame(List.<Row>of(), (StructType) nullable(schema))
            .writeTo(quoted(table));
    PROPERTIES.forEach(made::tableProperty);
    made.tableProperty(DIRECTORY, root().toString());
    if (Arrays.asList(schema.fieldNames()).contains("run_date")
        && !table.equals(Table.RUNS.label())) {
      made.partitionedBy(col("run_date"));
    }
    try {
      made.create();
    } catch (Exception e) {
      // Spark's exceptions are checked, which its Java signatures do not say.
      if (!has(table)) {
        throw failed(table, e);
      }
    }
  }

  private UserError failed(String table, Exception e) {
    LOG.debug("cannot write {}", table, e);
    if (UserError.tellsOfFullDisk(e) || UserError.tellsOfOutage(e)) {
      return UserError.unwritable("the table " + name(table), e);
    }
    return UserError.fault("cannot write " + name(table) + ": " + UserError.reason(e));
  }

  /** Runs may lack columns that others have. */
  private static DataType nullable(DataType type) {
    if (type instanceof StructType struct) {
      StructType all = new StructType();
      for (StructField field : struct.fields()) {
        all = all.add(field.name(), nullable(field.dataType()), true);
      }
      return all;
    }
    return type instanceof ArrayType array
        ? new ArrayType(nullable(array.elementType()), true)
        : type;
  }

  /** A table's name in SQL; that of the namespace for null. */
  String quoted(String table) {
    return name(table, SqlNames::quoted);
  }

  private String name(String table) {
    return name(table, Function.identity());
  }

  private String name(String table, Function<String, String> part) {
    List<String> parts = new ArrayList<>(List.of(catalog.name()));
    parts.addAll(List.of(namespace));
    if (table != null) {
      parts.add(table);
    }
    return parts.stream().map(part).collect(Collectors.joining("."));
  }

  @Override
  public String toString() {
    return name(null);
  }
}
