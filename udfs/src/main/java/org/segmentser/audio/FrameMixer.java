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

import java.util.Arrays;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Turns decoded frames of any sample format into floats in [-1, 1), of all channels together or of
 * some each, a window at a time, so that its arrays do not grow with a frame.
 */
final class FrameMixer {

  /** The most values, of all channels together, that are converted at a time. */
  private static final int WINDOW = 16_384;

  /**
   * At full scale, nearly: so that it holds for 8 bits, whose largest value is 0.992, and for
   * &mu;-law, which ends at 0.980.
   */
  private static final float FULL_SCALE = 0.98f;

  private byte[] bytes = new byte[0];
  private short[] shorts = new short[0];
  private int[] ints = new int[0];
  private long[] longs = new long[0];
  private double[] doubles = new double[0];
  private float[] plane = new float[0];
  private float[][] voices = {new float[0]};
  private long[] clipped = new long[1];
  private long counted;

  /** The samples of a window that are counted, and what the last one added. */
  private int countedFrom;

  private int countedTo;
  private long[] clippedLast = new long[1];
  private long countedLast;

  /**
   * The samples of the last mixed window, one array for each voice; valid until the next. A voice
   * is the average of all channels, or one channel.
   */
  float[][] voices() {
    return voices;
  }

  /** How many of a voice's {@link #counted} samples are within 0.2 dB of full scale. */
  long clipped(int voice) {
    return voice < clipped.length ? clipped[voice] : 0;
  }

  /** Samples of a voice so far; of a mix, those of all its channels. */
  long counted() {
    return counted;
  }

  /**
   * Mixes the samples of {@code frame} from the {@code from}th on into {@link #voices()}, as many
   * as a window holds.
   *
   * @param from less than the frame's samples
   * @param most samples that are mixed, at least 1
   * @param channels those that are a voice each; null for the average of all as the only voice
   * @param countFrom the first of these samples that is counted
   * @param countTo the first one behind that is not
   * @return the number of samples, at least 1
   */
  int mix(AVFrame frame, int from, int most, int[] channels, long countFrom, long countTo) {
    int all = frame.ch_layout().nb_channels();
    int count = Math.min(Math.min(most, frame.nb_samples() - from), Math.max(1, WINDOW / all));
    countedFrom = (int) Math.max(0, Math.min(count, countFrom));
    countedTo = (int) Math.max(countedFrom, Math.min(count, countTo));
    int wanted = channels == null ? 1 : channels.length;
    if (voices.length != wanted || voices[0].length < count) {
      voices = new float[wanted][count];
    }
    if (clipped.length != wanted) {
      clipped = new long[wanted];
      clippedLast = new long[wanted];
    }
    Arrays.fill(clippedLast, 0);
    countedLast = (long) (countedTo - countedFrom) * (channels == null ? all : 1);
    counted += countedLast;
    boolean isPlanar = av_sample_fmt_is_planar(frame.format()) == 1;
    if (channels == null && isPlanar) {
      mixPlanes(frame, all, from, count);
    } else if (channels == null) {
      mixInterleaved(frame, all, from, count);
    } else if (isPlanar) {
      for (int voice = 0; voice < wanted; voice++) {
        load(frame.extended_data(channels[voice]), frame.format(), from, count);
        System.arraycopy(plane, 0, voices[voice], 0, count);
        countClipped(voice, plane, 1);
      }
    } else {
      load(frame.data(0), frame.format(), (long) from * all, count * all);
      for (int voice = 0; voice < wanted; voice++) {
        float[] to = voices[voice];
        for (int i = 0, at = channels[voice]; i < count; i++, at += all) {
          to[i] = plane[at];
        }
        countClipped(voice, to, 1);
      }
    }
    return count;
  }

  /** A window of silence, whose samples are not counted. */
  int silence(int most, int voices) {
    int count = Math.min(most, WINDOW);
    this.voices = new float[voices][count];
    return count;
  }

  /** Takes back what the last mixed window added to the counts. */
  void uncount() {
    counted -= countedLast;
    for (int voice = 0; voice < clipped.length; voice++) {
      clipped[voice] -= clippedLast[voice];
    }
  }

  private void mixPlanes(AVFrame frame, int channels, int from, int count) {
    float[] mono = voices[0];
    load(frame.extended_data(0), frame.format(), from, count);
    System.arraycopy(plane, 0, mono, 0, count);
    countClipped(0, plane, 1);
    for (int c = 1; c < channels; c++) {
      load(frame.extended_data(c), frame.format(), from, count);
      for (int i = 0; i < count; i++) {
        mono[i] += plane[i];
      }
      countClipped(0, plane, 1);
    }
    for (int i = 0; i < count; i++) {
      mono[i] /= channels;
    }
  }

  private void mixInterleaved(AVFrame frame, int channels, int from, int count) {
    float[] mono = voices[0];
    load(frame.data(0), frame.format(), (long) from * channels, count * channels);
    countClipped(0, plane, channels);
    for (int i = 0; i < count; i++) {
      float sum = plane[i * channels];
      for (int c = 1; c < channels; c++) {
        sum += plane[i * channels + c];
      }
      mono[i] = sum / channels;
    }
  }

  /** Counts in samples that have so many values each. */
  private void countClipped(int voice, float[] samples, int values) {
    int found = 0;
    for (int i = countedFrom * values; i < countedTo * values; i++) {
      found += Math.abs(samples[i]) >= FULL_SCALE ? 1 : 0;
    }
    clipped[voice] += found;
    clippedLast[voice] += found;
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
