package org.segmentser.evaluate;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.segmentser.FileSystems;
import org.segmentser.UserError;
import org.segmentser.metrics.Evaluation;

/** The files of an evaluation, which are there all together or not at all. */
public final class ReportOutput {
  private ReportOutput() {}

  /**
   * Writes the files.
   *
   * @param output URI of a directory that does not exist or is empty
   * @param page the report for people, HTML
   * @param predictions writes the table of predictions to the URI that it is given
   * @throws UserError if the output cannot be written; nothing is left then
   */
  public static void write(
      String output,
      Evaluation evaluation,
      String page,
      Consumer<String> predictions,
      Configuration conf)
      throws IOException {
    Path directory = new Path(output);
    FileSystem fs = FileSystems.of(directory, conf);
    try {
      predictions.accept(new Path(directory, PredictionsJob.FILE_NAME).toString());
      write(fs, new Path(directory, ReportPage.FILE_NAME), page.getBytes(StandardCharsets.UTF_8));
      // Last: where the figures are, all is there.
      write(fs, new Path(directory, Evaluation.FILE_NAME), evaluation.toJson());
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      deleteWritten(fs, directory);
      if (UserError.rootOf(e) instanceof IOException || UserError.tellsOfFullDisk(e)) {
        throw UserError.unwritable("the output " + output, e);
      }
      throw e;
    }
  }

  /** Leaves nothing of an evaluation that cannot be written whole. */
  private static void deleteWritten(FileSystem fs, Path directory) throws IOException {
    for (String name :
        List.of(PredictionsJob.FILE_NAME, ReportPage.FILE_NAME, Evaluation.FILE_NAME)) {
      fs.delete(new Path(directory, name), true);
    }
    if (fs.exists(directory) && fs.listStatus(directory).length == 0) {
      fs.delete(directory, false);
    }
  }

  private static void write(FileSystem fs, Path file, byte[] content) throws IOException {
    try (OutputStream out = fs.create(file, false)) {
      out.write(content);
    }
  }
}
