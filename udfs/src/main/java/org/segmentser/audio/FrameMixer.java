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

/** Turns decoded frames of any sample format into mono floats in [-1, 1). Keeps its arrays. */
final class FrameMixer {

  private byte[] bytes = new byte[0];
  private short[] shorts = new short[0];
  private int[] ints = new int[0];
  private long[] longs = new long[0];
  private double[] doubles = new double[0];
  private float[] plane = new float[0];
  private float[] mono = new float[0];

  /** The samples of the last mixed frame; valid until the next. */
  float[] mono() {
    return mono;
  }

  /**
   * Mixes {@code frame} into {@link #mono()}.
   *
   * @return the number of samples
   */
  int mix(AVFrame frame) {
    int count = frame.nb_samples();
    int channels = frame.ch_layout().nb_channels();
    if (mono.length < count) {
      mono = new float[count];
    }
    if (av_sample_fmt_is_planar(frame.format()) == 1) {
      mixPlanes(frame, channels, count);
    } else {
      mixInterleaved(frame, channels, count);
    }
    return count;
  }

  private void mixPlanes(AVFrame frame, int channels, int count) {
    load(frame.extended_data(0), frame.format(), count);
    System.arraycopy(plane, 0, mono, 0, count);
    for (int c = 1; c < channels; c++) {
      load(frame.extended_data(c), frame.format(), count);
      for (int i = 0; i < count; i++) {
        mono[i] += plane[i];
      }
    }
    for (int i = 0; i < count; i++) {
      mono[i] /= channels;
    }
  }

  private void mixInterleaved(AVFrame frame, int channels, int count) {
    load(frame.data(0), frame.format(), count * channels);
    for (int i = 0; i < count; i++) {
      float sum = plane[i * channels];
      for (int c = 1; c < channels; c++) {
        sum += plane[i * channels + c];
      }
      mono[i] = sum / channels;
    }
  }

  /** Copies {@code count} samples in one go and scales them into {@link #plane}. */
  private void load(BytePointer data, int format, int count) {
    if (plane.length < count) {
      plane = new float[count];
    }
    switch (format) {
      case AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P -> {
        bytes = bytes.length < count ? new byte[count] : bytes;
        data.get(bytes, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = ((bytes[i] & 0xFF) - 128) * 0x1p-7f;
        }
      }
      case AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P -> {
        shorts = shorts.length < count ? new short[count] : shorts;
        new ShortPointer(data).get(shorts, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = shorts[i] * 0x1p-15f;
        }
      }
      case AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_S32P -> {
        ints = ints.length < count ? new int[count] : ints;
        new IntPointer(data).get(ints, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = ints[i] * 0x1p-31f;
        }
      }
      case AV_SAMPLE_FMT_S64, AV_SAMPLE_FMT_S64P -> {
        longs = longs.length < count ? new long[count] : longs;
        new LongPointer(data).get(longs, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = longs[i] * 0x1p-63f;
        }
      }
      case AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP -> new FloatPointer(data).get(plane, 0, count);
      case AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_DBLP -> {
        doubles = doubles.length < count ? new double[count] : doubles;
        new DoublePointer(data).get(doubles, 0, count);
        for (int i = 0; i < count; i++) {
          plane[i] = (float) doubles[i];
        }
      }
      default -> throw new IllegalStateException("sample format " + format);
    }
  }
}
