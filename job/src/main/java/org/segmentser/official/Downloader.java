package org.segmentser.official;

import java.io.IOException;
import java.io.InputStream;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.ModelException;

/**
 * Downloads a file, resuming what an earlier attempt or process left, and checks its hash. Not
 * thread-safe.
 */
final class Downloader {
  private static final int ATTEMPTS = 4;

  private final HttpClient http;
  private final Duration timeout;
  private final Duration pause;
  private final DownloadProgress progress;

  /**
   * A downloader.
   *
   * @param timeout how long to wait for a connection, an answer or the next bytes
   * @param pause before the second attempt; longer before each later one
   */
  Downloader(Duration timeout, Duration pause, DownloadProgress progress) {
    this.timeout = timeout;
    this.pause = pause;
    this.progress = progress;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
  }

  /** An answer that would be the same at every attempt. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * Downloads a file unless it is there. After a failure, what has arrived stays beside it, as
   * {@code .part}, for the next call.
   *
   * @throws ModelException if it cannot be downloaded, or has another hash, in which case it is
   *     deleted
   * @throws UserError if it cannot be written
   */
  void fetch(RemoteFile file, Path target) {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    createDirectory(target.toAbsolutePath().getParent());
    try {
      if (isThere(file, target)) {
        return;
      }
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        lock(channel, part);
        // Another download may have ended in the meantime.
        if (isThere(file, target)) {
          Files.deleteIfExists(part);
          return;
        }
        attempt(file, part, channel);
        // Under the lock, as another download would begin anew in what is being moved.
        move(file, part, target);
      }
    } catch (IOException e) {
      if (UserError.tellsOfFullDisk(e)) {
        throw UserError.unwritable(part.toString(), e);
      }
      throw new ModelException(
          String.format(
              Locale.ROOT, "%s cannot be downloaded to %s: %s", file.uri(), target, reason(e)),
          e);
    }
  }

  private boolean isThere(RemoteFile file, Path target) throws IOException {
    if (!Files.exists(target) || !sha256(target).equals(file.sha256())) {
      return false;
    }
    progress.say(file.name() + " is already downloaded");
    return true;
  }

  private static void move(RemoteFile file, Path part, Path target) throws IOException {
    String sha256 = sha256(part);
    if (!sha256.equals(file.sha256())) {
      Files.delete(part);
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s was downloaded and deleted: its SHA-256 is %s; expected %s",
              file.uri(),
              sha256,
              file.sha256()));
    }
    Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void createDirectory(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw UserError.unwritable("the download directory " + directory, e);
    }
    if (!Files.isWritable(directory)) {
      throw UserError.usage("the download directory " + directory + " cannot be written");
    }
  }

  private static void lock(FileChannel channel, Path part) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // Another thread of this process has it.
    }
    throw new IOException("another download has locked " + part);
  }

  private void attempt(RemoteFile file, Path part, FileChannel channel) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        transfer(file, part, channel);
        return;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || e instanceof RefusedException || isUnknownHost(e)) {
          throw e;
        }
        progress.say(
            String.format(
                Locale.ROOT, "attempt %d of %d failed: %s", attempt, ATTEMPTS, reason(e)));
        sleep(pause.multipliedBy(attempt));
      }
    }
  }

  /** Adds to a part what is missing of the file. */
  private void transfer(RemoteFile file, Path part, FileChannel channel) throws IOException {
    long have = channel.size();
    HttpRequest.Builder request = HttpRequest.newBuilder(file.uri()).timeout(timeout);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response = send(request.build());
    try (InputStream body = response.body()) {
      boolean resumed =
          response.statusCode() == 206
              && response
                  .headers()
                  .firstValue("Content-Range")
                  .orElse("")
                  .startsWith("bytes " + have + "-");
      if (response.statusCode() == 416 && sha256(part).equals(file.sha256())) {
        return;
      }
      if (response.statusCode() == 416 || (response.statusCode() == 206 && !resumed)) {
        channel.truncate(0);
        throw new IOException("the server cannot resume at byte " + have);
      }
      if (!resumed && response.statusCode() != 200) {
        throw failure(response.statusCode());
      }
      long start = resumed ? have : 0;
      channel.truncate(start);
      channel.position(start);
      long rest = response.headers().firstValueAsLong("Content-Length").orElse(-1);
      progress.begin(file.name(), start);
      try {
        receive(body, channel, rest < 0 ? -1 : start + rest);
      } finally {
        progress.end();
      }
    }
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static IOException failure(int status) {
    String message = "HTTP status " + status;
    boolean isTemporary = status >= 500 || status == 408 || status == 429;
    return isTemporary ? new IOException(message) : new RefusedException(message);
  }

  private void receive(InputStream body, FileChannel channel, long total) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (Watchdog watchdog = new Watchdog(body, timeout)) {
      for (int n = read(body, buffer, watchdog); n >= 0; n = read(body, buffer, watchdog)) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        progress.update(channel.position(), total);
      }
    }
    if (total >= 0 && channel.position() < total) {
      throw new IOException(
          String.format(
              Locale.ROOT, "the connection ended after %d of %d bytes", channel.position(), total));
    }
  }

  private int read(InputStream body, byte[] buffer, Watchdog watchdog) throws IOException {
    try {
      int n = body.read(buffer);
      watchdog.reset();
      return n;
    } catch (IOException e) {
      if (watchdog.hasTimedOut()) {
        throw new IOException("no data for " + timeout.toMillis() / 1000.0 + " s");
      }
      throw e;
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new Sha256().add(in).hex();
    }
  }

  private static void sleep(Duration time) throws IOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new RefusedException("interrupted");
  }

  private static boolean isUnknownHost(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return true;
      }
    }
    return false;
  }

  private static String reason(IOException e) {
    if (isUnknownHost(e)) {
      return "unknown host";
    }
    // The HTTP client wraps what broke a connection in an exception that says "closed".
    Throwable cause = e;
    while (cause.getCause() instanceof IOException inner && inner.getMessage() != null) {
      cause = inner;
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
