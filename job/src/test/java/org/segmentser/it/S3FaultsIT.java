package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.it.FaultyProxy.Fault;
import org.segmentser.it.FaultyProxy.Plan;
import org.segmentser.it.FaultyProxy.Request;
import org.segmentser.segment.Clips;

/**
 * An S3 server that fails for a while: it answers 500 and 503, resets connections, cuts answers off
 * or does what it is asked to and does not say so. {@code -Dsegmentser.s3.faults=1000
 * -Dsegmentser.s3.clips=400 -Dsegmentser.s3.outages=6} makes it long.
 */
class S3FaultsIT {
  private static final int FAULTS = Integer.getInteger("segmentser.s3.faults", 60);
  private static final int CLIPS = Integer.getInteger("segmentser.s3.clips", 20);
  private static final int OUTAGES = Integer.getInteger("segmentser.s3.outages", 3);
  private static final int CLIPS_PER_BATCH = Math.max(10, CLIPS / 20);
  private static final long SEED = 20261129;

  /** Of requests that change nothing and of others, while there are faults. */
  private static final double SHARE_OF_READS = 0.2;

  private static final double SHARE_OF_WRITES = 0.4;

  /**
   * S3A may give up what Spark reads back from what it staged, and a local master repeats no task:
   * then the command is given again.
   */
  private static final int MOST_STARTS = 5 + FAULTS / 100;

  private static final Duration LONG = Duration.ofMinutes(20);

  private static final String ARCHIVE = "s3a://bucket/archive";

  /** Has S3A give up within a second. */
  private static final List<String> IMPATIENT =
      List.of(
          "--conf", "spark.hadoop.fs.s3a.attempts.maximum=1",
          "--conf", "spark.hadoop.fs.s3a.retry.limit=2",
          "--conf", "spark.hadoop.fs.s3a.retry.interval=20ms",
          "--conf", "spark.hadoop.fs.s3a.retry.throttle.limit=2",
          "--conf", "spark.hadoop.fs.s3a.retry.throttle.interval=20ms");

  /** Where an outage begins that lasts until the command has ended. */
  private enum Outage {
    ROW,
    STAGING,
    LEASE,
    LISTING,
    CLAIM,
    PUBLICATION;

    boolean beginsWith(Request request) {
      return switch (this) {
        case LISTING -> request.target().contains("list-type=2&") && isOf(request, "archive");
        case LEASE -> isWriteOf(request, ".lease");
        case STAGING -> isWriteOf(request, "/rows/");
        case CLAIM -> isWriteOf(request, ".publishing");
        case PUBLICATION -> request.isCopy() && isWriteOf(request, "outages/clips/run_date");
        case ROW -> request.isCopy() && isWriteOf(request, "outages/runs/");
      };
    }

    private static boolean isOf(Request request, String part) {
      return request.target().contains(part);
    }

    private static boolean isWriteOf(Request request, String part) {
      return request.method().equals("PUT")
          && isOf(request, part.replace("=", "%3D"))
          && isOf(request, "outages");
    }
  }

  @TempDir static Path dir;
  private static S3Server server;

  @BeforeAll
  static void scoreUndisturbed() throws IOException {
    server = S3Server.start(dir, "key", "secret");
    Path audio = Files.createDirectory(dir.resolve("audio"));
    for (int i = 0; i < CLIPS; i++) {
      Files.write(
          audio.resolve("clip%04d.wav".formatted(i)),
          Clips.wav(16_000, Clips.noise(32_000 + 100 * (i % 97), i)));
    }
    Files.writeString(audio.resolve("text.wav"), "no audio at all");
    server.upload(audio, "archive/");
    Child.Result undisturbed = run("undisturbed", List.of(), server.port(), List.of());
    assertThat(undisturbed.exitCode()).as(undisturbed.toString()).isZero();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void faultsThatPassChangeNothing() throws IOException {
    try (FaultyProxy proxy = new FaultyProxy(server.port())) {
      proxy.follow(passing(new Random(SEED)));
      Child.Result result;
      int starts = 0;
      do {
        result = incremental("flaky", proxy, List.of());
        assertThat(++starts).as(result.toString()).isLessThanOrEqualTo(MOST_STARTS);
        assertThat(result.exitCode()).as(result.toString()).isIn(0, 1);
        assertThat(result.stderr()).doesNotContain("internal fault");
      } while (result.exitCode() != 0);
      System.err.printf(
          "faults that passed, in %d starts: on reading %s, on writing %s%n",
          starts, proxy.onReading(), proxy.onWriting());
      assertThat(proxy.onReading()).hasSizeGreaterThan(2);
      assertThat(proxy.onWriting()).hasSizeGreaterThan(2).containsKey(Fault.RESET_ANSWER);
    }
    assertComplete("flaky");
  }

  @Test
  void anOutageEndsTheRunWithOneErrorAndTheSameCommandGoesOn() throws IOException {
    Map<Outage, String> errors = new TreeMap<>();
    try (FaultyProxy proxy = new FaultyProxy(server.port())) {
      Random random = new Random(SEED + 1);
      for (Outage outage : List.of(Outage.values()).subList(0, OUTAGES)) {
        proxy.follow(lasting(outage, random));
        Child.Result result = incremental("outages", proxy, IMPATIENT);
        assertThat(proxy.onReading().size() + proxy.onWriting().size())
            .as(outage + " " + result)
            .isPositive();
        assertThat(result.exitCode()).as(outage + " " + result).isEqualTo(1);
        List<String> lines =
            result
                .stderr()
                .lines()
                .filter(line -> line.startsWith("segment-ser: error: "))
                .toList();
        assertThat(lines).as(outage + " " + result).hasSize(1);
        assertThat(lines.get(0)).as(outage.toString()).doesNotContain("internal fault");
        errors.put(outage, lines.get(0));
      }
      System.err.println("what outages are reported as: " + errors);
      proxy.follow(request -> Optional.empty());
      Child.Result result = incremental("outages", proxy, IMPATIENT);
      assertThat(result.exitCode()).as(result.toString()).isZero();
    }
    // What the dead runs had moved into place before their rows of runs, which readers leave out.
    Child.Result maintained =
        command(List.of("maintain", "--output", "s3a://bucket/outages"), server.port(), List.of());
    assertThat(maintained.exitCode()).as(maintained.toString()).isZero();
    assertComplete("outages");
  }

  @Test
  void anOutageWhileAudioIsReadCostsRowsThatAreReadAgain() throws IOException {
    try (FaultyProxy proxy = new FaultyProxy(server.port())) {
      Random random = new Random(SEED + 2);
      proxy.follow(
          request ->
              request.method().equals("GET")
                      && request.target().matches("/bucket/archive/.*7\\.wav")
                  ? Optional.of(any(random))
                  : Optional.empty());
      Child.Result result = incremental("unread", proxy, IMPATIENT);
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout()).contains("unreadable");
      proxy.follow(request -> Optional.empty());
      result =
          run(
              "unread",
              List.of("--incremental", "--retry-rejects", "unreadable"),
              proxy.port(),
              List.of());
      assertThat(result.exitCode()).as(result.toString()).isZero();
      assertThat(result.stdout())
          .contains("clips     %1$d: %1$d scored".formatted((CLIPS + 2) / 10));
    }
  }

  /**
   * Faults for a share of the requests, until there were enough of them. The answer gets lost to
   * the first that takes the lease, that claims a publication and that makes a batch whole: S3A
   * then asks again for what has been done.
   */
  private static Plan passing(Random random) {
    int[] left = {FAULTS};
    Set<String> answers = new HashSet<>(Set.of(".lease", ".publishing", "flaky/runs/"));
    return request -> {
      if (request.method().equals("PUT") && answers.removeIf(request.target()::contains)) {
        return Optional.of(Fault.RESET_ANSWER);
      }
      double share = request.isRead() ? SHARE_OF_READS : SHARE_OF_WRITES;
      if (left[0] == 0 || random.nextDouble() >= share) {
        return Optional.empty();
      }
      left[0]--;
      return Optional.of(any(random));
    };
  }

  /** From a request of some kind on all meet faults. */
  private static Plan lasting(Outage outage, Random random) {
    boolean[] hasBegun = {false};
    return request -> {
      hasBegun[0] |= outage.beginsWith(request);
      return hasBegun[0] ? Optional.of(any(random)) : Optional.empty();
    };
  }

  private static Fault any(Random random) {
    List<Fault> all = List.of(Fault.values());
    return all.get(random.nextInt(all.size()));
  }

  private static Child.Result incremental(String output, FaultyProxy proxy, List<String> spark) {
    return run(
        output,
        List.of("--incremental", "--max-clips-per-batch", "" + CLIPS_PER_BATCH),
        proxy.port(),
        spark);
  }

  private static Child.Result run(
      String output, List<String> options, int port, List<String> spark) {
    List<String> args = new ArrayList<>(List.of("score", "--speech", "off"));
    args.addAll(List.of("--max-reject-ratio", "1", "--input", ARCHIVE));
    args.addAll(List.of("--output", "s3a://bucket/" + output));
    args.addAll(options);
    return command(args, port, spark);
  }

  private static Child.Result command(List<String> words, int port, List<String> spark) {
    List<String> args = new ArrayList<>(words);
    args.add("--");
    args.addAll(Arrays.asList(S3Server.optionsWithoutKeys(port)));
    args.addAll(spark);
    Map<String, String> keys =
        Map.of("AWS_ACCESS_KEY_ID", "key", "AWS_SECRET_ACCESS_KEY", "secret");
    try (Child child =
        Child.start("faults", Launcher.command(args.toArray(String[]::new)), keys, null)) {
      return child.await(LONG);
    }
  }

  private static void assertComplete(String output) {
    SameTables.check(
        server.bucket().resolve("undisturbed"), server.bucket().resolve(output), CLIPS + 1L);
    Child.Result verified =
        command(
            List.of("verify", "--output", "s3a://bucket/" + output, "--input", ARCHIVE),
            server.port(),
            List.of());
    assertThat(verified.exitCode()).as(verified.toString()).isZero();
  }
}
