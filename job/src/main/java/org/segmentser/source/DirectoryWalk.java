package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;
import org.segmentser.UserError;
import org.segmentser.source.Tree.Entries;

/**
 * What is in a directory, one clip after another: as an executor lists a part of an input. Memory
 * grows with the depth of directories and, where links may lead back, with their number. What
 * cannot be listed is a clip that is known to be unreadable. Not thread-safe.
 */
final class DirectoryWalk<P> implements Iterator<Listed>, AutoCloseable {
  private final Tree<P> tree;
  private final boolean isDeep;
  private final GlobFilter pattern;
  private final String root;
  private final Deque<Open<P>> open = new ArrayDeque<>();
  private final Set<Object> walked = new HashSet<>();
  private final Skips skips;

  /** What the directory of the part is. */
  private Object first;

  private Node<P> top;
  private Listed next;

  private record Open<P>(Node<P> directory, Entries<P> entries) {}

  /**
   * A directory that an executor lists.
   *
   * @param uri of the directory, as Hadoop's {@code Path} writes it
   * @param isDeep whether with all below it, or its own files alone
   * @param pattern that names of its entries match, which are then taken whatever their extension,
   *     directories with all below them; null for all that are audio
   * @param root {@link Tree#identity} of the directory of which this is a part: others list what is
   *     in it but not in here, so links to that are not followed; null where nobody else does
   */
  record Part(String uri, boolean isDeep, String pattern, String root) implements Serializable {}

  /** With neither a tree nor a top there is nothing to walk. */
  private DirectoryWalk(Tree<P> tree, Node<P> top, Part part, GlobFilter pattern, Skips skips) {
    this.tree = tree;
    this.isDeep = part.isDeep();
    this.pattern = pattern;
    this.root = part.root();
    this.skips = skips;
    this.top = top;
  }

  /**
   * Begins to list.
   *
   * @param skips counts what is left out
   */
  static DirectoryWalk<?> of(Part part, Configuration conf, Skips skips) {
    Path path = new Path(part.uri());
    try {
      return begin(Tree.of(path, conf), path, part, skips);
    } catch (IOException e) {
      return new DirectoryWalk<>(part, skips, e);
    }
  }

  /** Of a directory that cannot be found. */
  private DirectoryWalk(Part part, Skips skips, IOException trouble) {
    this(null, null, part, null, skips);
    // What is not there was there a moment ago, and its owner has removed it.
    if (!(trouble instanceof FileNotFoundException)) {
      Clip directory = Clip.ofFile(part.uri(), part.uri(), null, null);
      next = Listed.of(directory.found(null, null, cannotList(trouble)));
    }
  }

  private static <P> DirectoryWalk<P> begin(Tree<P> tree, Path path, Part part, Skips skips)
      throws IOException {
    GlobFilter pattern = part.pattern() == null ? null : new GlobFilter(part.pattern());
    return new DirectoryWalk<>(tree, tree.find(path), part, pattern, skips);
  }

  static String cannotList(IOException e) {
    return "cannot list the directory: " + UserError.reason(e);
  }

  /** The clip that a listed node is; empty for a directory, and for what is left out. */
  static Optional<Clip> clip(Node<?> node, Skips skips) {
    if (Tree.isHidden(node.name())) {
      return Optional.empty();
    }
    return switch (node.kind()) {
      case DIRECTORY -> Optional.empty();
      case UNKNOWN -> Optional.of(named(node));
      case SPECIAL -> {
        skips.addSpecial();
        yield Optional.empty();
      }
      case FILE -> {
        if (AudioNames.isAudio(node.name()) || TarShard.isShard(node.name())) {
          yield Optional.of(named(node));
        }
        skips.addOther(node.name());
        yield Optional.empty();
      }
    };
  }

  /** The clip that a node is, whatever it is called. */
  static Clip named(Node<?> node) {
    return Clip.ofFile(node.uri(), node.uri(), node.bytes(), node.modifiedMs())
        .found(node.bytes(), node.modifiedMs(), node.trouble());
  }

  /** The clip that tells of a directory that could not be listed. */
  static Clip unlisted(Node<?> directory, IOException e) {
    return named(directory).found(null, directory.modifiedMs(), cannotList(e));
  }

  @Override
  public boolean hasNext() {
    while (next == null && (top != null || !open.isEmpty())) {
      advance();
    }
    return next != null;
  }

  @Override
  public Listed next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Listed given = next;
    next = null;
    return given;
  }

  private void advance() {
    if (top != null) {
      enter(top);
      top = null;
      return;
    }
    Node<P> node;
    try {
      node = open.peek().entries().next();
    } catch (IOException e) {
      next = Listed.of(unlisted(open.peek().directory(), e));
      leave();
      return;
    }
    if (node == null) {
      leave();
    } else if (pattern != null && open.size() == 1) {
      match(node);
    } else if (!node.isDirectory()) {
      next = clip(node, skips).map(Listed::of).orElse(null);
    } else if ((isDeep || pattern != null) && !Tree.isHidden(node.name())) {
      enter(node);
    }
  }

  /** Takes an entry that the pattern matches. */
  private void match(Node<P> node) {
    if (!InputListing.matches(pattern, node)) {
      return;
    }
    if (node.isDirectory()) {
      enter(node);
    } else if (Container.of(node.name()).isPresent()) {
      skips.addOther(node.name());
    } else {
      next = Listed.of(named(node));
    }
  }

  private void enter(Node<P> directory) {
    try {
      Object identity = tree.identity(directory);
      if (first == null) {
        first = identity;
      }
      if (!isOfOthers(identity) && walked.add(identity)) {
        boolean isAllBelow = isDeep || !open.isEmpty();
        Optional<Entries<P>> all = isAllBelow ? tree.filesBelow(directory) : Optional.empty();
        open.push(new Open<>(directory, all.isPresent() ? all.get() : tree.list(directory)));
      }
    } catch (IOException e) {
      next = Listed.of(unlisted(directory, e));
    }
  }

  /** Whether a link led to what another part lists. */
  private boolean isOfOthers(Object identity) {
    if (root == null || open.isEmpty()) {
      return false;
    }
    String top = first.toString();
    String place = identity.toString();
    return isBelow(place, root)
        && !isBelow(place, top)
        && Arrays.stream(place.substring(root.length()).split("/")).noneMatch(Tree::isHidden);
  }

  private static boolean isBelow(String place, String directory) {
    return place.equals(directory)
        || place.startsWith(directory.endsWith("/") ? directory : directory + "/");
  }

  private void leave() {
    try {
      open.pop().entries().close();
    } catch (IOException e) {
      // All that is wanted of it was read.
    }
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      leave();
    }
  }
}
