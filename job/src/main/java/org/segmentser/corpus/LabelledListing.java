package org.segmentser.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.metrics.Origin;
import org.segmentser.source.Clip;
import org.segmentser.source.InputListing;
import org.segmentser.source.ListedClips;

/**
 * Lists {@code --corpus}: the labelled clips of a corpus that lies as its makers released it, on
 * any Hadoop file system. Emotions that are not asked for are left out and counted.
 */
public final class LabelledListing {
  private static final String IEMOCAP_RELEASE = "IEMOCAP_full_release";
  private static final String IEMOCAP_LINE =
      "[6.2901 - 8.2357] Ses01F_impro01_F000 neu [2.5000, 2.5000, 2.5000]";
  private static final Pattern IEMOCAP_UTTERANCE =
      Pattern.compile(
          "\\[[^]]*]\\s+(?<name>(?<session>Ses\\d\\d)[FM]_\\w+_(?<sex>[FM])\\w*)"
              + "\\s+(?<emotion>\\w+)\\b.*");
  private static final String IEMOCAP_UNDECIDED = "xxx";

  /** The excited are happy in the paper. */
  private static final Map<String, String> IEMOCAP_EMOTIONS =
      Map.of(
          "ang",
          "angry",
          "hap",
          "happy",
          "exc",
          "happy",
          "sad",
          "sad",
          "neu",
          "neutral",
          "fru",
          "frustration",
          "sur",
          "surprise",
          "fea",
          "fear",
          "dis",
          "disgust",
          "oth",
          "other");

  private final Layout layout;
  private final FileSystem fs;
  private final Path root;
  private final Labels labels;
  private final Configuration conf;
  private final String name;
  private final List<LabelledClip> clips = new ArrayList<>();
  private final TreeMap<String, Long> leftOut = new TreeMap<>();
  private final TreeMap<String, Long> skipped = new TreeMap<>();

  /** CREMA-D's actors, by their numbers. */
  private Map<String, Person> actors = Map.of();

  private LabelledListing(
      Layout layout, FileSystem fs, Path root, String name, Labels labels, Configuration conf) {
    this.layout = layout;
    this.fs = fs;
    this.name = name;
    this.root = root;
    this.labels = labels;
    this.conf = conf;
  }

  /**
   * Lists the clips of a corpus.
   *
   * @param root its directory
   * @param labels the emotions that are wanted; the case of letters does not matter
   * @throws UserError if the root is not there or cannot be read, a file does not fit the layout,
   *     or there is no clip of the wanted emotions
   */
  public static LabelledCorpus list(
      Layout layout, String root, List<String> labels, Configuration conf) {
    try {
      Path path = new Path(root);
      FileSystem fs = FileSystems.of(path, conf);
      FileStatus directory = status(fs, path, root);
      if (!directory.isDirectory()) {
        throw UserError.input(root + " is not a directory, as the root of a corpus is");
      }
      String name = CorpusName.of(layout, root);
      return new LabelledListing(layout, fs, directory.getPath(), name, new Labels(labels), conf)
          .list();
    } catch (IOException | IllegalArgumentException e) {
      throw UserError.input(
          "cannot read the " + layout.label() + " corpus " + root + ": " + UserError.reason(e));
    }
  }

  private static FileStatus status(FileSystem fs, Path path, String root) throws IOException {
    try {
      return fs.getFileStatus(path);
    } catch (FileNotFoundException e) {
      throw UserError.input("no such directory: " + root);
    }
  }

  private LabelledCorpus list() throws IOException {
    if (layout == Layout.CREMA_D) {
      actors = CremaDemographics.read(fs, root);
    }
    switch (layout) {
      case FOLDERS -> addFolders();
      case IEMOCAP -> addSessions();
      default -> addNamed(layout.names());
    }
    if (clips.isEmpty()) {
      throw UserError.input(
          "no clips of "
              + String.join(", ", labels.names())
              + " in the "
              + layout.label()
              + " corpus "
              + root
              + leftOut.entrySet().stream()
                  .map(reason -> reason.getValue() + " " + reason.getKey())
                  .collect(joining(", ", "; left out: ", "")));
    }
    return new LabelledCorpus(clips, leftOut, skipped, null, name);
  }

  private List<Clip> audioBelow(Path directory) {
    ListedClips audio = InputListing.list(List.of(directory.toString()), conf);
    for (Clip clip : audio.clips()) {
      if (clip.unreadable() != null) {
        throw UserError.input("cannot read " + clip.uri() + ": " + clip.unreadable());
      }
    }
    audio.skipped().forEach((reason, count) -> skipped.merge(reason, count, Long::sum));
    return audio.clips();
  }

  private void addFolders() {
    String prefix = root.toString() + (root.isRoot() ? "" : Path.SEPARATOR);
    for (Clip clip : audioBelow(root)) {
      int end = clip.uri().indexOf(Path.SEPARATOR_CHAR, prefix.length());
      if (end < 0) {
        throw UserError.input(
            clip.uri() + " is not below a directory named after its label, as in ROOT/LABEL/FILE");
      }
      String folder = clip.uri().substring(prefix.length(), end);
      String label = labels.known(folder);
      if (label == null) {
        throw UserError.input(clip.uri() + " is below a directory of " + labels.unknown(folder));
      }
      clips.add(new LabelledClip(clip, label, Origin.of(name)));
    }
  }

  private void addNamed(FileNames names) throws IOException {
    List<Clip> audio = new ArrayList<>(audioBelow(root));
    // Where an utterance is there in several formats, the WAV file is the original.
    audio.sort(comparing((Clip clip) -> !extension(clip).equals("wav")).thenComparing(Clip::uri));
    Map<String, List<Clip>> listed = new HashMap<>();
    for (Clip clip : audio) {
      FileNames.Named name =
          names
              .read(clip.uri())
              .orElseThrow(
                  () ->
                      UserError.input(
                          clip.uri()
                              + " is not called like a file of "
                              + layout.label()
                              + ", such as "
                              + names.expected()));
      if (name.other().isPresent()) {
        leaveOut(name.other().get(), 1);
      } else if (isWanted(name.emotion())) {
        List<Clip> earlier = listed.computeIfAbsent(name.utterance(), key -> new ArrayList<>());
        if (isCopy(clip, earlier)) {
          leaveOut(LabelledCorpus.LISTED_TWICE, 1);
        } else {
          earlier.add(clip);
          add(clip, name.emotion(), name.speaker(), null);
        }
      }
    }
  }

  /** Whether a clip is another format, or the same bytes, of one with the same name. */
  private boolean isCopy(Clip clip, List<Clip> earlier) throws IOException {
    for (Clip other : earlier) {
      if (!extension(clip).equals(extension(other))
          || (clip.bytes().equals(other.bytes()) && Arrays.equals(read(clip), read(other)))) {
        return true;
      }
    }
    return false;
  }

  private byte[] read(Clip clip) throws IOException {
    try (InputStream in = fs.open(new Path(clip.uri()))) {
      return in.readAllBytes();
    }
  }

  private void addSessions() throws IOException {
    List<Path> sessions = sessionsIn(root);
    if (sessions.isEmpty() && fs.exists(new Path(root, IEMOCAP_RELEASE))) {
      sessions = sessionsIn(new Path(root, IEMOCAP_RELEASE));
    }
    if (sessions.isEmpty()) {
      throw UserError.input(
          "no directories Session1 to Session5 in "
              + root
              + ", nor in "
              + IEMOCAP_RELEASE
              + " below it");
    }
    for (Path session : sessions) {
      addSession(session);
    }
  }

  private List<Path> sessionsIn(Path directory) throws IOException {
    return Arrays.stream(fs.listStatus(directory))
        .filter(FileStatus::isDirectory)
        .map(FileStatus::getPath)
        .filter(path -> path.getName().matches("Session\\d"))
        .toList();
  }

  private void addSession(Path session) throws IOException {
    Map<String, Clip> wavs = new HashMap<>();
    for (Clip clip : audioBelow(new Path(session, "sentences/wav"))) {
      String name = new Path(clip.uri()).getName();
      wavs.put(name.substring(0, name.lastIndexOf('.')), clip);
    }
    for (FileStatus file : fs.listStatus(new Path(session, "dialog/EmoEvaluation"))) {
      String name = file.getPath().getName();
      if (name.endsWith(".txt") && !name.startsWith(".")) {
        addDialog(file.getPath(), session.getName(), wavs);
      }
    }
    if (!wavs.isEmpty()) {
      leaveOut("no label", wavs.size());
    }
  }

  /** Adds the utterances of a text, and takes them out of {@code wavs}. */
  private void addDialog(Path text, String session, Map<String, Clip> wavs) throws IOException {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(fs.open(text), UTF_8))) {
      String line;
      for (int number = 1; (line = lines.readLine()) != null; number++) {
        if (!line.startsWith("[")) {
          continue;
        }
        Matcher utterance = IEMOCAP_UTTERANCE.matcher(line);
        if (!utterance.matches()) {
          throw UserError.input(
              "line " + number + " of " + text + " is not like '" + IEMOCAP_LINE + "'");
        }
        Clip wav = wavs.remove(utterance.group("name"));
        if (wav == null) {
          throw UserError.input(
              "line "
                  + number
                  + " of "
                  + text
                  + " is of "
                  + utterance.group("name")
                  + ", which has no file of its own below sentences/wav");
        }
        String emotion = utterance.group("emotion");
        if (emotion.equals(IEMOCAP_UNDECIDED)) {
          leaveOut("no majority label", 1);
        } else {
          String plain = IEMOCAP_EMOTIONS.getOrDefault(emotion, emotion);
          if (isWanted(plain)) {
            add(wav, plain, utterance.group("session") + utterance.group("sex"), session);
          }
        }
      }
    }
  }

  /** Whether an emotion is asked for; one that is not is counted. */
  private boolean isWanted(String emotion) {
    if (labels.known(emotion) != null) {
      return true;
    }
    leaveOut("label " + emotion, 1);
    return false;
  }

  private void add(Clip clip, String emotion, String speaker, String session) {
    Person person = actors.getOrDefault(speaker, layout.person(speaker));
    clips.add(
        new LabelledClip(
            clip,
            labels.known(emotion),
            new Origin(name, speaker, session, person.sex(), person.age())));
  }

  private void leaveOut(String reason, long count) {
    leftOut.merge(reason, count, Long::sum);
  }

  private static String extension(Clip clip) {
    return clip.uri().substring(clip.uri().lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
