package org.segmentser.source;

/** A set of hashes, in 16 to 32 bytes for each. */
final class LongSet {
  private long[] slots = new long[64];
  private boolean hasZero;
  private int size;

  /** Adds a hash; returns whether it is new. */
  boolean add(long hash) {
    if (hash == 0) {
      boolean isNew = !hasZero;
      hasZero = true;
      return isNew;
    }
    if (!put(hash)) {
      return false;
    }
    size++;
    if (size > slots.length / 2) {
      long[] full = slots;
      slots = new long[2 * full.length];
      for (long old : full) {
        if (old != 0) {
          put(old);
        }
      }
    }
    return true;
  }

  private boolean put(long hash) {
    int at = (int) hash & (slots.length - 1);
    while (slots[at] != 0) {
      if (slots[at] == hash) {
        return false;
      }
      at = (at + 1) & (slots.length - 1);
    }
    slots[at] = hash;
    return true;
  }
}
