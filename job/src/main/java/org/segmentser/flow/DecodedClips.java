package org.segmentser.flow;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.ByteSource;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipPart;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.source.Clip;
import org.segmentser.source.WorkItem;

/**
 * Decodes clips, or sections of them, chunk by chunk, each in one pass, its voices in turn: no
 * chunk grows with its clip, and how many there are need not be known before. At most one clip is
 * open, that of the chunk that was given last. Plain Java; not thread-safe. Closing it ends the
 * clip that is open.
 */
final class DecodedClips implements Iterator<DecodedChunk>, AutoCloseable {
  private final Iterator<WorkItem> items;
  private final SourceOpener opener;
  private final ClipSettings settings;
  private final Listener listener;
  private WorkItem item;
  private ClipReader reader;

  /** What is known of the clip from the section that was read last; null of a whole clip. */
  private SectionOutcome sectionOutcome;

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
    /** A clip or section was opened, or found to be unreadable. */
    void opened(WorkItem item);

    /** More of a clip was decoded, in samples at 16 kHz. */
    void decoded(long samples);

    /** A clip has its outcomes, one for each voice. */
    void ended(WorkItem item, List<ClipOutcome> outcomes);

    /** A section of a clip is read. */
    void ended(WorkItem item, SectionOutcome outcome);
  }

  DecodedClips(
      Iterator<WorkItem> items, SourceOpener opener, ClipSettings settings, Listener listener) {
    this.items = items;
    this.opener = opener;
    this.settings = settings;
    this.listener = listener;
  }

  @Override
  public boolean hasNext() {
    return !parts.isEmpty() || reader != null || items.hasNext();
  }

  @Override
  public DecodedChunk next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (parts.isEmpty()) {
      decode();
    }
    return new DecodedChunk(item, parts.remove(), sectionOutcome);
  }

  private void decode() {
    if (reader == null) {
      item = items.next();
      sectionOutcome = null;
      reader = open(item, opener, settings);
      listener.opened(item);
    }
    long samplesBefore = reader.samplesRead();
    parts.addAll(reader.nextParts());
    listener.decoded(reader.samplesRead() - samplesBefore);
    if (reader.isDone()) {
      if (item.section().isWhole()) {
        listener.ended(item, parts.stream().map(ClipPart::outcome).toList());
      } else {
        sectionOutcome = reader.sectionOutcome();
        listener.ended(item, sectionOutcome);
      }
      close();
    }
  }

  /** Opens a clip where it is, with its own channels if it has some. */
  static ClipReader open(WorkItem item, SourceOpener opener, ClipSettings settings) {
    Clip opened = item.clip();
    return ClipReader.open(
        () -> {
          if (opened.unreadable() != null) {
            throw new IOException(opened.unreadable());
          }
          return item.content() == null
              ? opener.open(opened.location())
              : new ByteArraySource(item.content());
        },
        opened.name(),
        opened.startS() == null ? 0 : opened.startS(),
        opened.endS() == null ? Double.POSITIVE_INFINITY : opened.endS(),
        item.section(),
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
