package org.segmentser.it;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server in a process of its own, with one bucket, called {@code bucket}. */
final class S3Server implements AutoCloseable {
  private static final Path JAR = Launcher.ROOT.resolve("job/target/s3proxy.jar");
  private static final Pattern S3A_JARS =
      Pattern.compile(
          ".*/(hadoop-aws|spark-hadoop-cloud_[^/]*|httpclient|httpcore|reactive-streams)/.*"
              + "|.*/software/amazon/.*");

  private final Child process;
  private final int port;
  private final Path store;
  private final String key;
  private final String secret;

  private S3Server(Child process, int port, Path store, String key, String secret) {
    this.process = process;
    this.port = port;
    this.store = store;
    this.key = key;
    this.secret = secret;
  }

  /**
   * Starts one, and waits until it listens.
   *
   * @param directory where it keeps what it is given
   * @param key the one that it lets in, with this secret
   */
  static S3Server start(Path directory, String key, String secret) throws IOException {
    Path store = directory.resolve("store");
    Files.createDirectories(store.resolve("bucket"));
    int port = freePort();
    Path settings =
        Files.writeString(
            directory.resolve("s3proxy.properties"),
            """
            s3proxy.endpoint=http://127.0.0.1:%d
            s3proxy.authorization=aws-v2-or-v4
            s3proxy.identity=%s
            s3proxy.credential=%s
            jclouds.provider=filesystem-nio2
            jclouds.filesystem.basedir=%s
            """
                .formatted(port, key, secret, store));
    Child process =
        Child.start(
            "s3proxy",
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-jar",
                JAR.toString(),
                "--properties",
                settings.toString()),
            Map.of(),
            null);
    S3Server server = new S3Server(process, port, store, key, secret);
    process.awaitUntil("it listens", Duration.ofSeconds(60), server::listens);
    return server;
  }

  int port() {
    return port;
  }

  /** Where what is in the bucket stands on this machine's disk. */
  Path bucket() {
    return store.resolve("bucket");
  }

  /** Puts the files of a directory below a prefix, which ends with a slash. */
  void upload(Path directory, String prefix) throws IOException {
    try (S3Client s3 =
            S3Client.builder()
                .endpointOverride(URI.create(endpoint(port)))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                    StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret)))
                .build();
        Stream<Path> files = Files.list(directory)) {
      files.forEach(
          file -> s3.putObject(put -> put.bucket("bucket").key(prefix + file.getFileName()), file));
    }
  }

  /** What {@code spark-submit} needs to reach it, with the keys. */
  String[] options() {
    return Stream.concat(
            Arrays.stream(optionsWithoutKeys(port)),
            Stream.of(
                "--conf",
                "spark.hadoop.fs.s3a.access.key=" + key,
                "--conf",
                "spark.hadoop.fs.s3a.secret.key=" + secret))
        .toArray(String[]::new);
  }

  /**
   * What {@code spark-submit} needs to reach it or what stands before it.
   *
   * @param port of this server, or that of a proxy
   */
  static String[] optionsWithoutKeys(int port) {
    return new String[] {
      "--jars",
      s3aJars(),
      "--conf",
      "spark.hadoop.fs.s3a.endpoint=" + endpoint(port),
      "--conf",
      "spark.hadoop.fs.s3a.endpoint.region=us-east-1",
      "--conf",
      "spark.hadoop.fs.s3a.path.style.access=true"
    };
  }

  /** The same for this process, which gives up soon. */
  Configuration configuration() {
    Configuration conf = new Configuration();
    conf.set("fs.s3a.endpoint", endpoint(port));
    conf.set("fs.s3a.endpoint.region", "us-east-1");
    conf.setBoolean("fs.s3a.path.style.access", true);
    conf.set("fs.s3a.access.key", key);
    conf.set("fs.s3a.secret.key", secret);
    // What the server refuses for good would be tried again for minutes.
    conf.setInt("fs.s3a.attempts.maximum", 2);
    conf.set("fs.s3a.retry.interval", "20ms");
    return conf;
  }

  private static String endpoint(int port) {
    return "http://127.0.0.1:" + port;
  }

  private static String s3aJars() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(jar -> S3A_JARS.matcher(jar).matches())
        .collect(Collectors.joining(","));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
