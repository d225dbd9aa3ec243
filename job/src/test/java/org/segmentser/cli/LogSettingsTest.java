package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.logging.log4j.core.LoggerContext;
import org.junit.jupiter.api.Test;

/** What conf/log4j2.properties lets through. */
class LogSettingsTest {
  private static final Path SETTINGS =
      Path.of(System.getProperty("segmentser.root"), "conf/log4j2.properties");

  @Test
  void onlyWhatHelpsIsTold() {
    PrintStream err = System.err;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    try (LoggerContext log = new LoggerContext("test", null, SETTINGS.toUri())) {
      log.start();
      Exception fault = new IllegalStateException("a trace");
      log.getLogger("org.apache.spark.executor.Executor")
          .warn("Issue communicating with driver in heartbeater", fault);
      log.getLogger("org.apache.spark.rpc.netty.Inbox").error("Ignoring error", fault);
      log.getLogger("org.glassfish.jersey.server.wadl.WadlFeature").warn("JAX-B API not found.");
      log.getLogger("org.glassfish.jersey.message.internal.MessagingBinders").warn("DataSource");
      log.getLogger("org.apache.spark.executor.Executor").warn("Managed memory leak detected");
      log.getLogger("org.apache.spark.scheduler.TaskSetManager").warn("Lost task");
      log.getLogger("org.apache.spark.SparkContext").info("Running Spark");
    } finally {
      System.setErr(err);
    }
    assertThat(told.toString(StandardCharsets.UTF_8).lines().map(line -> line.substring(9)))
        .containsExactly(
            "WARN Executor: Managed memory leak detected", "WARN TaskSetManager: Lost task");
  }
}
