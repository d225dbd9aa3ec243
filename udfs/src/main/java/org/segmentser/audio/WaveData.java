package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.avio_rl16;
import static org.bytedeco.ffmpeg.global.avformat.avio_rl32;
import static org.bytedeco.ffmpeg.global.avformat.avio_rl64;
import static org.bytedeco.ffmpeg.global.avformat.avio_seek;
import static org.bytedeco.ffmpeg.global.avformat.avio_skip;
import static org.bytedeco.ffmpeg.global.avformat.avio_tell;

import java.util.Set;
import org.bytedeco.ffmpeg.avformat.AVIOContext;

/**
 * The size of a WAVE file's audio as its header has it (RIFF, RF64, BW64 and Wave64), which FFmpeg
 * does not tell: a file that ends early just gives fewer samples.
 *
 * @param promised bytes of audio that the header promises; 0 where it does not know, as when the
 *     file was written to a pipe
 * @param start where the audio begins in the file
 * @param storedBits of each sample, where they may be more than count, as of 24 bits in 32
 *     (WAVE_FORMAT_EXTENSIBLE of whole numbers); 0 where they are not
 */
record WaveData(long promised, long start, int storedBits) {

  private static final WaveData UNKNOWN = new WaveData(0, 0, 0);

  private static final int RIFF = tag("RIFF");
  private static final int RF64 = tag("RF64");
  private static final int BW64 = tag("BW64");
  private static final int WAVE64 = tag("riff");
  private static final int DS64 = tag("ds64");
  private static final int DATA = tag("data");
  private static final int FORMAT = tag("fmt ");
  private static final int EXTENSIBLE = 0xFFFE;
  private static final int PCM = 1;

  /** What programs write that cannot go back to the header: sox, arecord, ffmpeg. */
  private static final Set<Long> NO_SIZES =
      Set.of(0x7FFFF000L, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL);

  /** The least of what others write then: sox whole blocks of any size, GStreamer this. */
  private static final long LEAST_NO_SIZE = 0x7FFF0000L;

  /** Reads the header of a file, and hides its tags. The position may be anywhere after it. */
  static WaveData read(SourceIo source) {
    AVIOContext io = source.context();
    avio_seek(io, 0, 0);
    int magic = avio_rl32(io);
    if (magic == RIFF || magic == RF64 || magic == BW64) {
      return readRiff(source);
    }
    return magic == WAVE64 ? readWave64(io) : UNKNOWN;
  }

  /** Whether there is audio whose size the header does not know: it reaches to the file's end. */
  boolean isOpen() {
    return start > 0 && promised == 0;
  }

  /** How many of the promised bytes a file of {@code length} bytes holds. */
  long present(long length) {
    return Math.max(0, length - start);
  }

  /** A position that does not follow what was read means the end of the file, or a failure. */
  private static WaveData readRiff(SourceIo source) {
    AVIOContext io = source.context();
    long size64 = 0;
    int storedBits = 0;
    long chunk = 12;
    while (true) {
      avio_seek(io, chunk, 0);
      int tag = avio_rl32(io);
      long size = avio_rl32(io) & 0xFFFFFFFFL;
      long start = avio_tell(io);
      if (start != chunk + 8) {
        return UNKNOWN;
      }
      if (tag == DATA) {
        boolean isOpen =
            NO_SIZES.contains(size)
                || (size >= LEAST_NO_SIZE && size < 0x80000000L && start + size > source.length());
        return new WaveData(isOpen ? size64 : size, start, storedBits);
      }
      if (tag == FORMAT) {
        storedBits = storedBits(io);
      }
      if (Id3Tags.isChunk(Integer.reverseBytes(tag))) {
        source.hideName(chunk);
      }
      if (tag == DS64) {
        avio_skip(io, 8);
        size64 = avio_rl64(io);
      }
      chunk = start + size + (size & 1);
    }
  }

  /** Of the format that begins here. */
  private static int storedBits(AVIOContext io) {
    int format = avio_rl16(io);
    avio_skip(io, 12);
    int bits = avio_rl16(io);
    avio_skip(io, 8);
    return format == EXTENSIBLE && avio_rl16(io) == PCM ? bits : 0;
  }

  /** Wave64 has chunk names of 16 bytes, sizes that count the name and size, and steps of 8. */
  private static WaveData readWave64(AVIOContext io) {
    long chunk = 40;
    while (true) {
      avio_seek(io, chunk, 0);
      int tag = avio_rl32(io);
      avio_skip(io, 12);
      long size = avio_rl64(io) - 24;
      long start = avio_tell(io);
      if (start != chunk + 24 || size < 0) {
        return UNKNOWN;
      }
      if (tag == DATA) {
        return new WaveData(size, start, 0);
      }
      chunk = start + ((size + 7) & ~7);
    }
  }

  private static int tag(String name) {
    return name.charAt(0) | name.charAt(1) << 8 | name.charAt(2) << 16 | name.charAt(3) << 24;
  }
}
