package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.segmentser.features.StoredRows.PATCH;
import static org.segmentser.features.StoredRows.utterance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.features.ClipFeatures;
import org.segmentser.features.FeatureFile;
import org.segmentser.features.StoredRows;
import org.segmentser.features.Utterance;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.network.TrainableModel.Batch;
import org.segmentser.segment.Patch;

/** Every number of the file tells its clip and its frame: clip + frame / 1000. */
class BatchesTest {
  private static final int FRAMES = Patch.FRAMES;
  private static final int BANDS = Patch.BANDS;
  private static final int LABELS = 3;
  private static final int[] ROWS = {1, 5, 2};
  private static final int EXAMPLES = 8;
  private static final List<Utterance> CLIPS =
      List.of(
          utterance("a", 0, null, 0, ROWS[0]),
          utterance("b", 1, null, 1, ROWS[1]),
          utterance("c", 0, null, 6, ROWS[2]));
  private static final Augmentation OFFSET = Augmentations.of(new Augmentation.Voice(true, 0, 0));
  private static final Augmentation TEMPO =
      Augmentations.of(new Augmentation.Voice(false, 0.15, 0));

  @TempDir private Path directory;
  private FeatureFile file;

  @BeforeEach
  void write() throws IOException {
    float[] values = new float[EXAMPLES * PATCH];
    int at = 0;
    for (int clip = 0; clip < ROWS.length; clip++) {
      for (int i = 0; i < ROWS[clip] * PATCH; i++) {
        values[at++] = told(clip, frame(i));
      }
    }
    file = StoredRows.file(directory.resolve("rows.f32"), PATCH, values);
  }

  @AfterEach
  void close() {
    file.close();
  }

  private Batches batches(Recipe recipe, boolean joins, long seed) {
    return new Batches(file, CLIPS, plan(recipe, joins, seed));
  }

  private static TrainingPlan plan(Recipe recipe, boolean joins, long seed) {
    return new TrainingPlan(
        TrainingPlan.Mode.SCRATCH,
        StoredRows.NARROW,
        new Head(10, List.of("a", "b", "c")),
        false,
        recipe,
        Split.By.NONE,
        joins,
        seed);
  }

  private static Recipe with(Augmentation augmentation) {
    return StoredRows.examples(3, 0, false, augmentation);
  }

  private static float told(int clip, int frame) {
    return clip + frame / 1000f;
  }

  private static int frame(int at) {
    return at / BANDS;
  }

  private static int clip(int example) {
    return example < 1 ? 0 : example < 6 ? 1 : 2;
  }

  private static int row(int example) {
    return (int) (example - CLIPS.get(clip(example)).features().firstRow());
  }

  /** An epoch's patches, by example. */
  private static float[][] epoch(Batches batches, int epoch) {
    int[] order = batches.order(epoch);
    float[][] patches = new float[order.length][];
    int at = 0;
    for (int i = 0; i < batches.count(); i++) {
      Batch batch = batches.batch(epoch, order, i);
      for (int j = 0; j < batch.size(); j++) {
        patches[order[at++]] = Arrays.copyOfRange(batch.inputs(), j * PATCH, (j + 1) * PATCH);
      }
    }
    assertThat(at).isEqualTo(order.length);
    return patches;
  }

  @Test
  void everySegmentComesOnceAnEpochAsItIs() {
    Batches batches = batches(with(null), true, 1);
    assertThat(batches.count()).isEqualTo(3);
    assertThat(batches.batch(1, batches.order(1), 2).size()).isEqualTo(2);
    for (int epoch = 1; epoch < 4; epoch++) {
      assertThat(Arrays.stream(batches.order(epoch)).sorted().toArray())
          .isEqualTo(IntStream.range(0, EXAMPLES).toArray());
      float[][] patches = epoch(batches, epoch);
      for (int example = 0; example < EXAMPLES; example++) {
        float[] stored = new float[PATCH];
        file.read(example, 1, stored, 0);
        assertThat(patches[example]).isEqualTo(stored);
      }
    }
  }

  @Test
  void targetsAndWeightsAreThoseOfTheExample() {
    Batches batches = batches(with(null), true, 1);
    int[] order = batches.order(1);
    Batch batch = batches.batch(1, order, 1);
    for (int i = 0; i < 3; i++) {
      float[] expected = new float[LABELS];
      expected[CLIPS.get(clip(order[3 + i])).label()] = 1;
      assertThat(Arrays.copyOfRange(batch.targets(), i * LABELS, (i + 1) * LABELS))
          .isEqualTo(expected);
    }
    assertThat(batch.weights()).containsExactly(1f, 1f, 1f);
  }

  @Test
  void theOrderIsAnotherInEachEpochAndForEachSeed() {
    Batches batches = batches(with(null), true, 1);
    TreeSet<String> orders = new TreeSet<>();
    for (int epoch = 1; epoch <= 10; epoch++) {
      orders.add(Arrays.toString(batches.order(epoch)));
      orders.add(Arrays.toString(batches(with(null), true, 2).order(epoch)));
    }
    assertThat(orders).hasSize(20);
  }

  @Test
  void theSameSeedGivesTheSameBatchesInWhateverOrderTheyAreAsked() {
    Recipe recipe = with(Augmentation.DEFAULT);
    Batches one = batches(recipe, true, 7);
    Batches other = batches(recipe, true, 7);
    Batches another = batches(recipe, true, 8);
    int[] order = one.order(2);
    assertThat(other.order(2)).isEqualTo(order);
    float[] first = one.batch(2, order, 0).inputs();
    float[] second = one.batch(2, order, 1).inputs();
    assertThat(other.batch(2, order, 1).inputs()).isEqualTo(second);
    assertThat(other.batch(2, order, 0).inputs()).isEqualTo(first);
    assertThat(another.batch(2, order, 0).inputs()).isNotEqualTo(first);
    assertThat(one.batch(3, order, 0).inputs()).isNotEqualTo(first);
  }

  @Test
  void classWeightsMakeTheClassesEqualAndAreOneOnAverage() {
    Batches batches = batches(StoredRows.examples(EXAMPLES, 0, true, null), true, 1);
    int[] order = batches.order(1);
    float[] weights = batches.batch(1, order, 0).weights();
    double[] sums = new double[LABELS];
    for (int i = 0; i < EXAMPLES; i++) {
      sums[CLIPS.get(clip(order[i])).label()] += weights[i];
    }
    assertThat(sums).containsExactly(new double[] {4, 4, 0}, within(1e-6));
  }

  @Test
  void theSmallerCorpusComesAsOftenAsItTakesAndClassesAreEqualInEach() {
    List<Utterance> clips =
        List.of(
            utterance("a", 0, "large", "s", 0, 1),
            utterance("b", 1, "large", "s", 1, 4),
            utterance("c", 0, "small", "s", 5, 1),
            utterance("d", 2, "small", "s", 6, 2));
    Recipe recipe = StoredRows.examples(10, 0, true, null);
    Batches batches = new Batches(file, clips, plan(recipe, true, 1));
    assertThat(batches.count()).isEqualTo(1);
    assertThat(batches.corpora()).isEqualTo(2);
    TreeSet<Integer> takenTwice = new TreeSet<>();
    for (int epoch = 1; epoch <= 10; epoch++) {
      int[] order = batches.order(epoch);
      int[] times = new int[EXAMPLES];
      double[] sums = new double[EXAMPLES];
      float[] weights = batches.batch(epoch, order, 0).weights();
      for (int i = 0; i < order.length; i++) {
        times[order[i]]++;
        sums[order[i]] += weights[i];
      }
      assertThat(Arrays.copyOf(times, 5)).containsOnly(1);
      assertThat(Arrays.copyOfRange(times, 5, 8)).containsOnly(1, 2);
      assertThat(Arrays.stream(times, 5, 8).sum()).isEqualTo(5);
      IntStream.range(5, 8).filter(i -> times[i] == 2).forEach(takenTwice::add);
      assertThat(sums[0]).isCloseTo(2.5, within(1e-6));
      assertThat(sums[1] + sums[2] + sums[3] + sums[4]).isCloseTo(2.5, within(1e-6));
      assertThat(sums[5] / times[5]).isCloseTo(1.5, within(1e-6));
      assertThat(sums[6] / times[6]).isCloseTo(0.75, within(1e-6));
    }
    assertThat(takenTwice).containsExactly(5, 6, 7);
  }

  @Test
  void noExampleComesMoreThanTenTimesAnEpoch() throws IOException {
    float[] values = StoredRows.twoKinds(31, 5, 1);
    List<Utterance> clips =
        List.of(utterance("a", 0, "large", "s", 0, 30), utterance("c", 0, "tiny", "s", 30, 1));
    try (FeatureFile rows = StoredRows.file(directory.resolve("many.f32"), 5, values)) {
      Recipe recipe = Recipe.DEFAULT.with(null, null, null, null);
      Batches batches = new Batches(rows, clips, plan(recipe, true, 1));
      int[] order = batches.order(1);
      assertThat(order).hasSize(40);
      assertThat(batches.corpora()).isEqualTo(1);
      assertThat(Arrays.stream(order).filter(i -> i == 30).count()).isEqualTo(10);
    }
  }

  @Test
  void withoutEvenCorporaEverySegmentComesOnce() {
    List<Utterance> clips =
        List.of(utterance("a", 0, "large", "s", 0, 6), utterance("c", 0, "small", "s", 6, 2));
    Batches batches =
        new Batches(file, clips, plan(Recipe.PAPER.with(null, 1, null, null), true, 1));
    assertThat(Arrays.stream(batches.order(1)).sorted().toArray())
        .isEqualTo(IntStream.range(0, EXAMPLES).toArray());
    assertThat(batches.corpora()).isEqualTo(1);
  }

  @Test
  void smoothedTargetsShareAPartAndSumToOne() {
    Batches batches = batches(StoredRows.examples(EXAMPLES, 0.3, false, null), true, 1);
    int[] order = batches.order(1);
    float[] targets = batches.batch(1, order, 0).targets();
    for (int i = 0; i < EXAMPLES; i++) {
      float[] expected = {0.1f, 0.1f, 0.1f};
      expected[CLIPS.get(clip(order[i])).label()] = 0.8f;
      assertThat(Arrays.copyOfRange(targets, i * LABELS, (i + 1) * LABELS))
          .containsExactly(expected, within(1e-6f));
    }
  }

  @Test
  void anExampleWithoutAVoiceBelongsToAllLabelsAlike() {
    Augmentation silence = Augmentations.of(new Augmentation.Surroundings(0, 0, 0.5));
    Batches batches = batches(StoredRows.examples(EXAMPLES, 0.3, false, silence), true, 1);
    int silent = 0;
    for (int epoch = 1; epoch <= 20; epoch++) {
      int[] order = batches.order(epoch);
      Batch batch = batches.batch(epoch, order, 0);
      for (int i = 0; i < EXAMPLES; i++) {
        boolean hasVoice =
            Math.abs(batch.inputs()[i * PATCH] - told(clip(order[i]), row(order[i]) * FRAMES))
                < 1e-4;
        float[] expected = new float[LABELS];
        Arrays.fill(expected, hasVoice ? 0.1f : 1f / LABELS);
        expected[CLIPS.get(clip(order[i])).label()] += hasVoice ? 0.7f : 0;
        assertThat(Arrays.copyOfRange(batch.targets(), i * LABELS, (i + 1) * LABELS))
            .containsExactly(expected, within(1e-6f));
        silent += hasVoice ? 0 : 1;
      }
    }
    assertThat(silent).isBetween(60, 100);
  }

  @Test
  void theOffsetReadsContiguousFramesOfTheClipAcrossItsPatches() {
    Batches batches = batches(with(OFFSET), true, 1);
    TreeSet<Integer> shifts = new TreeSet<>();
    for (int epoch = 1; epoch <= 100; epoch++) {
      float[][] patches = epoch(batches, epoch);
      for (int example = 0; example < EXAMPLES; example++) {
        int clip = clip(example);
        int start = Math.round((patches[example][0] - clip) * 1000);
        int shift = start - row(example) * FRAMES;
        shifts.add(shift);
        assertThat(shift).isBetween(-FRAMES / 2, FRAMES / 2);
        assertThat(start).isBetween(0, (ROWS[clip] - 1) * FRAMES);
        for (int i = 0; i < PATCH; i++) {
          assertThat(patches[example][i]).isCloseTo(told(clip, start + frame(i)), within(1e-4f));
        }
      }
    }
    assertThat(shifts).hasSizeGreaterThan(FRAMES * 9 / 10);
  }

  @Test
  void theOffsetStaysAmongSegmentsThatFollowEachOther() {
    ClipFeatures whole = CLIPS.get(1).features();
    ClipFeatures gated =
        new ClipFeatures(
            "b",
            whole.status(),
            null,
            whole.firstRow(),
            5,
            new int[] {0, 1, 4, 5, 6},
            whole.startS(),
            whole.endS(),
            "b without two");
    Utterance clip = new Utterance("file:/b", 1, CLIPS.get(1).origin(), gated);
    Batches batches = new Batches(file, List.of(clip), plan(with(OFFSET), true, 1));
    TreeSet<Integer> starts = new TreeSet<>();
    for (int epoch = 1; epoch <= 50; epoch++) {
      float[][] patches = epoch(batches, epoch);
      for (int row = 0; row < 5; row++) {
        int start = Math.round((patches[row][0] - 1) * 1000);
        starts.add(start);
        assertThat(start).isBetween(row < 2 ? 0 : 2 * FRAMES, row < 2 ? FRAMES : 4 * FRAMES);
        for (int i = 0; i < PATCH; i++) {
          assertThat(patches[row][i]).isCloseTo(told(1, start + frame(i)), within(1e-4f));
        }
      }
    }
    assertThat(starts.first()).isZero();
    assertThat(starts.last()).isGreaterThan(3 * FRAMES);
  }

  @Test
  void aPatchWithoutNeighboursIsNeverShifted() {
    for (int epoch = 1; epoch <= 20; epoch++) {
      // The clip of one patch; and, where patches do not join, all.
      assertStartsWhereItsSegmentDoes(epoch(batches(with(OFFSET), true, 1), epoch), 0);
      float[][] apart = epoch(batches(with(OFFSET), false, 1), epoch);
      for (int example = 0; example < EXAMPLES; example++) {
        assertStartsWhereItsSegmentDoes(apart, example);
      }
    }
  }

  private static void assertStartsWhereItsSegmentDoes(float[][] patches, int example) {
    for (int i = 0; i < PATCH; i++) {
      float expected = told(clip(example), row(example) * FRAMES + frame(i));
      assertThat(patches[example][i]).isCloseTo(expected, within(1e-4f));
    }
  }

  @Test
  void aFasterPatchGoesOnIntoTheNextAndEndsInSilenceWhereTheClipDoes() {
    int silentEnds = 0;
    for (int epoch = 1; epoch <= 20; epoch++) {
      float[][] joined = epoch(batches(with(TEMPO), true, 1), epoch);
      float[][] apart = epoch(batches(with(TEMPO), false, 1), epoch);
      for (int example = 0; example < EXAMPLES; example++) {
        boolean isLast = row(example) == ROWS[clip(example)] - 1;
        float start = told(clip(example), row(example) * FRAMES);
        float end = joined[example][PATCH - 1];
        float endApart = apart[example][PATCH - 1];
        if (isLast) {
          assertThat(end).isEqualTo(endApart);
        } else {
          assertThat(end).isBetween(start + 95 * 0.849f / 1000, start + 95 * 1.151f / 1000);
        }
        if (endApart < 0) {
          assertThat(endApart).isCloseTo(Augmenter.SILENCE, within(1e-5f));
          silentEnds++;
        } else {
          assertThat(endApart).isLessThan(start + FRAMES / 1000f);
        }
      }
    }
    assertThat(silentEnds).isBetween(40, 120);
  }

  @Test
  void embeddingsAreTakenAsTheyAre() throws IOException {
    float[] values = StoredRows.twoKinds(EXAMPLES, 5, 1);
    Recipe recipe = Recipe.DEFAULT.with(null, null, null, null);
    try (FeatureFile embeddings = StoredRows.file(directory.resolve("embeddings.f32"), 5, values)) {
      Batches batches = new Batches(embeddings, CLIPS, plan(recipe, true, 1));
      int[] order = batches.order(1);
      float[] inputs = batches.batch(1, order, 0).inputs();
      assertThat(inputs).hasSize(EXAMPLES * 5);
      for (int i = 0; i < EXAMPLES; i++) {
        assertThat(Arrays.copyOfRange(inputs, i * 5, (i + 1) * 5))
            .isEqualTo(Arrays.copyOfRange(values, order[i] * 5, (order[i] + 1) * 5));
      }
    }
  }
}
