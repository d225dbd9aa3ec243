package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.cli.Main;

/**
 * What runs segment-ser every night: the script, and the files for the schedulers that start it.
 */
class ScheduleIT {
  private static final Path SUBMIT = Launcher.ROOT.resolve("submit");
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private Path logs;
  private Map<String, String> env;

  @BeforeEach
  void anEnvironmentLikeCrons() {
    logs = dir.resolve("logs");
    env = new LinkedHashMap<>();
    env.put("PATH", "/usr/bin:/bin");
    env.put("SEGMENT_SER_LOG_DIR", logs.toString());
    env.put("SEGMENT_SER_INPUT", "/archive/{date}/calls");
    env.put("SEGMENT_SER_OUTPUT", "/the tables");
  }

  @Test
  void aNightIsScoredFromABareEnvironment() throws IOException {
    env.put("SPARK_HOME", spark("printf '%s\\n' \"$@\"").toString());
    Child.Result night = night("2026-11-22", "--only", "agent", "--", "--master", "local[3]");
    assertThat(night.exitCode()).as(night.toString()).isZero();
    assertThat(night.stdout())
        .isEqualTo("{\"command\":\"score\",\"status\":\"done\",\"exit_code\":0}\n");
    assertThat(night.stderr()).isEmpty();
    assertThat(log())
        .contains("--master\nlocal[3]\n")
        .contains(
            """
            score
            --incremental
            --input
            /archive/2026-11-22/calls
            --output
            /the tables
            --run-date
            2026-11-22
            --run-id
            nightly-2026-11-22
            --summary
            """)
        .endsWith(".json\n--only\nagent\n");
  }

  @Test
  void withoutADateItIsYesterdayAndTheInputMayBeAllOfTheArchive() throws IOException {
    env.put("SPARK_HOME", spark("printf '%s ' \"$@\"").toString());
    env.put("SEGMENT_SER_INPUT", "/archive");
    env.put("SEGMENT_SER_MODEL", "/my model");
    LocalDate before = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    assertThat(night("--", "--name", "n").exitCode()).isZero();
    LocalDate after = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    assertThat(log())
        .contains("--input /archive --output /the tables --model /my model --run-date ")
        .containsPattern("--run-date (" + before + "|" + after + ") ");
  }

  @Test
  void nightsGoOnWhereTheOnesBeforeEnded() throws IOException {
    Path day = Files.createDirectories(dir.resolve("archive/2026-11-22/calls"));
    env.put("SEGMENT_SER_INPUT", dir + "/archive/{date}/calls");
    env.put("SEGMENT_SER_OUTPUT", dir.resolve("tables").toString());
    Files.copy(Launcher.AUDIO.resolve("sad_03a02Ta.wav"), day.resolve("a.wav"));
    JsonNode first = told(night("2026-11-22"), 0);
    assertThat(first.get("status").asText()).isEqualTo("done");
    assertThat(texts(first.get("runs"))).containsExactly("nightly-2026-11-22");
    assertThat(first.at("/clips/scored").asInt()).isEqualTo(1);

    JsonNode repeated = told(night("2026-11-22"), 0);
    assertThat(repeated.get("status").asText()).isEqualTo("nothing new");
    assertThat(repeated.at("/clips/known").asInt()).isEqualTo(1);

    Files.writeString(day.resolve("late.wav"), "not audio");
    Child.Result rejected = night("2026-11-22", "--max-reject-ratio", "0");
    JsonNode late = told(rejected, 4);
    assertThat(late.get("status").asText()).isEqualTo("rejects");
    assertThat(texts(late.get("runs"))).containsExactly("nightly-2026-11-22-2");
    assertThat(late.at("/clips/undecodable").asInt()).isEqualTo(1);
    assertThat(rejected.stderr()).contains("nightly.sh: exit code 4; ");

    assertThat(told(night("2026-11-21"), 3).get("status").asText()).isEqualTo("failed");
  }

  /** The summary, which must be all of standard output. */
  private static JsonNode told(Child.Result night, int exitCode) throws IOException {
    assertThat(night.exitCode()).as(night.toString()).isEqualTo(exitCode);
    assertThat(night.stdout()).hasLineCount(1);
    JsonNode summary = JSON.readTree(night.stdout());
    assertThat(summary.get("exit_code").asInt()).isEqualTo(exitCode);
    return summary;
  }

  @Test
  void aMistakeOfTheSetUpIsToldToo() throws IOException {
    assertThat(night("2026-13-01").stderr())
        .isEqualTo("nightly.sh: error: 2026-13-01 is no date such as 2026-11-22\n");
    env.remove("SEGMENT_SER_OUTPUT");
    Child.Result night = night();
    assertThat(night.exitCode()).isEqualTo(2);
    assertThat(night.stdout())
        .isEqualTo("{\"command\":\"score\",\"status\":\"failed\",\"exit_code\":2}\n");
    assertThat(night.stderr())
        .isEqualTo(
            "nightly.sh: error: SEGMENT_SER_OUTPUT is not set; it is where the tables are\n");
    env.put("SEGMENT_SER_OUTPUT", "/tables");
    env.put("SEGMENT_SER_LOG_DIR", Files.writeString(dir.resolve("file"), "").toString());
    night = night();
    assertThat(night.exitCode()).isEqualTo(2);
    assertThat(night.stderr())
        .isEqualTo(
            "nightly.sh: error: "
                + dir
                + "/file cannot be written; set SEGMENT_SER_LOG_DIR to a directory that can\n");
  }

  @Test
  void whyANightFailedIsOnStandardErrorAndTheExitCodePassedOn() throws IOException {
    env.put(
        "SPARK_HOME",
        spark("echo words; echo 'segment-ser: error: the reason' >&2; exit 3").toString());
    Child.Result night = night();
    assertThat(night.exitCode()).isEqualTo(3);
    assertThat(night.stdout())
        .isEqualTo("{\"command\":\"score\",\"status\":\"failed\",\"exit_code\":3}\n");
    assertThat(night.stderr())
        .isEqualTo(
            "segment-ser: error: the reason\nnightly.sh: exit code 3; all that was said is in "
                + logFile()
                + "\n");
    assertThat(log()).contains("words\n");
  }

  @Test
  void aSecondStartFindsTheLockEvenWhenTheFirstWasKilled() throws IOException {
    Path end = dir.resolve("end");
    Path begun = dir.resolve("begun");
    env.put(
        "SPARK_HOME",
        spark("touch " + begun + "; while [ ! -e " + end + " ]; do sleep 0.1; done").toString());
    try (Child first = start()) {
      first.awaitUntil("its run", TIMEOUT, () -> Files.exists(begun));
      assertThat(night().exitCode()).isEqualTo(5);
      ProcessHandle run = first.descendants().findFirst().orElseThrow();
      first.kill();
      first.await(TIMEOUT);
      Child.Result second = night();
      assertThat(second.exitCode()).isEqualTo(5);
      assertThat(second.stdout())
          .isEqualTo("{\"command\":\"score\",\"status\":\"in use\",\"exit_code\":5}\n");
      assertThat(second.stderr()).contains("another start is at work; it holds " + logs);
      Files.createFile(end);
      run.onExit().join();
    }
    assertThat(night().exitCode()).isZero();
  }

  @Test
  void aSignalReachesTheRunOnceAndItsExitCodeIsPassedOn() throws IOException {
    Path begun = dir.resolve("begun");
    env.put(
        "SPARK_HOME",
        spark(
                "trap 'echo told; n=1' TERM; touch "
                    + begun
                    + "; while [ -z \"$n\" ]; do sleep 0.1; done; sleep 0.5; exit 143")
            .toString());
    try (Child night = start()) {
      night.awaitUntil("its run", TIMEOUT, () -> Files.exists(begun));
      night.terminate();
      Child.Result result = night.await(TIMEOUT);
      assertThat(result.exitCode()).isEqualTo(143);
      assertThat(result.stdout())
          .isEqualTo("{\"command\":\"score\",\"status\":\"stopped\",\"exit_code\":143}\n");
    }
    assertThat(log()).containsOnlyOnce("told");
  }

  @Test
  void logsAreKeptForAMonth() throws IOException {
    env.put("SPARK_HOME", spark("exit 0").toString());
    Files.createDirectories(logs);
    Path old = Files.createFile(logs.resolve("nightly-2026-10-01-20261002T020000Z.log"));
    Path other = Files.createFile(logs.resolve("other.log"));
    Path recent = Files.createFile(logs.resolve("nightly-2026-11-01-20261102T020000Z.log"));
    Instant now = Instant.now();
    Files.setLastModifiedTime(old, FileTime.from(now.minus(Duration.ofDays(32))));
    Files.setLastModifiedTime(other, FileTime.from(now.minus(Duration.ofDays(32))));
    Files.setLastModifiedTime(recent, FileTime.from(now.minus(Duration.ofDays(29))));
    assertThat(night().exitCode()).isZero();
    assertThat(old).doesNotExist();
    assertThat(other).exists();
    assertThat(recent).exists();
  }

  /** As where cron's PATH has no {@code java}, and nobody set JAVA_HOME. */
  @Test
  void aJdkIsFoundWhereDistributionsPutThem() throws IOException {
    Path jdks = Path.of("/usr/lib/jvm");
    assumeTrue(Files.isDirectory(jdks), "no " + jdks);
    List<String> programs =
        List.of(
            "bash",
            "basename",
            "cat",
            "date",
            "dirname",
            "env",
            "find",
            "flock",
            "grep",
            "head",
            "locale",
            "mkdir",
            "readlink",
            "sed",
            "tail");
    for (String program : programs) {
      script("bin/" + program, "exec /usr/bin/" + program + " \"$@\"");
    }
    env.put("PATH", dir.resolve("bin").toString());
    env.put("SPARK_HOME", spark("cat \"$JAVA_HOME/release\"").toString());
    Child.Result night = night();
    assertThat(night.exitCode()).as(night.toString()).isZero();
    assertThat(log()).containsPattern("JAVA_VERSION=\"(17|18|19|20|21)[.]");
  }

  @Test
  void systemdAcceptsItsUnits() throws IOException {
    assumeTrue(runs("systemd-analyze", "--version"), "no systemd-analyze");
    Path service = dir.resolve("segment-ser.service");
    String unit = Files.readString(SUBMIT.resolve("systemd/segment-ser.service"));
    assertThat(unit).contains("\nExecStart=/opt/segment-ser/submit/nightly.sh\n");
    Files.writeString(service, unit.replace("/opt/segment-ser/submit", SUBMIT.toString()));
    Path timer = dir.resolve("segment-ser.timer");
    Files.copy(SUBMIT.resolve("systemd/segment-ser.timer"), timer);
    Child.Result verified =
        run("systemd-analyze", "verify", "--man=no", service.toString(), timer.toString());
    assertThat(verified.exitCode()).as(verified.toString()).isZero();
    assertThat(verified.stderr()).doesNotContain(dir.toString());
  }

  @Test
  void theDagIsPython() {
    assumeTrue(runs("python3", "--version"), "no python3");
    Child.Result compiled =
        run(
            "python3",
            "-c",
            "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')",
            SUBMIT.resolve("airflow/segment_ser_dag.py").toString());
    assertThat(compiled.exitCode()).as(compiled.toString()).isZero();
  }

  /** Both operators' manifests run the same command, and it does score. */
  @Test
  void theManifestsScore() throws IOException {
    JsonNode apache = apacheApplication();
    JsonNode kubeflow = yaml("kubeflow-operator.yaml").get(0).at("/spec/template");
    assertThat(apache.get("mainClass").asText()).isEqualTo(Main.class.getName());
    assertThat(kubeflow.get("mainClass").asText()).isEqualTo(Main.class.getName());
    List<String> words = texts(apache.get("driverArgs"));
    assertThat(texts(kubeflow.get("arguments"))).isEqualTo(words);
    words.replaceAll(
        word ->
            word.replace("s3a://archive/", Launcher.AUDIO.toString())
                .replace("s3a://emotions", dir.toString()));
    Child.Result scored = Launcher.run(words.toArray(String[]::new));
    assertThat(scored.exitCode()).as(scored.toString()).isZero();
    assertThat(dir.resolve("tables/clips")).isNotEmptyDirectory();
  }

  @Test
  void theManifestsAreInStepWithTheRestOfTheProject() throws IOException {
    JsonNode apache = apacheApplication();
    JsonNode kubeflow = yaml("kubeflow-operator.yaml").get(0).at("/spec/template");
    String dockerfile = Files.readString(SUBMIT.resolve("kubernetes/Dockerfile"));
    String spark = org.apache.spark.package$.MODULE$.SPARK_VERSION();
    assertThat(dockerfile).contains("FROM apache/spark:" + spark + "-scala2.13-");
    assertThat(apache.at("/runtimeVersions/sparkVersion").asText()).isEqualTo(spark);
    assertThat(kubeflow.get("sparkVersion").asText()).isEqualTo(spark);

    String jar = apache.get("jars").asText();
    assertThat(jar).isEqualTo(kubeflow.get("mainApplicationFile").asText());
    assertThat(dockerfile)
        .contains(
            "COPY job/target/segment-ser.jar " + jar.replaceAll("local://|[^/]+$", "") + "\n");
    String image = kubeflow.get("image").asText();
    assertThat(dockerfile).contains("-t " + image + " .");
    JsonNode conf = apache.get("sparkConf");
    assertThat(conf.get("spark.kubernetes.container.image").asText()).isEqualTo(image);

    Properties defaults = new Properties();
    try (var reader = Files.newBufferedReader(Launcher.ROOT.resolve("conf/spark-defaults.conf"))) {
      defaults.load(reader);
    }
    String secret = "spark.redaction.regex";
    assertThat(conf.get(secret).asText()).isEqualTo(defaults.get(secret));
    assertThat(kubeflow.at("/sparkConf").get(secret).asText()).isEqualTo(defaults.get(secret));
    String overhead = "spark.executor.memoryOverhead";
    assertThat(conf.get(overhead).asText()).isEqualTo(defaults.get(overhead));
    assertThat(kubeflow.at("/executor/memoryOverhead").asText()).isEqualTo(defaults.get(overhead));
    defaults.forEach(
        (key, value) -> {
          if (key.toString().startsWith("spark.executorEnv.")) {
            assertThat(dockerfile)
                .contains(key.toString().replace("spark.executorEnv.", "") + "=" + value);
          }
        });

    Pattern packages = Pattern.compile("--packages (\\S+)");
    String readme = Files.readString(Launcher.ROOT.resolve("README.md"));
    assertThat(packages.matcher(dockerfile).results().map(m -> m.group(1)).toList())
        .hasSize(1)
        .allMatch(readme::contains);
  }

  /** What the CronJob creates. */
  private JsonNode apacheApplication() throws IOException {
    JsonNode map = yaml("apache-operator.yaml").get(0);
    Path application = dir.resolve("application.yaml");
    Files.writeString(application, map.at("/data/application.yaml").asText());
    return documents(application).get(0).get("spec");
  }

  private JsonNode yaml(String name) throws IOException {
    return documents(SUBMIT.resolve("kubernetes").resolve(name));
  }

  private static JsonNode documents(Path file) throws IOException {
    assumeTrue(runs("python3", "-c", "import yaml"), "no python3 with PyYAML");
    Child.Result json =
        run(
            "python3",
            "-c",
            "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))",
            file.toString());
    assertThat(json.exitCode()).as(json.toString()).isZero();
    return JSON.readTree(json.stdout());
  }

  private static List<String> texts(JsonNode array) {
    return new ArrayList<>(
        StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList());
  }

  private static boolean runs(String... command) {
    try (Child child = Child.start("schedule", List.of(command), Map.of(), null)) {
      return child.await(TIMEOUT).exitCode() == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static Child.Result run(String... command) {
    try (Child child = Child.start("schedule", List.of(command), Map.of(), null)) {
      return child.await(TIMEOUT);
    }
  }

  private Child.Result night(String... args) {
    try (Child child = start(args)) {
      return child.await(TIMEOUT);
    }
  }

  /** Starts nightly.sh with nothing in its environment but {@code env}. */
  private Child start(String... args) {
    List<String> command = new ArrayList<>(List.of("/usr/bin/env", "-i"));
    env.forEach((name, value) -> command.add(name + "=" + value));
    command.add(SUBMIT.resolve("nightly.sh").toString());
    command.addAll(List.of(args));
    return Child.start("nightly", command, Map.of(), null);
  }

  private String log() throws IOException {
    return Files.readString(logFile());
  }

  private Path logFile() throws IOException {
    try (Stream<Path> files = Files.list(logs)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".log")).toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  /** A SPARK_HOME whose spark-submit is a line of shell. */
  private Path spark(String line) throws IOException {
    script("spark/bin/spark-submit", line);
    return dir.resolve("spark");
  }

  private void script(String name, String line) throws IOException {
    Path script = dir.resolve(name);
    Files.createDirectories(script.getParent());
    Files.writeString(script, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
