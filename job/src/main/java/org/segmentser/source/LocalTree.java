package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.segmentser.UserError;

/**
 * The local disk. Hadoop's own listing of it skips names that the JVM cannot represent, and starts
 * a process per file where it recurses.
 */
final class LocalTree implements Tree<Path> {
  private final FileSystem fs;

  LocalTree(FileSystem fs) {
    this.fs = fs;
  }

  @Override
  public Node<Path> find(org.apache.hadoop.fs.Path path) throws IOException {
    String local = fs.makeQualified(path).toUri().getPath();
    try {
      return existing(Path.of(local));
    } catch (InvalidPathException e) {
      throw new IOException(invalid("the name"), e);
    }
  }

  @Override
  public Node<Path> child(Node<Path> directory, String name) throws IOException {
    try {
      return existing(directory.path().resolve(name));
    } catch (InvalidPathException e) {
      throw new FileNotFoundException(name);
    }
  }

  @Override
  @SuppressWarnings("StreamResourceLeak") // closed with the entries
  public Entries<Path> list(Node<Path> directory) throws IOException {
    DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path());
    Iterator<Path> paths = entries.iterator();
    return new Entries<>() {
      @Override
      public Node<Path> next() throws IOException {
        try {
          return paths.hasNext() ? node(paths.next()) : null;
        } catch (DirectoryIteratorException e) {
          throw e.getCause();
        }
      }

      @Override
      public void close() throws IOException {
        entries.close();
      }
    };
  }

  @Override
  public Optional<Entries<Path>> filesBelow(Node<Path> directory) {
    return Optional.empty();
  }

  @Override
  public Object identity(Node<Path> directory) throws IOException {
    return directory.path().toRealPath();
  }

  private static Node<Path> existing(Path path) throws IOException {
    try {
      return node(path, Files.readAttributes(path, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      throw new FileNotFoundException(path.toString());
    }
  }

  /** What a listing found. */
  private static Node<Path> node(Path path) {
    try {
      return node(path, Files.readAttributes(path, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return node(path, Node.Kind.FILE, null, null, "no such file, or a broken link");
    } catch (IOException e) {
      return node(path, Node.Kind.UNKNOWN, null, null, UserError.reason(e));
    }
  }

  private static Node<Path> node(Path path, BasicFileAttributes file) {
    Node.Kind kind =
        file.isDirectory()
            ? Node.Kind.DIRECTORY
            : file.isRegularFile() ? Node.Kind.FILE : Node.Kind.SPECIAL;
    return node(
        path,
        kind,
        file.size(),
        file.lastModifiedTime().toMillis(),
        kind == Node.Kind.SPECIAL ? "not a regular file" : null);
  }

  private static Node<Path> node(
      Path path, Node.Kind kind, Long bytes, Long modifiedMs, String trouble) {
    String name = path.getFileName() == null ? "" : path.getFileName().toString();
    if (isWritable(path)) {
      String uri = new org.apache.hadoop.fs.Path("file", null, path.toString()).toString();
      return new Node<>(path, uri, name, kind, bytes, modifiedMs, trouble);
    }
    return new Node<>(
        path, path.toUri().toString(), name, kind, bytes, modifiedMs, invalid("its name"));
  }

  /** Whether a path can be written as text that reads back as the same path. */
  private static boolean isWritable(Path path) {
    try {
      return Path.of(path.toString()).equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static String invalid(String what) {
    return what
        + " is not valid in the encoding of file names, "
        + System.getProperty("sun.jnu.encoding");
  }
}
