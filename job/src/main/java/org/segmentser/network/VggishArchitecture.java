package org.segmentser.network;

import static org.segmentser.model.FieldChecks.check;
import static org.segmentser.model.FieldChecks.checkWithin;
import static org.segmentser.model.FieldChecks.required;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.FrontEndSpec;
import org.segmentser.segment.Patch;

/**
 * A VGGish up to the embedding.
 *
 * @param conv output channels of the six 3 x 3 convolutions, 1 to {@value #MAX_CONV} each
 * @param fc units of fc1_1 and fc1_2, 1 to {@value #MAX_UNITS} each
 * @param embedding units of fc2, the length of an embedding
 * @param fc2 whether fc2 ends in a ReLU
 * @param inputLevel mean of the mel magnitudes that each patch is amplified to inside the network,
 *     by 50 dB at most, so that the recording's level does not matter, {@value #MIN_LEVEL} to
 *     {@value #MAX_LEVEL}; null to take patches as they are, as published
 * @param inputOffset what is added to those magnitudes before their logarithm is taken again,
 *     {@value #MIN_LEVEL} to {@value #MAX_LEVEL}: what is quieter, such as a recording's noise,
 *     tells the network little; null for that of the front end, 0.01. Only with an input level
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VggishArchitecture(
    List<Integer> conv,
    List<Integer> fc,
    int embedding,
    Fc2 fc2,
    Double inputLevel,
    Double inputOffset)
    implements ModelSpec.Architecture {
  /** The family's name. */
  static final String FAMILY = ModelSpec.DEFAULT_FAMILY;

  /** What the checkpoint's files inside a model directory begin with. */
  static final String WEIGHTS = "weights";

  private static final List<String> FILES =
      List.of(WEIGHTS + ".index", WEIGHTS + ".data-00000-of-00001");

  /** 50 dB. What is still quieter holds no speech. */
  static final double MAX_GAIN = 316;

  /** Positions that four poolings leave of a patch: 6 x 4. */
  static final int POOLED_POSITIONS = (Patch.FRAMES / 16) * (Patch.BANDS / 16);

  /** Four times the official width: a batch's activations still fit into memory. */
  private static final int MAX_CONV = 2048;

  /** Four times the official width. */
  private static final int MAX_UNITS = 16384;

  private static final double MIN_LEVEL = 1e-6;
  private static final double MAX_LEVEL = 1e6;
  private static final int CONVS = 6;
  private static final int FCS = 2;

  /** Whether the last layer of the embedding ends in a ReLU. */
  public enum Fc2 {
    /** As in the paper and in VGGish's first release. */
    @JsonProperty("relu")
    RELU,
    /** As in VGGish's current release. */
    @JsonProperty("linear")
    LINEAR;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks every field. */
  public VggishArchitecture {
    conv = widths(conv, CONVS, MAX_CONV, "architecture.conv");
    fc = widths(fc, FCS, MAX_UNITS, "architecture.fc");
    checkWithin(1, ModelSpec.MAX_EMBEDDING, embedding, "architecture.embedding");
    required(fc2, "architecture.fc2");
    checkMagnitude(inputLevel, "architecture.input_level");
    checkMagnitude(inputOffset, "architecture.input_offset");
    check(
        inputOffset == null || inputLevel != null,
        "architecture.input_offset",
        inputOffset,
        "needs an input_level");
  }

  /** A network that takes patches as they are. */
  public VggishArchitecture(List<Integer> conv, List<Integer> fc, int embedding, Fc2 fc2) {
    this(conv, fc, embedding, fc2, null, null);
  }

  private static void checkMagnitude(Double value, String field) {
    check(
        value == null || (value >= MIN_LEVEL && value <= MAX_LEVEL),
        field,
        value,
        "must be between " + MIN_LEVEL + " and " + MAX_LEVEL);
  }

  private static List<Integer> widths(List<Integer> widths, int count, int max, String field) {
    required(widths, field);
    check(
        widths.size() == count && widths.stream().allMatch(w -> w != null && w > 0 && w <= max),
        field,
        widths,
        "must be " + count + " widths between 1 and " + max);
    return List.copyOf(widths);
  }

  /**
   * The architecture of a model.
   *
   * @throws ModelException if it is of another family
   */
  public static VggishArchitecture of(ModelSpec spec) {
    if (spec.architecture() instanceof VggishArchitecture vggish) {
      return vggish;
    }
    throw new ModelException(
        "model "
            + spec.modelId()
            + " is of the family "
            + spec.family()
            + "; only models of the family "
            + FAMILY
            + " can be trained");
  }

  /** The prefix of the checkpoint in a model's local directory. */
  public static Path checkpoint(Path directory) {
    return directory.resolve(WEIGHTS);
  }

  /**
   * The gain that brings a patch to {@link #inputLevel}; 1 if there is none.
   *
   * @param mean of the patch's mel magnitudes
   */
  public double inputGain(double mean) {
    return inputLevel == null ? 1 : inputLevel / Math.max(mean, inputLevel / MAX_GAIN);
  }

  /** What is added to the mel magnitudes of a patch at {@link #inputLevel}, as a number. */
  public double logOffset() {
    return inputOffset == null ? FrontEndSpec.VGGISH.logOffset() : inputOffset;
  }

  /** This network with another end of its last layer. */
  public VggishArchitecture withFc2(Fc2 other) {
    return new VggishArchitecture(conv, fc, embedding, other, inputLevel, inputOffset);
  }

  @Override
  public String family() {
    return FAMILY;
  }

  @Override
  public long parameters() {
    long parameters = 0;
    long in = 1;
    for (int out : conv) {
      parameters += layer(9 * in, out);
      in = out;
    }
    in *= POOLED_POSITIONS;
    for (int out : fc) {
      parameters += layer(in, out);
      in = out;
    }
    return parameters + layer(in, embedding);
  }

  private static long layer(long inputs, long outputs) {
    return (inputs + 1) * outputs;
  }

  @Override
  public List<String> files() {
    return FILES;
  }

  @Override
  public String identity() {
    return "conv "
        + conv
        + "\nfc "
        + fc
        + "\nembedding "
        + embedding
        + "\nfc2 "
        + fc2
        + (inputLevel == null ? "" : "\ninput_level " + inputLevel)
        + (inputOffset == null ? "" : "\ninput_offset " + inputOffset);
  }

  @Override
  public Map<String, String> summary() {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("convolutions", text(conv));
    if (inputLevel != null) {
      rows.put(
          "input level",
          "each patch brought to a mean of "
              + inputLevel
              + (inputOffset == null ? "" : ", " + inputOffset + " added before the logarithm"));
    }
    rows.put("fully connected", text(fc));
    rows.put("embedding", embedding + ", fc2 " + fc2);
    return rows;
  }

  private static String text(List<Integer> widths) {
    return widths.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
