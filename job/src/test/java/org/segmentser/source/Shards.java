package org.segmentser.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.segmentser.audio.ByteSource;
import org.segmentser.udf.Sources;

/** Tar shards on any file system. */
public final class Shards {
  private Shards() {}

  /** Writes shards below a directory, and reads every member back. */
  public static void check(String directory, Configuration conf) throws IOException {
    Random random = new Random(1);
    Map<String, byte[]> members = new LinkedHashMap<>();
    // Gaps of all kinds: those that are read through, and those that are sought past.
    for (int size : new int[] {0, 1, 511, 512, 513, 100_000, 300_000, 5 << 20, 40}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      members.put("speaker " + size + "/é" + size + ".wav", bytes);
      members.put("speaker " + size + "/é" + size + ".txt", ("said " + size).getBytes(UTF_8));
    }
    for (String name : List.of("a.tar", "a.tar.gz")) {
      String uri = directory + "/" + name;
      Path path = new Path(uri);
      byte[] tar = tar(members);
      try (OutputStream out = path.getFileSystem(conf).create(path, true)) {
        out.write(name.endsWith(".gz") ? gzip(tar) : tar);
      }
      List<Clip> clips = list(uri, List.of("txt"), null, conf);
      assertThat(clips).hasSize(9).allMatch(clip -> clip.unreadable() == null);
      assertHasBytes(clips, members, conf);
      assertThat(clips)
          .allSatisfy(
              clip -> {
                assertThat(clip.id()).isEqualTo(uri + "!" + clip.location().member());
                assertThat(clip.kept()).containsExactly("said " + clip.bytes());
              });
    }
  }

  /** Lists a shard as its file is. */
  static List<Clip> list(String uri, List<String> columns, String idColumn, Configuration conf) {
    try (TarShard shard = open(uri, columns, idColumn, conf)) {
      return all(shard);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static TarShard open(String uri, List<String> columns, String idColumn, Configuration conf)
      throws IOException {
    Path path = new Path(uri);
    FileStatus file = path.getFileSystem(conf).getFileStatus(path);
    Clip clip = Clip.ofFile(uri, uri, file.getLen(), file.getModificationTime());
    return TarShard.open(clip, columns, idColumn, conf);
  }

  static List<Clip> all(Iterator<Clip> clips) {
    List<Clip> found = new ArrayList<>();
    clips.forEachRemaining(found::add);
    return found;
  }

  /** Reads the clips in their order, and compares. */
  static void assertHasBytes(List<Clip> clips, Map<String, byte[]> members, Configuration conf)
      throws IOException {
    try (Sources sources = new Sources(conf)) {
      for (Clip clip : clips) {
        try (ByteSource source = sources.open(clip.location())) {
          assertThat(read(source)).as(clip.id()).isEqualTo(members.get(clip.location().member()));
        }
      }
    }
  }

  static byte[] read(ByteSource source) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[256 << 10];
    for (int n = source.read(buffer, 0, buffer.length);
        n > 0;
        n = source.read(buffer, 0, buffer.length)) {
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }

  static byte[] tar(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey(), true);
        entry.setSize(member.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
