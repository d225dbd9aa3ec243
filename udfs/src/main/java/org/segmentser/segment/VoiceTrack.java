package org.segmentser.segment;

import java.util.ArrayList;
import java.util.List;
import org.segmentser.audio.Effect;
import org.segmentser.dsp.Bandwidth;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.speech.SpeechDetector;
import org.segmentser.speech.SpeechRegions;

/** One voice of a clip on its way from samples at 16 kHz to segments. Not thread-safe. */
final class VoiceTrack {
  private final Voice voice;
  private final Speech speech;
  private final Effect effect;
  private final Segmenter segmenter;
  private final Bandwidth bandwidth = new Bandwidth();

  /** Null where speech is not looked for. */
  private final SpeechRegions regions;

  private final SpeechDetector detector;

  private long samples;
  private boolean isFinished;
  private int taken;
  private int let;

  VoiceTrack(Voice voice, ClipSettings settings) {
    this.voice = voice;
    this.speech = settings.speech();
    this.effect = settings.condition().begin();
    this.segmenter = new Segmenter(settings.segmentation());
    this.regions = speech.isLookedFor() ? new SpeechRegions() : null;
    this.detector = speech.isLookedFor() ? new SpeechDetector(regions::accept) : null;
  }

  Voice voice() {
    return voice;
  }

  /** Takes the voice's next samples, which may be changed. */
  void add(float[] block, int offset, int length) {
    effect.apply(block, offset, length);
    segmenter.add(block, offset, length);
    bandwidth.add(block, offset, length);
    if (detector != null) {
      detector.accept(block, offset, length);
    }
    samples += length;
  }

  void finish() {
    segmenter.finish();
    if (detector != null) {
      detector.finish();
      if (samples > 0) {
        regions.finish(samples);
      }
    }
    isFinished = true;
  }

  /** How many segments there are to take: complete, and known to hold speech or not. */
  int ready() {
    return detector == null || isFinished
        ? segmenter.ready()
        : segmenter.readyBefore((long) regions.decided() * SpeechDetector.WINDOW);
  }

  /** The next segments, at most {@code most} of those that are ready. */
  AudioChunk take(int most) {
    int count = Math.min(most, ready());
    taken += count;
    if (detector == null) {
      let += count;
      return segmenter.take(count);
    }
    List<Segmenter.Stretches> stretches = segmenter.stretches(count);
    AudioChunk chunk = segmenter.take(count);
    List<AudioChunk.Cut> cuts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      double share = stretches.get(i).share(regions);
      boolean isLet = speech.lets(share);
      let += isLet ? 1 : 0;
      cuts.add(chunk.cuts().get(i).with((float) share, isLet));
    }
    return new AudioChunk(chunk.samples(), cuts);
  }

  /** How many segments were taken, with or without speech. */
  int taken() {
    return taken;
  }

  /** Of a finished voice whose segments are taken: whether none had enough speech. */
  boolean isWithoutSpeech() {
    return taken > 0 && let == 0;
  }

  /**
   * What was found out about the voice.
   *
   * @param clipping see {@link VoiceFacts}; null if unknown
   * @param alike likewise
   */
  VoiceFacts facts(Double clipping, Boolean alike) {
    double hz = bandwidth.hz();
    List<Turn> turns = regions == null || !isFinished ? null : turns();
    return new VoiceFacts(
        turns == null ? null : turns.stream().mapToDouble(t -> t.endS() - t.startS()).sum(),
        turns,
        clipping,
        Double.isNaN(hz) ? null : (int) Math.round(hz),
        alike);
  }

  private List<Turn> turns() {
    List<Turn> turns = new ArrayList<>();
    int windows = regions.decided();
    for (int window = 0; window < windows; window++) {
      if (regions.isSpeech(window)) {
        int first = window;
        while (window + 1 < windows && regions.isSpeech(window + 1)) {
          window++;
        }
        turns.add(new Turn(seconds(first), seconds(window + 1)));
      }
    }
    return turns;
  }

  private double seconds(int window) {
    return (double) Math.min(samples, (long) window * SpeechDetector.WINDOW) / FrontEnd.SAMPLE_RATE;
  }
}
