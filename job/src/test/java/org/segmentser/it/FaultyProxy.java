package org.segmentser.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands before an S3 server and passes requests on, but for those that meet a fault by a plan. It
 * holds one request and its answer in memory.
 */
final class FaultyProxy implements AutoCloseable {
  /** What becomes of a request. */
  enum Fault {
    /** Status 500, and the server never hears of it. */
    INTERNAL_ERROR,
    /** Status 503. */
    SLOW_DOWN,
    /** The connection is reset, and the server never hears of it. */
    RESET,
    /** The server does what it is asked to, and the connection is reset instead of its answer. */
    RESET_ANSWER,
    /** The connection is reset in the middle of the answer. */
    CUT_ANSWER
  }

  /** Which requests meet a fault; called by one thread at a time. */
  @FunctionalInterface
  interface Plan {
    /** The fault of a request; empty for none. */
    Optional<Fault> of(Request request);
  }

  /** What a client asks for. */
  record Request(String method, String target, String head) {
    /** Whether it changes nothing. */
    boolean isRead() {
      return method.equals("GET") || method.equals("HEAD");
    }

    /** Whether it copies what is in the bucket, as a rename does. */
    boolean isCopy() {
      return header(head, "x-amz-copy-source").isPresent();
    }
  }

  private final ServerSocket listener;
  private final int server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<Fault, Integer> onReading = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> onWriting = new EnumMap<>(Fault.class);
  private Plan plan = request -> Optional.empty();

  /**
   * Starts one that passes everything on.
   *
   * @param server the port of the server on this machine
   */
  FaultyProxy(int server) throws IOException {
    this.server = server;
    listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Follows another plan from the next request on, and counts anew. */
  synchronized void follow(Plan other) {
    plan = other;
    onReading.clear();
    onWriting.clear();
  }

  /** How many requests that change nothing met each fault. */
  synchronized Map<Fault, Integer> onReading() {
    return new EnumMap<>(onReading);
  }

  /** How many of the others met each. */
  synchronized Map<Fault, Integer> onWriting() {
    return new EnumMap<>(onWriting);
  }

  private synchronized Optional<Fault> next(Request request) {
    Optional<Fault> fault = plan.of(request);
    fault.ifPresent(met -> (request.isRead() ? onReading : onWriting).merge(met, 1, Integer::sum));
    return fault;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      boolean goesOn = true;
      while (goesOn) {
        String head = readHead(in);
        goesOn = head != null && answer(head, in, client);
      }
    } catch (IOException e) {
      // Either side is gone, which the client sees by itself.
    } finally {
      open.remove(client);
    }
  }

  /** Answers a request; false if the connection ends with it. */
  private boolean answer(String head, InputStream in, Socket client) throws IOException {
    String[] words = head.substring(0, head.indexOf('\r')).split(" ", -1);
    Request request = new Request(words[0], words[1], head);
    Fault fault = next(request).orElse(null);
    if (fault == Fault.RESET) {
      reset(client);
      return false;
    }
    OutputStream out = client.getOutputStream();
    if (header(head, "expect").isPresent()) {
      write(out, "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
    }
    byte[] body = readBody(head, false, in);
    if (fault == Fault.INTERNAL_ERROR || fault == Fault.SLOW_DOWN) {
      write(out, error(fault, request));
      return false;
    }
    byte[] answer = ask(request, body);
    if (fault == null) {
      write(out, answer);
      return true;
    }
    if (fault == Fault.CUT_ANSWER) {
      out.write(answer, 0, answer.length / 2);
      out.flush();
    }
    reset(client);
    return false;
  }

  /** The answer of the server, which is asked on a connection of its own. */
  private byte[] ask(Request request, byte[] body) throws IOException {
    try (Socket asked = new Socket(InetAddress.getLoopbackAddress(), server)) {
      OutputStream out = asked.getOutputStream();
      out.write(request.head().getBytes(ISO_8859_1));
      write(out, body);
      InputStream in = new BufferedInputStream(asked.getInputStream());
      String head;
      do {
        head = readHead(in);
        if (head == null) {
          throw new EOFException("the server gave no answer");
        }
      } while (head.startsWith("HTTP/1.1 100 "));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      answer.writeBytes(head.getBytes(ISO_8859_1));
      boolean isBare = request.method().equals("HEAD") || head.matches("(?s)HTTP/1.1 (204|304) .*");
      if (!isBare) {
        answer.writeBytes(readBody(head, true, in));
      }
      return answer.toByteArray();
    }
  }

  private static byte[] error(Fault fault, Request request) {
    boolean isSlowDown = fault == Fault.SLOW_DOWN;
    String body =
        request.method().equals("HEAD")
            ? ""
            : "<Error><Code>%s</Code><Message>by the test</Message></Error>"
                .formatted(isSlowDown ? "SlowDown" : "InternalError");
    return """
        HTTP/1.1 %s\r
        Content-Type: application/xml\r
        Content-Length: %d\r
        Connection: close\r
        \r
        %s"""
        .formatted(isSlowDown ? "503 Slow Down" : "500 Internal Server Error", body.length(), body)
        .getBytes(ISO_8859_1);
  }

  private static void write(OutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  private static void reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
  }

  /** Everything up to the empty line, with it; null at the end. */
  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    String line;
    do {
      line = readLine(in);
      if (line == null) {
        return null;
      }
      head.append(line);
    } while (!line.equals("\r\n"));
    return head.toString();
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      line.append((char) c);
      if (c == '\n') {
        return line.toString();
      }
    }
    return null;
  }

  /**
   * A body as it is sent.
   *
   * @param isToEnd whether one without a length goes on to the connection's end, as of an answer
   */
  private static byte[] readBody(String head, boolean isToEnd, InputStream in) throws IOException {
    Optional<String> length = header(head, "content-length");
    if (length.isPresent()) {
      return in.readNBytes(Integer.parseInt(length.get()));
    }
    if (header(head, "transfer-encoding").isEmpty()) {
      return isToEnd ? in.readAllBytes() : new byte[0];
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int chunk;
    do {
      String line = readLine(in);
      if (line == null) {
        throw new EOFException();
      }
      body.writeBytes(line.getBytes(ISO_8859_1));
      chunk = Integer.parseInt(line.strip().split(";", 2)[0], 16);
      body.writeBytes(in.readNBytes(chunk == 0 ? 0 : chunk + 2));
    } while (chunk > 0);
    body.writeBytes(readHead(in).getBytes(ISO_8859_1));
    return body.toByteArray();
  }

  private static Optional<String> header(String head, String name) {
    return head.lines()
        .skip(1)
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
