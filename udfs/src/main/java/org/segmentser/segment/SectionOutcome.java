package org.segmentser.segment;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segmentser.audio.AudioInfo;
import org.segmentser.audio.Faults;
import org.segmentser.dsp.LongTermSpectrum;

/**
 * What is known of a clip once one section of it is read. Those of all its sections make the clip's
 * outcome: see {@link #merge}.
 *
 * @param section that it is of
 * @param info what is known of the file; null if it could not be opened
 * @param faults what is wrong with the section's samples
 * @param end how the clip ended; null if it goes on behind the section
 * @param correlation of two voices; null of other numbers of them
 * @param voices what each voice sums up to
 */
public record SectionOutcome(
    Section section,
    AudioInfo info,
    Faults faults,
    End end,
    Correlation correlation,
    List<VoiceSums> voices)
    implements Serializable {

  /** Keeps its own copy. */
  public SectionOutcome {
    voices = List.copyOf(voices);
  }

  /**
   * How a clip ended.
   *
   * @param status null where its audio ended; else what became of the clip
   * @param reason for the status or, where the audio ended, why there is no segment if there is
   *     none
   * @param durationS seconds of the clip up to there, or stated by the file
   * @param samples of the clip up to there, at 16 kHz; -1 where it ends before what was read
   * @param remark what else there is to tell of the audio's end; null if nothing
   * @param format what there is to tell of the file's format; null if nothing
   */
  record End(
      Status status, String reason, double durationS, long samples, String remark, String format)
      implements Serializable {
    boolean isOfAudio() {
      return status == null;
    }

    private boolean isSameAs(End other) {
      return other != null && isOfAudio() && other.isOfAudio() && samples == other.samples;
    }
  }

  /**
   * What a voice's samples sum up to.
   *
   * @param taken segments
   * @param let of those, segments that go through the network
   * @param clipped samples at full scale
   * @param counted samples that were looked at for it
   * @param turns stretches of speech, in order; null where nobody looked
   */
  record VoiceSums(
      Voice voice,
      int taken,
      int let,
      long clipped,
      long counted,
      List<Turn> turns,
      LongTermSpectrum spectrum)
      implements Serializable {}

  /**
   * What became of the clip, as far as this section tells: scored, if nothing speaks against it.
   */
  public Status status() {
    return end == null || end.isOfAudio() ? Status.SCORED : end.status;
  }

  /**
   * What became of a clip.
   *
   * @param voices of the clip
   * @param outcomes one for each voice
   * @param sections that count, from the first one on: the clip ends in the last of them
   */
  public record Merged(List<Voice> voices, List<ClipOutcome> outcomes, int sections) {}

  /**
   * The outcome of a clip, the same as if it had been read in one pass. Where it ended early,
   * sections behind that do not count, nor do their segments.
   *
   * @param sections all of the clip's, in order
   * @param speech as the clip was read
   */
  public static Merged merge(List<SectionOutcome> sections, Speech speech) {
    if (sections.isEmpty() || sections.get(0).section.count() != sections.size()) {
      throw new IllegalArgumentException(sections.size() + " sections are not all of a clip's");
    }
    int last = 0;
    while (sections.get(last).end == null) {
      last++;
    }
    End end = sections.get(last).end;
    int count = last + 1;
    // What follows may have seen the same end, and what the cut makes of it.
    while (count < sections.size() && end.isSameAs(sections.get(count).end)) {
      count++;
    }
    return new Sum(sections.subList(0, count), end).merged(speech);
  }

  /** The sections that count. */
  private record Sum(List<SectionOutcome> parts, End end) {
    Merged merged(Speech speech) {
      AudioInfo info =
          parts.stream().map(p -> p.info).filter(Objects::nonNull).findFirst().orElse(null);
      List<VoiceSums> first =
          parts.stream().filter(part -> part.info != null).findFirst().orElse(parts.get(0)).voices;
      // A section that could not be opened knows nothing of the voices.
      List<List<VoiceSums>> known =
          parts.stream().map(p -> p.voices).filter(v -> v.size() == first.size()).toList();
      Boolean alike = alike();
      List<ClipOutcome> outcomes =
          IntStream.range(0, first.size())
              .mapToObj(
                  i -> outcome(info, known.stream().map(v -> v.get(i)).toList(), alike, speech))
              .toList();
      return new Merged(first.stream().map(VoiceSums::voice).toList(), outcomes, parts.size());
    }

    private ClipOutcome outcome(
        AudioInfo info, List<VoiceSums> sums, Boolean alike, Speech speech) {
      Status status = end.status;
      String reason = end.reason;
      if (end.isOfAudio()) {
        String fault =
            parts.stream().map(p -> p.faults).reduce(Faults.NONE, Faults::and).text().orElse(null);
        String remarks = joined(fault != null ? fault : end.remark, end.format);
        if (sums.stream().allMatch(s -> s.taken == 0)) {
          status = fault != null ? Status.UNDECODABLE : Status.TOO_SHORT;
          reason = fault != null ? fault : end.reason;
        } else if (sums.stream().allMatch(s -> s.let == 0)) {
          status = Status.NO_SPEECH;
          reason = joined(speech.tooLittle(), remarks);
        } else {
          status = Status.SCORED;
          reason = remarks;
        }
      }
      return new ClipOutcome(
          status,
          reason,
          end.durationS,
          info == null ? 0 : info.sampleRate(),
          info == null ? 0 : info.channels(),
          info == null ? null : info.codec(),
          facts(sums, alike));
    }

    private static String joined(String reason, String more) {
      return reason == null ? more : more == null ? reason : reason + "; " + more;
    }

    private Boolean alike() {
      if (!end.isOfAudio() || parts.stream().anyMatch(part -> part.correlation == null)) {
        return null;
      }
      Correlation all = new Correlation();
      parts.forEach(part -> all.add(part.correlation));
      return all.isSame();
    }

    private VoiceFacts facts(List<VoiceSums> sums, Boolean alike) {
      long counted = sums.stream().mapToLong(VoiceSums::counted).sum();
      long clipped = sums.stream().mapToLong(VoiceSums::clipped).sum();
      LongTermSpectrum spectrum = new LongTermSpectrum();
      sums.forEach(s -> spectrum.add(s.spectrum));
      double hz = spectrum.hz();
      List<Turn> turns = turns(sums);
      return new VoiceFacts(
          turns == null ? null : turns.stream().mapToDouble(t -> t.endS() - t.startS()).sum(),
          turns,
          counted == 0 ? null : (double) clipped / counted,
          Double.isNaN(hz) ? null : (int) Math.round(hz),
          alike);
    }

    /** Where a section ends within a turn, the next one goes on with it. */
    private List<Turn> turns(List<VoiceSums> sums) {
      if (!end.isOfAudio() || sums.stream().anyMatch(s -> s.turns == null)) {
        return null;
      }
      List<Turn> all = new ArrayList<>();
      for (VoiceSums of : sums) {
        for (Turn turn : of.turns) {
          int last = all.size() - 1;
          if (last >= 0 && all.get(last).endS() == turn.startS()) {
            all.set(last, new Turn(all.get(last).startS(), turn.endS()));
          } else {
            all.add(turn);
          }
        }
      }
      return all;
    }
  }
}
