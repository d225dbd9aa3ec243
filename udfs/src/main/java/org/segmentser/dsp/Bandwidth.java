package org.segmentser.dsp;

/**
 * The frequency above which a recording holds nothing but the floor of its codec: 3,400 to 4,000 Hz
 * for what came over a telephone, whatever the rate of the file.
 *
 * <p>Every quarter of a second of the first minute a look is taken at four frames, later every two
 * seconds, and the power spectra of what is not silent are added up: see {@link LongTermSpectrum}.
 * Where a look is taken depends on nothing but its place, so that a recording may be looked at in
 * parts.
 *
 * <p>Not thread-safe.
 */
public final class Bandwidth {
  /** Of an uncut recording: half the sample rate. */
  public static final double FULL_HZ = FrontEnd.SAMPLE_RATE / 2.0;

  /** Samples from the start of one look to that of the next: 0.256 s and 2.048 s. */
  private static final int STEP = 4096;

  private static final int RARE_STEP = 8 * STEP;

  /** Samples after which looks become rare, a multiple of both steps: 61 s. */
  private static final long OFTEN = 30L * RARE_STEP;

  private static final int FRAMES = 4;

  /** Samples of a look. */
  public static final int LOOK = (FRAMES - 1) * FrontEnd.HOP + FrontEnd.WINDOW;

  /** Mean square of a look below which it is silent: -90 dB, some steps of 16 bits. */
  private static final double SILENCE = 1e-9;

  private final long end;
  private final FrameSpectra spectra = new FrameSpectra(FRAMES);
  private final float[] look = new float[LOOK];
  private final LongTermSpectrum sum = new LongTermSpectrum();

  /** The sample that is taken next. */
  private long next;

  /** Where the next look starts. */
  private long start;

  /** For a whole recording. */
  public Bandwidth() {
    this(0, 0, Long.MAX_VALUE);
  }

  /**
   * For the looks that start in a part of a recording.
   *
   * @param next the first sample that will be added, not behind {@code from}
   * @param from the part's first sample
   * @param end the first sample behind the part
   */
  public Bandwidth(long next, long from, long end) {
    this.next = next;
    this.end = end;
    long step = step(from);
    this.start = (from + step - 1) / step * step;
  }

  private static long step(long at) {
    return at < OFTEN ? STEP : RARE_STEP;
  }

  /**
   * Takes the next samples of a recording, 16 kHz mono; how it is cut into calls changes nothing.
   */
  public void add(float[] samples, int offset, int count) {
    long to = next + count;
    while (start < end && start < to) {
      int have = (int) Math.max(0, next - start);
      int from = (int) Math.max(0, start - next);
      int taken = Math.min(LOOK - have, count - from);
      System.arraycopy(samples, offset + from, look, have, taken);
      if (have + taken < LOOK) {
        break;
      }
      addLook();
      start += step(start);
    }
    next = to;
  }

  /** What the looks so far sum up to. */
  public LongTermSpectrum spectrum() {
    return sum;
  }

  /** See {@link LongTermSpectrum#hz}. */
  public double hz() {
    return sum.hz();
  }

  private void addLook() {
    double square = 0;
    for (float sample : look) {
      square += (double) sample * sample;
    }
    if (square >= SILENCE * LOOK) {
      spectra.transform(look, 0, FRAMES);
      sum.add(spectra);
    }
  }
}
