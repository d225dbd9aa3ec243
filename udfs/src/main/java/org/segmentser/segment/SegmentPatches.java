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
    int framesThere = 0;
    int energiesThere = 0;
    int previous = 0;
    for (AudioChunk.Cut cut : chunk.cuts()) {
      int passed = Math.min(Patch.FRAMES, (cut.offset() - previous) / FrontEnd.HOP);
      int energies = Math.max(0, energiesThere - passed);
      int frames = Math.max(0, framesThere - passed);
      patches.energies(chunk.samples(), cut.offset(), energies);
      byte[] patch = cut.isLet() ? patches.patch(chunk.samples(), cut.offset(), frames) : null;
      segments.add(
          new Segment(
              cut.index(),
              cut.startS(),
              cut.endS(),
              patches.level(cut.length()),
              cut.speech(),
              patch));
      energiesThere = Patch.FRAMES;
      framesThere = cut.isLet() ? Patch.FRAMES : 0;
      previous = cut.offset();
    }
    return segments;
  }

  /**
   * The patch of a segment.
   *
   * @param shared how many of its first frames are the last ones of the segment before
   */
  private byte[] patch(float[] samples, int offset, int shared) {
    int passed = Patch.FRAMES - shared;
    System.arraycopy(frames, passed * Patch.BANDS, frames, 0, shared * Patch.BANDS);
    if (passed > 0) {
      int at = offset + shared * FrontEnd.HOP;
      logMel.frames(samples, at, passed, frames, shared * Patch.BANDS);
    }
    byte[] bytes = new byte[Patch.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(frames);
    return bytes;
  }

  private void energies(float[] samples, int offset, int shared) {
    System.arraycopy(energy, Patch.FRAMES - shared, energy, 0, shared);
    for (int frame = shared; frame < Patch.FRAMES; frame++) {
      energy[frame] = energy(samples, offset + frame * FrontEnd.HOP);
    }
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
}
