package org.segmentser.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.segmentser.features.Utterance;
import org.segmentser.train.Split;

/**
 * A fold on its way to an executor, which has the utterances already. Its model learns from those
 * that it is neither validated with nor tested on.
 *
 * @param number counted from 1
 * @param heldOut what its model is tested on, for people
 * @param validation indices of utterances, in order
 * @param test indices of utterances, in the order of the fold's test
 */
@SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
record FoldIndices(int number, String heldOut, int[] validation, int[] test)
    implements Serializable {

  /** Every fold of a protocol over {@code utterances}. */
  static List<FoldIndices> of(Protocol protocol, List<Utterance> utterances) {
    IdentityHashMap<Utterance, Integer> indices = new IdentityHashMap<>();
    for (Utterance utterance : utterances) {
      indices.put(utterance, indices.size());
    }
    return protocol.of(utterances).map(fold -> of(fold, indices)).toList();
  }

  private static FoldIndices of(Protocol.Fold fold, IdentityHashMap<Utterance, Integer> indices) {
    return new FoldIndices(
        fold.number(),
        fold.heldOut(),
        fold.split().validation().stream().mapToInt(indices::get).toArray(),
        fold.split().test().stream().mapToInt(indices::get).toArray());
  }

  /** The fold's split of the same utterances. */
  Split split(List<Utterance> utterances) {
    boolean[] isHeldOut = new boolean[utterances.size()];
    for (int index : validation) {
      isHeldOut[index] = true;
    }
    for (int index : test) {
      isHeldOut[index] = true;
    }
    List<Utterance> training = new ArrayList<>();
    for (int i = 0; i < isHeldOut.length; i++) {
      if (!isHeldOut[i]) {
        training.add(utterances.get(i));
      }
    }
    return new Split(training, at(validation, utterances), at(test, utterances));
  }

  private static List<Utterance> at(int[] indices, List<Utterance> utterances) {
    return Arrays.stream(indices).mapToObj(utterances::get).toList();
  }
}
