package org.segmentser.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.Utterance;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.segment.Patch;

/**
 * The examples of an epoch, read from a {@link FeatureFile} as they are asked for: one per segment,
 * in an order and with changes that follow from the seed and the epoch alone, whichever thread
 * makes which batch first. Memory holds where segments are, not what is in them. Thread-safe.
 */
final class Batches {
  private static final String ALL_CORPORA = "";

  /** How often an epoch has an example of a small corpus at most. */
  static final int MOST_REPEATS = 10;

  private final FeatureFile file;
  private final List<Utterance> utterances;
  private final Recipe recipe;
  private final InputLevel level;
  private final long seed;
  private final int labels;
  private final boolean joins;

  /** The weight of an utterance's segments. */
  private final float[] weights;

  /** The examples of each corpus, where corpora are told apart. */
  private final int[][] corpora;

  /** How many examples the largest corpus has. */
  private final int largest;

  /** How many examples an epoch has. */
  private final int examples;

  /** The index of each example's utterance. */
  private final int[] utterance;

  /** The index of each example's segment in its utterance. */
  private final int[] segment;

  /** The examples of some utterances, whose rows are in {@code file}. */
  Batches(FeatureFile file, List<Utterance> utterances, TrainingPlan plan) {
    this.file = file;
    this.utterances = utterances;
    recipe = plan.recipe();
    labels = plan.head().labels().size();
    seed = plan.seed();
    joins = plan.joins();
    level = InputLevel.of(plan);
    int segments = utterances.stream().mapToInt(u -> u.features().rows()).sum();
    utterance = new int[segments];
    segment = new int[segments];
    int at = 0;
    for (int i = 0; i < utterances.size(); i++) {
      for (int row = 0; row < utterances.get(i).features().rows(); row++) {
        utterance[at] = i;
        segment[at++] = row;
      }
    }
    corpora = byCorpus();
    largest = Arrays.stream(corpora).mapToInt(corpus -> corpus.length).max().orElse(0);
    examples = Arrays.stream(corpora).mapToInt(this::examplesOf).sum();
    weights = new float[utterances.size()];
    Arrays.fill(weights, 1f);
    if (recipe.examples().classWeights()) {
      for (int[] corpus : corpora) {
        weigh(corpus);
      }
    }
  }

  /** The examples of each corpus; all together if the recipe does not tell corpora apart. */
  private int[][] byCorpus() {
    Map<String, List<Integer>> byName = new TreeMap<>();
    for (int i = 0; i < utterance.length; i++) {
      String name =
          recipe.examples().evenCorpora()
              ? utterances.get(utterance[i]).origin().corpus()
              : ALL_CORPORA;
      byName.computeIfAbsent(name, n -> new ArrayList<>()).add(i);
    }
    return byName.values().stream()
        .map(corpus -> corpus.stream().mapToInt(i -> i).toArray())
        .toArray(int[][]::new);
  }

  /** Such that each class has the same weight over these examples; 1 on average. */
  private void weigh(int[] corpus) {
    long[] counts = new long[labels];
    for (int example : corpus) {
      counts[utterances.get(utterance[example]).label()]++;
    }
    long present = Arrays.stream(counts).filter(n -> n > 0).count();
    for (int example : corpus) {
      int u = utterance[example];
      weights[u] = (float) corpus.length / (present * counts[utterances.get(u).label()]);
    }
  }

  /** How many corpora give as many examples of an epoch as the largest, 1 or more. */
  int corpora() {
    return (int) Arrays.stream(corpora).filter(c -> examplesOf(c) == largest).count();
  }

  /** Examples per epoch. */
  int examples() {
    return examples;
  }

  /**
   * As many as the largest corpus has, but none too often: a few clips would be learned by heart.
   */
  private int examplesOf(int[] corpus) {
    return (int) Math.min(largest, (long) MOST_REPEATS * corpus.length);
  }

  /** Batches per epoch; the last may be smaller. */
  int count() {
    return (examples + recipe.steps().batchSize() - 1) / recipe.steps().batchSize();
  }

  /**
   * An epoch's examples in their order. Those of the largest corpus come once, those of others as
   * often as it takes, and some of them once more.
   */
  int[] order(int epoch) {
    Random random = new Random(mix(seed, epoch));
    List<Integer> order = new ArrayList<>(examples);
    for (int[] corpus : corpora) {
      List<Integer> all = Arrays.stream(corpus).boxed().collect(Collectors.toList());
      for (int times = examplesOf(corpus) / corpus.length; times > 0; times--) {
        order.addAll(all);
      }
      int more = examplesOf(corpus) % corpus.length;
      if (more > 0) {
        Collections.shuffle(all, random);
        order.addAll(all.subList(0, more));
      }
    }
    Collections.shuffle(order, random);
    return order.stream().mapToInt(i -> i).toArray();
  }

  /** A batch of an epoch, at the network's level; {@code index} is counted from 0. */
  Batch batch(int epoch, int[] order, int index) {
    int from = index * recipe.steps().batchSize();
    int size = Math.min(recipe.steps().batchSize(), order.length - from);
    float[] inputs = new float[size * file.width()];
    float[] targets = new float[size * labels];
    float[] batchWeights = new float[size];
    float shared = (float) (recipe.examples().labelSmoothing() / labels);
    Changes changes = recipe.augmentation() == null ? null : new Changes();
    for (int i = 0; i < size; i++) {
      int example = order[from + i];
      Utterance u = utterances.get(utterance[example]);
      batchWeights[i] = weights[utterance[example]];
      boolean hasVoice = true;
      if (changes == null) {
        file.read(u.features().firstRow() + segment[example], 1, inputs, i * file.width());
      } else {
        SplittableRandom random = new SplittableRandom(mix(mix(seed, epoch), (long) from + i));
        hasVoice = changes.read(u.features(), segment[example], random, inputs, i * file.width());
      }
      Arrays.fill(targets, i * labels, (i + 1) * labels, hasVoice ? shared : 1f / labels);
      if (hasVoice) {
        targets[i * labels + u.label()] += (float) (1 - recipe.examples().labelSmoothing());
      }
    }
    if (changes == null) {
      level.apply(inputs);
    }
    return new Batch(inputs, targets, batchWeights);
  }

  /** Reads examples and changes them. Not thread-safe, so that each batch has its own. */
  private final class Changes {
    private final Augmenter augmenter = new Augmenter(recipe.augmentation(), level);

    /** The frames of a clip from an example's beginning on. */
    private float[] frames = new float[0];

    /** Whether there is a voice in what was read. */
    boolean read(ClipFeatures clip, int row, SplittableRandom random, float[] into, int at) {
      int first = row;
      int start = 0;
      int rows = 1;
      if (joins) {
        int from = firstOfStretch(clip.segments(), row);
        int total = (endOfStretch(clip.segments(), row) - from) * Patch.FRAMES;
        start = (row - from) * Patch.FRAMES;
        if (recipe.augmentation().voice().offset()) {
          int last = Math.max(0, total - Patch.FRAMES);
          int shift = random.nextInt(Patch.FRAMES) - Patch.FRAMES / 2;
          start = Math.max(0, Math.min(last, start + shift));
        }
        int passed = start / Patch.FRAMES;
        first = from + passed;
        int end = Math.min(total, start + augmenter.reach());
        rows = (end + Patch.FRAMES - 1) / Patch.FRAMES - passed;
        start -= passed * Patch.FRAMES;
      }
      int length = rows * Patch.FRAMES * Patch.BANDS;
      if (frames.length < length) {
        frames = new float[length];
      }
      file.read(clip.firstRow() + first, rows, frames, 0);
      int skipped = start * Patch.BANDS;
      System.arraycopy(frames, skipped, frames, 0, length - skipped);
      return augmenter.patch(frames, rows * Patch.FRAMES - start, random, into, at);
    }
  }

  /**
   * The first of the rows around one whose segments follow each other; those without speech may be
   * left out.
   */
  private static int firstOfStretch(int[] segments, int row) {
    int first = row;
    while (first > 0 && segments[first - 1] + 1 == segments[first]) {
      first--;
    }
    return first;
  }

  /** The end of those rows, exclusive. */
  private static int endOfStretch(int[] segments, int row) {
    int end = row + 1;
    while (end < segments.length && segments[end - 1] + 1 == segments[end]) {
      end++;
    }
    return end;
  }

  /** Another seed for each number. */
  static long mix(long seed, long number) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number).nextLong();
  }
}
