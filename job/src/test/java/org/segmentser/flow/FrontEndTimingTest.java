package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.TestSpark;
import org.segmentser.audio.AudioLocation;
import org.segmentser.flow.FrontEndTiming.Timing;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Section;
import org.segmentser.segment.Segmentation;
import org.segmentser.source.Clip;
import org.segmentser.source.WorkItem;

class FrontEndTimingTest {
  private static final int RATE = 16_000;
  private static final ClipSettings SETTINGS = ClipSettings.of(Segmentation.DEFAULT);

  private final SparkSession spark = TestSpark.session();

  @TempDir Path dir;

  @Test
  void aLongRowOfATableIsEstimatedFromItsBeginning() {
    byte[] wav = Clips.wav(RATE, Clips.noise(1_200 * RATE, 1));
    WorkItem row = item(new AudioLocation("t", 0, (long) wav.length, null, 3L), wav);
    measure(row, 1);
    Timing timing = measure(row, 0.2);
    assertThat(timing.audioS()).isCloseTo(1_200, withinPercentage(10));
    assertThat(timing.segments()).isCloseTo(1_250, withinPercentage(10));
    assertThat(timing.seconds()).isPositive().isFinite();
  }

  @Test
  void aClipThatIsSlowToOpenIsEstimatedToo() {
    byte[] wav = Clips.wav(RATE, Clips.noise(90 * RATE, 1));
    Timing timing =
        measure(item(new AudioLocation("t", 0, (long) wav.length, null, 3L), wav), 1e-9);
    assertThat(timing.audioS()).isCloseTo(90, withinPercentage(10));
    assertThat(timing.segments()).isPositive();
  }

  @Test
  void whatStandsBeforeAMemberOfACompressedShardDoesNotCount() throws IOException {
    byte[] wav = Clips.wav(RATE, Clips.noise(3 * RATE, 1));
    long before = 600L << 20;
    Path shard = shard(before, wav);
    // Behind the first member and the header of the second.
    WorkItem member =
        item(
            new AudioLocation(
                shard.toUri().toString(), before + 1024, (long) wav.length, "a.wav", null),
            null);
    measure(member, 1);
    long began = System.nanoTime();
    Timing timing = measure(member, 1);
    double tookS = (System.nanoTime() - began) / 1e9;
    assertThat(timing.audioS()).isCloseTo(3, withinPercentage(1));
    assertThat(timing.seconds()).isBetween(0.0, tookS / 2);
  }

  private Path shard(long before, byte[] wav) throws IOException {
    Path shard = dir.resolve("a.tar.gz");
    try (OutputStream out = Files.newOutputStream(shard);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
      TarArchiveEntry zeros = new TarArchiveEntry("zeros.bin");
      zeros.setSize(before);
      tar.putArchiveEntry(zeros);
      byte[] block = new byte[1 << 20];
      for (long at = 0; at < before; at += block.length) {
        tar.write(block);
      }
      tar.closeArchiveEntry();
      TarArchiveEntry audio = new TarArchiveEntry("a.wav");
      audio.setSize(wav.length);
      tar.putArchiveEntry(audio);
      tar.write(wav);
      tar.closeArchiveEntry();
    }
    return shard;
  }

  private Timing measure(WorkItem item, double budgetS) {
    List<Timing> timings = FrontEndTiming.measure(spark, List.of(item), SETTINGS, budgetS);
    assertThat(timings).hasSize(1);
    return timings.get(0);
  }

  private static WorkItem item(AudioLocation location, byte[] content) {
    return new WorkItem(
        new Clip("id", location, 0L, null, null, null, null, List.of()), Section.WHOLE, content);
  }
}
