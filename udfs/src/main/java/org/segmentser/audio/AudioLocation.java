package org.segmentser.audio;

import java.io.Serializable;

/**
 * Where the encoded bytes of a recording are. What reads them knows which of it to look at: a whole
 * file has neither a member nor a row.
 *
 * @param uri the file, as Hadoop's {@code Path} writes it
 * @param offset where the recording's bytes begin in the file; 0 for a whole file
 * @param length how many bytes they are; null if unknown
 * @param member name in a container such as a tar shard; null for none
 * @param row number of the row in a table; null for none
 */
public record AudioLocation(String uri, long offset, Long length, String member, Long row)
    implements Serializable {

  /**
   * A whole file.
   *
   * @param length in bytes; null if unknown
   */
  public static AudioLocation ofFile(String uri, Long length) {
    return new AudioLocation(uri, 0, length, null, null);
  }
}
