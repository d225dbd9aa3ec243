package org.segmentser.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.source.Clip;
import org.segmentser.source.Manifest;
import org.segmentser.source.Manifest.ManifestRow;

/** Lists {@code --manifest} of clips whose emotions are known. Every file must be there. */
public final class LabelledManifest {
  private final Manifest manifest;
  private final Columns columns;
  private final Labels labels;

  /**
   * What the columns of a manifest of labelled clips are called.
   *
   * @param uri of the files
   * @param label of the emotions
   * @param speaker who speaks; need be there only if it is not called as in {@link #DEFAULT}
   * @param session in which a clip was recorded; as {@code speaker}
   */
  public record Columns(String uri, String label, String speaker, String session) {
    /** The names where none are chosen. */
    public static final Columns DEFAULT = new Columns("uri", "label", "speaker", "session");
  }

  private LabelledManifest(Manifest manifest, Columns columns, Labels labels) {
    this.manifest = manifest;
    this.columns = columns;
    this.labels = labels;
  }

  /**
   * Lists a manifest's clips with their labels, and with speakers and sessions where it has columns
   * of them.
   *
   * @param labels that a row may have; the case of letters does not matter
   * @throws UserError if the manifest cannot be read, or a row is wrong
   */
  public static LabelledCorpus list(
      SparkSession spark, String uri, Columns columns, List<String> labels) {
    Manifest manifest = Manifest.open(spark, uri);
    manifest.require(columns.uri());
    manifest.require(columns.label());
    requireIfNamed(manifest, columns.speaker(), Columns.DEFAULT.speaker());
    requireIfNamed(manifest, columns.session(), Columns.DEFAULT.session());
    return new LabelledManifest(manifest, columns, new Labels(labels)).list();
  }

  private static void requireIfNamed(Manifest manifest, String column, String byDefault) {
    if (!column.equals(byDefault)) {
      manifest.require(column);
    }
  }

  private LabelledCorpus list() {
    List<ManifestRow> rows =
        manifest.rows(columns.uri(), columns.label(), columns.speaker(), columns.session());
    List<LabelledClip> labelled = rows.stream().map(this::labelled).toList();
    List<Clip> found = manifest.lookUp(labelled.stream().map(LabelledClip::clip).toList());
    List<LabelledClip> clips = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      manifest.requireFound(rows.get(i), found.get(i));
      LabelledClip row = labelled.get(i);
      clips.add(new LabelledClip(found.get(i), row.label(), row.speaker(), row.session()));
    }
    return new LabelledCorpus(clips, new TreeMap<>(), new TreeMap<>());
  }

  private LabelledClip labelled(ManifestRow row) {
    Clip clip = manifest.clip(row, columns.uri(), List.of());
    String label = row.text(columns.label());
    if (label == null) {
      throw manifest.rowError(row, "has no label");
    }
    String known = labels.known(label);
    if (known == null) {
      throw manifest.rowError(row, "has " + labels.unknown(label));
    }
    String speaker = row.text(columns.speaker());
    if (manifest.has(columns.speaker()) && speaker == null) {
      throw manifest.rowError(row, "has no speaker");
    }
    return new LabelledClip(clip, known, speaker, row.text(columns.session()));
  }
}
