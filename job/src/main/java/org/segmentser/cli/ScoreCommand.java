package org.segmentser.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import org.segmentser.score.ScoreSettings;
import org.segmentser.tables.RunColumns.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "score",
    description = "Audio in, tables of emotions out: segments, clips, runs.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class ScoreCommand implements Callable<Integer> {
  @Mixin private AudioOptions options;

  @Option(names = "--embeddings", description = "keep each segment's embedding too")
  private boolean embeddings;

  @Override
  public Integer call() throws Exception {
    Set<Kind> kinds = embeddings ? Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS) : Set.of(Kind.EMOTIONS);
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), kinds));
  }
}
