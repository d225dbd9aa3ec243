package org.segmentser.corpus;

import java.util.Map;

/**
 * How a corpus of emotional speech tells the emotion and the speaker of its files. Emotions go by
 * the plain names angry, happy, sad, neutral, fear, disgust, surprise, calm, boredom, frustration.
 */
public enum Layout {
  /** A directory an emotion, of any name, with the files somewhere below it; no speakers. */
  FOLDERS("folders", null),

  /** The Berlin Database of Emotional Speech; the letters are those of the German words. */
  EMODB(
      "emodb",
      FileNames.of(
          "(?<speaker>\\d\\d)[a-z]\\d\\d(?<emotion>[WLEAFTN])[a-z]",
          Map.of(
              "w", "angry", "l", "boredom", "e", "disgust", "a", "fear", "f", "happy", "t", "sad",
              "n", "neutral"),
          Map.of(),
          "03a01Fa.wav (speaker, text, one of W L E A F T N, version)")),

  /** IEMOCAP's full release; its excited utterances count as happy ones. */
  IEMOCAP("iemocap", null),

  /** RAVDESS; its songs and videos are left out. */
  RAVDESS(
      "ravdess",
      FileNames.of(
          "0[1-3]-0[12]-(?<emotion>0[1-8])-0[12]-0[12]-0[12]-(?<speaker>\\d\\d)",
          Map.of(
              "01",
              "neutral",
              "02",
              "calm",
              "03",
              "happy",
              "04",
              "sad",
              "05",
              "angry",
              "06",
              "fear",
              "07",
              "disgust",
              "08",
              "surprise"),
          Map.of("01-", "video", "02-", "video", "03-02-", "song"),
          "03-01-06-01-02-01-12.wav (modality, channel, emotion 01 to 08, intensity, statement,"
              + " repetition, actor)")),

  /** CREMA-D. */
  CREMA_D(
      "crema-d",
      FileNames.of(
          "(?<speaker>\\d{4})_[a-z]{3}_(?<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_[a-z]{1,2}",
          Map.of(
              "ang", "angry", "dis", "disgust", "fea", "fear", "hap", "happy", "neu", "neutral",
              "sad", "sad"),
          Map.of(),
          "1001_DFA_ANG_XX.wav (actor, sentence, one of ANG DIS FEA HAP NEU SAD, level)")),

  /** The Toronto emotional speech set; its pleasant surprise goes by surprise. */
  TESS(
      "tess",
      FileNames.of(
          "(?<speaker>OAF?|YAF)_[a-z'-]+_(?<emotion>angry|disgust|fear|happy|neutral|ps|sad)",
          Map.of(
              "angry",
              "angry",
              "disgust",
              "disgust",
              "fear",
              "fear",
              "happy",
              "happy",
              "neutral",
              "neutral",
              "ps",
              "surprise",
              "sad",
              "sad"),
          Map.of(),
          "OAF_back_angry.wav (OAF or YAF, word, one of angry disgust fear happy neutral ps sad)")),

  /** SAVEE, with a directory a speaker or with the speaker before the name. */
  SAVEE(
      "savee",
      FileNames.of(
          "(?<speaker>DC|JE|JK|KL)[_/](?<emotion>sa|su|[adfhn])\\d+",
          Map.of(
              "a",
              "angry",
              "d",
              "disgust",
              "f",
              "fear",
              "h",
              "happy",
              "n",
              "neutral",
              "sa",
              "sad",
              "su",
              "surprise"),
          Map.of(),
          "DC/a01.wav or DC_a01.wav (one of DC JE JK KL, one of a d f h n sa su, number)"));

  private static final Map<String, Person> EMODB_SPEAKERS =
      Map.of(
          "03", man(31),
          "08", woman(34),
          "09", woman(21),
          "10", man(32),
          "11", man(26),
          "12", man(30),
          "13", woman(32),
          "14", woman(35),
          "15", man(25),
          "16", woman(31));

  private static final Map<String, Person> TESS_SPEAKERS =
      Map.of("OAF", woman(64), "YAF", woman(26));

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // its maps are made by Map.of
  private final FileNames names;

  Layout(String label, FileNames names) {
    this.label = label;
    this.names = names;
  }

  /** The layout's name on the command line. */
  public String label() {
    return label;
  }

  /** What the documentation of the corpus says of a speaker, by the name that the files give. */
  Person person(String speaker) {
    return switch (this) {
      case EMODB -> EMODB_SPEAKERS.getOrDefault(speaker, Person.UNKNOWN);
      case TESS -> TESS_SPEAKERS.getOrDefault(speaker, Person.UNKNOWN);
      case RAVDESS -> Integer.parseInt(speaker) % 2 == 1 ? man(null) : woman(null);
      case IEMOCAP -> speaker.endsWith("M") ? man(null) : woman(null);
      case SAVEE -> man(null);
      // A table beside the audio tells of CREMA-D's.
      case CREMA_D, FOLDERS -> Person.UNKNOWN;
    };
  }

  private static Person man(Integer age) {
    return new Person(Person.MALE, age);
  }

  private static Person woman(Integer age) {
    return new Person(Person.FEMALE, age);
  }

  /** What the files are called; null where their names do not say all. */
  FileNames names() {
    return names;
  }
}
