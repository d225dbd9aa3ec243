package org.segmentser.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.dsp.LogMel;

/**
 * Computes segments from samples: their log-mel patches and levels. What {@code segment_audio}
 * does; it depends on nothing but the samples. An instance is its thread's own.
 */
public final class SegmentPatches {
  /** Half a megabyte of work buffers, of which a short clip needs little. */
  private static final ThreadLocal<SegmentPatches> OF_THREAD =
      ThreadLocal.withInitial(SegmentPatches::new);

  private final LogMel logMel = new LogMel();

  /** The frames of the last cut, and the energy of the hop that each begins with. */
  private final float[] frames = new float[Patch.FRAMES * Patch.BANDS];

  private final double[] energy = new double[Patch.FRAMES];

  private SegmentPatches() {}

  /** The segments of a chunk, in order. */
  public static List<Segment> of(AudioChunk chunk) {
    SegmentPatches patches = OF_THREAD.get();
    List<Segment> segments = new ArrayList<>(chunk.cuts().size());
    int computed = 0;
    int previous = 0;
    for (AudioChunk.Cut cut : chunk.cuts()) {
      int passed = (cut.offset() - previous) / FrontEnd.HOP;
      int shared = passed < computed ? computed - passed : 0;
      segments.add(patches.segment(chunk.samples(), cut, shared));
      computed = Patch.FRAMES;
      previous = cut.offset();
    }
    return segments;
  }

  /**
   * One segment.
   *
   * @param shared how many of its first frames are the last ones of the segment before
   */
  private Segment segment(float[] samples, AudioChunk.Cut cut, int shared) {
    int passed = Patch.FRAMES - shared;
    System.arraycopy(frames, passed * Patch.BANDS, frames, 0, shared * Patch.BANDS);
    System.arraycopy(energy, passed, energy, 0, shared);
    if (passed > 0) {
      int at = cut.offset() + shared * FrontEnd.HOP;
      logMel.frames(samples, at, passed, frames, shared * Patch.BANDS);
    }
    for (int frame = shared; frame < Patch.FRAMES; frame++) {
      energy[frame] = energy(samples, cut.offset() + frame * FrontEnd.HOP);
    }
    return new Segment(cut.index(), cut.startS(), cut.endS(), level(cut.length()), patch());
  }

  /** Of one hop. Independent sums, so that no addition waits for the one before. */
  private static double energy(float[] samples, int from) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    for (int i = from; i < from + FrontEnd.HOP; i += 4) {
      first += (double) samples[i] * samples[i];
      second += (double) samples[i + 1] * samples[i + 1];
      third += (double) samples[i + 2] * samples[i + 2];
      fourth += (double) samples[i + 3] * samples[i + 3];
    }
    return (first + second) + (third + fourth);
  }

  private float level(int samples) {
    double mean = samples == 0 ? 0 : Arrays.stream(energy).sum() / samples;
    return (float) Math.max(Segment.SILENCE_DBFS, 10 * Math.log10(mean));
  }

  private byte[] patch() {
    byte[] bytes = new byte[Patch.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(frames);
    return bytes;
  }
}
