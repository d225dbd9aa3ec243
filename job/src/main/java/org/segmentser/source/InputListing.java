package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.source.Tree.Entries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists {@code --input}: files, directories (with everything below them) and globs on any Hadoop
 * file system. A file that is named, itself or by a glob, is taken whatever its extension; below a
 * directory, regular files with an audio extension are taken, and names that begin with {@code _}
 * or {@code .} are skipped, as in Spark.
 *
 * <p>What cannot be listed, accessed or named becomes a clip that is known to be unreadable, so
 * that it costs no more than its own row.
 */
public final class InputListing {
  private static final Logger LOG = LoggerFactory.getLogger(InputListing.class);

  /** Clips that are listed on the driver; where there are more, executors list the rest. */
  static final int MOST_CLIPS = 10_000;

  /** Directories that are listed on the driver. */
  private static final int MOST_DIRECTORIES = 100_000;

  /** Entries of a directory that the driver looks at for directories. */
  private static final int MOST_ENTRIES = 100_000;

  /** Parts for executors of which there are enough, so that directories are not split further. */
  private static final int ENOUGH_PARTS = 256;

  private final int mostClips;
  private final List<Clip> clips = new ArrayList<>();
  private final List<DirectoryWalk.Part> parts = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  /** Directories that were listed; links may lead back to one. */
  private final Set<Object> walked = new HashSet<>();

  private final Skips skips = new Skips();

  private InputListing(int mostClips) {
    this.mostClips = mostClips;
  }

  /**
   * What there is.
   *
   * @param clips each once
   * @param parts that are to be listed further; none of them holds one of the clips
   * @param skips what was left out so far
   */
  record Found(List<Clip> clips, List<DirectoryWalk.Part> parts, Skips skips) {}

  /**
   * Lists all files of inputs, here; a file that several of them name is one clip. Tar shards are
   * left out.
   *
   * @throws UserError if one does not exist, cannot be accessed or is not something that is read,
   *     or if there is no clip at all
   */
  public static ListedClips list(List<String> inputs, Configuration conf) {
    Found found = find(inputs, conf, Integer.MAX_VALUE);
    List<Clip> files = new ArrayList<>();
    for (Clip clip : found.clips()) {
      if (TarShard.isShard(clip.uri())) {
        found.skips().add("tar shards, which --corpus does not read", 1);
      } else {
        files.add(clip);
      }
    }
    if (files.isEmpty()) {
      throw nothing(inputs, found.skips());
    }
    ListedClips listed = new ListedClips(files, found.skips().counts());
    LOG.info("listed {}: {}", inputs, listed.summary());
    return listed;
  }

  /**
   * Looks at all inputs; lists here what is found first, and tells what is to be listed further.
   *
   * @throws UserError if one does not exist, cannot be accessed or is not something that is read
   */
  static Found find(List<String> inputs, Configuration conf, int mostClips) {
    InputListing listing = new InputListing(mostClips);
    for (String input : inputs) {
      FileSystems.check(input, conf);
      try {
        Path path = new Path(input);
        listing.add(Tree.of(path, conf), path);
      } catch (FileNotFoundException e) {
        throw UserError.input("no such file or directory: " + input);
      } catch (IOException | IllegalArgumentException e) {
        throw UserError.unreadable(input, e);
      }
    }
    return new Found(listing.clips, listing.parts, listing.skips);
  }

  /** That there is no clip, and what there is instead. */
  static UserError nothing(List<String> inputs, Skips skips) {
    return UserError.input(
        "no audio files in "
            + String.join(", ", inputs)
            + (skips.counts().isEmpty() ? "" : " (" + ListedClips.describe(skips.counts()) + ")")
            + skips.containers().stream()
                .map(container -> "; " + container.remedy())
                .collect(Collectors.joining()));
  }

  private <P> void add(Tree<P> tree, Path input) throws IOException {
    Node<P> found;
    try {
      // Names may contain a glob's characters.
      found = tree.find(input);
    } catch (IOException e) {
      if (!(e instanceof FileNotFoundException) && !input.toString().matches(".*[\\[{*?].*")) {
        throw e;
      }
      addMatches(tree, input, e);
      return;
    }
    if (found.isDirectory()) {
      addBelow(tree, found, true);
      return;
    }
    Optional<Container> container = Container.of(found.name());
    if (container.isPresent()) {
      throw UserError.input(input + ": " + container.get().remedy());
    }
    add(DirectoryWalk.named(found));
  }

  /** Adds what a glob matches; if that is nothing, throws what looking up its own name threw. */
  private <P> void addMatches(Tree<P> tree, Path glob, IOException unmatched) throws IOException {
    int before = clips.size() + parts.size();
    List<Node<P>> matches = new ArrayList<>();
    for (String pattern : GlobExpander.expand(glob.toUri().getPath())) {
      String[] parts = pattern.split(Path.SEPARATOR, -1);
      int wild = 0;
      while (wild < parts.length && !new GlobFilter(parts[wild]).hasPattern()) {
        wild++;
      }
      String fixed = unescaped(String.join(Path.SEPARATOR, Arrays.copyOf(parts, wild)));
      if (fixed.isEmpty()) {
        fixed = pattern.startsWith(Path.SEPARATOR) ? Path.SEPARATOR : Path.CUR_DIR;
      }
      Path base = new Path(glob.toUri().getScheme(), glob.toUri().getAuthority(), fixed);
      List<String> rest = Arrays.stream(parts).skip(wild).filter(p -> !p.isEmpty()).toList();
      try {
        addMatches(tree, tree.find(base), rest, matches);
      } catch (FileNotFoundException e) {
        // Other patterns may match.
      }
    }
    for (Node<P> match : matches) {
      if (match.isDirectory()) {
        addBelow(tree, match, false);
      } else if (Container.of(match.name()).isPresent()) {
        skips.addOther(match.name());
      } else {
        add(DirectoryWalk.named(match));
      }
    }
    if (matches.isEmpty() && clips.size() + parts.size() == before) {
      throw unmatched;
    }
  }

  /** Collects what the parts of a pattern match below a node. */
  private <P> void addMatches(
      Tree<P> tree, Node<P> below, List<String> parts, List<Node<P>> matches) throws IOException {
    if (parts.isEmpty() || below.kind() == Node.Kind.UNKNOWN) {
      matches.add(below);
      return;
    }
    if (!below.isDirectory()) {
      return;
    }
    GlobFilter filter = new GlobFilter(parts.get(0));
    List<String> rest = parts.subList(1, parts.size());
    List<Node<P>> found;
    if (filter.hasPattern()) {
      found =
          matching(
              tree, below, filter, rest.isEmpty() ? mostClips - matches.size() : Integer.MAX_VALUE);
      if (found == null) {
        this.parts.add(new DirectoryWalk.Part(below.uri(), false, parts.get(0), null));
        return;
      }
    } else {
      found = List.of(tree.child(below, unescaped(parts.get(0))));
    }
    for (Node<P> node : found) {
      try {
        addMatches(tree, node, rest, matches);
      } catch (FileNotFoundException e) {
        // Nothing of that name below this one.
      } catch (IOException e) {
        add(DirectoryWalk.unlisted(node, e));
      }
    }
  }

  private static String unescaped(String part) {
    return part.replaceAll("\\\\(.)", "$1");
  }

  /**
   * Adds everything below a directory, level by level.
   *
   * @throws IOException if it cannot be listed and the user named it; otherwise that becomes its
   *     outcome
   */
  private <P> void addBelow(Tree<P> tree, Node<P> top, boolean isNamed) throws IOException {
    Deque<Node<P>> directories = new ArrayDeque<>(List.of(top));
    String root = tree.identity(top).toString();
    while (!directories.isEmpty()) {
      Node<P> directory = directories.remove();
      try {
        if (!walked.add(tree.identity(directory))) {
          continue;
        }
        if (directory.trouble() == null && isFull() && hasEnough(directories)) {
          parts.add(new DirectoryWalk.Part(directory.uri(), true, null, root));
        } else if (!addAllAtOnce(tree, directory)) {
          addEntries(tree, directory, root, directories);
        }
      } catch (IOException e) {
        if (isNamed && directory.equals(top)) {
          throw e;
        }
        add(DirectoryWalk.unlisted(directory, e));
      }
    }
  }

  private boolean isFull() {
    return room() == 0;
  }

  /** How many more clips are listed here. */
  private int room() {
    return mostClips - Math.min(mostClips, clips.size());
  }

  private boolean hasEnough(Deque<?> directories) {
    return parts.size() + directories.size() >= ENOUGH_PARTS || walked.size() > MOST_DIRECTORIES;
  }

  /** Adds all files below a directory where that is fast and they are few. */
  private <P> boolean addAllAtOnce(Tree<P> tree, Node<P> directory) {
    List<Node<P>> files = new ArrayList<>();
    try {
      Optional<Entries<P>> all = tree.filesBelow(directory);
      if (all.isEmpty()) {
        return false;
      }
      try (Entries<P> entries = all.get()) {
        for (Node<P> file = entries.next(); file != null; file = entries.next()) {
          if (files.size() >= room()) {
            return false;
          }
          files.add(file);
        }
      }
    } catch (IOException e) {
      // Listing them one by one shows which directory it is.
      return false;
    }
    addFiles(files);
    return true;
  }

  /** Adds the files of a directory, and queues the directories in it. */
  private <P> void addEntries(
      Tree<P> tree, Node<P> directory, String root, Deque<Node<P>> directories) throws IOException {
    boolean canBeMany = directory.trouble() == null && mostClips < Integer.MAX_VALUE;
    int room = canBeMany ? room() : Integer.MAX_VALUE;
    List<Node<P>> files = new ArrayList<>();
    List<Node<P>> below = new ArrayList<>();
    boolean tooMany = false;
    try (Entries<P> entries = tree.list(directory)) {
      int seenEntries = 0;
      for (Node<P> node = entries.next(); node != null; node = entries.next()) {
        if (canBeMany && ++seenEntries > MOST_ENTRIES) {
          parts.add(new DirectoryWalk.Part(directory.uri(), true, null, root));
          return;
        }
        if (node.isDirectory()) {
          below.add(node);
        } else if (files.size() < room) {
          files.add(node);
        } else {
          tooMany = true;
        }
      }
    }
    if (tooMany) {
      parts.add(new DirectoryWalk.Part(directory.uri(), false, null, root));
    } else {
      addFiles(files);
    }
    below.removeIf(node -> Tree.isHidden(node.name()));
    below.sort(Comparator.comparing(Node::uri));
    directories.addAll(below);
  }

  private <P> void addFiles(List<Node<P>> files) {
    files.sort(Comparator.comparing(Node::uri));
    files.forEach(file -> DirectoryWalk.clip(file, skips).ifPresent(this::add));
  }

  /** The entries of a directory that a pattern matches; null if they are more than {@code most}. */
  private static <P> List<Node<P>> matching(
      Tree<P> tree, Node<P> directory, GlobFilter filter, int most) throws IOException {
    List<Node<P>> found = new ArrayList<>();
    try (Entries<P> entries = tree.list(directory)) {
      for (Node<P> node = entries.next(); node != null; node = entries.next()) {
        if (matches(filter, node)) {
          if (found.size() >= most) {
            return null;
          }
          found.add(node);
        }
      }
    }
    found.sort(Comparator.comparing(Node::uri));
    return found;
  }

  static boolean matches(GlobFilter filter, Node<?> node) {
    return filter.accept(new Path(null, null, node.name()));
  }

  private void add(Clip clip) {
    if (seen.add(clip.uri())) {
      clips.add(clip);
    }
  }
}
