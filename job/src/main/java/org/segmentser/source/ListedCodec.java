package org.segmentser.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.segment.Section;

/**
 * What a listing finds, as a row of the staged listing: with its place in it, and with what stands
 * before it there, by weight.
 */
final class ListedCodec {
  /** Names of the columns. */
  static final String CLIP = "clip";

  static final String WEIGHT = "weight";

  /** The part of the listing that one task wrote. */
  static final String PART = "part";

  /** The weight of what stands before it in its part. */
  static final String BEFORE = "before";

  /** That of the first clip of those that one task reads together. */
  static final String TOGETHER = "together";

  /** The weight of what stands before the first section of its clip in its part. */
  static final String START = "start";

  /** How many clips stand before it in its part. */
  static final String NUMBER = "number";

  /** Whether something stands for it elsewhere in the listing: a shard's members, sections. */
  static final String EXPANDED = "expanded";

  static final String SECTION_INDEX = "section.index";
  static final String ROW_NUMBER = "row";
  static final String TABLE = "table";
  static final String PROBLEM = "problem";
  static final String SKIPPED = "skipped";
  static final String COUNT = "count";

  private static final StructType SECTION =
      new StructType()
          .add("index", DataTypes.IntegerType, false)
          .add("count", DataTypes.IntegerType, false)
          .add("first", DataTypes.IntegerType, false)
          .add("end", DataTypes.IntegerType, false);

  static final StructType SCHEMA =
      new StructType()
          .add(PART, DataTypes.IntegerType, false)
          .add(BEFORE, DataTypes.LongType, false)
          .add(TOGETHER, DataTypes.LongType, false)
          .add(START, DataTypes.LongType, false)
          .add(NUMBER, DataTypes.LongType, false)
          .add(WEIGHT, DataTypes.LongType, false)
          .add(EXPANDED, DataTypes.BooleanType, false)
          .add(CLIP, ClipCodec.SCHEMA)
          .add("section", SECTION)
          .add(TABLE, DataTypes.StringType)
          .add(ROW_NUMBER, DataTypes.LongType)
          .add(PROBLEM, DataTypes.StringType)
          .add(SKIPPED, DataTypes.StringType)
          .add(COUNT, DataTypes.LongType, false);

  private static final int CLIP_AT = SCHEMA.fieldIndex(CLIP);
  private static final int SECTION_AT = SCHEMA.fieldIndex("section");
  private static final int TABLE_AT = SCHEMA.fieldIndex(TABLE);
  private static final int ROW_AT = SCHEMA.fieldIndex(ROW_NUMBER);
  private static final int PROBLEM_AT = SCHEMA.fieldIndex(PROBLEM);
  private static final int SKIPPED_AT = SCHEMA.fieldIndex(SKIPPED);
  private static final int COUNT_AT = SCHEMA.fieldIndex(COUNT);

  private ListedCodec() {}

  /** Whether a row is of a clip that has a {@link ClipPartitions#sequence}. */
  static Column isOfSequence() {
    UDF2<String, String, Boolean> isOfOne = ClipPartitions::isOfSequence;
    return udf(isOfOne, DataTypes.BooleanType)
        .apply(col("clip.location.uri"), col("clip.location.member"));
  }

  /** Whether a row is of a whole tar shard. */
  static Column isShard() {
    UDF2<String, String, Boolean> isShard =
        (uri, member) -> member == null && TarShard.isShard(uri);
    return udf(isShard, DataTypes.BooleanType)
        .apply(col("clip.location.uri"), col("clip.location.member"));
  }

  /** {@link Expansion#isWanted} of a row. */
  static Column isWanted() {
    return col("clip.location.member").isNotNull().and(col("clip.location.length").isNull());
  }

  /** The rows of one part of a listing, in order. */
  static final class Packer {
    private final int part;
    private long before;
    private long together;
    private long start;
    private long clips;
    private String sequence;

    Packer(int part) {
      this.part = part;
    }

    /** The next row. */
    Row pack(Listed listed, boolean isExpanded) {
      Clip clip = listed.clip();
      long weight = clip == null ? 0 : ClipPartitions.weight(listed.item());
      String shard = clip == null ? null : ClipPartitions.sequence(clip);
      if (shard == null || !shard.equals(sequence)) {
        together = before;
      }
      sequence = shard;
      if (listed.section() == null || listed.section().index() == 0) {
        start = before;
        clips += clip == null ? 0 : 1;
      }
      Row row =
          RowFactory.create(
              part,
              before,
              together,
              start,
              Math.max(0, clips - 1),
              weight,
              isExpanded,
              clip == null ? null : ClipCodec.pack(clip),
              ListedCodec.pack(listed.section()),
              listed.origin() == null ? null : listed.origin().table(),
              listed.origin() == null ? null : listed.origin().row(),
              listed.problem(),
              listed.skipped(),
              listed.count());
      before += isExpanded ? 0 : weight;
      return row;
    }
  }

  private static Row pack(Section section) {
    return section == null
        ? null
        : RowFactory.create(
            section.index(), section.count(), section.firstSegment(), section.endSegment());
  }

  /** What a row tells of. */
  static Listed unpack(Row row) {
    Row section = row.getStruct(SECTION_AT);
    return new Listed(
        row.isNullAt(CLIP_AT) ? null : ClipCodec.unpack(row.getStruct(CLIP_AT)),
        section == null
            ? null
            : new Section(
                section.getInt(0), section.getInt(1), section.getInt(2), section.getInt(3)),
        row.isNullAt(TABLE_AT)
            ? null
            : new Listed.Origin(row.getString(TABLE_AT), row.getLong(ROW_AT)),
        row.getString(PROBLEM_AT),
        row.getString(SKIPPED_AT),
        row.getLong(COUNT_AT));
  }
}
