package org.segmentser.source;

/**
 * A file or directory, as a listing sees it.
 *
 * @param <P> how its {@link Tree} reaches it
 * @param path reaches it
 * @param uri names it, as Hadoop's {@code Path} writes it; percent-encoded where {@code trouble} is
 *     that the name cannot be represented
 * @param name the last part of its path, as far as it can be represented
 * @param kind what it is
 * @param bytes its length; null if unknown
 * @param modifiedMs when it was modified, in milliseconds since 1970; null if unknown
 * @param trouble why it cannot be read, in words; null if nothing is known to be wrong
 */
record Node<P>(
    P path, String uri, String name, Kind kind, Long bytes, Long modifiedMs, String trouble) {

  /** What a node is. */
  enum Kind {
    /** A file of bytes, or a broken link. */
    FILE,
    /** A directory. */
    DIRECTORY,
    /** A named pipe, a socket or a device. */
    SPECIAL,
    /** Something that could not be accessed. */
    UNKNOWN
  }

  boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }
}
