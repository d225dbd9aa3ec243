package org.segmentser.model;

import static org.segmentser.model.FieldChecks.check;
import static org.segmentser.model.FieldChecks.checkWithin;
import static org.segmentser.model.FieldChecks.invalid;
import static org.segmentser.model.FieldChecks.required;
import static org.segmentser.model.FieldChecks.shown;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.Serializable;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.segmentser.BuildInfo;
import org.segmentser.Json;
import org.segmentser.Sha256;
import org.segmentser.dsp.FrontEnd;

/**
 * What a model is: the content of {@value #FILE_NAME} in its directory. Immutable; every instance
 * is valid, else its constructor throws a {@link ModelException} that names the field.
 *
 * @param format version of this description, {@value #FORMAT}
 * @param modelId name and the first 12 hexadecimal digits of a SHA-256 over all that decides the
 *     model's numbers: architecture, head, labels, calibration and files
 * @param architecture the network up to the embedding
 * @param head the layers from the embedding to the logits, null for a model that only embeds
 * @param frontEnd how audio becomes the network's input
 * @param postProcessing how an embedding becomes AudioSet's 8-bit form, null if it cannot
 * @param calibration how sure the model is of clips, null if nobody has found out
 * @param provenance where the weights come from
 * @param files the model's files by name, in order of name
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonPropertyOrder({"format", "model_id", "family"})
public record ModelSpec(
    int format,
    String modelId,
    Architecture architecture,
    Head head,
    FrontEndSpec frontEnd,
    PostProcessing postProcessing,
    Calibration calibration,
    Provenance provenance,
    SortedMap<String, FileFacts> files)
    implements Serializable {

  /** The version of {@code model.json} that this code reads and writes. */
  public static final int FORMAT = 1;

  /** Name of the description inside a model directory. */
  public static final String FILE_NAME = FieldChecks.FILE_NAME;

  /** The family of a description that names none. */
  public static final String DEFAULT_FAMILY = "vggish";

  /** Name of the report of the training, inside the directory of a trained model. */
  public static final String REPORT = "training.json";

  /** Name of what people should know about a model, in Markdown, inside its directory. */
  public static final String CARD = "card.md";

  /** The largest card, in bytes. */
  public static final int MAX_CARD_BYTES = 1 << 20;

  /** The largest report, in bytes: it takes about 20 for each clip that was learned from. */
  public static final int MAX_REPORT_BYTES = 256 << 20;

  /** Files for people, on which the model's numbers do not depend. */
  private static final Set<String> NOTES = Set.of(REPORT, CARD);

  /** The largest description, in bytes. */
  public static final int MAX_BYTES = 1 << 20;

  /** The longest embedding, in numbers: its principal components are as many squared. */
  public static final int MAX_EMBEDDING = 4096;

  /** The most weights of a model: seven times as many as the official VGGish has, 2 GB. */
  public static final long MAX_PARAMETERS = 500_000_000;

  /** The longest id, and the longest name of a file, in characters; together they name a file. */
  private static final int MAX_ID = 115;

  private static final int ID_DIGITS = 12;
  private static final int EMBEDDER_DIGITS = 16;

  /** The longest name that an id begins with, in characters. */
  public static final int MAX_NAME = MAX_ID - ID_DIGITS - 1;

  private static final int MAX_TEXT = 10_000;
  private static final int MAX_FILES = 32;
  private static final long MAX_FILE_BYTES = 8L << 30;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Checks every field. */
  public ModelSpec {
    if (format != FORMAT) {
      throw invalid("format", "is " + format + "; this version reads " + FORMAT);
    }
    check(
        isId(modelId, MAX_ID),
        "model_id",
        modelId,
        "must be 1 to "
            + MAX_ID
            + " letters, digits, '.', '_' or '-', the first a letter or digit");
    required(architecture, "architecture");
    required(frontEnd, "front_end");
    required(provenance, "provenance");
    required(files, "files");
    checkWithin(1, MAX_EMBEDDING, architecture.embedding(), "architecture.embedding");
    checkWithin(1, MAX_PARAMETERS, parameters(architecture, head), "the number of parameters");
    checkWithin(1, MAX_FILES, files.size(), "the number of files");
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    files.forEach(
        (name, facts) -> {
          check(
              isId(name, MAX_ID),
              "files",
              name,
              "a name must be 1 to " + MAX_ID + " letters, digits, '.', '_' or '-'");
          required(facts, "files." + name);
        });
    for (String file : architecture.files()) {
      requiredFile(files, file);
    }
    if (postProcessing != null) {
      requiredFile(files, postProcessing.pca());
    }
    if (calibration != null) {
      required(head, "head of a calibrated model");
      if (calibration.novelty() != null) {
        requiredFile(files, calibration.novelty());
        checkWithin(1, Novelty.MAX_EMBEDDING, architecture.embedding(), "architecture.embedding");
      }
    }
  }

  /**
   * Describes a new model.
   *
   * @param name begins the model's id: letters, digits, {@code . _ -}
   */
  static ModelSpec create(
      String name,
      Architecture architecture,
      Head head,
      PostProcessing postProcessing,
      Calibration calibration,
      Provenance provenance,
      Map<String, FileFacts> files) {
    SortedMap<String, FileFacts> sorted = new TreeMap<>(files);
    return new ModelSpec(
        FORMAT,
        name + "-" + digest(architecture, head, calibration, sorted).substring(0, ID_DIGITS),
        architecture,
        head,
        FrontEndSpec.VGGISH,
        postProcessing,
        calibration,
        provenance,
        sorted);
  }

  /** Whether the id of a model may begin with this name. */
  public static boolean isName(String name) {
    return isId(name, MAX_NAME);
  }

  private static boolean isId(String id, int maxLength) {
    return id != null && id.length() <= maxLength && ID.matcher(id).matches();
  }

  /** The SHA-256 whose first digits end the id. */
  private static String digest(
      Architecture architecture,
      Head head,
      Calibration calibration,
      SortedMap<String, FileFacts> files) {
    StringBuilder facts = new StringBuilder();
    if (!architecture.family().equals(DEFAULT_FAMILY)) {
      facts.append("family ").append(architecture.family()).append('\n');
    }
    facts.append(architecture.identity());
    if (head != null) {
      facts.append("\nhidden ").append(head.hidden()).append("\nlabels ").append(head.labels());
    }
    if (calibration != null) {
      facts.append('\n').append(calibration.identity());
    }
    files.forEach(
        (name, file) -> {
          if (!NOTES.contains(name)) {
            facts.append('\n').append(name).append(' ').append(file.sha256);
          }
        });
    return Sha256.of(facts.toString());
  }

  /** Refuses a description that was changed after its id was made. */
  void checkId() {
    String digits = digest(architecture, head, calibration, files).substring(0, ID_DIGITS);
    if (!modelId.endsWith("-" + digits)) {
      throw invalid(
          "model_id",
          "is " + modelId + ", but its content gives the digits " + digits + "; was it edited?");
    }
  }

  /**
   * The id of {@link ModelDirectory#embedderId}.
   *
   * @param weights a hash of those that decide embeddings
   */
  String embedderId(String weights) {
    String facts = String.join("\n", frontEnd.identity(), architecture.identity(), weights);
    return family() + "-" + Sha256.of(facts).substring(0, EMBEDDER_DIGITS);
  }

  /** The family of networks that it is one of. */
  public String family() {
    return architecture.family();
  }

  /** What the file says of the family; null for the default, which is left out. */
  @JsonProperty("family")
  private String writtenFamily() {
    return family().equals(DEFAULT_FAMILY) ? null : family();
  }

  /** Whether the model knows what clips look like that it was made for. */
  public boolean knowsNovelty() {
    return calibration != null && calibration.novelty() != null;
  }

  /** How many numbers the model's weights are. */
  public long parameters() {
    return parameters(architecture, head);
  }

  private static long parameters(Architecture architecture, Head head) {
    return architecture.parameters()
        + (head == null ? 0 : head.parameters(architecture.embedding()));
  }

  /** This model with another architecture, under the same id: for trials only. */
  public ModelSpec withArchitecture(Architecture other) {
    return new ModelSpec(
        format, modelId, other, head, frontEnd, postProcessing, calibration, provenance, files);
  }

  /** The description as indented JSON, UTF-8. */
  public byte[] toJson() {
    return Json.indented(this);
  }

  /**
   * The network up to the embedding, as its family describes it: a record whose components are the
   * fields of {@code architecture}. Immutable; every instance is valid, else its constructor throws
   * a {@link ModelException}, for which {@link FieldChecks} are there.
   */
  public interface Architecture extends Serializable {
    /** The {@linkplain ModelFamily#name name} of its family. */
    String family();

    /** Length of an embedding, 1 to {@value ModelSpec#MAX_EMBEDDING}. */
    int embedding();

    /** How many numbers the weights of such a network are, those of the head aside. */
    long parameters();

    /** Names of the files that hold the weights, those of the head included. */
    List<String> files();

    /**
     * What of it decides the network's numbers, as lines of text. The ids of models follow from it,
     * so the text for a given network must never change.
     */
    String identity();

    /** What it is, for people: rows of a few words each, by name, in the order of the layers. */
    Map<String, String> summary();
  }

  /**
   * The layers from the embedding to the logits.
   *
   * @param hidden units of the hidden layer, which ends in a ReLU, 1 to {@value #MAX_UNITS}
   * @param labels one emotion per logit, in the logits' order, 1 to {@value #MAX_LABELS} of up to
   *     {@value #MAX_LABEL} characters
   */
  public record Head(int hidden, List<String> labels) implements Serializable {
    /** Labels become columns of every table. */
    static final int MAX_LABELS = 256;

    static final int MAX_LABEL = 100;

    static final int MAX_UNITS = 16384;

    /** Checks every field. */
    public Head {
      checkWithin(1, MAX_UNITS, hidden, "head.hidden");
      required(labels, "head.labels");
      checkWithin(1, MAX_LABELS, labels.size(), "the number of head.labels");
      for (String label : labels) {
        check(
            label != null && !label.isBlank() && label.length() <= MAX_LABEL,
            "head.labels",
            label,
            "a label must be 1 to " + MAX_LABEL + " characters, not all of them blank");
      }
      // Labels become columns, whose names Spark compares without case.
      long distinct = labels.stream().map(l -> l.toLowerCase(Locale.ROOT)).distinct().count();
      check(distinct == labels.size(), "head.labels", labels, "a label must not occur twice");
      labels = List.copyOf(labels);
    }

    /**
     * How many numbers its weights are.
     *
     * @param embedding length of the embeddings that it is fed
     */
    public long parameters(int embedding) {
      return (embedding + 1L) * hidden + (hidden + 1L) * labels.size();
    }
  }

  /**
   * How audio becomes the network's input. This version knows only {@link #VGGISH}.
   *
   * @param sampleRate samples per second
   * @param windowMs length of an STFT window
   * @param hopMs from one window to the next
   * @param melBands bands of the mel scale
   * @param melMinHz lower edge of the lowest band
   * @param melMaxHz upper edge of the highest band
   * @param logOffset added before the natural logarithm
   * @param frames windows in a patch
   */
  public record FrontEndSpec(
      int sampleRate,
      int windowMs,
      int hopMs,
      int melBands,
      int melMinHz,
      int melMaxHz,
      double logOffset,
      int frames)
      implements Serializable {
    /** The published front end of VGGish. */
    public static final FrontEndSpec VGGISH =
        new FrontEndSpec(
            FrontEnd.SAMPLE_RATE,
            milliseconds(FrontEnd.WINDOW),
            milliseconds(FrontEnd.HOP),
            FrontEnd.BANDS,
            FrontEnd.MIN_HZ,
            FrontEnd.MAX_HZ,
            FrontEnd.LOG_OFFSET,
            FrontEnd.FRAMES);

    /** Refuses what is not {@link #VGGISH}. */
    public FrontEndSpec {
      check(sampleRate == FrontEnd.SAMPLE_RATE, "front_end.sample_rate", sampleRate);
      check(windowMs == milliseconds(FrontEnd.WINDOW), "front_end.window_ms", windowMs);
      check(hopMs == milliseconds(FrontEnd.HOP), "front_end.hop_ms", hopMs);
      check(melBands == FrontEnd.BANDS, "front_end.mel_bands", melBands);
      check(melMinHz == FrontEnd.MIN_HZ, "front_end.mel_min_hz", melMinHz);
      check(melMaxHz == FrontEnd.MAX_HZ, "front_end.mel_max_hz", melMaxHz);
      check(logOffset == FrontEnd.LOG_OFFSET, "front_end.log_offset", logOffset);
      check(frames == FrontEnd.FRAMES, "front_end.frames", frames);
    }

    /** All of it in words. Ids of embedders follow from it, so the words must never change. */
    String identity() {
      return String.format(
          Locale.ROOT,
          "%d Hz, windows of %d ms every %d ms, %d bands from %d to %d Hz, offset %s, %d windows",
          sampleRate,
          windowMs,
          hopMs,
          melBands,
          melMinHz,
          melMaxHz,
          logOffset,
          frames);
    }

    private static int milliseconds(int samples) {
      return 1000 * samples / FrontEnd.SAMPLE_RATE;
    }
  }

  /**
   * How an embedding becomes AudioSet's 8-bit form.
   *
   * @param pca the model's file of the principal components, for {@link PostProcessor}
   */
  public record PostProcessing(String pca) implements Serializable {
    /** Checks every field. */
    public PostProcessing {
      required(pca, "post_processing.pca");
    }
  }

  /**
   * Where the weights come from.
   *
   * @param source name of the file, or prefix of the files, that they were imported from; or the
   *     data that they were trained on
   * @param sha256 of that file; of several: of one after the other, the index first; of a trained
   *     model: of its {@value ModelSpec#REPORT}
   * @param imported when they were imported or trained, ISO 8601 in UTC
   * @param tool what did it, with its version
   */
  public record Provenance(String source, String sha256, String imported, String tool)
      implements Serializable {
    /** Checks every field. */
    public Provenance {
      checkText(source, "provenance.source");
      checkSha256(sha256, "provenance.sha256");
      required(imported, "provenance.imported");
      try {
        Instant.parse(imported);
      } catch (DateTimeParseException e) {
        throw invalid("provenance.imported", "cannot be " + shown(imported));
      }
      checkText(tool, "provenance.tool");
    }

    /**
     * For weights that this version of segment-ser imports, or has trained, now.
     *
     * @param source of which as much is kept as a model may say
     */
    public static Provenance now(String source, String sha256) {
      String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
      String kept =
          source.length() <= MAX_TEXT ? source : source.substring(0, MAX_TEXT - 3) + "...";
      return new Provenance(kept, sha256, time, "segment-ser " + BuildInfo.VERSION);
    }
  }

  /**
   * What a file must be.
   *
   * @param sha256 64 hexadecimal digits in lower case
   * @param bytes its length, up to 8 GiB
   */
  public record FileFacts(String sha256, long bytes) implements Serializable {
    /** Checks every field. */
    public FileFacts {
      checkSha256(sha256, "files.sha256");
      checkWithin(0, MAX_FILE_BYTES, bytes, "files.bytes");
    }
  }

  private static void requiredFile(Map<String, FileFacts> files, String name) {
    if (!files.containsKey(name)) {
      throw invalid("files", "lacks " + name);
    }
  }

  private static void checkText(String text, String field) {
    required(text, field);
    check(text.length() <= MAX_TEXT, field, text, "must have at most " + MAX_TEXT + " characters");
  }

  private static void checkSha256(String sha256, String field) {
    check(
        sha256 != null && SHA256.matcher(sha256).matches(),
        field,
        sha256,
        "must be 64 hexadecimal digits in lower case");
  }
}
