package org.segmentser.metrics;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where a labelled clip comes from, as far as that is known. Immutable.
 *
 * @param corpus its name
 * @param speaker who speaks, by the corpus's own name; null if unknown
 * @param session in which it was recorded, by the corpus's own name; null if unknown
 * @param sex of the speaker, {@code female}, {@code male} or as the corpus writes it; null if
 *     unknown
 * @param age of the speaker in whole years; null if unknown
 */
public record Origin(String corpus, String speaker, String session, String sex, Integer age)
    implements Serializable {

  /** A clip of which nothing else is known. */
  public static Origin of(String corpus) {
    return new Origin(corpus, null, null, null, null);
  }

  /** The speaker among those of all corpora; null if unknown. */
  public Member speakerOfCorpus() {
    return speaker == null ? null : new Member(corpus, speaker);
  }

  /** The session among those of all corpora; null if unknown. */
  public Member sessionOfCorpus() {
    return session == null ? null : new Member(corpus, session);
  }

  /** The origin in words, for messages: {@code corpus emodb, speaker 03, session not known}. */
  public String text() {
    return "corpus "
        + corpus
        + ", speaker "
        + known(speaker)
        + ", session "
        + known(session)
        + ", sex "
        + known(sex)
        + ", age "
        + known(age);
  }

  private static String known(Object value) {
    return value == null ? "not known" : value.toString();
  }

  /**
   * A speaker or a session: the same name in another corpus is somebody or something else. Ordered
   * by corpus, then by name.
   */
  public record Member(String corpus, String name) implements Comparable<Member>, Serializable {
    private static final Comparator<Member> ORDER =
        Comparator.comparing(Member::corpus).thenComparing(Member::name);

    /**
     * For people.
     *
     * @param ofSeveral whether there is more than one corpus, so that the name alone may mislead
     */
    public String text(boolean ofSeveral) {
      return ofSeveral ? corpus + "/" + name : name;
    }

    @Override
    public int compareTo(Member other) {
      return ORDER.compare(this, other);
    }
  }
}
