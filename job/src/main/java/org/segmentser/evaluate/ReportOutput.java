package org.segmentser.evaluate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.StagedDirectory;
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
   * @throws UserError if the output holds something or cannot be written; nothing is left then
   */
  public static void write(
      String output,
      Evaluation evaluation,
      String page,
      Consumer<String> predictions,
      Configuration conf) {
    try (StagedDirectory staged = StagedDirectory.beginNew(output, conf)) {
      predictions.accept(staged.path(PredictionsJob.FILE_NAME).toString());
      staged.write(ReportPage.FILE_NAME, page.getBytes(StandardCharsets.UTF_8));
      staged.write(Evaluation.FILE_NAME, evaluation.toJson());
      staged.publish(Evaluation.FILE_NAME);
    } catch (IOException e) {
      throw UserError.unwritable("the output " + output, e);
    } catch (Exception e) {
      // Spark's own exceptions are checked, which its Java signatures do not say.
      if (UserError.rootOf(e) instanceof IOException || UserError.tellsOfFullDisk(e)) {
        throw UserError.unwritable("the output " + output, e);
      }
      throw e;
    }
  }
}
