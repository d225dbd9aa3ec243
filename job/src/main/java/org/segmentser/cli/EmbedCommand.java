package org.segmentser.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import org.segmentser.score.ScoreSettings;
import org.segmentser.tables.RunColumns.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "embed",
    description = "Audio in, tables of VGGish embeddings out: embeddings, clips, runs.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class EmbedCommand implements Callable<Integer> {
  @Mixin private AudioOptions options;

  @Option(
      names = "--post-process",
      description = "add AudioSet's 8-bit form; the model needs its PCA")
  private boolean postProcess;

  @Override
  public Integer call() throws Exception {
    Set<Kind> kinds =
        postProcess ? Set.of(Kind.EMBEDDINGS, Kind.POST_PROCESSED) : Set.of(Kind.EMBEDDINGS);
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), kinds));
  }
}
