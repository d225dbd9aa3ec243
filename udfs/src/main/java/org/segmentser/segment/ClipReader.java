package org.segmentser.segment;

import java.util.List;
import java.util.Locale;
import org.segmentser.audio.AudioException;
import org.segmentser.audio.AudioInfo;
import org.segmentser.audio.ByteSource;
import org.segmentser.audio.Effect;
import org.segmentser.audio.MonoReader;
import org.segmentser.dsp.FrontEnd;

/**
 * Reads one clip from bytes to segments, a chunk at a time, in one pass over its audio.
 *
 * <p>Call {@link #next} until {@link #outcome} is there. Whatever is wrong with the clip becomes
 * its outcome; no exception tells of a bad clip. Memory is bounded by a chunk. Not thread-safe;
 * closing frees the decoder at any point.
 */
public final class ClipReader implements AutoCloseable {
  private static final int BLOCK = 4096;
  private static final int RATE = FrontEnd.SAMPLE_RATE;

  private static final AudioChunk NONE = new AudioChunk(new float[0], List.of());

  private final ClipSettings settings;
  private final Effect effect;
  private final Segmenter segmenter;
  private final float[] block = new float[BLOCK];

  private MonoReader reader;

  /** The stretch of the file that is the clip, in samples at 16 kHz. */
  private final long from;

  private final long to;

  /** Samples read from the file so far, and nanoseconds spent on it. */
  private long position;

  private long spentNanos;
  private boolean exhausted;
  private int segments;
  private ClipOutcome outcome;

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
    ClipReader clip = new ClipReader(startS, endS, settings);
    clip.openAudio(opener, name);
    return clip;
  }

  private ClipReader(double startS, double endS, ClipSettings settings) {
    this.settings = settings;
    this.effect = settings.condition().begin();
    this.segmenter = new Segmenter(settings.segmentation());
    this.from = Math.round(startS * RATE);
    this.to = endS == Double.POSITIVE_INFINITY ? Long.MAX_VALUE : Math.round(endS * RATE);
  }

  private void openAudio(ByteSource.Opener opener, String name) {
    long began = System.nanoTime();
    try {
      reader = MonoReader.open(opener, name, began + timeoutNanos());
      double declared = reader.info().declaredSeconds();
      double stated = Math.min(declared, (double) to / RATE) - (double) from / RATE;
      if (stated > settings.maxDurationS()) {
        end(Status.TOO_LONG, "lasts " + seconds(stated) + ", more than " + allowed(), stated);
      }
    } catch (AudioException e) {
      end(e, Double.NaN);
    } catch (OutOfMemoryError e) {
      end(e, Double.NaN);
    }
    spentNanos = System.nanoTime() - began;
  }

  /**
   * The clip's next segments, in order, with their patches.
   *
   * @return at most {@link ClipSettings#chunkSegments()}; fewer, or none, only where {@link
   *     #outcome} is there afterwards
   */
  public List<Segment> next() {
    return SegmentPatches.of(nextChunk());
  }

  /**
   * The clip's next segments, in order, as samples.
   *
   * @return at most {@link ClipSettings#chunkSegments()}; fewer, or none, only where {@link
   *     #outcome} is there afterwards
   */
  public AudioChunk nextChunk() {
    if (outcome != null) {
      return NONE;
    }
    long began = System.nanoTime();
    reader.deadline(began + timeoutNanos() - spentNanos);
    int most = settings.chunkSegments();
    AudioChunk chunk = NONE;
    try {
      try {
        while (segmenter.ready() < most && !exhausted && readBlock()) {
          // until a chunk is full
        }
      } finally {
        chunk = segmenter.take(most);
        segments += chunk.cuts().size();
      }
      if (outcome == null && exhausted && chunk.cuts().size() < most) {
        endOfAudio();
      }
    } catch (AudioException e) {
      end(e, duration());
    } catch (OutOfMemoryError e) {
      chunk = NONE;
      end(e, duration());
    }
    spentNanos += System.nanoTime() - began;
    return chunk;
  }

  /** What became of the clip; null while there may be more segments. */
  public ClipOutcome outcome() {
    return outcome;
  }

  /** Samples of the clip read so far, at 16 kHz. */
  public long samplesRead() {
    return Math.max(0, position - from);
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
    }
  }

  /** Feeds the segmenter; false if that ended the clip. */
  private boolean readBlock() throws AudioException {
    int n = position >= to ? -1 : reader.read(block, 0, (int) Math.min(BLOCK, to - position));
    if (n < 0) {
      exhausted = true;
      segmenter.finish();
      return true;
    }
    int skipped = (int) Math.max(0, Math.min(n, from - position));
    position += n;
    if (duration() > settings.maxDurationS()) {
      end(Status.TOO_LONG, "lasts more than " + allowed(), duration());
      return false;
    }
    effect.apply(block, skipped, n - skipped);
    segmenter.add(block, skipped, n - skipped);
    return true;
  }

  private void endOfAudio() {
    String fault = reader.fault().orElse(null);
    if (segments > 0) {
      end(Status.SCORED, remarks(fault != null ? fault : endsEarly()), duration());
    } else if (fault != null) {
      end(Status.UNDECODABLE, fault, duration());
    } else {
      end(Status.TOO_SHORT, tooShort(), duration());
    }
  }

  /** What there is to tell of a scored clip; null if nothing. */
  private String remarks(String fault) {
    String format =
        reader
            .formatFromName()
            .map(
                name ->
                    "the format %s was taken from the file's name; nothing in the file tells it"
                        .formatted(name))
            .orElse(null);
    return fault != null && format != null ? fault + "; " + format : fault != null ? fault : format;
  }

  private String endsEarly() {
    return to == Long.MAX_VALUE || position >= to
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
    switch (e.kind()) {
      case UNREADABLE -> end(Status.UNREADABLE, e.getMessage(), durationS);
      case UNDECODABLE -> end(Status.UNDECODABLE, e.getMessage(), durationS);
      case TIMED_OUT ->
          end(
              Status.TIMED_OUT,
              e.getMessage() + " (a clip may take " + seconds(settings.timeoutS()) + ")",
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
    AudioInfo info = reader == null ? null : reader.info();
    outcome =
        new ClipOutcome(
            status,
            reason,
            durationS,
            info == null ? 0 : info.sampleRate(),
            info == null ? 0 : info.channels(),
            info == null ? null : info.codec());
    close();
  }

  private double duration() {
    return (double) samplesRead() / RATE;
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
