package org.segmentser.corpus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.segmentser.UserError;
import org.segmentser.metrics.Origin;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Clip;
import org.segmentser.source.Corpus;
import org.segmentser.source.CorpusListing;
import org.segmentser.source.Inputs;
import org.segmentser.source.NamedClip;

/**
 * Lists clips whose emotions stand in a column: of a {@code --manifest}, of a table with audio, or
 * beside the audio in a tar shard. Every file must be there.
 */
public final class LabelledManifest {
  private static final int LABEL = 0;
  private static final int SPEAKER = 1;
  private static final int SESSION = 2;
  private static final int CORPUS = 3;
  private static final int SEX = 4;
  private static final int AGE = 5;
  private static final int HEARD = 6;

  /** Stands between several emotions that as many listeners heard. */
  private static final String OR = "\\+";

  /** Columns that need not be there, and have no other names. */
  private static final String CORPUS_COLUMN = "corpus";

  private static final String SEX_COLUMN = "sex";
  private static final String AGE_COLUMN = "age";

  private final Columns columns;
  private final Labels labels;
  private final Inputs inputs;

  /**
   * What the columns of a manifest of labelled clips are called.
   *
   * @param uri of the files
   * @param label of the emotions
   * @param speaker who speaks; some clip must have one if it is not called as in {@link #DEFAULT}
   * @param session in which a clip was recorded; as {@code speaker}
   * @param heard the emotion that most listeners heard, several of them with {@code +} between;
   *     some clip must have one; null for none
   */
  public record Columns(String uri, String label, String speaker, String session, String heard) {
    /** Where no listeners were asked. */
    public Columns(String uri, String label, String speaker, String session) {
      this(uri, label, speaker, session, null);
    }

    /** The names where none are chosen. */
    public static final Columns DEFAULT = new Columns("uri", "label", "speaker", "session");
  }

  private LabelledManifest(Inputs inputs, Columns columns, Labels labels) {
    this.inputs = inputs;
    this.columns = columns;
    this.labels = labels;
  }

  /**
   * Lists clips with their labels, and with speakers and sessions where there are columns of them.
   * So it is with {@code corpus}, and with {@code sex} and {@code age} of the speaker.
   *
   * @param inputs what names the clips, one manifest or table; its kept columns do not matter
   * @param labels that a row may have; the case of letters does not matter
   * @throws UserError if the inputs cannot be read or have no labels, or a row is wrong
   */
  public static LabelledCorpus list(
      SparkSession spark, Inputs inputs, Columns columns, List<String> labels) {
    Inputs kept =
        inputs.withColumns(
            inputs
                .columns()
                .withKept(
                    wanted(columns),
                    List.of(
                        Columns.DEFAULT.speaker(),
                        Columns.DEFAULT.session(),
                        CORPUS_COLUMN,
                        SEX_COLUMN,
                        AGE_COLUMN)));
    CorpusListing.Named named =
        CorpusListing.listHere(spark, kept, ClipSettings.of(Segmentation.DEFAULT));
    refuseFilesAlone(named.corpus().totals(), inputs);
    return new LabelledManifest(inputs, columns, new Labels(labels))
        .list(named, audioColumn(inputs));
  }

  /** In the order of their numbers. */
  private static List<String> wanted(Columns columns) {
    return Stream.of(
            columns.label(),
            columns.speaker(),
            columns.session(),
            CORPUS_COLUMN,
            SEX_COLUMN,
            AGE_COLUMN,
            columns.heard())
        .filter(Objects::nonNull)
        .toList();
  }

  /** Nothing stands beside a file that is a clip. */
  private static void refuseFilesAlone(Corpus.Totals totals, Inputs inputs) {
    boolean areFiles =
        inputs.format() == null && inputs.manifests().isEmpty() && totals.members() == 0;
    // A shard that cannot be read may have them.
    if (areFiles && totals.unreadable() == 0) {
      throw UserError.usage(
          String.join(", ", inputs.uris())
              + " has audio files and no labels: they are given by --corpus LAYOUT=ROOT, or by"
              + " --manifest URI");
    }
  }

  /** What tells clips apart that are rows of one table, with their audio in different columns. */
  private static List<String> audioColumn(Inputs inputs) {
    return inputs.format() == null
        ? List.of()
        : List.of("audio column " + Objects.requireNonNullElse(inputs.columns().audio(), "audio"));
  }

  private LabelledCorpus list(CorpusListing.Named listed, List<String> kept) {
    List<NamedClip> clips = listed.clips();
    if (!columns.speaker().equals(Columns.DEFAULT.speaker())) {
      requireAny("--speaker-column", columns.speaker(), clips, SPEAKER);
    }
    if (!columns.session().equals(Columns.DEFAULT.session())) {
      requireAny("--session-column", columns.session(), clips, SESSION);
    }
    if (columns.heard() != null) {
      requireAny("--heard-column", columns.heard(), clips, HEARD);
    }
    boolean hasSpeakers = has(listed, columns.speaker(), SPEAKER);
    boolean hasCorpora = has(listed, CORPUS_COLUMN, CORPUS);
    String name =
        inputs.manifests().isEmpty()
            ? CorpusName.last(inputs.uris().get(0))
            : CorpusName.ofManifest(inputs.manifests().get(0));
    List<LabelledClip> labelled = new ArrayList<>();
    for (NamedClip named : clips) {
      Clip clip = named.clip();
      if (clip.unreadable() != null || clip.modifiedMs() == null) {
        throw error(
            named,
            (named.row() == null ? "cannot" : "names " + clip.uri() + ", which cannot")
                + " be read: "
                + (clip.unreadable() == null ? "it could not be looked up" : clip.unreadable()));
      }
      labelled.add(
          new LabelledClip(
              clip.withKept(kept),
              label(named),
              origin(
                  named,
                  hasCorpora ? needed(named, CORPUS, "corpus") : name,
                  hasSpeakers ? needed(named, SPEAKER, "speaker") : null),
              isHeard(named)));
    }
    return new LabelledCorpus(
        labelled,
        new TreeMap<>(),
        listed.corpus().skipped(),
        listed.corpus(),
        hasCorpora ? null : name);
  }

  /** Whether a column is there, or what stands beside the audio is called so. */
  private static boolean has(CorpusListing.Named listed, String name, int column) {
    return listed.columns().contains(name)
        || listed.clips().stream().anyMatch(named -> text(named, column) != null);
  }

  private boolean isHeard(NamedClip named) {
    String heard = columns.heard() == null ? null : text(named, HEARD);
    String label = label(named);
    return heard == null
        || Arrays.stream(heard.split(OR)).anyMatch(one -> one.strip().equalsIgnoreCase(label));
  }

  private static Origin origin(NamedClip named, String corpus, String speaker) {
    Person person = Person.of(text(named, SEX), text(named, AGE));
    return new Origin(corpus, speaker, text(named, SESSION), person.sex(), person.age());
  }

  /** A misspelt name is not told apart from a value that every clip lacks. */
  private void requireAny(String option, String name, List<NamedClip> clips, int column) {
    if (clips.stream().allMatch(named -> text(named, column) == null)) {
      throw UserError.input(
          option
              + " names '"
              + name
              + "', of which no clip of "
              + String.join(", ", inputs.all())
              + " has a value");
    }
  }

  private String label(NamedClip named) {
    String label = text(named, LABEL);
    if (label == null) {
      throw error(named, "has no value in the column '" + columns.label() + "'");
    }
    String known = labels.known(label);
    if (known == null) {
      throw error(named, "has " + labels.unknown(label));
    }
    return known;
  }

  private static String needed(NamedClip named, int column, String what) {
    String value = text(named, column);
    if (value == null) {
      throw error(named, "has no " + what);
    }
    return value;
  }

  private static String text(NamedClip named, int column) {
    String text = named.clip().kept().get(column);
    return text == null || text.isBlank() ? null : text.strip();
  }

  private static UserError error(NamedClip named, String what) {
    String who = named.row() == null ? "the clip " + named.clip().id() : named.row();
    return UserError.input(who + " " + what);
  }
}
