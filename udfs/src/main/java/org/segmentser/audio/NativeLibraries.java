package org.segmentser.audio;

import com.sun.security.auth.module.UnixSystem;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/**
 * Where FFmpeg's and TensorFlow's libraries are unpacked before they are loaded. Who can write
 * there runs code as this process, so it must be a directory that only its owner can write.
 */
public final class NativeLibraries {
  /** The property that names the directory; JavaCPP reads it. */
  public static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  /** JavaCPP knows another spelling too. */
  private static final String OTHER_SPELLING = "org.bytedeco.javacpp.cacheDir";

  // Of a file's mode, as in <sys/stat.h>.
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int ACCESSIBLE_TO_OTHERS = 0077;
  private static final int STICKY = 01000;

  /** What FFmpeg and TensorFlow take, and a little more. */
  private static final long UNPACKED_BYTES = 760L << 20;

  private static boolean prepared;

  private NativeLibraries() {}

  /** There is no directory that is safe; the message is one sentence for the user. */
  public static final class UnsafeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsafeException(String message) {
      super(message);
    }
  }

  /** Libraries cannot be loaded; the message is one sentence for the user. */
  public static final class UnloadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnloadableException(String message, LinkageError cause) {
      super(message, cause);
    }
  }

  /** Why one directory is not safe. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * Makes sure that libraries are unpacked to a safe directory: the one that {@value #PROPERTY}
   * names, if it is set; else {@code ~/.javacpp/cache}; where that is not safe, one below {@code
   * java.io.tmpdir}. Call it before anything of JavaCPP's is touched; the first call in a process
   * does the work.
   *
   * @throws UnsafeException if there is none
   */
  public static synchronized void prepare() {
    if (!prepared) {
      String directory = choose().toString();
      System.setProperty(PROPERTY, directory);
      requireTaken(directory);
      prepared = true;
    }
  }

  /**
   * Does what loads libraries, from a safe directory.
   *
   * @param firstUse of them
   * @throws UnsafeException if there is none
   * @throws UnloadableException if they cannot be loaded, as when the disk is full
   */
  public static void load(Runnable firstUse) {
    prepare();
    try {
      firstUse.run();
    } catch (LinkageError e) {
      throw new UnloadableException(
          "native libraries cannot be unpacked to "
              + System.getProperty(PROPERTY)
              + " and loaded: "
              + reason(e),
          e);
    }
  }

  /** JavaCPP does not say that it could not write, but that there is no library. */
  private static String reason(LinkageError e) {
    String reason = e.toString();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      reason = cause.getMessage() == null ? reason : cause.getMessage();
    }
    long free = new File(System.getProperty(PROPERTY)).getUsableSpace();
    return free >= UNPACKED_BYTES
        ? reason
        : String.format(
            Locale.ROOT,
            "no space left on the disk, which has %,d MB; they take up to %,d MB (%s)",
            free >> 20,
            UNPACKED_BYTES >> 20,
            reason);
  }

  private static Path choose() {
    String set = System.getProperty(PROPERTY, System.getProperty(OTHER_SPELLING));
    String home = System.getProperty("user.home");
    List<String> candidates = new ArrayList<>();
    if (set != null) {
      candidates.add(set);
    } else {
      // A user without a name has the home directory "?".
      if (Path.of(home).isAbsolute()) {
        candidates.add(home + "/.javacpp/cache");
      }
      candidates.add(System.getProperty("java.io.tmpdir") + "/segment-ser-natives-" + ownUid());
    }
    List<String> refusals = new ArrayList<>();
    for (String candidate : candidates) {
      try {
        return safe(Path.of(candidate));
      } catch (RefusedException e) {
        refusals.add(e.getMessage());
      } catch (IOException | RuntimeException e) {
        refusals.add(candidate + " cannot be used (" + e + ")");
      }
    }
    throw new UnsafeException(
        "no safe directory for native libraries: "
            + String.join("; ", refusals)
            + "; name one that only you can write with -D"
            + PROPERTY
            + "=DIRECTORY in spark.driver.extraJavaOptions and spark.executor.extraJavaOptions");
  }

  /** The directory's real path, made if it is not there; an exception if it is not safe. */
  private static Path safe(Path given) throws IOException, RefusedException {
    Path directory = given.toAbsolutePath().normalize();
    Files.createDirectories(
        directory.getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    // Links on the way to it are followed once and for all.
    Path real = directory.getParent().toRealPath().resolve(directory.getFileName());
    try {
      Files.createDirectory(
          real, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // Checked below.
    }
    if (Files.isSymbolicLink(real)) {
      throw new RefusedException(real + " is a symbolic link");
    }
    if (!Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(real + " is not a directory");
    }
    for (Path parent = real.getParent(); parent != null; parent = parent.getParent()) {
      requireOwner(parent, true);
      requireUnwritable(parent, true);
    }
    requireUnwritable(real, false);
    // Where nobody else can enter, the modes below do not matter; JavaCPP makes what the umask
    // says.
    boolean enterable = (attribute(real, "mode") & ACCESSIBLE_TO_OTHERS) != 0;
    try (Stream<Path> all = Files.walk(real)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        requireOwner(path, false);
        if (enterable) {
          requireUnwritable(path, false);
        }
      }
    }
    if (!Files.isWritable(real)) {
      throw new RefusedException(real + " cannot be written");
    }
    return real;
  }

  /** Refuses what belongs to another user; above the directory, root may own what it likes. */
  private static void requireOwner(Path path, boolean parent) throws IOException, RefusedException {
    int owner = attribute(path, "uid");
    if (owner != ownUid() && !(parent && owner == 0)) {
      throw new RefusedException(path + " belongs to another user (uid " + owner + ")");
    }
  }

  /** Refuses what others can write; above the directory, a sticky one guards what is in it. */
  private static void requireUnwritable(Path path, boolean parent)
      throws IOException, RefusedException {
    int mode = attribute(path, "mode");
    boolean guarded = parent && (mode & STICKY) != 0;
    if ((mode & WRITABLE_BY_OTHERS) != 0 && !guarded && !Files.isSymbolicLink(path)) {
      throw new RefusedException(
          String.format(
              Locale.ROOT, "%s can be written by other users (mode %o)", path, mode & 07777));
    }
  }

  private static int attribute(Path path, String name) throws IOException {
    return ((Number) Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS))
        .intValue();
  }

  private static int ownUid() {
    return (int) new UnixSystem().getUid();
  }

  /** JavaCPP may have chosen before, and goes on to other places where it cannot write. */
  private static void requireTaken(String directory) {
    String taken;
    try {
      taken = Loader.getCacheDir().getPath();
    } catch (IOException e) {
      taken = e.getMessage();
    }
    if (!taken.equals(directory)) {
      throw new UnsafeException(
          "native libraries would be unpacked to " + taken + " instead of " + directory);
    }
  }
}
