package org.segmentser;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;

/** Where the whole program gets its Hadoop file systems. */
public final class FileSystems {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):");

  /** Hadoop opens some of these nevertheless, and takes whatever page comes back for the file. */
  private static final Set<String> NO_FILE_SYSTEMS = Set.of("http", "https", "ftp", "sftp", "data");

  /** The parts that S3 needs, instead of Amazon's bundle of all services. */
  private static final String AWS =
      "org.apache.hadoop:hadoop-aws:"
          + VersionInfo.getVersion()
          + ",software.amazon.awssdk:s3:2.29.52,software.amazon.awssdk:s3-transfer-manager:2.29.52"
          + " --exclude-packages 'software.amazon.awssdk:bundle,io.netty:*'";

  private static final String AZURE = "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion();

  /** The packages of file systems that do not come with Spark, as --packages takes them. */
  private static final Map<String, String> CONNECTORS =
      Map.of(
          "s3a",
          AWS,
          "abfs",
          AZURE,
          "abfss",
          AZURE,
          "wasb",
          AZURE,
          "wasbs",
          AZURE,
          "gs",
          "com.google.cloud.bigdataoss:gcs-connector:hadoop3-2.2.26");

  private FileSystems() {}

  /**
   * The file system of a path; of one without a scheme, the default one.
   *
   * @throws UserError if no file system has the scheme, or its connector is missing
   * @throws IOException if the file system cannot be reached
   */
  public static FileSystem of(Path path, Configuration conf) throws IOException {
    String scheme = path.toUri().getScheme();
    if (scheme == null) {
      scheme = FileSystem.getDefaultUri(conf).getScheme();
      UserError.refuseCredentials("fs.defaultFS", FileSystem.getDefaultUri(conf).toString());
    }
    check(path.toString(), problemOf(scheme, conf));
    try {
      return path.getFileSystem(conf);
    } catch (LinkageError e) {
      throw UserError.usage(path + ": " + notLoaded(scheme, e));
    }
  }

  /**
   * Opens a file.
   *
   * @param uri as the user wrote it
   * @throws UserError if no file system has its scheme, or the connector is missing
   * @throws IOException if it cannot be opened, or this is no path
   */
  public static InputStream open(String uri, Configuration conf) throws IOException {
    Path path;
    try {
      path = new Path(uri);
    } catch (IllegalArgumentException e) {
      throw new IOException("this is no path; where a name has a colon, put ./ before it", e);
    }
    return of(path, conf).open(path);
  }

  /**
   * Refuses a URI that cannot be on any file system. Connects to nothing.
   *
   * @param uri as the user wrote it
   * @throws UserError that says why
   */
  public static void check(String uri, Configuration conf) {
    check(uri, problem(uri, conf));
  }

  /**
   * Why a URI cannot be on any file system: none has its scheme, or the connector is missing. Empty
   * for a path without a scheme. Connects to nothing.
   */
  public static Optional<String> problem(String uri, Configuration conf) {
    Matcher scheme = SCHEME.matcher(uri.strip());
    return scheme.lookingAt() ? problemOf(scheme.group(1), conf) : Optional.empty();
  }

  /** Whether the paths of a file system are those of this machine's own. */
  public static boolean isLocal(FileSystem fs) {
    return fs.getUri().getScheme().equals("file");
  }

  /** A path of the local file system as Java knows it. */
  public static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }

  private static void check(String uri, Optional<String> problem) {
    if (problem.isPresent()) {
      throw UserError.usage(uri + ": " + problem.get());
    }
  }

  private static Optional<String> problemOf(String name, Configuration conf) {
    String scheme = name.toLowerCase(Locale.ROOT);
    if (NO_FILE_SYSTEMS.contains(scheme)) {
      return Optional.of(
          scheme + " is not a file system; copy the data to one, such as HDFS, S3 or a disk");
    }
    try {
      FileSystem.getFileSystemClass(name, conf);
      return Optional.empty();
    } catch (UnsupportedFileSystemException e) {
      if (scheme.equals("s3") || scheme.equals("s3n")) {
        return Optional.of("no file system has the scheme " + name + "; for S3, use s3a://");
      }
      return Optional.of(
          CONNECTORS.containsKey(scheme)
              ? notLoaded(name, null)
              : "no file system has the scheme " + name);
    } catch (IOException | RuntimeException | LinkageError e) {
      return Optional.of(notLoaded(name, e));
    }
  }

  private static String notLoaded(String scheme, Throwable e) {
    String connector = CONNECTORS.get(scheme.toLowerCase(Locale.ROOT));
    String what = "the connector for " + scheme;
    what +=
        e == null || (connector != null && UserError.rootOf(e) instanceof ClassNotFoundException)
            ? " is missing"
            : " cannot be loaded (" + UserError.rootOf(e) + ")";
    return connector == null ? what : what + "; add it with: -- --packages " + connector;
  }
}
