package org.segmentser.corpus;

import java.util.List;

/**
 * The clips of a run.
 *
 * @param clips every clip once, by {@link Clip#id()}
 * @param skipped files in directories that were left out, as their names are not those of audio
 */
public record Corpus(List<Clip> clips, long skipped) {
  /** Bytes of all clips. */
  public long bytes() {
    return clips.stream().mapToLong(Clip::bytes).sum();
  }
}
