package org.segmentser;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under a scheme of its own, on which a test lets things happen. */
public final class HookedFileSystem extends RawLocalFileSystem {
  private static final URI ROOT = URI.create("hooked:///");
  private static volatile Hook hook;

  /** What happens before an operation; what it throws, the operation does. */
  public interface Hook {
    void before(String operation, Path path) throws IOException;
  }

  /** Knows the scheme {@code hooked}; nothing happens yet. */
  public static Configuration configuration() {
    hook((operation, path) -> {});
    Configuration conf = new Configuration();
    conf.setClass("fs.hooked.impl", HookedFileSystem.class, RawLocalFileSystem.class);
    return conf;
  }

  public static void hook(Hook wanted) {
    hook = wanted;
  }

  public static String uri(java.nio.file.Path path) {
    return "hooked://" + path.toAbsolutePath();
  }

  @Override
  public URI getUri() {
    return ROOT;
  }

  @Override
  public String getScheme() {
    return "hooked";
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    hook.before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    hook.before("rename", to);
    return super.rename(from, to);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    hook.before("list", path);
    return Arrays.stream(super.listStatus(path))
        .map(HookedFileSystem::plain)
        .toArray(FileStatus[]::new);
  }

  /** Without permissions, which the local one looks up by a path of the scheme "file". */
  private static FileStatus plain(FileStatus found) {
    return new FileStatus(
        found.getLen(),
        found.isDirectory(),
        1,
        found.getBlockSize(),
        found.getModificationTime(),
        found.getPath());
  }
}
