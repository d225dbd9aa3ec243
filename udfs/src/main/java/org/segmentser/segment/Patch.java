package org.segmentser.segment;

import org.segmentser.dsp.FrontEnd;

/**
 * The shape of a segment's log-mel spectrogram, VGGish's input: {@value #FRAMES} frames of {@value
 * #BANDS} bands as float32. A patch travels as {@value #BYTES} little-endian bytes, frame by frame.
 */
public final class Patch {
  /** Frames in a patch, 10 ms apart. */
  public static final int FRAMES = FrontEnd.FRAMES;

  /** Mel bands in a frame. */
  public static final int BANDS = FrontEnd.BANDS;

  /** Bytes of an encoded patch. */
  public static final int BYTES = FRAMES * BANDS * Float.BYTES;

  /** Samples of the stretch that a segment stands for: 0.96 s at 16 kHz. */
  public static final int SAMPLES = FRAMES * FrontEnd.HOP;

  /** Seconds of the stretch that a segment stands for. */
  public static final double SECONDS = (double) SAMPLES / FrontEnd.SAMPLE_RATE;

  /** Samples that a patch needs: its stretch and the tail of the last frame's window. */
  public static final int SUPPORT = SAMPLES - FrontEnd.HOP + FrontEnd.WINDOW;

  private Patch() {}
}
