package org.segmentser.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.segmentser.dsp.LogMel;

/**
 * Cuts a stream of 16 kHz mono samples into segments, as they become complete.
 *
 * <p>Holds one window of samples, the frames of one patch and the segments not yet taken: memory
 * does not grow with the clip. Not thread-safe.
 */
final class Segmenter {
  /** The paper's overlapping data: 1 s chunks, one every 0.5 s. */
  private static final int OVERLAP_CHUNK = LogMel.SAMPLE_RATE;

  private static final int OVERLAP_STEP = OVERLAP_CHUNK / 2;

  private final Segmentation segmentation;
  private final LogMel logMel = new LogMel();
  private final ArrayDeque<Segment> ready = new ArrayDeque<>();

  /** Samples of the clip so far. */
  private long received;

  /** Samples not yet taken into the last chunk of the paper's overlapping data. */
  private final float[] overlap;

  private int overlapFilled;

  /** What is cut: the clip's samples or, for the paper's overlapping data, its chunks joined. */
  private final float[] window = new float[LogMel.WINDOW];

  private int windowFilled;
  private long cut;
  private long cutReal;
  private final Runs runs = new Runs();

  /** The last {@link Patch#FRAMES} frames, and the energy of the hop that each begins with. */
  private final float[] frames = new float[Patch.FRAMES * Patch.BANDS];

  private final double[] energy = new double[Patch.FRAMES];
  private long frameCount;
  private int segmentCount;

  Segmenter(Segmentation segmentation) {
    this.segmentation = segmentation;
    this.overlap =
        segmentation.mode() == Segmentation.Mode.PAPER_OVERLAP ? new float[OVERLAP_CHUNK] : null;
    runs.begin(0, 0);
  }

  /** Adds the clip's next samples. */
  void add(float[] samples, int offset, int length) {
    received += length;
    if (overlap == null) {
      cut(samples, offset, length);
    } else {
      join(samples, offset, length);
    }
  }

  /**
   * Ends the clip: pads it as its mode says. A clip without a sample has no segment in any mode.
   */
  void finish() {
    if (received == 0) {
      return;
    }
    if (overlap != null) {
      joinRest();
    }
    cutReal = cut;
    switch (segmentation.mode()) {
      case PADDED -> pad(Math.floorMod(-received, LogMel.SAMPLE_RATE));
      case PAPER_OVERLAP -> pad(OVERLAP_CHUNK - (int) (cut % OVERLAP_STEP));
      case UNPADDED -> {}
    }
  }

  /** The next complete segment; null where more samples are needed. */
  Segment poll() {
    return ready.poll();
  }

  private void pad(int zeros) {
    cut(new float[zeros], 0, zeros);
  }

  private void join(float[] samples, int offset, int length) {
    int taken = 0;
    while (taken < length) {
      if (overlapFilled == OVERLAP_CHUNK) {
        cut(overlap, 0, OVERLAP_CHUNK);
        System.arraycopy(overlap, OVERLAP_STEP, overlap, 0, OVERLAP_CHUNK - OVERLAP_STEP);
        overlapFilled -= OVERLAP_STEP;
        runs.begin(cut, received - length + taken - overlapFilled);
      }
      int n = Math.min(OVERLAP_CHUNK - overlapFilled, length - taken);
      System.arraycopy(samples, offset + taken, overlap, overlapFilled, n);
      overlapFilled += n;
      taken += n;
    }
  }

  /** The chunks that the clip's end cuts short. */
  private void joinRest() {
    int from = 0;
    while (from < overlapFilled) {
      runs.begin(cut, received - overlapFilled + from);
      cut(overlap, from, overlapFilled - from);
      from += OVERLAP_STEP;
    }
  }

  private void cut(float[] samples, int offset, int length) {
    int taken = 0;
    while (taken < length) {
      int n = Math.min(LogMel.WINDOW - windowFilled, length - taken);
      System.arraycopy(samples, offset + taken, window, windowFilled, n);
      windowFilled += n;
      taken += n;
      cut += n;
      if (windowFilled == LogMel.WINDOW) {
        frame();
        System.arraycopy(window, LogMel.HOP, window, 0, LogMel.WINDOW - LogMel.HOP);
        windowFilled -= LogMel.HOP;
      }
    }
  }

  private void frame() {
    int slot = (int) (frameCount % Patch.FRAMES);
    double sum = 0;
    for (int i = 0; i < LogMel.HOP; i++) {
      sum += (double) window[i] * window[i];
    }
    energy[slot] = sum;
    logMel.frame(window, 0, frames, slot * Patch.BANDS);
    frameCount++;
    long start = (long) segmentCount * segmentation.hopFrames();
    if (frameCount == start + Patch.FRAMES) {
      ready.add(segment(start * LogMel.HOP));
    }
  }

  /** The segment of the last {@link Patch#FRAMES} frames, cut at {@code start}. */
  private Segment segment(long start) {
    long end = start + Patch.SAMPLES;
    if (cutReal > 0) {
      end = Math.max(start, Math.min(end, cutReal));
    }
    double startS;
    double endS;
    if (cutReal > 0 && start >= cutReal) {
      startS = seconds(received);
      endS = startS;
    } else {
      startS = seconds(runs.source(start));
      endS = seconds(runs.source(end - 1) + 1);
      runs.forgetBefore(start);
    }
    return new Segment(segmentCount++, startS, endS, level(end - start), patch());
  }

  private float level(long samples) {
    double mean = samples == 0 ? 0 : Arrays.stream(energy).sum() / samples;
    return (float) Math.max(Segment.SILENCE_DBFS, 10 * Math.log10(mean));
  }

  private byte[] patch() {
    byte[] bytes = new byte[Patch.BYTES];
    int oldest = (int) (frameCount % Patch.FRAMES) * Patch.BANDS;
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(frames, oldest, frames.length - oldest)
        .put(frames, 0, oldest);
    return bytes;
  }

  private static double seconds(long samples) {
    return (double) samples / LogMel.SAMPLE_RATE;
  }

  /** Where stretches of what is cut come from in the clip. */
  private static final class Runs {
    private final ArrayDeque<long[]> starts = new ArrayDeque<>();

    /** From {@code at} on, what is cut comes from the clip's sample {@code source} on. */
    void begin(long at, long source) {
      if (!starts.isEmpty() && starts.peekLast()[0] == at) {
        starts.removeLast();
      }
      starts.addLast(new long[] {at, source});
    }

    /** The clip's sample that stands at {@code at}. */
    long source(long at) {
      long[] last = starts.peekFirst();
      for (long[] run : starts) {
        if (run[0] > at) {
          break;
        }
        last = run;
      }
      return last[1] + at - last[0];
    }

    void forgetBefore(long at) {
      while (starts.size() > 1) {
        long[] first = starts.removeFirst();
        if (starts.peekFirst()[0] > at) {
          starts.addFirst(first);
          return;
        }
      }
    }
  }
}
