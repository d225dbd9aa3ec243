package org.segmentser.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.audio.AudioLocation;
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
  private static final Set<String> AUDIO_EXTENSIONS =
      Set.of(
          "3gp", "aac", "aif", "aifc", "aiff", "alaw", "amr", "au", "awb", "caf", "flac", "g722",
          "gsm", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpga", "oga", "ogg", "opus", "rf64",
          "snd", "ulaw", "w64", "wav", "wave", "webm", "wma");

  private static final String NOT_AUDIO = "without an audio extension";
  private static final String SPECIAL = "not a regular file";

  private final List<Clip> clips = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  /** Directories that were listed; links may lead back to one. */
  private final Set<Object> walked = new HashSet<>();

  private final SortedMap<String, Long> skipped = new TreeMap<>();
  private final Set<Container> containers = EnumSet.noneOf(Container.class);

  private InputListing() {}

  /**
   * Lists all inputs; a file that several of them name is one clip.
   *
   * @throws UserError if one does not exist, cannot be accessed or is not something that is read,
   *     or if there is no clip at all
   */
  public static ListedClips list(List<String> inputs, Configuration conf) {
    InputListing listing = new InputListing();
    for (String input : inputs) {
      FileSystems.check(input, conf);
      try {
        Path path = new Path(input);
        listing.add(Tree.of(path, conf), path);
      } catch (FileNotFoundException e) {
        throw UserError.input("no such file or directory: " + input);
      } catch (IOException | IllegalArgumentException e) {
        throw UserError.input("cannot read " + input + ": " + UserError.reason(e));
      }
    }
    if (listing.clips.isEmpty()) {
      throw UserError.input("no audio files in " + String.join(", ", inputs) + listing.instead());
    }
    ListedClips listed = new ListedClips(listing.clips, listing.skipped, List.of());
    LOG.info("listed {}: {}", inputs, listed.summary());
    return listed;
  }

  /** What there is instead of audio. */
  private String instead() {
    return (skipped.isEmpty() ? "" : " (" + ListedClips.describe(skipped) + ")")
        + containers.stream().map(c -> "; " + c.remedy()).collect(Collectors.joining());
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
    add(found);
  }

  /** Adds what a glob matches; if that is nothing, throws what looking up its own name threw. */
  private <P> void addMatches(Tree<P> tree, Path glob, IOException unmatched) throws IOException {
    int before = clips.size();
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
        skip(match);
      } else {
        add(match);
      }
    }
    if (matches.isEmpty() && clips.size() == before) {
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
      found = tree.list(below);
      found = found.stream().filter(n -> filter.accept(new Path(null, null, n.name()))).toList();
    } else {
      found = List.of(tree.child(below, unescaped(parts.get(0))));
    }
    for (Node<P> node : found) {
      try {
        addMatches(tree, node, rest, matches);
      } catch (FileNotFoundException e) {
        // Nothing of that name below this one.
      } catch (IOException e) {
        rejectDirectory(node, e);
      }
    }
  }

  private static String unescaped(String part) {
    return part.replaceAll("\\\\(.)", "$1");
  }

  /**
   * Adds everything below a directory.
   *
   * @throws IOException if it cannot be listed and the user named it; otherwise that becomes its
   *     outcome
   */
  private <P> void addBelow(Tree<P> tree, Node<P> directory, boolean isNamed) throws IOException {
    List<Node<P>> found;
    try {
      if (!walked.add(tree.identity(directory))) {
        return;
      }
      found = filesBelow(tree, directory);
    } catch (IOException e) {
      if (isNamed) {
        throw e;
      }
      rejectDirectory(directory, e);
      return;
    }
    for (Node<P> node : found) {
      if (Tree.isHidden(node.name())) {
        continue;
      }
      switch (node.kind()) {
        case DIRECTORY -> addBelow(tree, node, false);
        case UNKNOWN -> add(node);
        case SPECIAL -> skipped.merge(SPECIAL, 1L, Long::sum);
        case FILE -> {
          if (AUDIO_EXTENSIONS.contains(extension(node.name()))) {
            add(node);
          } else {
            skip(node);
          }
        }
      }
    }
  }

  /** All files at any depth, or the entries of the directory itself. */
  private static <P> List<Node<P>> filesBelow(Tree<P> tree, Node<P> directory) throws IOException {
    try {
      Optional<List<Node<P>>> files = tree.filesBelow(directory);
      if (files.isPresent()) {
        return files.get();
      }
    } catch (IOException e) {
      // Listing them one by one shows which directory it is.
    }
    return tree.list(directory);
  }

  private void skip(Node<?> file) {
    skipped.merge(NOT_AUDIO, 1L, Long::sum);
    Container.of(file.name()).ifPresent(containers::add);
  }

  private void add(Node<?> file) {
    add(file, file.bytes(), file.trouble());
  }

  private void rejectDirectory(Node<?> directory, IOException e) {
    add(directory, null, "cannot list the directory: " + UserError.reason(e));
  }

  private void add(Node<?> node, Long bytes, String unreadable) {
    String uri = node.uri();
    if (seen.add(uri)) {
      AudioLocation file = AudioLocation.ofFile(uri, bytes);
      clips.add(new Clip(uri, file, node.modifiedMs(), null, null, unreadable, null, List.of()));
    }
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
