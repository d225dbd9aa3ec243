package org.segmentser.cli;

import java.util.concurrent.Callable;
import org.segmentser.flow.ScoreSettings;
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
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), true, embeddings, false));
  }
}
