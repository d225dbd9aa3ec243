package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FORCE;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.av_free;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EINVAL;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EIO;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A {@link ByteSource} as FFmpeg reads it.
 *
 * <p>JavaCPP can serve ten callback objects of a type at most, so that one reader and one seeker
 * serve all clips: FFmpeg hands them the clip's id. The first failure is kept and answers every
 * later call, because FFmpeg by itself would go on after a failed read.
 */
final class SourceIo implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int SEEK_SET = 0;

  private static final Map<Long, SourceIo> LIVE = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT_ID = new AtomicLong(1);

  // The extra reference keeps a caller's PointerScope from freeing them.
  private static final Reader READER = new Reader().retainReference();
  private static final Seeker SEEKER = new Seeker().retainReference();

  private final ByteSource source;
  private long deadlineNanos;
  private final long id = NEXT_ID.getAndIncrement();
  private final byte[] transfer = new byte[BUFFER_BYTES];
  private final AVIOContext context;
  private long position;
  private long sourcePosition;
  private Throwable failure;
  private boolean late;

  /** Takes {@code source}, which {@link #close()} closes. */
  SourceIo(ByteSource source, long deadlineNanos) {
    this.source = source;
    this.deadlineNanos = deadlineNanos;
    BytePointer buffer = new BytePointer(av_malloc(BUFFER_BYTES));
    context = avio_alloc_context(buffer, BUFFER_BYTES, 0, new Id(id), READER, null, SEEKER);
    LIVE.put(id, this);
  }

  static int liveCount() {
    return LIVE.size();
  }

  AVIOContext context() {
    return context;
  }

  long length() {
    return source.length();
  }

  /** Reads the bytes from {@code from} to the end, past FFmpeg's buffer. */
  byte[] readTail(long from) throws AudioException {
    byte[] tail = new byte[(int) (length() - from)];
    position = from;
    int filled = 0;
    while (filled < tail.length) {
      int count = read(tail, filled, tail.length - filled);
      throwIfFailed();
      if (count < 0) {
        throw new AudioException(
            AudioException.Kind.UNREADABLE, "the file became shorter while it was read");
      }
      filled += count;
    }
    return tail;
  }

  void deadline(long nanos) {
    deadlineNanos = nanos;
  }

  /** Throws what went wrong in a callback since the start, or that the deadline has passed. */
  void throwIfFailed() throws AudioException {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
      throw new AudioException(AudioException.Kind.UNREADABLE, reason, failure);
    }
    if (isLate()) {
      throw new AudioException(AudioException.Kind.TIMED_OUT, "not decoded before the deadline");
    }
  }

  /** Frees the native side, and closes the source. The format context must be closed by now. */
  @Override
  public void close() {
    LIVE.remove(id);
    // FFmpeg may have put another buffer in the place of the first.
    av_free(context.buffer());
    avio_context_free(context);
    try {
      source.close();
    } catch (IOException | RuntimeException e) {
      // Everything that was wanted of the source has been read.
    }
  }

  private boolean isLate() {
    late = late || System.nanoTime() - deadlineNanos >= 0;
    return late;
  }

  private int read(byte[] target, int offset, int length) {
    if (failure != null) {
      return AVERROR_EIO();
    }
    if (isLate()) {
      return AVERROR_EXIT();
    }
    if (position >= source.length()) {
      return AVERROR_EOF();
    }
    try {
      if (sourcePosition != position) {
        source.seek(position);
        sourcePosition = position;
      }
      int count = source.read(target, offset, length);
      if (count < 0) {
        return AVERROR_EOF();
      }
      position += count;
      sourcePosition = position;
      return count;
    } catch (Throwable e) {
      failure = e;
      return AVERROR_EIO();
    }
  }

  private long seek(long offset, int whence) {
    if (failure != null) {
      return AVERROR_EIO();
    }
    if (isLate()) {
      return AVERROR_EXIT();
    }
    int origin = whence & ~AVSEEK_FORCE;
    if (origin == AVSEEK_SIZE) {
      return source.length();
    }
    if (origin != SEEK_SET || offset < 0) {
      return AVERROR_EINVAL();
    }
    // Beyond the end is allowed, as in a file: the next read tells.
    position = offset;
    return offset;
  }

  private static final class Reader extends Read_packet_Pointer_BytePointer_int {
    @Override
    public int call(Pointer opaque, BytePointer buffer, int length) {
      try {
        SourceIo io = LIVE.get(opaque.address());
        int count = io.read(io.transfer, 0, Math.min(length, io.transfer.length));
        if (count > 0) {
          buffer.put(io.transfer, 0, count);
        }
        return count;
      } catch (Throwable e) {
        // An exception that leaves a callback aborts the JVM.
        return AVERROR_EIO();
      }
    }
  }

  private static final class Seeker extends Seek_Pointer_long_int {
    @Override
    public long call(Pointer opaque, long offset, int whence) {
      try {
        return LIVE.get(opaque.address()).seek(offset, whence);
      } catch (Throwable e) {
        return AVERROR_EIO();
      }
    }
  }

  /** A number where C wants a {@code void *}. */
  private static final class Id extends Pointer {
    Id(long id) {
      address = id;
    }
  }
}
