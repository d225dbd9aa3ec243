package org.segmentser.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.Golden;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.network.TestCheckpoints;
import org.segmentser.network.VggishArchitecture.Fc2;

class ModelFetcherTest {
  private static final String CHECKPOINT = "/mini_v1.ckpt";

  /** What the server serves. */
  @TempDir static Path published;

  @TempDir Path directory;
  private final StringWriter progress = new StringWriter();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;

  /** What was asked for: path and range. */
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /** How the server treats the next requests for the checkpoint; whole if there is none left. */
  private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());

  private enum Answer {
    WHOLE,
    CUT,
    STALL,
    WITHOUT_RANGE,
    WRONG,
    NOT_FOUND,
    BUSY
  }

  @BeforeAll
  static void publish() throws IOException {
    TestCheckpoints.writeV1(published.resolve("mini_v1.ckpt"), TestCheckpoints.MINI);
    Files.copy(Golden.file("model/pca_params.npz"), published.resolve("pca_params.npz"));
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void fetchesAndImports() throws IOException {
    ModelDirectory model = fetch();
    model.verify();
    assertThat(model.spec().modelId()).startsWith("vggish-");
    assertThat(model.spec().provenance().source()).isEqualTo("mini_v1.ckpt");
    assertThat(model.spec().provenance().sha256()).isEqualTo(sha256("mini_v1.ckpt"));
    assertThat(model.postProcessor()).isPresent();
    assertThat(requests).containsExactly(CHECKPOINT + " null", "/pca_params.npz null");
    assertThat(progress.toString())
        .contains("downloading mini_v1.ckpt", "4.5 MiB of 4.5 MiB")
        .doesNotContain("\r ");
    try (var left = Files.walk(directory.resolve("downloads"))) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void resumesABrokenTransfer() {
    answers.addAll(List.of(Answer.CUT, Answer.CUT));
    fetch().verify();
    assertThat(requests).hasSize(4);
    assertThat(requests.get(1)).matches(CHECKPOINT + " bytes=[1-9]\\d*-");
    assertThat(progress.toString()).contains("attempt 1 of 4 failed: ", "resuming mini_v1.ckpt at");
  }

  @Test
  void resumesWhatAnEarlierRunLeft() {
    answers.addAll(Collections.nCopies(4, Answer.CUT));
    assertThatThrownBy(this::fetch)
        .isInstanceOf(ModelException.class)
        .hasMessageMatching("http://.*/mini_v1.ckpt cannot be downloaded to .*");
    fetch().verify();
    assertThat(requests.get(4)).matches(CHECKPOINT + " bytes=[1-9]\\d*-");
  }

  @Test
  void startsOverWhereTheServerDoesNotResume() {
    answers.addAll(List.of(Answer.CUT, Answer.WITHOUT_RANGE));
    fetch().verify();
    assertThat(requests).hasSize(3);
  }

  @Test
  void takesAPartThatIsWhole() throws IOException {
    Path part =
        directory
            .resolve("downloads")
            .resolve(sha256("mini_v1.ckpt").substring(0, 12))
            .resolve("mini_v1.ckpt.part");
    Files.createDirectories(part.getParent());
    Files.copy(published.resolve("mini_v1.ckpt"), part);
    fetch().verify();
  }

  @Test
  void givesUpOnAStalledServerAndTriesAgain() {
    answers.add(Answer.STALL);
    fetch().verify();
    assertThat(progress.toString()).contains("attempt 1 of 4 failed: no data for 0.5 s");
  }

  @Test
  void deletesWhatHasAnotherHash() throws IOException {
    answers.add(Answer.WRONG);
    assertThatThrownBy(this::fetch)
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("/mini_v1.ckpt was downloaded and deleted: its SHA-256 is ")
        .hasMessageEndingWith("; expected " + sha256("mini_v1.ckpt"));
    fetch().verify();
    assertThat(requests.get(1)).isEqualTo(CHECKPOINT + " null");
  }

  @Test
  void saysWhatTheServerSaid() {
    answers.add(Answer.NOT_FOUND);
    assertThatThrownBy(this::fetch)
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith(": HTTP status 404");
    assertThat(requests).hasSize(1);
    answers.addAll(Collections.nCopies(4, Answer.BUSY));
    assertThatThrownBy(this::fetch)
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith(": HTTP status 503");
    assertThat(requests).hasSize(5);
  }

  @Test
  void saysThatTheHostIsUnknown() {
    URI nowhere = URI.create("http://host.invalid/");
    assertThatThrownBy(() -> fetch(nowhere))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("http://host.invalid/mini_v1.ckpt cannot be downloaded to ")
        .hasMessageEndingWith(": unknown host");
  }

  @Test
  void refusesAnOutputInUseBeforeItDownloads() throws IOException {
    Files.createDirectories(directory.resolve("model/used"));
    assertThatThrownBy(this::fetch)
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("exists and is not an empty directory");
    assertThat(requests).isEmpty();
  }

  private ModelDirectory fetch() {
    return fetch(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  private ModelDirectory fetch(URI base) {
    ModelFetcher fetcher =
        new ModelFetcher(
            new RemoteFile(URI.create("http://x/mini_v1.ckpt"), sha256("mini_v1.ckpt")).below(base),
            new RemoteFile(URI.create("http://x/pca_params.npz"), sha256("pca_params.npz"))
                .below(base),
            directory.resolve("downloads"),
            new Downloader(
                Duration.ofMillis(500),
                Duration.ofMillis(1),
                new DownloadProgress(new PrintWriter(progress), false)));
    return fetcher.fetch(directory.resolve("model").toString(), Fc2.RELU, new Configuration());
  }

  private static String sha256(String name) {
    try (var in = Files.newInputStream(published.resolve(name))) {
      return new Sha256().add(in).hex();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(path + " " + range);
    Answer answer =
        path.equals(CHECKPOINT) && !answers.isEmpty() ? answers.remove(0) : Answer.WHOLE;
    byte[] file = Files.readAllBytes(Path.of(published + path));
    int from =
        range == null || answer == Answer.WITHOUT_RANGE
            ? 0
            : Integer.parseInt(range.replaceAll("\\D", ""));
    try (exchange) {
      switch (answer) {
        case NOT_FOUND -> exchange.sendResponseHeaders(404, -1);
        case BUSY -> exchange.sendResponseHeaders(503, -1);
        case WRONG -> send(exchange, new byte[file.length], 0, file.length);
        case CUT -> send(exchange, file, from, 1_000_000);
        case STALL -> {
          send(exchange, file, from, 1_000_000);
          end.await();
        }
        case WHOLE, WITHOUT_RANGE -> send(exchange, file, from, file.length - from);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Promises all from a place on, and sends some of it. */
  private static void send(HttpExchange exchange, byte[] file, int from, int count)
      throws IOException {
    if (from >= file.length) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + from + "-" + (file.length - 1) + "/" + file.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, file.length - from);
    OutputStream body = exchange.getResponseBody();
    body.write(Arrays.copyOfRange(file, from, Math.min(file.length, from + count)));
    body.flush();
  }
}
