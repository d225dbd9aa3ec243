package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.StagedDirectoryContract;
import org.segmentser.source.Shards;
import org.segmentser.tables.Publications;
import org.segmentser.udf.Shortened;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server on this machine, and the S3A file system as users add it. */
class S3IT {
  private static final Path SERVER = Launcher.ROOT.resolve("job/target/s3proxy.jar");
  private static final Pattern S3A_JARS =
      Pattern.compile(
          ".*/(hadoop-aws|httpclient|httpcore|reactive-streams)/.*|.*/software/amazon/.*");

  @TempDir static Path dir;
  private static Child server;
  private static int port;

  @BeforeAll
  static void startServer() throws IOException {
    Files.createDirectories(dir.resolve("store/bucket"));
    port = freePort();
    Path settings =
        Files.writeString(
            dir.resolve("s3proxy.properties"),
            """
            s3proxy.endpoint=http://127.0.0.1:%d
            s3proxy.authorization=aws-v2-or-v4
            s3proxy.identity=key
            s3proxy.credential=secret
            jclouds.provider=filesystem-nio2
            jclouds.filesystem.basedir=%s
            """
                .formatted(port, dir.resolve("store")));
    server =
        Child.start(
            "s3proxy",
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-jar",
                SERVER.toString(),
                "--properties",
                settings.toString()),
            Map.of(),
            null);
    server.awaitUntil("it listens", Duration.ofSeconds(60), () -> listens(port));
    uploadAudio();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Nested
  class Staged extends StagedDirectoryContract {
    @Override
    protected String root() {
      return "s3a://bucket/staged";
    }

    @Override
    protected Configuration configuration() {
      return S3IT.configuration();
    }
  }

  @Test
  void inputModelAndOutputMayBeOnS3() {
    RemoteRun.check("s3a://bucket/archive", sparkOptions());
  }

  @Test
  void everyContainerMayBeOnS3() throws Exception {
    RemoteContainers.check(
        "s3a://bucket/containers", dir.resolve("containers"), configuration(), sparkOptions());
  }

  @Test
  void aFileThatBecameShorterIsTold() throws IOException {
    Shortened.check("s3a://bucket/shortened.wav", configuration());
  }

  @Test
  void membersOfShardsAreReadBack() throws IOException {
    Shards.check("s3a://bucket/shards", configuration());
  }

  @Test
  void oneExecutionOfARunPublishes() throws Exception {
    Publications.race("s3a://bucket/races", 200, 2, configuration());
  }

  private static String[] sparkOptions() {
    return new String[] {
      "--jars",
      s3aJars(),
      "--conf",
      "spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:" + port,
      "--conf",
      "spark.hadoop.fs.s3a.endpoint.region=us-east-1",
      "--conf",
      "spark.hadoop.fs.s3a.path.style.access=true",
      "--conf",
      "spark.hadoop.fs.s3a.access.key=key",
      "--conf",
      "spark.hadoop.fs.s3a.secret.key=secret"
    };
  }

  private static Configuration configuration() {
    Configuration conf = new Configuration();
    conf.set("fs.s3a.endpoint", "http://127.0.0.1:" + port);
    conf.set("fs.s3a.endpoint.region", "us-east-1");
    conf.setBoolean("fs.s3a.path.style.access", true);
    conf.set("fs.s3a.access.key", "key");
    conf.set("fs.s3a.secret.key", "secret");
    // What the server refuses for good would be tried again for minutes.
    conf.setInt("fs.s3a.attempts.maximum", 2);
    conf.set("fs.s3a.retry.interval", "20ms");
    return conf;
  }

  /** As it stands there, but for the names of what is not the reader's either. */
  @Test
  void theCommandOfTheReadmeRuns() throws IOException {
    String command =
        readmeBlock("### S3")
            .replace("=my-key", "=key")
            .replace("=my-secret", "=secret")
            .replace("s3a://my-bucket/calls/", "s3a://bucket/archive/audio/")
            .replace("s3a://my-bucket/", "s3a://bucket/readme/")
            .replace("https://s3.example.com", "http://127.0.0.1:" + port);
    assertThat(command).contains("127.0.0.1", "=key", "=secret").doesNotContain("my-", "example");
    try (Child child = Child.start("readme", List.of("bash", "-ec", command), Map.of(), null)) {
      Child.Result result = child.await(Duration.ofMinutes(5));
      assumeFalse(
          result.stderr().matches("(?s).*Host \\S+ not found.*"), "no way to Maven Central");
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .contains("clips     9: 8 scored, 1 undecodable")
          .contains("runs below s3a://bucket/readme/emotions\n");
      assertThat(result.stderr()).doesNotContain("awssdk/bundle");
    }
  }

  /** The first command below a heading, without its indentation. */
  private static String readmeBlock(String heading) throws IOException {
    return Files.readString(Launcher.ROOT.resolve("README.md"))
        .split("(?m)^" + heading + "$", 2)[1]
        .lines()
        .dropWhile(line -> !line.startsWith("    "))
        .takeWhile(line -> line.startsWith("    "))
        .map(String::strip)
        .collect(Collectors.joining("\n"));
  }

  private static void uploadAudio() throws IOException {
    try (S3Client s3 =
            S3Client.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                    StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .build();
        Stream<Path> files = Files.list(Launcher.AUDIO)) {
      files.forEach(
          file ->
              s3.putObject(
                  put -> put.bucket("bucket").key("archive/audio/" + file.getFileName()), file));
    }
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

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
