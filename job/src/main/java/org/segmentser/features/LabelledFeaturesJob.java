package org.segmentser.features;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.corpus.LabelledClip;
import org.segmentser.corpus.LabelledCorpus;
import org.segmentser.source.Clip;

/** Brings labelled clips and their features together. */
public final class LabelledFeaturesJob {
  private LabelledFeaturesJob() {}

  /**
   * Computes the features of a corpus, or takes them from the cache.
   *
   * @param description where the corpus is, for reports
   * @param localFile is created or overwritten
   * @throws UserError if no clip has features, or the cache or the local file cannot be written
   * @throws org.segmentser.model.ModelException if the model is broken
   */
  public static LabelledFeatures prepare(
      SparkSession spark,
      LabelledCorpus corpus,
      String description,
      FeatureRequest request,
      Path localFile) {
    FeatureSet set =
        FeatureJob.compute(
            spark,
            corpus.clips().stream().map(LabelledClip::clip).toList(),
            corpus.audio(),
            request.settings(),
            request.network(),
            request.cacheUri(),
            localFile);
    return join(corpus, description, request, set);
  }

  /**
   * The clips of a corpus with their features.
   *
   * @param set of all clips, in the order of the corpus
   * @throws UserError if no clip has features
   */
  static LabelledFeatures join(
      LabelledCorpus corpus, String description, FeatureRequest request, FeatureSet set) {
    List<Utterance> utterances = new ArrayList<>();
    List<String> rejected = new ArrayList<>();
    for (int i = 0; i < corpus.clips().size(); i++) {
      LabelledClip clip = corpus.clips().get(i);
      ClipFeatures features = set.clips().get(i);
      if (features.rows() > 0) {
        utterances.add(
            new Utterance(
                clip.clip().uri(),
                request.labels().indexOf(clip.label()),
                clip.origin(),
                clip.isHeard(),
                features));
      } else {
        rejected.add(
            place(clip.clip()) + ": " + features.status().label() + ": " + features.reason());
      }
    }
    if (utterances.isEmpty()) {
      throw UserError.input(
          String.format(
              Locale.ROOT,
              "none of the %,d clips can be used; the first is %s",
              rejected.size(),
              rejected.get(0)));
    }
    return new LabelledFeatures(
        description, fingerprint(corpus, request), set, utterances, leftOut(corpus), rejected);
  }

  /** Where a clip is; a file may hold several. */
  private static String place(Clip clip) {
    return clip.id().startsWith(clip.uri()) ? clip.id() : clip.uri() + " (" + clip.id() + ")";
  }

  private static SortedMap<String, Long> leftOut(LabelledCorpus corpus) {
    SortedMap<String, Long> leftOut = new TreeMap<>(corpus.leftOut());
    leftOut.putAll(corpus.skipped());
    return leftOut;
  }

  private static String fingerprint(LabelledCorpus corpus, FeatureRequest request) {
    StringBuilder facts = new StringBuilder(request.settings().toString());
    facts.append(request.network() == null ? "" : request.network().model().spec().modelId());
    corpus.clips().forEach(clip -> facts.append('\n').append(clip));
    return Sha256.of(facts.toString());
  }
}
