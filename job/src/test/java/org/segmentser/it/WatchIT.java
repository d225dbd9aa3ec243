package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.registry.LocateRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.rmi.RMIConnector;
import javax.management.remote.rmi.RMIServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.segment.Clips;

/** What those see who watch runs: metrics, and listeners of Spark's events. */
class WatchIT {
  private static final String PLUGIN = "plugin.org.segmentser.flow.AudioMetrics.";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  /** A sink of Spark's that writes when the session ends, so that there are last values. */
  @Test
  void theLastValuesAreThoseOfTheSummary() throws IOException {
    Path values = Files.createDirectory(dir.resolve("values"));
    Child.Result result =
        score(
            Launcher.AUDIO,
            List.of("--incremental", "--max-clips-per-batch", "4"),
            "--conf",
            "spark.metrics.conf.*.sink.csv.class=org.apache.spark.metrics.sink.CsvSink",
            "--conf",
            "spark.metrics.conf.*.sink.csv.directory=" + values);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(Launcher.ownErrors(result)).isEmpty();
    JsonNode summary = JSON.readTree(dir.resolve("summary.json").toFile());
    assertThat(summary.get("runs")).hasSize(3);
    for (String status : List.of("scored", "undecodable", "too_short", "no_speech")) {
      assertThat(last(values, "outcomes." + status))
          .as(status)
          .isEqualTo(summary.at("/clips/" + status).asInt());
    }
    assertThat(last(values, "outcomes.scored")).isEqualTo(8);
    assertThat(last(values, "segments")).isEqualTo(summary.get("segments").asInt());
    // The broken file decodes to nothing.
    assertThat(last(values, "audio_seconds"))
        .isCloseTo(summary.get("audio_s").asDouble(), within(0.01));
    assertThat(last(values, "run.clips")).isEqualTo(9);
    assertThat(last(values, "run.clips_done")).isEqualTo(9);
    assertThat(last(values, "run.clips_rejected")).isEqualTo(1);
    assertThat(last(values, "run.batches")).isEqualTo(3);
    assertThat(last(values, "run.batch")).isEqualTo(3);
    assertThat(last(values, "run.batch_queue")).isZero();
    double wallS = summary.get("wall_s").asDouble();
    for (String time : List.of("decode_seconds", "feature_seconds", "inference_seconds")) {
      assertThat(last(values, time))
          .as(time)
          .isBetween(1e-3, wallS * Runtime.getRuntime().availableProcessors());
    }
    assertThat(last(values, "model_loads")).isEqualTo(1);
    assertThat(last(values, "resident_bytes")).isGreaterThan(100e6);
    assertThat(last(values, "native_bytes")).isLessThan(last(values, "resident_bytes"));
  }

  private static double last(Path values, String metric) throws IOException {
    return last(values, "driver", metric);
  }

  /** The last value that a sink has written of a metric of the driver or an executor. */
  static double last(Path values, String process, String metric) throws IOException {
    List<String> lines =
        Files.readAllLines(
            values.resolve("segment_ser." + process + "." + PLUGIN + metric + ".csv"));
    return Double.parseDouble(lines.get(lines.size() - 1).split(",", -1)[1]);
  }

  @Test
  void prometheusAndJmxSeeARunAtWork() throws Exception {
    Path audio = Files.createDirectory(dir.resolve("audio"));
    byte[] minutes = Clips.wav(16_000, Clips.noise(16_000 * 60, 1));
    for (int i = 0; i < 40; i++) {
      Files.write(audio.resolve(i + ".wav"), minutes);
    }
    int ui = freePort();
    int jmx = freePort();
    try (Child run =
        Child.start(
            "segment-ser",
            Launcher.command(
                words(
                    audio,
                    List.of("--speech", "off"),
                    "--conf",
                    "spark.ui.enabled=true",
                    "--conf",
                    "spark.ui.port=" + ui,
                    "--conf",
                    "spark.metrics.conf.*.sink.jmx.class=org.apache.spark.metrics.sink.JmxSink",
                    "--driver-java-options",
                    "-Dcom.sun.management.jmxremote.port="
                        + jmx
                        + " -Dcom.sun.management.jmxremote.host=127.0.0.1"
                        + " -Djava.rmi.server.hostname=127.0.0.1"
                        + " -Dcom.sun.management.jmxremote.authenticate=false"
                        + " -Dcom.sun.management.jmxremote.ssl=false")),
            Map.of(),
            null)) {
      run.awaitUntil(
          "a clip was done and a batch predicted",
          Duration.ofMinutes(2),
          () -> scraped(ui, "run_clips_done") >= 1 && scraped(ui, "inference_seconds") > 0);
      assertThat(scraped(ui, "run_clips")).isEqualTo(40);
      assertThat(scraped(ui, "run_batch_queue")).isBetween(0.0, 39.0);
      assertThat(scraped(ui, "outcomes_scored")).isBetween(1.0, 40.0);
      assertThat(scraped(ui, "audio_seconds")).isGreaterThanOrEqualTo(60);
      assertThat(scraped(ui, "decode_seconds")).isPositive();
      assertThat(scraped(ui, "model_loads")).isEqualTo(1);

      // Not by JNDI, for which some library of the tests has a factory of its own.
      RMIServer server = (RMIServer) LocateRegistry.getRegistry("127.0.0.1", jmx).lookup("jmxrmi");
      try (JMXConnector connector = new RMIConnector(server, null)) {
        connector.connect();
        ObjectName done =
            new ObjectName(
                "metrics:name=segment_ser.driver." + PLUGIN + "run.clips_done,type=gauges");
        assertThat((Long) connector.getMBeanServerConnection().getAttribute(done, "Value"))
            .isBetween(1L, 40L);
      }
      assertThat(run.await(Duration.ofMinutes(2)).exitCode()).as(run.toString()).isZero();
    }
  }

  /** The value of a metric as Prometheus reads it; NaN as long as there is none. */
  private static double scraped(int port, String metric) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics/prometheus/"))
            .build();
    try {
      String text =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
      Matcher line =
          Pattern.compile(
                  "(?m)^metrics_segment_ser_driver_plugin_org_segmentser_flow_AudioMetrics_"
                      + metric
                      + "_Value\\{[^}]*\\} (\\S+)$")
              .matcher(text);
      return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
    } catch (IOException e) {
      return Double.NaN;
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void listenersOfUsersHearWhatWasReadAndWritten() throws IOException {
    Path heard = dir.resolve("heard");
    Child.Result result =
        score(
            Launcher.AUDIO,
            List.of("--run-id", "r1", "--run-date", "2026-11-22"),
            "--driver-class-path",
            Launcher.ROOT.resolve("job/target/test-classes").toString(),
            "--conf",
            "spark.extraListeners=" + LineageListener.class.getName(),
            "--conf",
            "spark.sql.queryExecutionListeners=" + LineageListener.Queries.class.getName(),
            "--conf",
            "spark.eventLog.enabled=true",
            "--conf",
            "spark.eventLog.compress=false",
            "--conf",
            "spark.eventLog.dir=" + Files.createDirectory(dir.resolve("log")).toUri(),
            "--conf",
            "spark.lineage.file=" + heard);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(Launcher.ownErrors(result)).isEmpty();
    String out = "file:" + dir.resolve("out");
    List<String> lines = Files.readAllLines(heard);
    assertThat(lines)
        .containsSubsequence(
            "run r1 9",
            "input " + Launcher.AUDIO,
            "output " + out + "/segments/run_date=2026-11-22/run_id=r1",
            "output " + out + "/clips/run_date=2026-11-22/run_id=r1",
            "output " + out + "/runs/r1.parquet");
    // What Spark itself tells of: the path that docs/monitoring.md says to cut.
    for (String table : List.of("segments", "clips")) {
      assertThat(lines)
          .anyMatch(line -> line.matches("written " + out + "/_staging/r1-[^/]+/" + table));
    }
    try (Stream<Path> logs = Files.walk(dir.resolve("log")).filter(Files::isRegularFile)) {
      List<String> events = new ArrayList<>();
      for (Path log : logs.toList()) {
        events.addAll(Files.readAllLines(log));
      }
      List<String> own = events.stream().filter(e -> e.contains("RunPublished")).toList();
      assertThat(own).hasSize(1);
      assertThat(JSON.readTree(own.get(0)).get("runId").asText()).isEqualTo("r1");
    }
  }

  private Child.Result score(Path audio, List<String> options, String... spark) {
    return Launcher.run(words(audio, options, spark));
  }

  private String[] words(Path audio, List<String> options, String... spark) {
    List<String> words = new ArrayList<>(List.of("score", "--input", audio.toString()));
    words.addAll(List.of("--output", dir.resolve("out").toString()));
    words.addAll(List.of("--summary", dir.resolve("summary.json").toString()));
    words.addAll(options);
    words.add("--");
    words.addAll(Arrays.asList(spark));
    return words.toArray(String[]::new);
  }
}
