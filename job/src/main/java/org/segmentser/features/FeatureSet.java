package org.segmentser.features;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;

/**
 * The features of listed clips: a flat local file of float32 little-endian rows, one a segment, and
 * where each clip's rows stand in it. The rows of a clip stand together in the order of its
 * segments, and the clips in the order of their list. Read it with {@link FeatureFile}. Immutable.
 */
public final class FeatureSet implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A path is not serialisable. */
  private final String file;

  private final int width;

  @SuppressWarnings("serial") // List.copyOf is
  private final List<ClipFeatures> clips;

  public FeatureSet(Path file, int width, List<ClipFeatures> clips) {
    this.file = file.toString();
    this.width = width;
    this.clips = List.copyOf(clips);
  }

  /** The file, on the disk of the machine that made it. */
  public Path file() {
    return Path.of(file);
  }

  /** Numbers in a row: those of a patch, or of an embedding. */
  public int width() {
    return width;
  }

  /** Every listed clip, in the order of the list. */
  public List<ClipFeatures> clips() {
    return clips;
  }

  /** StoredRows in the file. */
  public long rows() {
    return clips.stream().mapToLong(ClipFeatures::rows).sum();
  }
}
