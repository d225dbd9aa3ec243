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
    name = "score",
    description = "Scores the emotions of audio; writes the tables segments, clips and runs.",
    customSynopsis = {
      "segment-ser score (--input URI | --manifest URI)...",
      "                         --output URI [options]"
    },
    footer = "  segment-ser score --input /data/calls --output /data/emotions")
final class ScoreCommand implements Callable<Integer> {
  @Mixin private AudioOptions options;

  @HelpGroup(Heading.OUTPUT)
  @Option(names = "--embeddings", description = "keep the embedding of each segment too")
  private boolean embeddings;

  @Override
  public Integer call() throws Exception {
    Set<Kind> kinds = embeddings ? Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS) : Set.of(Kind.EMOTIONS);
    return AudioRun.run(options, new ScoreSettings(options.batchSize(), kinds));
  }
}
