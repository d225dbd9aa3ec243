package org.segmentser.flow;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.segmentser.model.LoadedModels;
import org.segmentser.segment.Status;

/**
 * What passes over audio do, in Spark's own metrics: how far the command is and where its time goes
 * with the driver's, what belongs to one process with each executor's. A figure is computed when a
 * sink asks for it. Spark makes it by its name, in {@code spark.plugins}.
 */
public final class AudioMetrics implements SparkPlugin {
  /** What Spark calls when it makes the plugin. */
  public AudioMetrics() {}

  @Override
  public DriverPlugin driverPlugin() {
    return new OfDriver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new OfExecutor();
  }

  private static final class OfDriver implements DriverPlugin {
    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
      return Map.of();
    }

    @Override
    public void registerMetrics(String appId, PluginContext context) {
      MetricRegistry registry = context.metricRegistry();
      gauge(registry, "run.clips", run -> run.clips());
      gauge(registry, "run.clips_done", run -> run.counts().clips());
      gauge(registry, "run.clips_rejected", run -> run.counts().rejected());
      gauge(registry, "run.batches", run -> (long) run.passes());
      gauge(registry, "run.batch", run -> (long) run.pass());
      gauge(registry, "run.batch_queue", run -> run.queue());
      for (Status status : Status.values()) {
        gauge(registry, "outcomes." + status.label(), run -> run.counts().outcomes().get(status));
      }
      gauge(registry, "segments", run -> run.counts().segments());
      gauge(registry, "audio_seconds", run -> RunProgress.audioS(run.counts()));
      gauge(registry, "decode_seconds", run -> run.counts().decodeNs() / 1e9);
      gauge(registry, "feature_seconds", run -> run.counts().featureNs() / 1e9);
      gauge(registry, "inference_seconds", run -> run.counts().inferenceNs() / 1e9);
    }

    private static void gauge(
        MetricRegistry registry, String name, Function<RunProgress, Number> figure) {
      Gauge<Number> gauge = () -> figure.apply(RunProgress.latest());
      registry.register(name, gauge);
    }
  }

  private static final class OfExecutor implements ExecutorPlugin {
    @Override
    public void init(PluginContext context, Map<String, String> extra) {
      MetricRegistry registry = context.metricRegistry();
      Gauge<Long> loads = LoadedModels::loads;
      Gauge<Long> resident = ProcessMemory::resident;
      Gauge<Long> outsideHeap = ProcessMemory::outsideHeap;
      registry.register("model_loads", loads);
      registry.register("resident_bytes", resident);
      registry.register("native_bytes", outsideHeap);
    }
  }
}
