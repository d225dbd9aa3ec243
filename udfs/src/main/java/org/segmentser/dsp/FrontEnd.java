package org.segmentser.dsp;

/**
 * The constants of VGGish's front end (Hershey et al., "CNN Architectures for Large-Scale Audio
 * Classification", 2017, section 3.1, and its released code).
 */
public final class FrontEnd {
  /** Samples per second of the mono audio that everything works on. */
  public static final int SAMPLE_RATE = 16_000;

  /** Samples in a frame: 25 ms. */
  public static final int WINDOW = 400;

  /** Samples from one frame to the next: 10 ms. */
  public static final int HOP = 160;

  /** Points of the Fourier transform of a frame. */
  public static final int FFT = 512;

  /** Mel bands of a frame. */
  public static final int BANDS = 64;

  /** Lower edge of the lowest mel band, in Hz. */
  public static final int MIN_HZ = 125;

  /** Upper edge of the highest mel band, in Hz. */
  public static final int MAX_HZ = 7500;

  /** Added to a band's magnitude before the natural logarithm. */
  public static final double LOG_OFFSET = 0.01;

  /** Frames in a segment's patch. */
  public static final int FRAMES = 96;

  private FrontEnd() {}

  /** The HTK mel scale, in mel. */
  public static double mel(double hertz) {
    return 1127.0 * Math.log(1.0 + hertz / 700.0);
  }
}
