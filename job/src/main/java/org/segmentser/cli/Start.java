package org.segmentser.cli;

import java.util.Arrays;
import java.util.OptionalInt;
import org.apache.spark.deploy.SparkSubmit;

/**
 * The entry where the launcher starts the JVM itself: answers what needs no Spark, and else goes on
 * as {@code spark-submit} does. Thus a mistyped option costs no start of Spark.
 */
public final class Start {
  private Start() {}

  /**
   * Answers, or runs {@code spark-submit}.
   *
   * @param args how many words the command has, its words, and all those for {@code spark-submit}
   */
  public static void main(String[] args) {
    int behind = 1 + Integer.parseInt(args[0]);
    OptionalInt answered = Main.answer(Arrays.copyOfRange(args, 1, behind));
    if (answered.isPresent()) {
      Main.end(answered.getAsInt());
    } else {
      SparkSubmit.main(Arrays.copyOfRange(args, behind, args.length));
    }
  }
}
