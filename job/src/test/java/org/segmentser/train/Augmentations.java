package org.segmentser.train;

import org.segmentser.train.Augmentation.Masks;
import org.segmentser.train.Augmentation.Microphone;
import org.segmentser.train.Augmentation.Surroundings;
import org.segmentser.train.Augmentation.Voice;

/** Augmentations that change one thing and leave out the others, for tests. */
final class Augmentations {
  private static final Voice NO_VOICE = new Voice(false, 0, 0);
  private static final Surroundings NO_SURROUNDINGS = new Surroundings(0, 0, 0);
  private static final Microphone NO_MICROPHONE = new Microphone(0, 0, 0, 0, 0);
  private static final Masks NO_MASKS = new Masks(0, 0, 0);

  static final Augmentation NONE = of(NO_VOICE);

  private Augmentations() {}

  static Augmentation of(Voice voice) {
    return new Augmentation(voice, NO_SURROUNDINGS, NO_MICROPHONE, NO_MASKS);
  }

  static Augmentation of(Surroundings surroundings) {
    return new Augmentation(NO_VOICE, surroundings, NO_MICROPHONE, NO_MASKS);
  }

  static Augmentation of(Microphone microphone) {
    return new Augmentation(NO_VOICE, NO_SURROUNDINGS, microphone, NO_MASKS);
  }

  static Augmentation of(Masks masks) {
    return new Augmentation(NO_VOICE, NO_SURROUNDINGS, NO_MICROPHONE, masks);
  }
}
