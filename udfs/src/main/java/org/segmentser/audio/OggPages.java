package org.segmentser.audio;

/** Tells whether an Ogg file ends inside a page; FFmpeg drops such a page without a word. */
final class OggPages {

  private static final int HEADER = 27;
  private static final int LARGEST = HEADER + 255 + 255 * 255;

  private OggPages() {}

  /** Whether the file's last page is not all there. */
  static boolean isCut(SourceIo io) throws AudioException {
    byte[] tail = io.readTail(Math.max(0, io.length() - LARGEST));
    int page = tail.length - 1;
    while (page >= 0 && !isPage(tail, page)) {
      page--;
    }
    return page >= 0 && page + pageSize(tail, page) > tail.length;
  }

  private static boolean isPage(byte[] bytes, int at) {
    return bytes.length - at >= 4
        && bytes[at] == 'O'
        && bytes[at + 1] == 'g'
        && bytes[at + 2] == 'g'
        && bytes[at + 3] == 'S';
  }

  /** The size of the page; of a page whose header is cut, more than is there. */
  private static int pageSize(byte[] bytes, int page) {
    if (page + HEADER > bytes.length) {
      return HEADER;
    }
    int segments = bytes[page + HEADER - 1] & 0xFF;
    int size = HEADER + segments;
    for (int i = page + HEADER; i < Math.min(page + HEADER + segments, bytes.length); i++) {
      size += bytes[i] & 0xFF;
    }
    return size;
  }
}
