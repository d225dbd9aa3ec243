package org.segmentser.source;

import java.io.Serializable;
import java.util.List;

/**
 * One audio input, as listed.
 *
 * @param id stable over runs: the manifest's id, else the URI
 * @param uri the file, as Hadoop's {@code Path} writes it
 * @param bytes length of the file; null if unknown
 * @param modifiedMs when the file was modified, in milliseconds since 1970; null if unknown
 * @param startS where the clip starts in the file, in seconds; null for its beginning
 * @param endS where it ends; null for the file's end
 * @param unreadable why it cannot be read, in words; null unless that is known already
 * @param kept values of the columns that are kept of a manifest, in their order; may hold nulls
 */
public record Clip(
    String id,
    String uri,
    Long bytes,
    Long modifiedMs,
    Double startS,
    Double endS,
    String unreadable,
    List<String> kept)
    implements Serializable {

  /** A clip that is to be read, without other columns. */
  public Clip(String id, String uri, Long bytes, Long modifiedMs, Double startS, Double endS) {
    this(id, uri, bytes, modifiedMs, startS, endS, null, List.of());
  }
}
