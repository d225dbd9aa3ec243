package org.segmentser.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.speech.SpeechFinder;

/**
 * Cuts a stream of 16 kHz mono samples where its mode says, and gives the cuts with the samples
 * that their patches need, as they become complete.
 *
 * <p>Holds the samples of the cuts that are not yet taken, and those of the one that is not yet
 * complete: memory does not grow with the clip. Not thread-safe.
 */
final class Segmenter {
  private static final int OVERLAP_CHUNK = Segmentation.OVERLAP_CHUNK;
  private static final int OVERLAP_STEP = Segmentation.OVERLAP_STEP;

  private final Segmentation segmentation;

  /** The sample of the clip that it begins with. */
  private final long first;

  /** The number of the segment that it ends before. */
  private final int endIndex;

  /** Samples of the clip so far. */
  private long received;

  /** Samples not yet taken into the last chunk of the paper's overlapping data. */
  private final float[] overlap;

  private int overlapFilled;

  /**
   * How much has been cut: the clip's samples or, for the paper's overlapping data, its chunks
   * joined. Once the clip has ended, how much of it is not padding.
   */
  private long cut;

  private long cutReal;
  private final Runs runs = new Runs();

  /** Where the next segment starts in what is cut, and its number. */
  private long nextStart;

  private int nextIndex;

  /** Samples of the cuts that are not yet taken; those between segments are left out. */
  private float[] samples = new float[2 * Patch.SUPPORT];

  private int filled;

  /** Where the next segment starts in {@link #samples}. */
  private int nextOffset;

  private final List<AudioChunk.Cut> ready = new ArrayList<>();

  /** Of the ready ones, how many have been found to be before a sample. */
  private int passed;

  /** Where the ready ones come from in the clip. */
  private final List<Stretches> stretches = new ArrayList<>();

  /**
   * The stretches of a clip that a segment is made of: one or, of joined chunks, several.
   *
   * @param at pairs of a stretch's first sample and the sample after its last; none for padding
   */
  record Stretches(List<long[]> at) {
    long end() {
      return at.stream().mapToLong(stretch -> stretch[1]).max().orElse(0);
    }

    /** The share of the samples that is speech; 0 where there are none. */
    double share(SpeechFinder finder) {
      double speech = 0;
      long length = 0;
      for (long[] stretch : at) {
        speech += finder.share(stretch[0], stretch[1]) * (stretch[1] - stretch[0]);
        length += stretch[1] - stretch[0];
      }
      return length == 0 ? 0 : speech / length;
    }
  }

  /**
   * Begins with the first segment of a section. For what the clip's end makes of its last segments,
   * a section sees a second of what is before it.
   */
  Segmenter(Segmentation segmentation, Section section) {
    this.segmentation = segmentation;
    this.endIndex = section.endSegment();
    nextIndex = section.firstSegment();
    nextStart = (long) nextIndex * segmentation.hopFrames() * FrontEnd.HOP;
    first = firstSample(segmentation, section);
    boolean isJoined = segmentation.mode() == Segmentation.Mode.PAPER_OVERLAP;
    overlap = isJoined ? new float[OVERLAP_CHUNK] : null;
    cut = isJoined ? first / OVERLAP_STEP * OVERLAP_CHUNK : first;
    received = first;
    runs.begin(cut, first);
  }

  /** The sample of the clip that has to be added first. */
  static long firstSample(Segmentation segmentation, Section section) {
    long start = (long) section.firstSegment() * segmentation.hopFrames() * FrontEnd.HOP;
    return segmentation.mode() == Segmentation.Mode.PAPER_OVERLAP
        ? Math.max(0, start / OVERLAP_CHUNK - 2) * OVERLAP_STEP
        : Math.max(0, start - FrontEnd.SAMPLE_RATE);
  }

  /** Whether all segments before the section's end are complete. */
  boolean isComplete() {
    return nextIndex >= endIndex;
  }

  /** Adds the clip's next samples. */
  void add(float[] added, int offset, int length) {
    received += length;
    if (overlap == null) {
      cut(added, offset, length);
    } else {
      join(added, offset, length);
    }
  }

  /**
   * Ends the clip: pads it as its mode says. A clip without a sample has no segment in any mode.
   */
  void finish() {
    if (received == first) {
      return;
    }
    if (overlap != null) {
      joinRest();
    }
    cutReal = cut;
    switch (segmentation.mode()) {
      case PADDED -> pad(Math.floorMod(-received, FrontEnd.SAMPLE_RATE));
      case PAPER_OVERLAP -> pad(OVERLAP_CHUNK - (int) (cut % OVERLAP_STEP));
      case UNPADDED -> {}
    }
  }

  /** How many complete segments there are to take. */
  int ready() {
    return ready.size();
  }

  /** How many complete segments there are that no sample from {@code sample} on belongs to. */
  int readyBefore(long sample) {
    while (passed < stretches.size() && stretches.get(passed).end() <= sample) {
      passed++;
    }
    return passed;
  }

  /** Where the next segments come from, of as many as are ready. */
  List<Stretches> stretches(int count) {
    return List.copyOf(stretches.subList(0, count));
  }

  /** Takes the next complete segments, at most {@code most}; none where more samples are needed. */
  AudioChunk take(int most) {
    int count = Math.min(most, ready.size());
    if (count == 0) {
      return new AudioChunk(new float[0], List.of());
    }
    List<AudioChunk.Cut> taken = ready.subList(0, count);
    int end = taken.get(count - 1).offset() + Patch.SUPPORT;
    AudioChunk chunk = new AudioChunk(Arrays.copyOf(samples, end), taken);
    taken.clear();
    stretches.subList(0, count).clear();
    passed = Math.max(0, passed - count);
    int kept = ready.isEmpty() ? nextOffset : ready.get(0).offset();
    System.arraycopy(samples, kept, samples, 0, Math.max(0, filled - kept));
    filled = Math.max(0, filled - kept);
    nextOffset -= kept;
    ready.replaceAll(
        c -> new AudioChunk.Cut(c.index(), c.startS(), c.endS(), c.offset() - kept, c.length()));
    return chunk;
  }

  private void pad(int zeros) {
    cut(new float[zeros], 0, zeros);
  }

  private void join(float[] added, int offset, int length) {
    int taken = 0;
    while (taken < length) {
      if (overlapFilled == OVERLAP_CHUNK) {
        cut(overlap, 0, OVERLAP_CHUNK);
        System.arraycopy(overlap, OVERLAP_STEP, overlap, 0, OVERLAP_CHUNK - OVERLAP_STEP);
        overlapFilled -= OVERLAP_STEP;
        runs.begin(cut, received - length + taken - overlapFilled);
      }
      int n = Math.min(OVERLAP_CHUNK - overlapFilled, length - taken);
      System.arraycopy(added, offset + taken, overlap, overlapFilled, n);
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

  private void cut(float[] added, int offset, int length) {
    int taken = 0;
    while (taken < length && !isComplete()) {
      if (cut < nextStart) {
        // Between two segments.
        int skipped = (int) Math.min(nextStart - cut, length - taken);
        taken += skipped;
        cut += skipped;
      } else {
        int n = (int) Math.min(nextStart + Patch.SUPPORT - cut, length - taken);
        keep(added, offset + taken, n);
        taken += n;
        cut += n;
        if (cut == nextStart + Patch.SUPPORT) {
          complete();
        }
      }
    }
  }

  private void keep(float[] added, int offset, int length) {
    if (filled + length > samples.length) {
      samples = Arrays.copyOf(samples, Math.max(filled + length, 2 * samples.length));
    }
    System.arraycopy(added, offset, samples, filled, length);
    filled += length;
  }

  private void complete() {
    long end = nextStart + Patch.SAMPLES;
    if (cutReal > 0) {
      end = Math.max(nextStart, Math.min(end, cutReal));
    }
    double startS;
    double endS;
    if (cutReal > 0 && nextStart >= cutReal) {
      startS = seconds(received);
      endS = startS;
      stretches.add(new Stretches(List.of()));
    } else {
      stretches.add(new Stretches(runs.stretches(nextStart, end)));
      startS = seconds(runs.source(nextStart));
      endS = seconds(runs.source(end - 1) + 1);
      runs.forgetBefore(nextStart);
    }
    ready.add(new AudioChunk.Cut(nextIndex++, startS, endS, nextOffset, (int) (end - nextStart)));
    int hop = segmentation.hopFrames() * FrontEnd.HOP;
    nextStart += hop;
    // Of segments that lie apart, the samples between them are not kept.
    nextOffset = Math.min(nextOffset + hop, filled);
  }

  private static double seconds(long samples) {
    return (double) samples / FrontEnd.SAMPLE_RATE;
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

    /** The stretches of the clip from {@code from} to before {@code to}, which is above it. */
    List<long[]> stretches(long from, long to) {
      List<long[]> found = new ArrayList<>();
      long[] last = null;
      for (long[] run : starts) {
        if (last != null) {
          add(last, from, Math.min(to, run[0]), found);
        }
        last = run;
      }
      add(last, from, to, found);
      return found;
    }

    private static void add(long[] run, long from, long to, List<long[]> stretches) {
      long first = Math.max(from, run[0]);
      if (first < to) {
        stretches.add(new long[] {run[1] + first - run[0], run[1] + to - run[0]});
      }
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
