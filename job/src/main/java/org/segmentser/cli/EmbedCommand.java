package org.segmentser.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.ScoreSettings;
import org.segmentser.tables.RunColumns.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "embed",
    description = "Computes embeddings of audio; writes the tables embeddings, clips and runs.",
    customSynopsis = {
      "segment-ser embed (--input URI | --manifest URI)...",
      "                         --output URI [options]"
    },
    footer = "  segment-ser embed --input 'calls/*.wav' --model vggish --output embeddings")
final class EmbedCommand implements Callable<Integer> {
  @Mixin private AudioOptions options;

  @HelpGroup(Heading.OUTPUT)
  @Option(
      names = "--post-process",
      description = "add AudioSet's 8-bit form, for which the model needs its PCA")
  private boolean postProcess;

  @Override
  public Integer call() throws Exception {
    Set<Kind> kinds =
        postProcess ? Set.of(Kind.EMBEDDINGS, Kind.POST_PROCESSED) : Set.of(Kind.EMBEDDINGS);
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), kinds));
  }
}
