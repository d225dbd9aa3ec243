package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBL;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBLP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S32;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S32P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S64;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S64P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8P;
import static org.bytedeco.ffmpeg.global.avutil.av_sample_fmt_is_planar;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Turns decoded frames of any sample format into mono floats in [-1, 1), a window at a time, so
 * that its arrays do not grow with a frame.
 */
final class FrameMixer {

  /** The most values, of all channels together, that are converted at a time. */
  private static final int WINDOW = 16_384;

  private byte[] bytes = new byte[0];
  private short[] shorts = new short[0];
  private int[] ints = new int[0];
  private long[] longs = new long[0];
  private double[] doubles = new double[0];
  private float[] plane = new float[0];
  private float[] mono = new float[0];

  /** The samples of the last mixed window; valid until the next. */
  float[] mono() {
    return mono;
  }

  /**
   * Mixes the samples of {@code frame} from the {@code from}th on into {@link #mono()}, as many as
   * a window holds.
   *
   * @param from less than the frame's samples
   * @return the number of samples, at least 1
   */
  int mix(AVFrame frame, int from) {
    int channels = frame.ch_layout().nb_channels();
    int count = Math.min(frame.nb_samples() - from, Math.max(1, WINDOW / channels));
    if (mono.length < count) {
      mono = new float[count];
    }
    if (av_sample_fmt_is_planar(frame.format()) == 1) {
      mixPlanes(frame, channels, from, count);
    } else {
      mixInterleaved(frame, channels, from, count);
    }
    return count;
  }

  private void mixPlanes(AVFrame frame, int channels, int from, int count) {
    load(frame.extended_data(0), frame.format(), from, count);
    System.arraycopy(plane, 0, mono, 0, count);
    for (int c = 1; c < channels; c++) {
      load(frame.extended_data(c), frame.format(), from, count);
      for (int i = 0; i < count; i++) {
        mono[i] += plane[i];
      }
    }
    for (int i = 0; i < count; i++) {
      mono[i] /= channels;
    }
  }

  private void mixInterleaved(AVFrame frame, int channels, int from, int count) {
    load(frame.data(0), frame.format(), (long) from * channels, count * channels);
    for (int i = 0; i < count; i++) {
      float sum = plane[i * channels];
      for (int c = 1; c < channels; c++) {
        sum += plane[i * channels + c];
      }
      mono[i] = sum / channels;
    }
  }

  /**
   * Copies {@code count} values from the {@code from}th on, and scales them into {@link #plane}.
   */
  private void load(BytePointer data, int format, long from, int count) {
    if (plane.length < count) {
      plane = new float[count];
    }
    switch (format) {
      case AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P -> {
        bytes = bytes.length < count ? new byte[count] : bytes;
        data.position(from).get(bytes, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = ((bytes[i] & 0xFF) - 128) * 0x1p-7f;
        }
      }
      case AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P -> {
        shorts = shorts.length < count ? new short[count] : shorts;
        new ShortPointer(data).position(from).get(shorts, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = shorts[i] * 0x1p-15f;
        }
      }
      case AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_S32P -> {
        ints = ints.length < count ? new int[count] : ints;
        new IntPointer(data).position(from).get(ints, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = ints[i] * 0x1p-31f;
        }
      }
      case AV_SAMPLE_FMT_S64, AV_SAMPLE_FMT_S64P -> {
        longs = longs.length < count ? new long[count] : longs;
        new LongPointer(data).position(from).get(longs, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = longs[i] * 0x1p-63f;
        }
      }
      case AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP ->
          new FloatPointer(data).position(from).get(plane, 0, count);
      case AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_DBLP -> {
        doubles = doubles.length < count ? new double[count] : doubles;
        new DoublePointer(data).position(from).get(doubles, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = (float) doubles[i];
        }
      }
      default -> throw new IllegalStateException("sample format " + format);
    }
  }
}
