package org.segmentser.segment;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.AudioInfo;
import org.segmentser.audio.ByteSource;
import org.segmentser.audio.Faults;
import org.segmentser.audio.VoiceReader;
import org.segmentser.dsp.FrontEnd;

/**
 * Reads one clip, or a section of a long one, from bytes to segments, a chunk at a time, in one
 * pass over its audio, each voice that is listened to by itself.
 *
 * <p>Call {@link #nextParts} until {@link #isDone}; of a clip that is one voice, {@link #next}
 * until {@link #outcome} is there. Whatever is wrong with the clip becomes its outcome; no
 * exception tells of a bad clip. Memory is bounded by a chunk. Not thread-safe; closing frees the
 * decoder at any point.
 */
public final class ClipReader implements AutoCloseable {
  private static final int BLOCK = 4096;
  private static final int RATE = FrontEnd.SAMPLE_RATE;

  private static final AudioChunk NONE = new AudioChunk(new float[0], List.of());

  private final ClipSettings settings;
  private final Section section;
  private final Reach reach;
  private VoiceReader reader;

  /** The voices, and what was read of each last; one without audio where none could be opened. */
  private List<VoiceTrack> tracks;

  private float[][] block;

  /** Where two voices may hold the same signal; else null. */
  private Correlation correlation;

  /** The stretch of the file that is the clip, in samples at 16 kHz. */
  private final long from;

  private final long to;

  /**
   * The sample of the file that is read next, after the first of those that are read, and
   * nanoseconds spent on it.
   */
  private long position;

  private long begun;
  private long spentNanos;
  private boolean exhausted;

  /** What is known of a clip that was opened but has other channels; else null. */
  private AudioInfo opened;

  /** Null while there is more. */
  private SectionOutcome result;

  /** One for each voice; null while there is more, and of a section. */
  private List<ClipOutcome> outcomes;

  /**
   * A reader of the whole of a file.
   *
   * @param name the file's name or URI, for messages and as a hint at its format
   */
  public static ClipReader open(ByteSource.Opener opener, String name, ClipSettings settings) {
    return open(opener, name, 0, Double.POSITIVE_INFINITY, settings);
  }

  /**
   * A reader of a stretch of a file. Segment times count from the stretch's start.
   *
   * @param startS where the clip starts in the file, in seconds, at least 0
   * @param endS where it ends; infinite for the file's end
   */
  public static ClipReader open(
      ByteSource.Opener opener, String name, double startS, double endS, ClipSettings settings) {
    return open(opener, name, startS, endS, Section.WHOLE, settings);
  }

  /**
   * A reader of a section of a stretch of a file. Indices and times of its segments are those in
   * the whole stretch.
   *
   * @param startS where the clip starts in the file, in seconds, at least 0
   * @param endS where it ends; infinite for the file's end
   * @param section one of those that {@link Sections#plan} gives of the clip
   */
  public static ClipReader open(
      ByteSource.Opener opener,
      String name,
      double startS,
      double endS,
      Section section,
      ClipSettings settings) {
    ClipReader clip = new ClipReader(startS, endS, section, settings);
    clip.openAudio(opener, name);
    return clip;
  }

  private ClipReader(double startS, double endS, Section section, ClipSettings settings) {
    this.settings = settings;
    this.section = section;
    this.reach = Reach.of(section, settings);
    this.tracks = List.of(new VoiceTrack(Voice.MIX, settings, section));
    this.from = Math.round(startS * RATE);
    this.to = endS == Double.POSITIVE_INFINITY ? Long.MAX_VALUE : Math.round(endS * RATE);
  }

  private void openAudio(ByteSource.Opener opener, String name) {
    long began = System.nanoTime();
    try {
      reader = VoiceReader.open(opener, name, began + timeoutNanos(), settings.channels());
      int voices = reader.voices();
      block = new float[voices][BLOCK];
      correlation = voices == 2 ? new Correlation() : null;
      tracks = IntStream.range(0, voices).mapToObj(this::track).toList();
      double declared = reader.info().declaredSeconds();
      double stated = Math.min(declared, (double) to / RATE) - (double) from / RATE;
      if (stated > settings.maxDurationS()) {
        end(Status.TOO_LONG, "lasts " + seconds(stated) + ", more than " + allowed(), stated);
      } else {
        begin();
      }
    } catch (AudioException e) {
      end(e, Double.NaN);
    } catch (OutOfMemoryError e) {
      end(e, Double.NaN);
    }
    spentNanos = System.nanoTime() - began;
  }

  private void begin() throws AudioException {
    boolean goesOn = reach.isBounded() && reach.end() < to - from;
    reader.countBetween(from + reach.from(), goesOn ? from + reach.end() : to);
    if (!section.isWhole()) {
      begun = from + reach.begin();
      reader.seek(begun);
    }
    position = begun;
  }

  private VoiceTrack track(int voice) {
    Integer channel = reader.channel(voice);
    String party = channel == null ? null : settings.channels().party(channel);
    return new VoiceTrack(new Voice(channel, party), settings, section);
  }

  /**
   * The next segments of a clip that is one voice, in order, with their patches.
   *
   * @return at most {@link ClipSettings#chunkSegments()}; fewer, or none, only where {@link
   *     #outcome} is there afterwards
   */
  public List<Segment> next() {
    return SegmentPatches.of(nextParts().get(0).chunk());
  }

  /**
   * The next segments of each voice, in order, as samples. All voices have the same segments.
   *
   * @return one for each voice, with {@link ClipSettings#chunkSegments()} of all voices together,
   *     about; with fewer, or none, only where {@link #isDone} afterwards
   */
  public List<ClipPart> nextParts() {
    if (isDone()) {
      return parts(Collections.nCopies(tracks.size(), NONE));
    }
    int most = Math.max(1, settings.chunkSegments() / tracks.size());
    List<AudioChunk> chunks = List.of();
    try {
      try {
        while (ready() < most && !exhausted && !isRead() && readBlock()) {
          // until a chunk is full
        }
      } finally {
        int count = Math.min(most, ready());
        chunks = tracks.stream().map(track -> track.take(count)).toList();
      }
      if (!isDone() && ready() == 0) {
        if (exhausted) {
          endOfAudio();
        } else if (isRead()) {
          end((SectionOutcome.End) null);
        }
      }
    } catch (AudioException e) {
      end(e, duration());
    } catch (OutOfMemoryError e) {
      chunks = Collections.nCopies(tracks.size(), NONE);
      end(e, duration());
    }
    return parts(chunks);
  }

  private boolean isRead() {
    return tracks.stream().allMatch(VoiceTrack::isRead);
  }

  private int ready() {
    return tracks.stream().mapToInt(VoiceTrack::ready).min().orElseThrow();
  }

  private List<ClipPart> parts(List<AudioChunk> chunks) {
    return IntStream.range(0, tracks.size())
        .mapToObj(
            i ->
                new ClipPart(
                    tracks.get(i).voice(),
                    chunks.get(i),
                    outcomes == null ? null : outcomes.get(i)))
        .toList();
  }

  /** Whether it is known what became of the clip or section: there are no more segments. */
  public boolean isDone() {
    return result != null;
  }

  /** What is known of the clip from this section of it; null while there may be more segments. */
  public SectionOutcome sectionOutcome() {
    return result;
  }

  /**
   * What became of a clip that is one voice; null while there may be more segments, and of a
   * section.
   */
  public ClipOutcome outcome() {
    return outcomes == null ? null : outcomes.get(0);
  }

  /**
   * Samples of the clip or section read so far, at 16 kHz. Those of all sections together are those
   * of the clip.
   */
  public long samplesRead() {
    return reach.ownOf(position - from);
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
    }
  }

  /** Feeds the voices; false if that ended the clip. */
  private boolean readBlock() throws AudioException {
    int n = position >= to ? -1 : read((int) Math.min(BLOCK, to - position));
    if (n < 0) {
      exhausted = true;
      tracks.forEach(VoiceTrack::finish);
      return true;
    }
    int skipped = (int) Math.max(0, Math.min(n, from - position));
    correlate(skipped, n);
    position += n;
    if (duration() > settings.maxDurationS()) {
      end(Status.TOO_LONG, "lasts more than " + allowed(), duration());
      return false;
    }
    for (int i = 0; i < block.length; i++) {
      tracks.get(i).add(block[i], skipped, n - skipped);
    }
    return true;
  }

  /** Of the block that starts at the position, what is the clip's and the section's own. */
  private void correlate(int skipped, int count) {
    if (correlation != null) {
      long at = position - from;
      int first = (int) Math.max(skipped, Math.min(count, reach.from() - at));
      int last =
          reach.isBounded() ? (int) Math.max(first, Math.min(count, reach.end() - at)) : count;
      correlation.add(block[0], block[1], first, last - first);
    }
  }

  /** Reads a block; only the time that this takes counts. */
  private int read(int length) throws AudioException {
    long began = System.nanoTime();
    reader.deadline(began + timeoutNanos() - spentNanos);
    try {
      return reader.read(block, 0, length);
    } finally {
      spentNanos += System.nanoTime() - began;
    }
  }

  private void endOfAudio() {
    String format =
        reader
            .formatFromName()
            .map(
                name ->
                    "the format %s was taken from the file's name; nothing in the file tells it"
                        .formatted(name))
            .orElse(null);
    boolean isUnknown = position == begun && begun > from;
    end(
        new SectionOutcome.End(
            null, tooShort(), duration(), isUnknown ? -1 : position - from, endsEarly(), format));
  }

  private String endsEarly() {
    // Whoever rounds a file's length to milliseconds may be beyond its end.
    return to == Long.MAX_VALUE || position + RATE / 1000 >= to
        ? null
        : "the file ends at " + seconds((double) position / RATE) + ", before end_s";
  }

  private String tooShort() {
    if (position == 0) {
      return "holds no audio samples";
    }
    if (position <= from) {
      return "the file ends at " + seconds((double) position / RATE) + ", before start_s";
    }
    return String.format(
        Locale.ROOT,
        "lasts %s; one segment of '%s' needs %s s",
        seconds(duration()),
        settings.segmentation().mode().label(),
        (double) Patch.SUPPORT / RATE);
  }

  private void end(AudioException e, double durationS) {
    opened = e.info() == null ? opened : e.info();
    String message = e.getMessage();
    switch (e.kind()) {
      case UNREADABLE -> end(Status.UNREADABLE, message, durationS);
      case UNDECODABLE -> end(Status.UNDECODABLE, message, durationS);
      case WRONG_CHANNELS -> end(Status.WRONG_CHANNELS, message, durationS);
      case TIMED_OUT ->
          end(
              Status.TIMED_OUT,
              message
                  + (section.isWhole() ? " (a clip may take " : " (a section of a clip may take ")
                  + seconds(settings.timeoutS())
                  + ")",
              durationS);
    }
  }

  /**
   * Gives the clip up. Nothing but this clip can be half done: its reader is the only thing that
   * the code in which memory ran out was changing.
   */
  private void end(OutOfMemoryError e, double durationS) {
    close();
    end(
        Status.UNDECODABLE,
        "decoding it needs more memory than there is: " + e.getMessage(),
        durationS);
  }

  private void end(Status status, String reason, double durationS) {
    end(new SectionOutcome.End(status, reason, durationS, -1, null, null));
  }

  private void end(SectionOutcome.End end) {
    result =
        new SectionOutcome(
            section,
            reader == null ? opened : reader.info(),
            reader == null ? Faults.NONE : reader.faults(),
            end,
            correlation,
            IntStream.range(0, tracks.size()).mapToObj(this::sums).toList());
    if (section.isWhole()) {
      outcomes = SectionOutcome.merge(List.of(result), settings.speech()).outcomes();
    }
    close();
  }

  private SectionOutcome.VoiceSums sums(int voice) {
    return tracks
        .get(voice)
        .sums(reader == null ? 0 : reader.clipped(voice), reader == null ? 0 : reader.counted());
  }

  /** Seconds of the clip up to the position. */
  private double duration() {
    return (double) Math.max(0, position - from) / RATE;
  }

  private long timeoutNanos() {
    return (long) (settings.timeoutS() * 1e9);
  }

  private String allowed() {
    return "the " + seconds(settings.maxDurationS()) + " that a clip may last";
  }

  private static String seconds(double s) {
    return String.format(Locale.ROOT, "%.3f s", s);
  }
}
