package org.segmentser.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Credentials;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
import org.segmentser.source.TarHeaders.Header;
import org.segmentser.source.TarHeaders.Kind;
import org.segmentser.udf.ShardStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clips of a tar shard as WebDataset has them ({@code .tar}, {@code .tar.gz}, {@code .tgz}), in
 * the order of the archive, found in one pass without unpacking: every member with an audio
 * extension, under the id {@code <shard>!<member>}. Names are names only; nothing is opened by
 * them.
 *
 * <p>Whatever is wrong with a shard becomes a clip that is known to be unreadable: a member's, or
 * one of the shard itself, which comes last. Memory grows by some 32 bytes a clip. Not thread-safe.
 */
public final class TarShard implements Iterator<Clip>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TarShard.class);
  private static final List<String> EXTENSIONS = List.of(".tar", ".tar.gz", ".tgz");

  /** Between the shard and the member in an id. */
  private static final String ID_MARK = "!";

  /** Files that only some systems show, such as those in which macOS keeps attributes. */
  private static final String HIDDEN = "with a name that begins with a dot";

  private static final String EMPTY = "tar shards without audio";

  /** Larger sidecars are no descriptions of a clip. */
  private static final int SIDECAR_BYTES = 1 << 20;

  /** So many clips of one key wait for sidecars that may come behind them. */
  private static final int CLIPS_PER_KEY = 1_000;

  /** So many sidecars of a shard are complained of one by one. */
  private static final int LOGGED = 5;

  /** How much is read past the mark that ends the archive, for the checksum of the compression. */
  private static final int TRAILER_BYTES = 1 << 20;

  private final Clip shard;
  private final List<String> columns;

  /** What holds for all clips where nothing else stands beside them; may hold nulls. */
  private final List<String> values;

  private final String idColumn;
  private final Set<String> asked;
  private final SortedMap<String, Long> skipped = new TreeMap<>();
  private final ArrayDeque<Clip> ready = new ArrayDeque<>();
  private final LongSet ids = new LongSet();
  private ShardStream stream;
  private TarHeaders headers;
  private TarGroup group;
  private long members;
  private boolean hasAudio;
  private long ignored;
  private boolean isDone;

  private TarShard(Clip shard, List<String> columns, String idColumn) {
    this.shard = shard;
    this.columns = List.copyOf(columns);
    values = shard.kept().isEmpty() ? Collections.nCopies(columns.size(), null) : shard.kept();
    this.idColumn = idColumn;
    asked = new LinkedHashSet<>(columns);
    if (idColumn != null) {
      asked.add(idColumn);
    }
  }

  /** Whether a file of this name is read as a shard. */
  public static boolean isShard(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(lower::endsWith);
  }

  /**
   * Opens a shard. A column is {@code __key__}, or the extension of a sidecar, whose text it is
   * without the spaces around it, or else a field of the JSON sidecar.
   *
   * @param shard the file, as it was listed; its time of modification and its channels become those
   *     of its members. Members have times too, but writers of shards set them to anything; what
   *     changes when a member does is the shard.
   * @param columns whose values become {@link Clip#kept}; where a clip has none, it is the shard's,
   *     or null if that has none either
   * @param idColumn whose values become ids; null for none
   */
  public static TarShard open(
      Clip shard, List<String> columns, String idColumn, Configuration conf) {
    TarShard opened = new TarShard(shard, columns, idColumn);
    try {
      opened.stream = ShardStream.open(shard.location(), conf);
      opened.headers = new TarHeaders(opened.stream);
    } catch (EOFException e) {
      opened.end("the shard is cut off within its first bytes");
    } catch (ZipException e) {
      opened.end("not a gzip file");
    } catch (IOException | RuntimeException e) {
      opened.end(UserError.reason(e));
    }
    return opened;
  }

  /** What was left out so far: how often, by the reason. */
  public SortedMap<String, Long> skipped() {
    return Collections.unmodifiableSortedMap(skipped);
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && !isDone) {
      readMember();
    }
    return !ready.isEmpty();
  }

  @Override
  public Clip next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  @Override
  public void close() throws IOException {
    isDone = true;
    ready.clear();
    if (stream != null) {
      stream.close();
    }
  }

  private void readMember() {
    long from = stream.position();
    try {
      Header header = headers.next();
      if (header == null) {
        if (ShardStream.isSequential(shard.uri())) {
          stream.skipTo(stream.position() + TRAILER_BYTES);
        }
        end(null);
        return;
      }
      add(header);
      members++;
    } catch (EOFException e) {
      end(cutOff(from));
    } catch (TarHeaders.DamagedException e) {
      end(members == 0 ? "not a tar archive" : "a header of the shard is damaged" + at(from));
    } catch (ZipException e) {
      end("the shard's compression is damaged (" + UserError.reason(e) + ")" + at(from));
    } catch (IOException | RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
      }
      end("the shard cannot be read (" + UserError.reason(e) + ")" + at(from));
    }
  }

  /** That the shard ends, though there is more of it by what stands at {@code from}. */
  private String cutOff(long from) {
    long end = stream.position();
    if (end == 0) {
      return "the shard is empty (0 bytes)";
    }
    if (end < TarConstants.DEFAULT_RCDSIZE) {
      return "not a tar archive";
    }
    return end == from
        ? "the shard has no end mark, so it may be cut off" + at(end)
        : "the shard is cut off" + at(end);
  }

  private String at(long position) {
    return String.format(
        Locale.ROOT,
        ", at byte %,d%s, after %s",
        position,
        ShardStream.isSequential(shard.uri()) ? " of what was compressed" : "",
        members == 1 ? "1 member" : String.format(Locale.ROOT, "%,d members", members));
  }

  /**
   * Adds a member, and moves past it.
   *
   * @throws EOFException if the shard ends before the member does, which is added nevertheless
   */
  private void add(Header header) throws IOException {
    String last = header.name().substring(header.name().lastIndexOf('/') + 1);
    boolean isDirectory = header.kind() == Kind.DIRECTORY;
    if (isDirectory || last.startsWith(".")) {
      // They end no group: the tar of macOS puts a hidden member before each other.
      skip(HIDDEN, isDirectory ? 0 : 1);
      moveOn(header);
      return;
    }
    String key = TarGroup.keyOf(header.name());
    if (group == null || !group.key().equals(key)) {
      endGroup();
      group = new TarGroup(key, asked);
    }
    if (!AudioNames.isAudio(last)) {
      addOther(header);
    } else if (header.kind() == Kind.SPECIAL) {
      skip(Skips.SPECIAL, 1);
    } else {
      addAudio(header);
      return;
    }
    moveOn(header);
  }

  private void moveOn(Header header) throws IOException {
    if (!stream.skipTo(header.next())) {
      throw new EOFException();
    }
  }

  private void addAudio(Header header) throws IOException {
    hasAudio = true;
    long length = header.size();
    try {
      moveOn(header);
    } catch (EOFException | ZipException e) {
      length = Math.min(length, Math.max(0, stream.position() - header.offset()));
      throw e;
    } finally {
      MemberName name = MemberName.of(header.name());
      AudioLocation location =
          new AudioLocation(shard.uri(), header.offset(), length, name.text(), null);
      String id = shard.uri() + ID_MARK + name.text();
      String unreadable = header.kind() == Kind.SPARSE ? "sparse members are not read" : null;
      group.addAudio(clip(name.isExact() ? id : apart(location), location, unreadable, List.of()));
    }
    if (group.audio().size() == CLIPS_PER_KEY) {
      give();
    }
  }

  private void addOther(Header header) throws IOException {
    group.addOther();
    String extension = TarGroup.extensionOf(header.name());
    if (header.kind() != Kind.FILE || !group.wants(extension)) {
      return;
    }
    if (header.size() > SIDECAR_BYTES) {
      ignore(header, "more than 1 MiB");
      return;
    }
    byte[] bytes = stream.readNBytes((int) header.size());
    if (bytes.length < header.size()) {
      ignore(header, "the shard is cut off there");
      return;
    }
    try {
      group.addSidecar(extension, new String(bytes, UTF_8));
    } catch (IOException e) {
      ignore(header, e.getMessage());
    }
  }

  private void ignore(Header sidecar, String reason) {
    String name = MemberName.of(sidecar.name()).text();
    group.missing("the sidecar " + name + " is ignored: " + reason);
    ignored++;
    if (ignored <= LOGGED) {
      LOG.warn("{}: {}", shard.uri(), group.trouble());
    }
  }

  private void skip(String reason, long count) {
    if (count > 0) {
      skipped.merge(reason, count, Long::sum);
    }
  }

  private void endGroup() {
    if (group != null) {
      give();
      skip(Skips.NOT_AUDIO, group.orphans());
    }
  }

  /** Gives out the clips of the group, with what is known of them by now. */
  private void give() {
    group.audio().forEach(clip -> ready.add(complete(clip)));
    group.audio().clear();
  }

  /** A clip with its values, under an id that no other has. */
  private Clip complete(Clip member) {
    String id = member.id();
    String unreadable = member.unreadable();
    if (idColumn != null) {
      String value = group.value(idColumn);
      if (value == null || value.isBlank()) {
        String why = group.trouble() == null ? "no value of " + idColumn : group.trouble();
        unreadable = "it has no id: " + why;
      } else {
        id = MemberName.of(value).text();
      }
    }
    List<String> kept = kept();
    if (Stream.concat(Stream.of(id), kept.stream())
        .anyMatch(value -> value != null && Credentials.in(value))) {
      id = member.id();
      kept.replaceAll(value -> null);
      unreadable = "the member " + ManifestRows.CREDENTIALS;
    }
    if (!ids.add(Long.parseUnsignedLong(Sha256.of(id).substring(0, 16), 16))) {
      unreadable =
          id.equals(member.id())
              ? "a second member of this name"
              : "a second member of the id " + id;
      id = apart(member.location());
    }
    return clip(id, member.location(), unreadable, kept);
  }

  /** The values of the group, with those of the shard where it has none. */
  private List<String> kept() {
    List<String> kept = new ArrayList<>(values);
    for (int i = 0; i < columns.size(); i++) {
      String value = group.value(columns.get(i));
      if (value != null) {
        kept.set(i, value);
      }
    }
    return kept;
  }

  /** An id that tells a member from others of its name. */
  private static String apart(AudioLocation member) {
    return member.uri() + ID_MARK + member.member() + "#" + member.offset();
  }

  private Clip clip(String id, AudioLocation location, String unreadable, List<String> kept) {
    return new Clip(
        id, location, shard.modifiedMs(), null, null, unreadable, shard.channels(), kept);
  }

  /**
   * Ends the clips.
   *
   * @param trouble why there may be more than were found; null if there are no more
   */
  private void end(String trouble) {
    endGroup();
    isDone = true;
    if (ignored > LOGGED) {
      LOG.warn("{}: {} sidecars are ignored", shard.uri(), ignored);
    }
    if (trouble != null) {
      ready.add(clip(shard.id(), shard.location(), trouble, values));
    } else if (!hasAudio) {
      skip(EMPTY, 1);
    }
  }
}
