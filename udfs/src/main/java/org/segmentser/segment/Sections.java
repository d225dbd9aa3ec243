package org.segmentser.segment;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.ByteSource;
import org.segmentser.audio.Condition;
import org.segmentser.audio.ExactAudio;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.speech.SpeechFinder;

/** How a long clip is split, so that several tasks can read it at the same time. */
public final class Sections {
  /** Seconds that reading a header may take. */
  private static final double TIMEOUT_S = 60;

  private static final List<Section> WHOLE = List.of(Section.WHOLE);

  private Sections() {}

  /**
   * The sections of a clip, of about equal length, {@code splitS} or some minutes more. A clip
   * stays whole if it is not longer than that or longer than it may be, if it cannot be entered
   * exactly (see {@link ExactAudio}), if something is done to it before it is cut, and if anything
   * is wrong with it, which whoever reads it tells. Reads the header and no audio.
   *
   * @param opener of the file
   * @param name the file's name or URI
   * @param startS where the clip starts in the file, in seconds, at least 0
   * @param endS where it ends; infinite for the file's end
   * @param settings as the clip will be read
   * @param splitS seconds of a section at most, about; more than 0
   * @return in order
   */
  public static List<Section> plan(
      ByteSource.Opener opener,
      String name,
      double startS,
      double endS,
      ClipSettings settings,
      double splitS) {
    if (settings.condition() != Condition.CLEAN) {
      return WHOLE;
    }
    try {
      double timeoutS = Math.min(TIMEOUT_S, settings.timeoutS());
      long deadline = System.nanoTime() + (long) (timeoutS * 1e9);
      Optional<ExactAudio> audio = ExactAudio.of(opener, name, deadline);
      return audio.isEmpty()
          ? WHOLE
          : plan(Math.min(audio.get().seconds(), endS) - startS, settings, splitS);
    } catch (AudioException | RuntimeException | OutOfMemoryError e) {
      return WHOLE;
    }
  }

  private static List<Section> plan(double durationS, ClipSettings settings, double splitS) {
    Segmentation segmentation = settings.segmentation();
    long segments = segmentation.segmentsIn((long) (durationS * FrontEnd.SAMPLE_RATE));
    long count = Math.min(segments, (long) Math.ceil(durationS / splitS));
    if (count < 2 || durationS > settings.maxDurationS() || segments >= Integer.MAX_VALUE) {
      return WHOLE;
    }
    int[] first =
        IntStream.range(0, (int) count)
            .map(i -> first(segments * i / count, segments / count, segmentation))
            .toArray();
    return IntStream.range(0, (int) count)
        .mapToObj(
            i ->
                new Section(
                    i, (int) count, first[i], i + 1 == count ? Integer.MAX_VALUE : first[i + 1]))
        .toList();
  }

  /**
   * The first segment of a section. One that starts just behind a beginning of the search for
   * speech needs to read the least of what is before it.
   */
  private static int first(long segment, long perSection, Segmentation segmentation) {
    long period = segmentation.segmentsIn(SpeechFinder.PERIOD_SAMPLES);
    if (segment == 0 || perSection < 2 * period) {
      return (int) segment;
    }
    long periods =
        Math.round((double) segmentation.startOf((int) segment) / SpeechFinder.PERIOD_SAMPLES);
    int first = (int) segmentation.segmentsIn(periods * SpeechFinder.PERIOD_SAMPLES);
    while (segmentation.startOf(first) < periods * SpeechFinder.PERIOD_SAMPLES) {
      first++;
    }
    return first;
  }
}
