package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.avio_rb32;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;

/**
 * Keeps FFmpeg from ID3v2 tags, of which audio needs nothing: it would inflate every compressed
 * picture, a kilobyte to a megabyte.
 */
final class Id3Tags {

  private static final int HEADER = 10;
  private static final int FOOTER_FLAG = 0x10;

  /** The names of chunks that are tags. */
  private static final int UPPER = 0x49443320;

  private static final int LOWER = 0x69643320;

  private Id3Tags() {}

  /** How many bytes the tags have with which {@code bytes} begins; 0 if it does with none. */
  static long leading(byte[] bytes, int offset, int count) {
    long tags = 0;
    while (tags + HEADER <= count && isTag(bytes, offset + (int) tags)) {
      int at = offset + (int) tags;
      long size = 0;
      for (int i = 6; i < HEADER; i++) {
        size = size << 7 | bytes[at + i];
      }
      tags += HEADER + size + ((bytes[at + 5] & FOOTER_FLAG) != 0 ? HEADER : 0);
    }
    return tags;
  }

  private static boolean isTag(byte[] bytes, int at) {
    return bytes[at] == 'I'
        && bytes[at + 1] == 'D'
        && bytes[at + 2] == '3'
        && bytes[at + 3] != -1
        && bytes[at + 4] != -1
        && (bytes[at + 6] | bytes[at + 7] | bytes[at + 8] | bytes[at + 9]) >= 0;
  }

  /** Whether a chunk of a RIFF or AIFF file is a tag; the letters of its name, the first on top. */
  static boolean isChunk(int name) {
    return name == UPPER || name == LOWER;
  }

  /** Hides the tags of an AIFF file. The position may be anywhere after it. */
  static void hideInAiff(SourceIo io) {
    long chunk = 12;
    while (chunk + 8 <= io.length() && avio_seek(io.context(), chunk, 0) == chunk) {
      if (isChunk(avio_rb32(io.context()))) {
        io.hideName(chunk);
      }
      long size = avio_rb32(io.context()) & 0xFFFFFFFFL;
      chunk += 8 + size + (size & 1);
    }
  }
}
