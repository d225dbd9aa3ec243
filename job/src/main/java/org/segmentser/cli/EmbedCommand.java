package org.segmentser.cli;

import java.util.concurrent.Callable;
import org.segmentser.flow.ScoreSettings;
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
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), false, true, postProcess));
  }
}
