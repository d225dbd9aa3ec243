package org.segmentser.tables;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.segmentser.BuildInfo;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Status;

/** The row of a run in {@code runs}. */
public final class RunCodec {
  /** The row's columns. */
  public static final StructType SCHEMA =
      new StructType()
          .add("run_id", DataTypes.StringType, false)
          .add("run_date", DataTypes.DateType, false)
          .add("started", DataTypes.TimestampType, false)
          .add("finished", DataTypes.TimestampType, false)
          .add("command", DataTypes.StringType, false)
          .add("version", DataTypes.StringType, false)
          .add("commit", DataTypes.StringType, false)
          .add("model_id", DataTypes.StringType, false)
          .add("settings_id", DataTypes.StringType, false)
          .add("settings", DataTypes.StringType)
          .add("kept", DataTypes.createArrayType(DataTypes.StringType, false))
          .add("embedder_id", DataTypes.StringType)
          .add("segmentation", DataTypes.StringType, false)
          .add("hop_s", DataTypes.DoubleType, false)
          .add("speech", DataTypes.StringType, false)
          .add("min_speech", DataTypes.DoubleType)
          .add("coverage", DataTypes.DoubleType)
          .add("abstain_below", DataTypes.DoubleType)
          .add("clips", byStatus(), false)
          .add("segments", DataTypes.LongType, false)
          .add("abstained", DataTypes.LongType)
          .add("audio_s", DataTypes.DoubleType, false)
          .add("speech_s", DataTypes.DoubleType)
          .add("drift", Drift.SCHEMA)
          .add("wall_s", DataTypes.DoubleType, false)
          .add("spark_app_id", DataTypes.StringType, false);

  private RunCodec() {}

  /** How many outcomes there are, by status. */
  static StructType byStatus() {
    StructType schema = new StructType();
    for (Status status : Status.values()) {
      schema = schema.add(status.label(), DataTypes.LongType, false);
    }
    return schema;
  }

  /**
   * What a run was.
   *
   * @param command the command line
   * @param embedderId names what made the embeddings that its rows hold; null where they hold none
   * @param started when it began
   * @param sparkAppId Spark's id of the application
   */
  public record Run(
      String runId,
      LocalDate runDate,
      String command,
      String modelId,
      String embedderId,
      Settings settings,
      Instant started,
      String sparkAppId) {}

  /**
   * What decides what rows say beside content and model.
   *
   * @param id names all of it
   * @param text what decides how clips were read, in words: the same for the same settings
   * @param kept columns of the input that rows have too
   * @param segmentation how clips were cut
   * @param speech what was made of whether somebody speaks
   * @param caution how sure answers had to be; without a coverage where there are no sets
   */
  public record Settings(
      String id,
      String text,
      List<String> kept,
      Segmentation segmentation,
      Speech speech,
      Caution caution) {
    /** Keeps its own copy. */
    public Settings {
      kept = List.copyOf(kept);
    }

    /** The same for other columns beside those that are kept, and another caution. */
    public Settings with(String otherId, Caution other) {
      return new Settings(otherId, text, kept, segmentation, speech, other);
    }

    /** The same with another caution, under the same id. */
    public Settings with(Caution other) {
      return with(id, other);
    }
  }

  /**
   * What came of a run.
   *
   * @param clips how many outcomes, by status
   * @param segments rows of segments
   * @param abstained scored clips without an emotion; null for a run that computes none
   * @param audioS seconds of scored audio
   * @param speechS seconds of speech; null where nobody looked
   * @param drift whether that looks like what the model knows; null where nothing has an emotion
   * @param wallS seconds from start to end
   */
  public record Totals(
      Map<Status, Long> clips,
      long segments,
      Long abstained,
      double audioS,
      Double speechS,
      Drift drift,
      double wallS) {}

  /** The row of a run that is finished now. */
  public static Row pack(Run run, Totals totals) {
    Settings settings = run.settings();
    Speech speech = settings.speech();
    Object[] byStatus =
        Arrays.stream(Status.values())
            .map(status -> totals.clips().getOrDefault(status, 0L))
            .toArray();
    return RowFactory.create(
        run.runId(),
        java.sql.Date.valueOf(run.runDate()),
        java.sql.Timestamp.from(run.started()),
        java.sql.Timestamp.from(Instant.now()),
        run.command(),
        BuildInfo.VERSION,
        BuildInfo.COMMIT,
        run.modelId(),
        settings.id(),
        settings.text(),
        settings.kept().toArray(),
        run.embedderId(),
        settings.segmentation().mode().label(),
        settings.segmentation().hopS(),
        speech.mode().label(),
        speech.mode() == Speech.Mode.GATE ? speech.min() : null,
        settings.caution().coverage(),
        settings.caution().abstainBelow() > 0 ? settings.caution().abstainBelow() : null,
        RowFactory.create(byStatus),
        totals.segments(),
        totals.abstained(),
        totals.audioS(),
        totals.speechS(),
        Drift.pack(totals.drift()),
        totals.wallS(),
        run.sparkAppId());
  }

  /** The settings of a run's row, which must tell them. */
  static Settings settings(Row run) {
    Double min = run.getAs("min_speech");
    Double abstainBelow = run.getAs("abstain_below");
    return new Settings(
        run.getAs("settings_id"),
        run.getAs("settings"),
        run.getList(run.fieldIndex("kept")),
        Segmentation.of(
            labelled(
                Segmentation.Mode.values(), Segmentation.Mode::label, run.getAs("segmentation")),
            run.<Double>getAs("hop_s")),
        new Speech(
            labelled(Speech.Mode.values(), Speech.Mode::label, run.getAs("speech")),
            min == null ? Speech.DEFAULT_MIN : min),
        new Caution(run.getAs("coverage"), abstainBelow == null ? 0 : abstainBelow));
  }

  private static <T> T labelled(T[] all, Function<T, String> label, String wanted) {
    return Arrays.stream(all)
        .filter(each -> label.apply(each).equals(wanted))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("an unknown mode: " + wanted));
  }
}
