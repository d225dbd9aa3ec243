package org.segmentser.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.ScoreSettings;
import org.segmentser.tables.RunColumns.Kind;
import picocli.CommandLine.ArgGroup;
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
  @ArgGroup(exclusive = false, multiplicity = "1")
  private SourceOptions source;

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
    ScoreSettings settings = new ScoreSettings(options.batchSize(), kinds);
    return AudioRun.run(options, options.request(source, settings));
  }
}
