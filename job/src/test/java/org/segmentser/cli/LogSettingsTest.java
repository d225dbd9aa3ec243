package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

/** What conf/log4j2.properties lets through. */
class LogSettingsTest {
  private static final Path SETTINGS =
      Path.of(System.getProperty("segmentser.root"), "conf/log4j2.properties");

  /** In place of standard error, which all the process's logs share. */
  private static final class Told extends AbstractAppender {
    private final List<String> lines = new ArrayList<>();

    Told() {
      super("told", null, null, true, Property.EMPTY_ARRAY);
      start();
    }

    @Override
    public void append(LogEvent event) {
      lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
    }
  }

  @Test
  void onlyWhatHelpsIsTold() {
    Told told = new Told();
    try (LoggerContext log = new LoggerContext("test", null, SETTINGS.toUri())) {
      log.start();
      LoggerConfig root = log.getConfiguration().getRootLogger();
      assertThat(root.getAppenders()).containsOnlyKeys("stderr");
      root.removeAppender("stderr");
      root.addAppender(told, null, null);
      Exception fault = new IllegalStateException("a trace");
      log.getLogger("org.apache.spark.executor.Executor")
          .warn("Issue communicating with driver in heartbeater", fault);
      log.getLogger("org.apache.spark.rpc.netty.Inbox").error("Ignoring error", fault);
      log.getLogger("org.glassfish.jersey.server.wadl.WadlFeature").warn("JAX-B API not found.");
      log.getLogger("org.glassfish.jersey.message.internal.MessagingBinders").warn("DataSource");
      log.getLogger("org.apache.spark.executor.Executor").warn("Managed memory leak detected");
      log.getLogger("org.apache.spark.scheduler.TaskSetManager").warn("Lost task");
      log.getLogger("org.apache.spark.SparkContext").info("Running Spark");
      log.getLogger("org.segmentser.JobNames").info("score: write clips");
    }
    assertThat(told.lines).containsExactly("WARN Managed memory leak detected", "WARN Lost task");
  }
}
