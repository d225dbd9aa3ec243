package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.avio_rb32;
import static org.bytedeco.ffmpeg.global.avformat.avio_rb64;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;
import static org.bytedeco.ffmpeg.global.avformat.avio_tell;

import org.bytedeco.ffmpeg.avformat.AVIOContext;

/**
 * The size of a Core Audio file's audio as its header has it (Apple, "Core Audio Format
 * Specification 1.0"), which FFmpeg does not tell.
 */
final class CafData {
  private static final int FIRST_CHUNK = 8;
  private static final int CHUNK_HEADER = 12;
  private static final int DATA = 0x64617461;

  /** Before the audio, in its chunk. */
  private static final int EDIT_COUNT = 4;

  private CafData() {}

  /** Bytes of audio; 0 where the header does not know, as when the file was written to a pipe. */
  static long bytes(AVIOContext io) {
    long chunk = FIRST_CHUNK;
    while (true) {
      avio_seek(io, chunk, 0);
      int name = avio_rb32(io);
      long size = avio_rb64(io);
      // A position that does not follow what was read means the end of the file, or a failure.
      if (avio_tell(io) != chunk + CHUNK_HEADER || size < 0) {
        return 0;
      }
      if (name == DATA) {
        return Math.max(0, size - EDIT_COUNT);
      }
      chunk += CHUNK_HEADER + size;
    }
  }
}
