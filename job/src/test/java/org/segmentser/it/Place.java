package org.segmentser.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A directory where commands run with a temporary directory of their own. */
record Place(Path dir) {
  private static final Pattern MODEL = Pattern.compile("(?m)^model (\\S+) in ");

  Path at(String name) {
    return dir.resolve(name);
  }

  /** Runs to the end; words that begin with {@code @} are in this directory. */
  Child.Result run(String... words) {
    return Launcher.run(env(), placed(words));
  }

  /** Runs, and fails if that fails, tells of errors or leaves temporary files. */
  Child.Result done(String... words) {
    Child.Result result = run(words);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(Launcher.ownErrors(result)).isEmpty();
    assertThat(temporary()).isEmpty();
    return result;
  }

  /** Starts, with SIGINT as at a terminal even where the tests themselves ignore it. */
  Child start(String... words) {
    List<String> command =
        Stream.concat(
                Stream.of("env", "--default-signal=INT"), Launcher.command(placed(words)).stream())
            .toList();
    return Child.start("segment-ser", command, env(), null);
  }

  private Map<String, String> env() {
    try {
      Files.createDirectories(at("tmp"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.of("SPARK_SUBMIT_OPTS", Child.SHORT_DRIVER + " -Djava.io.tmpdir=" + at("tmp"));
  }

  private String[] placed(String... words) {
    return Arrays.stream(words)
        .map(word -> word.startsWith("@") ? at(word.substring(1)).toString() : word)
        .toArray(String[]::new);
  }

  /** Names of files that commands left in their temporary directory. */
  List<String> temporary() {
    return names("tmp");
  }

  /** Names of the files in a directory, in order. */
  List<String> names(String directory) {
    try (Stream<Path> files = Files.list(at(directory))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The id of the model that a run told to have made. */
  static String modelId(Child.Result result) {
    Matcher told = MODEL.matcher(result.stdout());
    assertThat(told.find()).as(result.toString()).isTrue();
    return told.group(1);
  }
}
