package org.segmentser.segment;

import java.util.ArrayList;
import java.util.List;
import org.segmentser.audio.Effect;
import org.segmentser.dsp.Bandwidth;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.speech.SpeechDetector;
import org.segmentser.speech.SpeechFinder;

/**
 * One voice of a clip, or of a section of one, on its way from samples at 16 kHz to segments. Not
 * thread-safe.
 */
final class VoiceTrack {
  private final Voice voice;
  private final Speech speech;
  private final Effect effect;
  private final Reach reach;
  private final Segmenter segmenter;
  private final Bandwidth bandwidth;

  /** Null where speech is not looked for. */
  private final SpeechFinder finder;

  /** Samples of the clip so far, with those before the reach, which nobody saw. */
  private long samples;

  private boolean isFinished;
  private int taken;
  private int let;

  VoiceTrack(Voice voice, ClipSettings settings, Section section) {
    this.voice = voice;
    this.speech = settings.speech();
    this.effect = settings.condition().begin();
    this.reach = Reach.of(section, settings);
    this.segmenter = new Segmenter(settings.segmentation(), section);
    this.bandwidth = new Bandwidth(reach.begin(), reach.from(), reach.end());
    this.samples = reach.begin();
    this.finder = speech.isLookedFor() ? new SpeechFinder(reach.begin()) : null;
  }

  Voice voice() {
    return voice;
  }

  /** Takes the voice's next samples, which may be changed. */
  void add(float[] block, int offset, int length) {
    effect.apply(block, offset, length);
    int before = (int) Math.max(0, Math.min(length, reach.cutFrom() - samples));
    segmenter.add(block, offset + before, length - before);
    bandwidth.add(block, offset, length);
    if (finder != null) {
      finder.accept(block, offset, length);
    }
    samples += length;
  }

  void finish() {
    segmenter.finish();
    if (finder != null && samples > reach.begin()) {
      finder.finish();
    }
    isFinished = true;
  }

  /** Whether all is known of a section that the clip goes on behind. */
  boolean isRead() {
    return reach.isBounded()
        && segmenter.isComplete()
        && ready() == segmenter.ready()
        && samples >= reach.end() + Bandwidth.LOOK
        && (finder == null || finder.decided() >= reach.endWindow());
  }

  /** How many segments there are to take: complete, and known to hold speech or not. */
  int ready() {
    return finder == null || isFinished
        ? segmenter.ready()
        : segmenter.readyBefore((long) finder.decided() * SpeechDetector.WINDOW);
  }

  /** The next segments, at most {@code most} of those that are ready. */
  AudioChunk take(int most) {
    int count = Math.min(most, ready());
    taken += count;
    if (finder == null) {
      let += count;
      return segmenter.take(count);
    }
    List<Segmenter.Stretches> stretches = segmenter.stretches(count);
    AudioChunk chunk = segmenter.take(count);
    List<AudioChunk.Cut> cuts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      double share = stretches.get(i).share(finder);
      boolean isLet = speech.lets(share);
      let += isLet ? 1 : 0;
      cuts.add(chunk.cuts().get(i).with((float) share, isLet));
    }
    return new AudioChunk(chunk.samples(), cuts);
  }

  /**
   * What the voice's samples in the reach sum up to.
   *
   * @param clipped how many of the file's samples are at full scale
   * @param counted of how many
   */
  SectionOutcome.VoiceSums sums(long clipped, long counted) {
    return new SectionOutcome.VoiceSums(
        voice, taken, let, clipped, counted, finder == null ? null : turns(), bandwidth.spectrum());
  }

  private List<Turn> turns() {
    List<Turn> turns = new ArrayList<>();
    int windows = Math.min(finder.decided(), reach.endWindow());
    for (int window = reach.firstWindow(); window < windows; window++) {
      if (finder.isSpeech(window)) {
        int first = window;
        while (window + 1 < windows && finder.isSpeech(window + 1)) {
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
