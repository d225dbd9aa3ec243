package org.segmentser.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import org.segmentser.UserError;
import org.segmentser.cli.HelpGroup.Heading;
import org.segmentser.score.ScoreSettings;
import org.segmentser.tables.Caution;
import org.segmentser.tables.Destination;
import org.segmentser.tables.RunColumns.Kind;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "score",
    description = "Scores the emotions of audio; writes the tables segments, clips and runs.",
    customSynopsis = {
      "segment-ser score (--input URI | --manifest URI)...",
      "                         --output URI [options]",
      "       segment-ser score --from-embeddings URI --output URI [options]"
    },
    footer = "  segment-ser score --input /data/calls --output /data/emotions")
final class ScoreCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private What what;

  @HelpGroup(Heading.INPUT)
  @Option(
      names = "--from-embeddings-tables",
      paramLabel = "CATALOG.SCHEMA",
      description = "with --from-embeddings, the --output-tables of that embed, if it had any")
  private String embeddingsTables;

  @Mixin private AudioOptions options;

  @HelpGroup(Heading.OUTPUT)
  @Option(names = "--embeddings", description = "keep the embedding of each segment too")
  private boolean embeddings;

  @HelpGroup(Heading.MODEL)
  @Option(
      names = "--coverage",
      paramLabel = "0.5..0.99",
      description =
          "how probable it is that a clip's set of emotions holds the true one, for speech like"
              + " that which the model was calibrated by (default: 0.9)")
  private Double coverage;

  @HelpGroup(Heading.MODEL)
  @Option(
      names = "--abstain-below",
      paramLabel = "0..1",
      defaultValue = "0",
      description = "give no emotion to clips whose confidence is below this (default: 0)")
  private double abstainBelow;

  @Override
  public Integer call() throws Exception {
    Set<Kind> kinds = embeddings ? Set.of(Kind.EMOTIONS, Kind.EMBEDDINGS) : Set.of(Kind.EMOTIONS);
    ScoreSettings settings = new ScoreSettings(options.batchSize(), kinds, caution());
    if (what.embeddings != null) {
      Destination source =
          OutputOptions.destination(what.embeddings, "--from-embeddings-tables", embeddingsTables);
      return RescoreRun.run(options, options.rescoreRequest(source, settings));
    }
    if (embeddingsTables != null) {
      throw UserError.usage("--from-embeddings-tables goes with --from-embeddings");
    }
    return AudioRun.run(options, options.request(what.source, settings));
  }

  private Caution caution() {
    try {
      return new Caution(coverage, abstainBelow);
    } catch (IllegalArgumentException e) {
      throw UserError.usage(e.getMessage());
    }
  }

  /** What is scored: audio, or what a run has kept of it. */
  private static final class What {
    @ArgGroup(exclusive = false, multiplicity = "1")
    private SourceOptions source;

    @HelpGroup(Heading.INPUT)
    @Option(
        names = "--from-embeddings",
        paramLabel = "URI",
        description =
            "the --output of an earlier embed: score each clip's newest embeddings in place of"
                + " audio, with a --model that differs from the one that made them in its head"
                + " alone")
    private String embeddings;
  }
}
