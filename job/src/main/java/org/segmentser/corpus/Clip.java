package org.segmentser.corpus;

import java.io.Serializable;

/**
 * One audio input, as listed.
 *
 * @param id stable over runs: the manifest's id, else the URI
 * @param uri the file, as Hadoop's {@code Path} writes it
 * @param bytes length of the file; 0 where it is missing
 * @param modifiedMs when the file was modified, in milliseconds since 1970; null where it is
 *     missing
 * @param startS where the clip starts in the file, in seconds; null for its beginning
 * @param endS where it ends; null for the file's end
 */
public record Clip(String id, String uri, long bytes, Long modifiedMs, Double startS, Double endS)
    implements Serializable {}
