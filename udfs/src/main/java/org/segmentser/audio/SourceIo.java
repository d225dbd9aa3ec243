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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
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
 * later call, because FFmpeg by itself would go on after a failed read. The source is called on a
 * thread of its own; the caller waits for it until the deadline.
 */
final class SourceIo implements AutoCloseable {

  /** Large, as each read goes to another thread. */
  private static final int BUFFER_BYTES = 256 * 1024;

  private static final int SEEK_SET = 0;
  private static final byte[] JUNK = {'J', 'U', 'N', 'K'};

  private static final Map<Long, SourceIo> LIVE = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT_ID = new AtomicLong(1);

  // The extra reference keeps a caller's PointerScope from freeing them.
  private static final Reader READER = new Reader().retainReference();
  private static final Seeker SEEKER = new Seeker().retainReference();

  private final SourceThread source = new SourceThread();
  private final long listed;
  private long deadlineNanos;
  private final long id = NEXT_ID.getAndIncrement();
  private final byte[] transfer = new byte[BUFFER_BYTES];
  private final AVIOContext context;

  /** Where the bytes end: at the length that was listed, until they prove to end before. */
  private long length;

  /** Where what FFmpeg sees begins: behind the tags. */
  private long start;

  /** From {@link #start} on, as what follows. */
  private long position;

  private final List<Long> hiddenNames = new ArrayList<>();
  private Throwable failure;
  private boolean late;
  private boolean unanswered;

  /**
   * Opens a source, which {@link #close()} closes.
   *
   * @throws AudioException if it cannot be opened, or not before the deadline
   */
  SourceIo(ByteSource.Opener opener, long deadlineNanos) throws AudioException {
    this.deadlineNanos = deadlineNanos;
    listed = openSource(opener);
    length = listed;
    BytePointer buffer = new BytePointer(av_malloc(BUFFER_BYTES));
    context = avio_alloc_context(buffer, BUFFER_BYTES, 0, new Id(id), READER, null, SEEKER);
    LIVE.put(id, this);
  }

  private long openSource(ByteSource.Opener opener) throws AudioException {
    boolean opened = false;
    try {
      long bytes = source.open(opener, deadlineNanos);
      opened = true;
      return bytes;
    } catch (TimeoutException e) {
      throw noAnswer();
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    } finally {
      if (!opened) {
        source.close(deadlineNanos);
      }
    }
  }

  /** How many are open: a test of leaks can count nothing else, as the memory is FFmpeg's. */
  static int liveCount() {
    return LIVE.size();
  }

  AVIOContext context() {
    return context;
  }

  /**
   * Length in bytes without leading tags; less than was listed once the clip has proved to end
   * before.
   */
  long length() {
    return Math.max(0, length - start);
  }

  /** Lets FFmpeg see the name JUNK in the place of the four letters at a position. */
  void hideName(long at) {
    hiddenNames.add(at);
    long buffered = context.buf_end().address() - context.buffer().address();
    long inBuffer = at - (context.pos() - buffered);
    for (int i = 0; i < JUNK.length; i++) {
      if (inBuffer + i >= 0 && inBuffer + i < buffered) {
        context.buffer().put(inBuffer + i, JUNK[i]);
      }
    }
  }

  /** Whether the bytes ended before the length that was listed, in words; empty if they did not. */
  Optional<String> shortness() {
    if (length == listed) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "the file became shorter: %,d bytes were listed, %,d are there",
            listed,
            length));
  }

  /**
   * Whether there are more bytes by now than the length that was listed, in words; empty if there
   * are not, or the source does not say. Asks the storage.
   */
  Optional<String> growth() {
    try {
      long now = source.lengthNow(deadlineNanos);
      return now <= listed
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "the file became longer: %,d bytes were listed, %,d are there",
                  listed,
                  now));
    } catch (IOException | TimeoutException | RuntimeException e) {
      return Optional.empty();
    }
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
        return Arrays.copyOf(tail, filled);
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
      throw unreadable(failure);
    }
    if (unanswered) {
      throw noAnswer();
    }
    if (isLate()) {
      throw new AudioException(AudioException.Kind.TIMED_OUT, "not decoded in time");
    }
  }

  /** The reason that FFmpeg's failure has: the source or the deadline, else {@code message}. */
  AudioException undecodable(String message) throws AudioException {
    throwIfFailed();
    String whole = shortness().map(shortness -> shortness + "; " + message).orElse(message);
    return new AudioException(AudioException.Kind.UNDECODABLE, whole);
  }

  private static AudioException unreadable(Throwable e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new AudioException(AudioException.Kind.UNREADABLE, reason, e);
  }

  private static AudioException noAnswer() {
    return new AudioException(AudioException.Kind.TIMED_OUT, "the storage did not answer in time");
  }

  /** Frees the native side, and closes the source. The format context must be closed by now. */
  @Override
  public void close() {
    LIVE.remove(id);
    // FFmpeg may have put another buffer in the place of the first.
    av_free(context.buffer());
    avio_context_free(context);
    source.close(deadlineNanos);
  }

  private boolean isLate() {
    late = late || System.nanoTime() - deadlineNanos >= 0;
    return late;
  }

  private int read(byte[] target, int offset, int wanted) {
    if (failure != null) {
      return AVERROR_EIO();
    }
    if (unanswered || isLate()) {
      return AVERROR_EXIT();
    }
    try {
      int count;
      long tags;
      do {
        if (position >= length()) {
          return AVERROR_EOF();
        }
        int most = (int) Math.min(wanted, length() - position);
        count = source.read(start + position, target, offset, most, deadlineNanos);
        if (count < 0) {
          endHere();
          return AVERROR_EOF();
        }
        tags = position == 0 ? Id3Tags.leading(target, offset, count) : 0;
        start += tags;
      } while (tags > 0);
      hideNames(target, offset, count);
      position += count;
      return count;
    } catch (TimeoutException e) {
      unanswered = true;
      return AVERROR_EXIT();
    } catch (Throwable e) {
      failure = e;
      return AVERROR_EIO();
    }
  }

  private void hideNames(byte[] target, int offset, int count) {
    for (long name : hiddenNames) {
      for (int i = 0; i < JUNK.length; i++) {
        long at = name + i - position;
        if (at >= 0 && at < count) {
          target[offset + (int) at] = JUNK[i];
        }
      }
    }
  }

  /** The source has nothing at the position, which is before the end. */
  private void endHere() throws IOException, TimeoutException {
    long now = source.lengthNow(deadlineNanos);
    if (now >= length) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the storage gave %,d bytes of a file of %,d and no more",
              start + position,
              now));
    }
    length = Math.min(now, start + position);
  }

  private long seek(long offset, int whence) {
    if (failure != null) {
      return AVERROR_EIO();
    }
    if (unanswered || isLate()) {
      return AVERROR_EXIT();
    }
    int origin = whence & ~AVSEEK_FORCE;
    if (origin == AVSEEK_SIZE) {
      return length();
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
