package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.avio_r8;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;
import static org.bytedeco.ffmpeg.global.avformat.avio_tell;

import java.util.HashSet;
import java.util.Set;
import org.bytedeco.ffmpeg.avformat.AVIOContext;

/**
 * Bounds what FFmpeg inflates at once of a Matroska or WebM file whose audio is compressed once
 * more (ContentCompression) before it does: a block holds up to 256 frames, and a kilobyte may
 * become a megabyte. A packet on its own is bounded once it is inflated; blocks of other tracks are
 * not.
 */
final class MatroskaBlocks {

  /** Far more than a compressed packet of audio has. */
  private static final long LARGEST_BLOCK = 64 << 10;

  // Identifiers of elements, as in RFC 9559.
  private static final int SEGMENT = 0x18538067;
  private static final int TRACKS = 0x1654AE6B;
  private static final int TRACK_ENTRY = 0xAE;
  private static final int TRACK_NUMBER = 0xD7;
  private static final int TRACK_TYPE = 0x83;
  private static final int CODEC_PRIVATE = 0x63A2;
  private static final int ENCODINGS = 0x6D80;
  private static final int ENCODING = 0x6240;
  private static final int COMPRESSION = 0x5034;
  private static final int ALGORITHM = 0x4254;
  private static final int CLUSTER = 0x1F43B675;
  private static final int BLOCK_GROUP = 0xA0;
  private static final int BLOCK = 0xA1;
  private static final int SIMPLE_BLOCK = 0xA3;

  /** The algorithm that only puts bytes in front. */
  private static final int HEADER_STRIPPING = 3;

  /** The type of a track. */
  private static final int AUDIO = 2;

  private final AVIOContext io;
  private final long end;

  /**
   * The numbers of compressed tracks of audio, and the bytes that compressed tracks' headers have.
   */
  private final Set<Long> compressedAudio = new HashSet<>();

  private long privateBytes;

  // Of the track that is being read.
  private long number;
  private boolean audio;
  private boolean compressed;
  private long ownPrivateBytes;

  private MatroskaBlocks(AVIOContext io, long length) {
    this.io = io;
    this.end = length;
  }

  /** Refuses a file that inflates too far. The position may be anywhere after it. */
  static void check(AVIOContext io, long length) throws AudioException {
    MatroskaBlocks file = new MatroskaBlocks(io, length);
    file.readTracks();
    if (file.privateBytes > LARGEST_BLOCK) {
      throw AudioException.tooLarge(
          "the headers of compressed tracks have %,d bytes", file.privateBytes, LARGEST_BLOCK);
    }
    if (!file.compressedAudio.isEmpty()) {
      file.readBlocks();
    }
  }

  private void readTracks() {
    long at = 0;
    long endOfTracks = end;
    while (at < endOfTracks && avio_seek(io, at, 0) == at) {
      int id = id();
      long size = size();
      long content = avio_tell(io);
      switch (id) {
        case TRACKS -> endOfTracks = size > end - content ? end : content + size;
        case TRACK_ENTRY -> endTrack();
        case TRACK_NUMBER -> number = value(size);
        case TRACK_TYPE -> audio = value(size) == AUDIO;
        case CODEC_PRIVATE -> ownPrivateBytes = size;
        case COMPRESSION -> compressed |= !isHeaderStripping(content, size);
        default -> {}
      }
      boolean inside =
          id == SEGMENT || id == TRACKS || id == TRACK_ENTRY || id == ENCODINGS || id == ENCODING;
      at = content + (inside ? 0 : size);
      if (id == 0 || at < content) {
        break;
      }
    }
    endTrack();
  }

  private void endTrack() {
    if (compressed) {
      privateBytes += ownPrivateBytes;
      if (audio) {
        compressedAudio.add(number);
      }
    }
    audio = false;
    compressed = false;
    ownPrivateBytes = 0;
  }

  private boolean isHeaderStripping(long from, long size) {
    long at = from;
    while (at < from + size && avio_seek(io, at, 0) == at) {
      int id = id();
      long length = size();
      if (id == ALGORITHM) {
        return value(length) == HEADER_STRIPPING;
      }
      long next = avio_tell(io) + length;
      if (id == 0 || next <= at) {
        return false;
      }
      at = next;
    }
    return false;
  }

  private long value(long bytes) {
    long value = 0;
    for (long i = 0; i < Math.min(bytes, Long.BYTES); i++) {
      value = value << 8 | avio_r8(io);
    }
    return value;
  }

  private void readBlocks() throws AudioException {
    long at = 0;
    while (at < end && avio_seek(io, at, 0) == at) {
      int id = id();
      long size = size();
      long content = avio_tell(io);
      boolean block = id == BLOCK || id == SIMPLE_BLOCK;
      if (block && size > LARGEST_BLOCK && compressedAudio.contains(size())) {
        throw AudioException.tooLarge(
            "a block of compressed audio has %,d bytes", size, LARGEST_BLOCK);
      }
      boolean inside = id == SEGMENT || id == CLUSTER || id == BLOCK_GROUP;
      at = content + (inside ? 0 : size);
      if (id == 0 || at < content) {
        return;
      }
    }
  }

  /** The element's identifier; 0 for none. */
  private int id() {
    int first = avio_r8(io);
    int more = Integer.numberOfLeadingZeros(first) - 24;
    if (more > 3) {
      return 0;
    }
    int id = first;
    for (int i = 0; i < more; i++) {
      id = id << 8 | avio_r8(io);
    }
    return id;
  }

  /** A number that tells its own length; a size, or a block's track. */
  private long size() {
    int first = avio_r8(io);
    int more = Integer.numberOfLeadingZeros(first) - 24;
    long size = first & 0x7F >> more;
    for (int i = 0; i < more; i++) {
      size = size << 8 | avio_r8(io);
    }
    return size;
  }
}
