package org.segmentser.audio;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segmentser.audio.AudioException.Kind;

/**
 * Which channels of a recording are listened to: the average of all, or each by itself. Immutable.
 *
 * @param isMix whether the channels are averaged
 * @param names who speaks on channel 0, 1 and so on, empty where that is nobody with a name; no
 *     names at all where nobody has one
 * @param only the channels that are listened to, counted from 0, in ascending order; empty for all
 */
public record Channels(boolean isMix, List<String> names, List<Integer> only)
    implements Serializable {
  /** All channels as one, their average. */
  public static final Channels MIX = new Channels(true, List.of(), List.of());

  /** Every channel by itself. */
  public static final Channels EACH = new Channels(false, List.of(), List.of());

  /** Keeps its own copies. */
  public Channels {
    names = List.copyOf(names);
    only = List.copyOf(only);
  }

  /** Every channel by itself, each the voice of somebody with a name. */
  public static Channels of(List<String> names) {
    return new Channels(false, names, List.of());
  }

  /**
   * One channel.
   *
   * @param party who speaks on it; null if nobody is named
   */
  public static Channels one(int channel, String party) {
    return EACH.and(channel, party);
  }

  /** These channels, if some are chosen, and another one. */
  public Channels and(int channel, String party) {
    List<String> parties = new ArrayList<>(names);
    while (parties.size() <= channel) {
      parties.add("");
    }
    parties.set(channel, party == null ? "" : party);
    boolean isNamed = parties.stream().anyMatch(name -> !name.isEmpty());
    List<Integer> both = Stream.concat(only.stream(), Stream.of(channel)).sorted().toList();
    return new Channels(false, isNamed ? parties : List.of(), both);
  }

  /**
   * These channels of one recording, as far as all recordings are listened to.
   *
   * @param all what was asked for of every recording; where that is the mix, these stay as they are
   * @return channels that have the names of {@code all} where they have none; null if none of them
   *     is listened to
   */
  public Channels within(Channels all) {
    if (all.isMix) {
      return this;
    }
    List<Integer> both =
        only.stream().filter(i -> all.only.isEmpty() || all.only.contains(i)).toList();
    if (both.isEmpty()) {
      return null;
    }
    int count = Math.max(names.size(), all.names.size());
    List<String> parties = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = party(i) == null ? all.party(i) : party(i);
      parties.add(name == null ? "" : name);
    }
    return new Channels(false, parties, both);
  }

  /**
   * Some of these channels; the others are not listened to.
   *
   * @param wanted names or, where there are none, numbers from 0
   * @throws IllegalArgumentException with one sentence for the user, if there is no such name
   */
  public Channels only(List<String> wanted) {
    List<Integer> indices = wanted.stream().map(this::index).sorted().distinct().toList();
    return new Channels(isMix, names, indices);
  }

  private Integer index(String wanted) {
    if (isMix) {
      throw new IllegalArgumentException(
          "--only goes with --channels each or names: of mixed channels none can be left out");
    }
    if (names.isEmpty()) {
      if (wanted.matches("\\d{1,2}")) {
        return Integer.valueOf(wanted);
      }
      throw new IllegalArgumentException(
          "--only is '"
              + wanted
              + "'; with --channels each it must be a channel's number, counted from 0");
    }
    if (!names.contains(wanted)) {
      throw new IllegalArgumentException(
          "--only is '"
              + wanted
              + "', which is none of the --channels "
              + String.join(", ", names));
    }
    return names.indexOf(wanted);
  }

  /** For people: {@code mix}, {@code each}, {@code agent, customer; only customer}. */
  public String text() {
    if (isMix) {
      return "mix";
    }
    String all = names.isEmpty() ? "each" : String.join(", ", names);
    return only.isEmpty()
        ? all
        : all
            + "; only "
            + only.stream()
                .map(i -> party(i) == null ? i.toString() : party(i))
                .collect(Collectors.joining(", "));
  }

  /** Who speaks on a channel; null where nobody is named. */
  public String party(int channel) {
    return channel < names.size() && !names.get(channel).isEmpty() ? names.get(channel) : null;
  }

  /**
   * The channels of a recording that are listened to, each by itself.
   *
   * @param count channels that the recording has
   * @return indices in ascending order; null for the average of all
   * @throws AudioException if the recording has other channels than these
   */
  int[] of(int count) throws AudioException {
    if (isMix) {
      return null;
    }
    int[] wanted =
        only.isEmpty()
            ? IntStream.range(0, count).toArray()
            : only.stream().mapToInt(Integer::intValue).toArray();
    int most = Math.max(names.size(), 1 + Arrays.stream(wanted).max().orElse(-1));
    if (count < most) {
      boolean isNamed = !names.isEmpty() && !names.contains("");
      throw wrong(count, isNamed ? named() : "channel " + (most - 1) + " is asked for");
    }
    if (!names.isEmpty() && count > names.size() && only.isEmpty()) {
      throw wrong(count, named() + ": name them all, or say with --only which are meant");
    }
    return wanted;
  }

  private String named() {
    return String.format(
        Locale.ROOT,
        "%d %s named (%s)",
        names.size(),
        names.size() == 1 ? "is" : "are",
        String.join(", ", names));
  }

  private static AudioException wrong(int count, String but) {
    return new AudioException(
        Kind.WRONG_CHANNELS, "has " + count + (count == 1 ? " channel; " : " channels; ") + but);
  }
}
