package org.segmentser.flow;

import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteSource;
import org.segmentser.segment.AudioChunk;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.source.Clip;

/**
 * Decodes clips chunk by chunk, each in one pass: no chunk grows with its clip, and how many there
 * are need not be known before. At most one clip is open, that of the chunk that was given last.
 * Plain Java; not thread-safe. Closing it ends the clip that is open.
 */
final class DecodedClips implements Iterator<DecodedChunk>, AutoCloseable {
  private final Iterator<Clip> clips;
  private final SourceOpener opener;
  private final ClipSettings settings;
  private final Listener listener;
  private Clip clip;
  private ClipReader reader;

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

    /** A clip has its outcome. */
    void ended(Clip clip, ClipOutcome outcome);
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
    return reader != null || clips.hasNext();
  }

  @Override
  public DecodedChunk next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (reader == null) {
      clip = clips.next();
      reader = open(clip);
      listener.opened(clip);
    }
    long samplesBefore = reader.samplesRead();
    AudioChunk chunk = reader.nextChunk();
    listener.decoded(reader.samplesRead() - samplesBefore);
    ClipOutcome outcome = reader.outcome();
    if (outcome != null) {
      close();
      listener.ended(clip, outcome);
    }
    return new DecodedChunk(clip, chunk, outcome);
  }

  private ClipReader open(Clip opened) {
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
        settings);
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
