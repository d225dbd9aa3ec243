package org.segmentser.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class UsageTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "socre --input a|unknown command 'socre'; did you mean score?",
        "scoar|unknown command 'scoar'; did you mean score?",
        "evalute|unknown command 'evalute'; did you mean evaluate?",
        "zzz|unknown command 'zzz'",
        "model shwo|unknown command 'shwo'; did you mean show?",
        "score --input a --outptu o|unknown option --outptu; did you mean --output?",
        "score --input a --output o --segmentaton padded|unknown option --segmentaton; did you mean"
            + " --segmentation?",
        "score a.wav|unexpected 'a.wav'; did you mean --input a.wav?",
        "score a.wav --output o|unexpected 'a.wav'; did you mean --input a.wav?",
        "score a.wav b.wav --output o|unexpected 'a.wav'; if the shell has expanded a pattern, quote"
            + " it, as in --input 'calls/*.wav', or use --input for each file",
        "embed --input a.wav b.wav --output o|unexpected 'b.wav'; if the shell has expanded a"
            + " pattern, quote it, as in --input 'calls/*.wav', or use --input for each file",
        "train --corpus emodb a --output o|unexpected 'a'; did you mean --input a?",
        "train --corpus emodb --input a b --output o|unexpected 'b'",
        "sql --output o select|unexpected 'select'",
        "--master yarn score|--master is an option of spark-submit; Spark's options go behind --, at"
            + " the end: segment-ser COMMAND [options] -- --master ...",
        "score --input a --output o --conf a=b|--conf is an option of spark-submit; Spark's options"
            + " go behind --, at the end: segment-ser COMMAND [options] -- --conf ...",
        "score --executor-memory=2g --input a|--executor-memory is an option of spark-submit; Spark's"
            + " options go behind --, at the end: segment-ser COMMAND [options] -- --executor-memory"
            + " ...",
        "score --input a --output o --run-date 22.11.2026|Invalid value for option '--run-date':"
            + " '22.11.2026' is not a date of the form YYYY-MM-DD",
        "sql --output o --format xml|Invalid value for option '--format': 'xml' is not one of table,"
            + " csv, json",
        "score --input a --output o --segmentation overlap|Invalid value for option"
            + " '--segmentation': 'overlap' is not one of padded, paper-overlap, unpadded",
        "train --corpus berlin --output o|Invalid value for option '--corpus' (LAYOUT=ROOT): 'berlin' is not one"
            + " of folders, emodb, iemocap, ravdess, crema-d, tess, savee",
        "train --mode some --output o|Invalid value for option '--mode': 'some' is not one of head,"
            + " fine-tune, scratch",
        "train --preset best --output o|Invalid value for option '--preset': 'best' is not one of"
            + " default, paper",
        "train --split odd --output o|Invalid value for option '--split': 'odd' is not one of"
            + " speakers, clips, none",
        "evaluate --protocol some --output o|Invalid value for option '--protocol': 'some' is not"
            + " one of random-80-10-10, k-fold, speaker-k-fold, leave-one-speaker-out,"
            + " leave-one-session-out, leave-one-corpus-out",
        "model import --fc2 sigmoid|Invalid value for option '--fc2': 'sigmoid' is not one of relu,"
            + " linear",
        "score --input a --output o --speech on|Invalid value for option '--speech': 'on' is not one of"
            + " gate, mark, off",
        "score --from-embeddings e --input a --output o|--from-embeddings=URI and ([--input=URI]..."
            + " [--manifest=URI]...) are mutually exclusive (specify only one)",
        "embed --from-embeddings e --output o|unknown option --from-embeddings",
        "score --input a|Missing required option: '--output=URI'"
      })
  void saysWhatWasProbablyMeant(String words, String text) {
    assertThat(UsageText.of(refused(words))).isEqualTo(text);
  }

  @Test
  void whatMayBeScoredIsToldWhereNothingIs() {
    assertThat(UsageText.of(refused("score --output o")))
        .isEqualTo(
            "Missing required argument (specify one of these): (--from-embeddings=URI |"
                + " ([--input=URI]... [--manifest=URI]...))");
  }

  @Test
  void aSecondMistakeIsFoundBehindTheFirst() {
    assertThat(UsageText.of(refused("score --input a --output o --post-process --num-executors 2")))
        .startsWith("unknown option --post-process");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train|model directory to begin with, for --mode head",
        "evaluate|model directory to evaluate; with",
        "score|model directory (default: the model"
      })
  void modelIsDescribedAsEachCommandTakesIt(String command, String text) {
    CommandLine line = Main.commandLine().getSubcommands().get(command);
    String help = String.join(" ", line.getCommandSpec().findOption("--model").description());
    assertThat(help).startsWith(text).contains("the model that comes with segment-ser");
  }

  @Test
  void aWrongConditionIsToldOfWithTheRightOnes() {
    assertThat(UsageText.of(refused("evaluate --conditions noise,storm --output o")))
        .startsWith("Invalid value for option '--conditions'")
        .endsWith(
            ": 'storm' is not one of clean, quiet, loud, telephone, noise, room, dull; or all");
  }

  private static ParameterException refused(String words) {
    return catchThrowableOfType(
        ParameterException.class, () -> Main.commandLine().parseArgs(words.split(" ", -1)));
  }
}
