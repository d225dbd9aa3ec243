package org.segmentser.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.segmentser.audio.AudioDecoder;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.audio.Resampler;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.dsp.LogMel;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Patch;
import org.segmentser.segment.Segmentation;
import org.segmentser.speech.SpeechDetector;
import org.segmentser.speech.SpeechRegions;

/**
 * Milliseconds of one core for a minute of audio, step by step: decode, resample, log-mel, and all;
 * and where somebody speaks.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrontEndBenchmark {
  private static final int SECONDS = 60;
  private static final long FOREVER = TimeUnit.DAYS.toNanos(1);

  /** A minute of noise as a file; the lossy ones are made with the ffmpeg on the PATH. */
  @State(Scope.Benchmark)
  public static class File {
    @Param({"wav-8000", "wav-16000", "wav-44100", "flac-16000", "mp3-44100", "ogg-48000"})
    String format;

    byte[] bytes;

    @Setup
    public void make() throws IOException, InterruptedException {
      int rate = Integer.parseInt(format.substring(format.indexOf('-') + 1));
      bytes = Clips.wav(rate, Clips.noise(rate * SECONDS, 1));
      String extension = format.substring(0, format.indexOf('-'));
      if (!extension.equals("wav")) {
        Path wav = Files.write(Files.createTempFile("bench", ".wav"), bytes);
        Path other = Files.createTempFile("bench", "." + extension);
        new ProcessBuilder("ffmpeg", "-v", "error", "-y", "-i", wav.toString(), other.toString())
            .inheritIO()
            .start()
            .waitFor();
        bytes = Files.readAllBytes(other);
        Files.delete(wav);
        Files.delete(other);
      }
    }
  }

  /** A minute of samples. */
  @State(Scope.Benchmark)
  public static class Samples {
    @Param({"8000", "11025", "44100", "48000"})
    int rate;

    float[] samples;

    @Setup
    public void make() {
      samples = Clips.noise(rate * SECONDS, 1);
    }
  }

  @Benchmark
  public float decode(File file) throws AudioException {
    float[][] block = new float[1][4096];
    float last = 0;
    try (AudioDecoder decoder =
        AudioDecoder.open(
            () -> new ByteArraySource(file.bytes),
            file.format,
            System.nanoTime() + FOREVER,
            Channels.MIX)) {
      while (decoder.read(block, 0, block[0].length) > 0) {
        last = block[0][0];
      }
    }
    return last;
  }

  @Benchmark
  public float resample(Samples samples) {
    Resampler resampler = new Resampler(samples.rate, FrontEnd.SAMPLE_RATE);
    int block = 4096;
    float[] out = new float[resampler.maxOutput(block)];
    float last = 0;
    for (int at = 0; at < samples.samples.length; at += block) {
      int length = Math.min(block, samples.samples.length - at);
      resampler.process(samples.samples, at, length, out);
      last = out[0];
    }
    resampler.finish(out);
    return last;
  }

  @Benchmark
  public float logMel() {
    LogMel logMel = new LogMel();
    float[] samples = NOISE;
    float[] bands = new float[Patch.FRAMES * Patch.BANDS];
    for (int at = 0; at + Patch.SUPPORT <= samples.length; at += Patch.SAMPLES) {
      logMel.frames(samples, at, Patch.FRAMES, bands, 0);
    }
    return bands[0];
  }

  private static final float[] NOISE = Clips.noise(FrontEnd.SAMPLE_RATE * SECONDS, 1);

  @Benchmark
  public double speech() {
    return speech(NOISE);
  }

  @Benchmark
  public double speechOfSilence() {
    return speech(SILENCE);
  }

  private static final float[] SILENCE = new float[FrontEnd.SAMPLE_RATE * SECONDS];

  private static double speech(float[] samples) {
    SpeechRegions regions = new SpeechRegions();
    SpeechDetector detector = new SpeechDetector(regions::accept);
    detector.accept(samples, 0, samples.length);
    detector.finish();
    regions.finish(samples.length);
    return regions.share(0, samples.length);
  }

  @Benchmark
  public int bytesToPatches(File file) {
    int segments = 0;
    try (ClipReader clip =
        ClipReader.open(
            () -> new ByteArraySource(file.bytes),
            file.format,
            ClipSettings.of(Segmentation.DEFAULT))) {
      while (clip.outcome() == null) {
        segments += clip.next().size();
      }
    }
    return segments;
  }
}
