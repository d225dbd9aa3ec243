package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.avio_rb32;
import static org.bytedeco.ffmpeg.global.avformat.avio_rb64;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.segmentser.audio.AudioException.Kind;

/**
 * Bounds the index of a MOV or MP4 file before FFmpeg builds it. A few bytes can claim a number of
 * samples of equal size, for each of which FFmpeg makes an entry; entries that have bytes of their
 * own in the file are no danger.
 */
final class MovIndex {

  /** Those of a day of uncompressed audio at 48 kHz; 24 bytes each. */
  private static final long MOST_ENTRIES = 4 << 20;

  /** Entries that a larger file may have: no sample is smaller in the mean. */
  private static final int SMALLEST_SAMPLE = 8;

  /** FFmpeg gives up at this depth too. */
  private static final int DEEPEST = 10;

  private static final Set<String> CONTAINERS =
      Set.of(
          "moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts", "dinf", "udta");

  private final AVIOContext io;
  private long entries;

  // Of the track that is being read.
  private boolean oneTick;
  private long equalSamples;
  private long chunks;
  private long longestChunk;

  private MovIndex(AVIOContext io) {
    this.io = io;
  }

  /** Refuses a file with an index too large. The position may be anywhere after it. */
  static void check(AVIOContext io, long length) throws AudioException {
    MovIndex index = new MovIndex(io);
    index.walk(0, length, 0);
    long allowed = Math.max(MOST_ENTRIES, length / SMALLEST_SAMPLE);
    if (index.entries > allowed) {
      throw AudioException.tooLarge("the index claims %,d entries", index.entries, allowed);
    }
  }

  private void walk(long from, long end, int depth) throws AudioException {
    long at = from;
    while (depth < DEEPEST && at + 8 <= end && avio_seek(io, at, 0) == at) {
      long size = avio_rb32(io) & 0xFFFFFFFFL;
      String name = name(avio_rb32(io));
      long content = at + 8;
      if (size == 1) {
        size = avio_rb64(io);
        content = at + 16;
      } else if (size == 0) {
        size = end - at;
      }
      if (size < content - at) {
        return;
      }
      long next = size > end - at ? end : at + size;
      if (CONTAINERS.contains(name)) {
        walk(content, next, depth + 1);
      }
      if (name.equals("trak")) {
        endTrack();
      } else {
        table(name, next - content);
      }
      at = next;
    }
  }

  private void table(String name, long size) throws AudioException {
    switch (name) {
      case "cmov" ->
          throw new AudioException(Kind.UNDECODABLE, "the header is compressed, which is not read");
      case "stts" -> {
        avio_rb32(io);
        long count = avio_rb32(io);
        avio_rb32(io);
        oneTick = count == 1 && avio_rb32(io) == 1;
      }
      case "stsz" -> {
        avio_rb32(io);
        boolean equal = avio_rb32(io) != 0;
        equalSamples = equal ? unsigned() : 0;
      }
      case "stco", "co64" -> {
        avio_rb32(io);
        chunks = unsigned();
      }
      case "stsc" -> {
        avio_rb32(io);
        long count = Math.min(unsigned(), size / 12);
        for (long i = 0; i < count; i++) {
          avio_rb32(io);
          longestChunk = Math.max(longestChunk, unsigned());
          avio_rb32(io);
        }
      }
      case "trun" -> {
        boolean perSample = (avio_rb32(io) & 0xF00) != 0;
        entries += perSample ? 0 : unsigned();
      }
      default -> {}
    }
  }

  /** Samples of one tick each are uncompressed audio, of which FFmpeg takes 1,024 together. */
  private void endTrack() {
    entries += oneTick ? chunks * (1 + longestChunk / 1024) : equalSamples;
    oneTick = false;
    equalSamples = 0;
    chunks = 0;
    longestChunk = 0;
  }

  private long unsigned() {
    return avio_rb32(io) & 0xFFFFFFFFL;
  }

  private static String name(int code) {
    byte[] letters = {(byte) (code >> 24), (byte) (code >> 16), (byte) (code >> 8), (byte) code};
    return new String(letters, StandardCharsets.ISO_8859_1);
  }
}
