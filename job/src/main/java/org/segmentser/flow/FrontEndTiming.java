package org.segmentser.flow;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.ByteSource;
import org.segmentser.dsp.FrontEnd;
import org.segmentser.segment.ClipPart;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.SegmentPatches;
import org.segmentser.source.Clip;
import org.segmentser.source.ClipPartitions;
import org.segmentser.source.WorkItem;
import org.segmentser.udf.Sources;

/** What it takes to read and decode clips and to compute their patches, where tasks do so. */
public final class FrontEndTiming implements Function<List<WorkItem>, List<FrontEndTiming.Timing>> {
  private static final long serialVersionUID = 1L;

  /** A long clip is not read on when it has taken so much of the time there is. */
  private static final double PART_OF_ONE = 0.25;

  private final ClipSettings settings;
  private final Broadcast<SerializableConfiguration> conf;
  private final double budgetS;

  /**
   * What one clip takes; estimated from its beginning where it is long.
   *
   * @param clipId of the clip
   * @param segments that go through the network
   * @param audioS seconds of audio, of each channel that is scored by itself
   * @param seconds of one core
   */
  public record Timing(String clipId, double segments, double audioS, double seconds)
      implements Serializable {}

  private FrontEndTiming(
      ClipSettings settings, Broadcast<SerializableConfiguration> conf, double budgetS) {
    this.settings = settings;
    this.conf = conf;
    this.budgetS = budgetS;
  }

  /**
   * Reads clips on all cores at the same time.
   *
   * @param clips as many of the first ones are read as there is time for, one a core at least
   * @param budgetS seconds that it may take, about
   */
  public static List<Timing> measure(
      SparkSession spark, List<WorkItem> clips, ClipSettings settings, double budgetS) {
    if (clips.isEmpty()) {
      return List.of();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int tasks = Math.min(SegmentRows.cores(spark), clips.size());
    List<List<WorkItem>> dealt = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      dealt.add(new ArrayList<>());
    }
    for (int i = 0; i < clips.size(); i++) {
      dealt.get(i % tasks).add(clips.get(i));
    }
    Broadcast<SerializableConfiguration> conf =
        context.broadcast(new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    return context
        .parallelize(dealt, tasks)
        .map(new FrontEndTiming(settings, conf, budgetS))
        .collect()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public List<Timing> call(List<WorkItem> clips) throws IOException {
    long began = System.nanoTime();
    List<Timing> timings = new ArrayList<>();
    try (Sources sources = new Sources(conf.value().value())) {
      for (WorkItem item : clips) {
        timings.add(time(item, sources));
        if (secondsSince(began) > budgetS) {
          break;
        }
      }
    }
    return timings;
  }

  private Timing time(WorkItem item, Sources sources) {
    Clip clip = item.clip();
    WorkItem timed = new WorkItem(clip, item.section(), null);
    CountedSource[] source = new CountedSource[1];
    ByteSource held = held(item, sources);
    double startS = clip.startS() == null ? 0 : clip.startS();
    double endS = clip.endS() == null ? Double.POSITIVE_INFINITY : clip.endS();
    long began = System.nanoTime();
    int segments = 0;
    int voices = 1;
    try (ClipReader reader =
        DecodedClips.open(
            timed,
            location -> source[0] = new CountedSource(held == null ? sources.open(location) : held),
            settings)) {
      // Once at least: to open it may have taken all of the time.
      do {
        List<ClipPart> parts = reader.nextParts();
        voices = parts.size();
        for (ClipPart read : parts) {
          segments += patches(read);
        }
      } while (!reader.isDone() && secondsSince(began) < PART_OF_ONE * budgetS);
      double audioS = (double) reader.samplesRead() / FrontEnd.SAMPLE_RATE;
      double part = 1;
      if (!reader.isDone()) {
        part = Math.min(1, Math.max(source[0].part(), audioS / (endS - startS)));
      }
      return new Timing(
          clip.id(), segments / part, voices * audioS / part, secondsSince(began) / part);
    }
  }

  /**
   * What is in memory before the time counts: a row's audio, and a member of a compressed shard, as
   * the run does not decompress all that stands before it for each member anew. Null for others.
   */
  private static ByteSource held(WorkItem item, Sources sources) {
    if (item.content() != null) {
      return new ByteArraySource(item.content());
    }
    try {
      boolean isSequential = ClipPartitions.sequence(item.clip()) != null;
      return isSequential ? sources.open(item.clip().location()) : null;
    } catch (IOException e) {
      // Opened again, it becomes an unreadable clip.
      return null;
    }
  }

  private static int patches(ClipPart read) {
    return (int) SegmentPatches.of(read.chunk()).stream().filter(s -> s.patch() != null).count();
  }

  private static double secondsSince(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  /** Counts what is read: of a clip that is not read to its end, the part that was. */
  private static final class CountedSource implements ByteSource {
    private final ByteSource source;
    private final AtomicLong read = new AtomicLong();

    CountedSource(ByteSource source) {
      this.source = source;
    }

    double part() {
      return Math.max(1, read.get()) / (double) Math.max(1, source.length());
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = source.read(buffer, offset, length);
      read.addAndGet(Math.max(0, n));
      return n;
    }

    @Override
    public void seek(long position) throws IOException {
      source.seek(position);
    }

    @Override
    public long length() {
      return source.length();
    }

    @Override
    public long lengthNow() throws IOException {
      return source.lengthNow();
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }
}
