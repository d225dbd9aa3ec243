package org.segmentser.train;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.segment.Patch;

/**
 * Cuts a patch out of a clip's spectrogram and changes it as a room, a microphone and another
 * speaker would. Works on mel magnitudes, {@code exp(x) - 0.01} of the patch's numbers, in the
 * order in which sound travels: voice, room, noise, microphone, codec, level. Not thread-safe.
 *
 * <p>The masks are those of SpecAugment (Park et al., 2019).
 */
final class Augmenter {
  /** Log-mel of silence. */
  static final float SILENCE = (float) Math.log(FrontEnd.LOG_OFFSET);

  private static final int FRAMES = Patch.FRAMES;
  private static final int BANDS = Patch.BANDS;
  private static final double MIN_SNR_DB = 5;
  private static final double MAX_SNR_DB = 45;

  private static final double MIN_CODEC_DB = 18;
  private static final double MAX_CODEC_DB = 45;

  /** Centres of the bands in Hz, in equal steps on the mel scale. */
  private static final double[] HZ = centres();

  /** Magnitudes of white noise, proportional to the bands' widths; they add up to 1. */
  private static final float[] WHITE = white();

  private static final double LOWEST_MEL = mel(FrontEnd.MIN_HZ);

  /**
   * Squares of how far noise swings about its mean; drawn once, and picked from for each number.
   */
  private static final float[] SWINGS = swings();

  /** How many numbers {@link #pick} takes by the bits of a long. */
  static final int PICKS_PER_LONG = 4;

  private final Augmentation settings;
  private final InputLevel level;
  private final float[] voice = new float[FRAMES * BANDS];
  private final float[] gains = new float[BANDS];
  private final Room room = new Room(widths());

  /** One frame, whose meaning is that of the method that uses it. */
  private final float[] row = new float[BANDS];

  /** An augmenter for networks that take patches at any level. */
  Augmenter(Augmentation settings) {
    this(settings, InputLevel.ANY);
  }

  /** An augmenter for networks that take patches at a level. */
  Augmenter(Augmentation settings, InputLevel level) {
    this.settings = settings;
    this.level = level;
  }

  /** HTK's scale; exact for low frequencies too. */
  private static double mel(double hz) {
    return 1127 * Math.log1p(hz / 700);
  }

  private static double[] centres() {
    double[] hz = new double[BANDS];
    for (int band = 0; band < BANDS; band++) {
      hz[band] = 700 * Math.expm1((mel(FrontEnd.MIN_HZ) + (band + 1) * step()) / 1127);
    }
    return hz;
  }

  /** Widths of the bands in Hz, from one centre to the next. */
  static double[] widths() {
    return Arrays.stream(HZ).map(hz -> step() * (700 + hz) / 1127).toArray();
  }

  private static float[] white() {
    double sum = Arrays.stream(HZ).map(hz -> 700 + hz).sum();
    float[] shares = new float[BANDS];
    for (int band = 0; band < BANDS; band++) {
      shares[band] = (float) ((700 + HZ[band]) / sum);
    }
    return shares;
  }

  private static float[] swings() {
    SplittableRandom random = new SplittableRandom(1);
    float[] squares = new float[1 << 13];
    for (int i = 0; i < squares.length; i++) {
      squares[i] = (float) Math.pow(1 + 0.4 * random.nextGaussian(), 2);
    }
    return squares;
  }

  private static double step() {
    return (mel(FrontEnd.MAX_HZ) - mel(FrontEnd.MIN_HZ)) / (BANDS + 1);
  }

  /** The most frames that {@link #patch} needs. */
  int reach() {
    return (int) Math.ceil(FRAMES * (1 + settings.voice().tempo())) + 1;
  }

  /**
   * Makes one example.
   *
   * @param spectrogram frames of {@value Patch#BANDS} log-mel bands
   * @param frames how many there are from the example's beginning on; missing ones are silence
   * @param into receives the patch, from {@code at} on
   * @return whether there is a voice in it
   */
  boolean patch(float[] spectrogram, int frames, SplittableRandom random, float[] into, int at) {
    warp(spectrogram, frames, random);
    InputLevel.magnitudes(voice, 0, voice);
    if (happens(settings.surroundings().room(), random)) {
      room.reverberate(voice, random);
    }
    boolean isSilence = happens(settings.surroundings().silence(), random);
    if (isSilence || happens(settings.surroundings().noise(), random)) {
      addNoise(isSilence, random);
    }
    Augmentation.Microphone microphone = settings.microphone();
    Arrays.fill(
        gains, (float) decibels(between(random, -microphone.gainDb(), microphone.gainDb())));
    if (happens(microphone.equalizer(), random)) {
      equalize(random);
    }
    if (happens(microphone.bandLimits(), random)) {
      limitBands(random);
    }
    applyGains();
    if (happens(microphone.codec(), random)) {
      addCodecNoise(random);
    }
    if (happens(settings.masks().mask(), random)) {
      maskTime(random);
    }
    if (happens(settings.masks().mask(), random)) {
      maskBands(random);
    }
    level.write(voice, into, at);
    return !isSilence;
  }

  private static boolean happens(double part, SplittableRandom random) {
    return random.nextDouble() < part;
  }

  static double between(SplittableRandom random, double from, double to) {
    return from + (to - from) * random.nextDouble();
  }

  /** Another tempo and another vocal tract, by linear interpolation. */
  private void warp(float[] spectrogram, int frames, SplittableRandom random) {
    double tempo = between(random, 1 - settings.voice().tempo(), 1 + settings.voice().tempo());
    double pitch = between(random, 1 - settings.voice().pitch(), 1 + settings.voice().pitch());
    int[] lower = new int[BANDS];
    float[] part = new float[BANDS];
    for (int band = 0; band < BANDS; band++) {
      double source = (mel(HZ[band] / pitch) - LOWEST_MEL) / step() - 1;
      source = Math.max(0, Math.min(BANDS - 1, source));
      lower[band] = (int) Math.min(BANDS - 2, source);
      part[band] = (float) (source - lower[band]);
    }
    for (int frame = 0; frame < FRAMES; frame++) {
      double source = frame * tempo;
      int first = (int) source;
      if (first >= frames) {
        Arrays.fill(voice, frame * BANDS, voice.length, SILENCE);
        return;
      }
      between(
          spectrogram,
          first * BANDS,
          Math.min(first + 1, frames - 1) * BANDS,
          (float) (source - first));
      for (int band = 0; band < BANDS; band++) {
        float below = row[lower[band]];
        voice[frame * BANDS + band] = below + part[band] * (row[lower[band] + 1] - below);
      }
    }
  }

  /** A frame between the two that begin there. */
  private void between(float[] spectrogram, int first, int second, float part) {
    for (int band = 0; band < BANDS; band++) {
      float before = spectrogram[first + band];
      row[band] = before + part * (spectrogram[second + band] - before);
    }
  }

  /**
   * Noise of a random slope, -12 to 20 dB from the lowest to the highest band, at the chosen
   * distance from the patch's root mean square, pauses included; its slope and swing add up to 4
   * dB.
   */
  private void addNoise(boolean alone, SplittableRandom random) {
    double sum = 0;
    for (float v : voice) {
      sum += (double) v * v;
    }
    double snr = between(random, MIN_SNR_DB, MAX_SNR_DB);
    double level = Math.sqrt(sum / voice.length) * decibels(-snr);
    double slope = between(random, -12, 20);
    float[] power = gains;
    for (int band = 0; band < BANDS; band++) {
      double noise = level * decibels(slope * (band / (BANDS - 1.0) - 0.5));
      power[band] = (float) (noise * noise);
    }
    if (alone) {
      Arrays.fill(voice, 0);
    }
    for (int frame = 0; frame < voice.length; frame += BANDS) {
      swing(random);
      for (int band = 0; band < BANDS; band++) {
        float heard = voice[frame + band] * voice[frame + band];
        voice[frame + band] = (float) Math.sqrt(heard + power[band] * row[band]);
      }
    }
  }

  /** A frame's swings. */
  private void swing(SplittableRandom random) {
    for (int band = 0; band < BANDS; band += PICKS_PER_LONG) {
      long bits = random.nextLong();
      for (int i = 0; i < PICKS_PER_LONG; i++) {
        row[band + i] = pick(SWINGS, bits, i);
      }
    }
  }

  /** The number of a table that some of a long's bits choose; its length is a power of 2. */
  static float pick(float[] table, long bits, int at) {
    return table[(int) (bits >>> (at * Short.SIZE)) & (table.length - 1)];
  }

  private static double decibels(double db) {
    return Exponential.of(db * (Math.log(10) / 20));
  }

  /** A smooth response: a tilt and three waves over the bands. */
  private void equalize(SplittableRandom random) {
    double tilt = between(random, -1, 1);
    double[] heights = new double[3];
    double[] phases = new double[3];
    for (int i = 0; i < heights.length; i++) {
      heights[i] = between(random, 0, 0.5 / (i + 1));
      phases[i] = between(random, 0, 2 * Math.PI);
    }
    for (int band = 0; band < BANDS; band++) {
      double x = band / (BANDS - 1.0);
      double response = tilt * (2 * x - 1);
      for (int i = 0; i < heights.length; i++) {
        response += heights[i] * Math.cos(Math.PI * (i + 1) * x + phases[i]);
      }
      response = Math.max(-1, Math.min(1, response));
      gains[band] *= (float) decibels(settings.microphone().equalizerDb() * response);
    }
  }

  /** Above 2 to 7.5 kHz and below 60 to 400 Hz, 12 to 60 dB less per octave. */
  private void limitBands(SplittableRandom random) {
    double high = 2000 * Math.pow(3.75, random.nextDouble());
    double low = between(random, 60, 400);
    double slope = between(random, 12, 60);
    for (int band = 0; band < BANDS; band++) {
      double octaves =
          Math.max(0, Math.log(HZ[band] / high)) + Math.max(0, Math.log(low / HZ[band]));
      gains[band] *= (float) decibels(-slope * octaves / Math.log(2));
    }
  }

  private void applyGains() {
    for (int frame = 0; frame < voice.length; frame += BANDS) {
      for (int band = 0; band < BANDS; band++) {
        voice[frame + band] *= gains[band];
      }
    }
  }

  /**
   * White noise that follows the sound: in each frame as far below the sum of its bands as is drawn
   * for the example.
   */
  private void addCodecNoise(SplittableRandom random) {
    double below = decibels(-between(random, MIN_CODEC_DB, MAX_CODEC_DB));
    for (int frame = 0; frame < voice.length; frame += BANDS) {
      float sum = 0;
      for (int band = 0; band < BANDS; band++) {
        sum += voice[frame + band];
      }
      float level = (float) (sum * below);
      swing(random);
      for (int band = 0; band < BANDS; band++) {
        float noise = level * WHITE[band];
        float heard = voice[frame + band];
        voice[frame + band] = (float) Math.sqrt(heard * heard + noise * noise * row[band]);
      }
    }
  }

  private void maskTime(SplittableRandom random) {
    int length = random.nextInt(settings.masks().maskFrames() + 1);
    int start = random.nextInt(FRAMES - length + 1) * BANDS;
    Arrays.fill(voice, start, start + length * BANDS, 0);
  }

  private void maskBands(SplittableRandom random) {
    int width = random.nextInt(settings.masks().maskBands() + 1);
    int band = random.nextInt(BANDS - width + 1);
    for (int frame = 0; frame < voice.length; frame += BANDS) {
      Arrays.fill(voice, frame + band, frame + band + width, 0);
    }
  }
}
