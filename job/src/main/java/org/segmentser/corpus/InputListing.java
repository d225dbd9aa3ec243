package org.segmentser.corpus;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.segmentser.UserError;

/**
 * Lists {@code --input}: files, directories (with all below them) and globs on any Hadoop file
 * system. A file that is named, by itself or by a glob, is taken whatever it is called; below a
 * directory, files with an audio extension are, and names that begin with {@code _} or {@code .}
 * are passed over, as Spark does.
 */
public final class InputListing {
  private static final Set<String> AUDIO_EXTENSIONS =
      Set.of(
          "3gp", "aac", "aif", "aifc", "aiff", "alaw", "amr", "au", "awb", "caf", "flac", "g722",
          "gsm", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpga", "oga", "ogg", "opus", "rf64",
          "snd", "ulaw", "w64", "wav", "wave", "webm", "wma");

  private final Configuration conf;
  private final List<Clip> clips = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  /** Local directories that were listed; a link may lead back to one. */
  private final Set<String> walked = new HashSet<>();

  private long skipped;

  private InputListing(Configuration conf) {
    this.conf = conf;
  }

  /**
   * Lists all inputs; a file that several of them name is one clip.
   *
   * @throws UserError if one does not exist or cannot be listed, or there is no clip at all
   */
  public static Corpus list(List<String> inputs, Configuration conf) {
    InputListing listing = new InputListing(conf);
    for (String input : inputs) {
      try {
        listing.add(new Path(input));
      } catch (FileNotFoundException e) {
        throw UserError.input("no such file or directory: " + input);
      } catch (IOException | IllegalArgumentException e) {
        throw UserError.input("cannot list " + input + ": " + UserError.reason(e));
      }
    }
    if (listing.clips.isEmpty()) {
      throw UserError.input(
          "no audio files in "
              + String.join(", ", inputs)
              + (listing.skipped == 0
                  ? ""
                  : " (" + listing.skipped + " files there are not named like audio)"));
    }
    return new Corpus(listing.clips, listing.skipped);
  }

  private void add(Path input) throws IOException {
    FileSystem fs = input.getFileSystem(conf);
    for (FileStatus found : matches(fs, input)) {
      if (found.isDirectory()) {
        addBelow(fs, found.getPath());
      } else {
        add(found);
      }
    }
  }

  /** What a path names: itself if it exists, as names may hold a glob's characters. */
  private static FileStatus[] matches(FileSystem fs, Path input) throws IOException {
    try {
      return new FileStatus[] {fs.getFileStatus(input)};
    } catch (FileNotFoundException e) {
      FileStatus[] found = fs.globStatus(input);
      if (found == null || found.length == 0) {
        throw e;
      }
      return found;
    }
  }

  private void addBelow(FileSystem fs, Path directory) throws IOException {
    if (fs instanceof LocalFileSystem local) {
      if (!walked.add(local.pathToFile(directory).getCanonicalPath())) {
        return;
      }
      // Its recursive listing starts a process for each file, to learn the file's owner.
      for (FileStatus found : fs.listStatus(directory)) {
        if (isHidden(found.getPath())) {
          continue;
        }
        if (found.isDirectory()) {
          addBelow(fs, found.getPath());
        } else {
          addIfAudio(found);
        }
      }
      return;
    }
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(directory, true);
    while (files.hasNext()) {
      LocatedFileStatus file = files.next();
      if (!isHiddenBelow(directory, file.getPath())) {
        addIfAudio(file);
      }
    }
  }

  private void addIfAudio(FileStatus file) {
    if (AUDIO_EXTENSIONS.contains(extension(file.getPath().getName()))) {
      add(file);
    } else {
      skipped++;
    }
  }

  private void add(FileStatus file) {
    String uri = file.getPath().toString();
    if (seen.add(uri)) {
      clips.add(new Clip(uri, uri, file.getLen(), file.getModificationTime(), null, null));
    }
  }

  private static boolean isHiddenBelow(Path directory, Path file) {
    for (Path p = file; p.depth() > directory.depth(); p = p.getParent()) {
      if (isHidden(p)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isHidden(Path path) {
    return path.getName().startsWith("_") || path.getName().startsWith(".");
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
