package org.segmentser.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.segmentser.Scratch;
import org.segmentser.UserError;

/** The model that comes with the program, among its resources. Thread-safe. */
final class DefaultModel {
  private static final String FOLDER = "default/";

  private static Path copy;

  private DefaultModel() {}

  /**
   * A copy of the model's files in a directory of this process, made once and deleted with it.
   *
   * @throws ModelException if the program was built without one, or there is no room for the copy
   */
  static synchronized Path copy() {
    if (copy == null) {
      Scratch scratch = new Scratch();
      copyTo(scratch.path());
      copy = scratch.path();
    }
    return copy;
  }

  private static void copyTo(Path directory) {
    try {
      Path description = copyTo(directory, ModelSpec.FILE_NAME);
      for (String file : ModelJson.read(Files.readAllBytes(description)).files().keySet()) {
        copyTo(directory, file);
      }
    } catch (IOException e) {
      throw new ModelException(
          "the default model cannot be copied to " + directory + ": " + UserError.reason(e), e);
    }
  }

  private static Path copyTo(Path directory, String name) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream in = DefaultModel.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new ModelException(
            "this build has no default model: " + FOLDER + name + " is missing");
      }
      Files.copy(in, file);
    }
    return file;
  }
}
