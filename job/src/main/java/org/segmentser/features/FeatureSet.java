package org.segmentser.features;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;

/**
 * The features of listed clips: a flat local file of float32 little-endian rows, one per segment,
 * and where each clip's rows are in it. The rows of a clip are adjacent, in the order of its
 * segments, and the clips are in the order of their list. Read it with {@link FeatureFile}.
 * Immutable.
 */
public final class FeatureSet implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A string, as a path is not serialisable. */
  private final String file;

  private final int width;

  @SuppressWarnings("serial") // List.copyOf is
  private final List<ClipFeatures> clips;

  /**
   * The features of some clips.
   *
   * @param file of the rows, on this machine
   * @param width numbers per row, at least 1
   */
  public FeatureSet(Path file, int width, List<ClipFeatures> clips) {
    this.file = file.toString();
    this.width = width;
    this.clips = List.copyOf(clips);
  }

  /** The file, on the disk of the machine that made it. */
  public Path file() {
    return Path.of(file);
  }

  /** Numbers per row: those of a patch, of an embedding, or of logits. */
  public int width() {
    return width;
  }

  /** Every listed clip, in the order of the list. */
  public List<ClipFeatures> clips() {
    return clips;
  }

  /** Rows in the file. */
  public long rows() {
    return clips.stream().mapToLong(ClipFeatures::rows).sum();
  }
}
