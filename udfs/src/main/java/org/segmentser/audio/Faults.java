package org.segmentser.audio;

import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is wrong with a clip, or with a part of it, in words for a person.
 *
 * @param stop why decoding stopped before the end; null if it did not
 * @param corruptPackets packets that could not be decoded
 * @param firstCorrupt where the first of those was, such as "4.100 s"; null if there is none
 * @param truncation how the clip falls short of what it states; null if it does not
 */
public record Faults(String stop, long corruptPackets, String firstCorrupt, String truncation)
    implements Serializable {
  /** Nothing is wrong. */
  public static final Faults NONE = new Faults(null, 0, null, null);

  /** One fragment for all that is wrong; empty if nothing is. */
  public Optional<String> text() {
    String corrupt =
        switch ((int) Math.min(2, corruptPackets)) {
          case 0 -> null;
          case 1 -> "1 corrupt packet at " + firstCorrupt;
          default -> corruptPackets + " corrupt packets, the first at " + firstCorrupt;
        };
    String all =
        Stream.of(stop, corrupt, truncation)
            .filter(Objects::nonNull)
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }

  /** These and those of the part of the clip that follows. */
  public Faults and(Faults next) {
    return new Faults(
        stop == null ? next.stop : stop,
        corruptPackets + next.corruptPackets,
        firstCorrupt == null ? next.firstCorrupt : firstCorrupt,
        truncation == null ? next.truncation : truncation);
  }
}
