package org.segmentser.flow;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteSource;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipPart;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Clip;

/**
 * Decodes clips chunk by chunk, each in one pass, its voices in turn: no chunk grows with its clip,
 * and how many there are need not be known before. At most one clip is open, that of the chunk that
 * was given last. Plain Java; not thread-safe. Closing it ends the clip that is open.
 */
final class DecodedClips implements Iterator<DecodedChunk>, AutoCloseable {
  private final Iterator<Clip> clips;
  private final SourceOpener opener;
  private final ClipSettings settings;
  private final Listener listener;
  private Clip clip;
  private ClipReader reader;

  /** What was decoded of the voices and is not given yet. */
  private final ArrayDeque<ClipPart> parts = new ArrayDeque<>();

  /** How the bytes at a location are reached. */
  @FunctionalInterface
  interface SourceOpener {
    /** Opens the bytes at their beginning. */
    ByteSource open(AudioLocation location) throws IOException;
  }

  /** Follows the decoding. */
  interface Listener {
    /** A clip was opened, or found to be unreadable. */
    void opened(Clip clip);

    /** More of a clip was decoded, in samples at 16 kHz. */
    void decoded(long samples);

    /** A clip has its outcomes, one for each voice. */
    void ended(Clip clip, List<ClipOutcome> outcomes);
  }

  DecodedClips(
      Iterator<Clip> clips, SourceOpener opener, ClipSettings settings, Listener listener) {
    this.clips = clips;
    this.opener = opener;
    this.settings = settings;
    this.listener = listener;
  }

  @Override
  public boolean hasNext() {
    return !parts.isEmpty() || reader != null || clips.hasNext();
  }

  @Override
  public DecodedChunk next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (parts.isEmpty()) {
      decode();
    }
    return new DecodedChunk(clip, parts.remove());
  }

  private void decode() {
    if (reader == null) {
      clip = clips.next();
      reader = open(clip, opener, settings);
      listener.opened(clip);
    }
    long samplesBefore = reader.samplesRead();
    parts.addAll(reader.nextParts());
    listener.decoded(reader.samplesRead() - samplesBefore);
    if (reader.isDone()) {
      close();
      listener.ended(clip, parts.stream().map(ClipPart::outcome).toList());
    }
  }

  /** Opens a clip where it is, with its own channels if it has some. */
  static ClipReader open(Clip opened, SourceOpener opener, ClipSettings settings) {
    return ClipReader.open(
        () -> {
          if (opened.unreadable() != null) {
            throw new IOException(opened.unreadable());
          }
          return opener.open(opened.location());
        },
        opened.uri(),
        opened.startS() == null ? 0 : opened.startS(),
        opened.endS() == null ? Double.POSITIVE_INFINITY : opened.endS(),
        opened.channels() == null ? settings : settings.withChannels(opened.channels()));
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
