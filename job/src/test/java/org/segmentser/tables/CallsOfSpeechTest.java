package org.segmentser.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.segmentser.Golden;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;
import org.segmentser.segment.ClipPart;
import org.segmentser.segment.ClipReader;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Speech;
import org.segmentser.segment.Turn;

/**
 * Who talks when in 200 calls that are made of clips of EmoDB, against where the clips were put. A
 * clip is cut to where it is within 40 dB of its loudest 10 ms, so that its beginning and end are
 * those of speech.
 */
class CallsOfSpeechTest {
  private static final int RATE = 16_000;
  private static final int FRAME = RATE / 100;
  private static final int CALLS = 200;

  /** Of one call, and of the clips that it was made of. */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  private record Call(byte[] file, List<Turn> agent, List<Turn> customer, double durationS) {}

  /** Errors in seconds. */
  private static final class Errors {
    private final List<Double> all = new ArrayList<>();

    void add(double found, double truth) {
      all.add(Math.abs(found - truth));
    }

    double within(double share) {
      return all.stream().sorted().toList().get((int) Math.ceil(share * all.size()) - 1);
    }

    void requireWithin(String what, double median, double most) {
      String found =
          String.format(
              Locale.ROOT, "%s: median %.3f, 95 %% %.3f", what, within(0.5), within(0.95));
      System.out.println(found);
      assertThat(within(0.5)).as(found).isLessThan(median);
      assertThat(within(0.95)).as(found).isLessThan(most);
    }
  }

  @Test
  void figuresAreNearWhereTheClipsStand() throws IOException {
    List<float[]> clips = clips();
    Random random = new Random(11);
    Errors reaction = new Errors();
    Errors overlap = new Errors();
    Errors silence = new Errors();
    Errors talk = new Errors();
    for (int i = 0; i < CALLS; i++) {
      Call call = call(clips, random);
      List<List<Turn>> turns = turns(call.file());
      List<Turn> agent = turns.get(0);
      List<Turn> customer = turns.get(1);
      reaction.add(
          Dialogue.reactionS(customer, agent).orElseThrow(),
          Dialogue.reactionS(call.customer(), call.agent()).orElseThrow());
      overlap.add(
          Dialogue.overlapS(agent, customer), Dialogue.overlapS(call.agent(), call.customer()));
      silence.add(
          Dialogue.longestSilenceS(agent, customer, call.durationS()),
          Dialogue.longestSilenceS(call.agent(), call.customer(), call.durationS()));
      // For each turn: errors of turns add up.
      talk.add(seconds(agent) / call.agent().size(), seconds(call.agent()) / call.agent().size());
    }
    reaction.requireWithin("reaction", 0.1, 0.25);
    overlap.requireWithin("overlap", 0.1, 0.35);
    silence.requireWithin("longest silence", 0.1, 0.25);
    talk.requireWithin("talk, for each turn", 0.1, 0.25);
  }

  private static double seconds(List<Turn> turns) {
    return turns.stream().mapToDouble(turn -> turn.endS() - turn.startS()).sum();
  }

  /** Six to ten turns in turn, with gaps of 0.6 to 2 s or, one in five, an overlap. */
  private static Call call(List<float[]> clips, Random random) {
    List<List<Turn>> turns = List.of(new ArrayList<>(), new ArrayList<>());
    float[][] channels = new float[2][60 * RATE];
    int at = RATE / 2;
    int count = 6 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      float[] clip = clips.get(random.nextInt(clips.size()));
      System.arraycopy(clip, 0, channels[i % 2], at, clip.length);
      turns.get(i % 2).add(new Turn((double) at / RATE, (double) (at + clip.length) / RATE));
      double gap = random.nextInt(5) == 0 ? -0.4 : 0.6 + 1.4 * random.nextDouble();
      at += clip.length + (int) (gap * RATE);
    }
    int length = at + RATE;
    byte[] file =
        Clips.wav(
            RATE,
            2,
            Clips.interleaved(
                Arrays.copyOf(channels[0], length), Arrays.copyOf(channels[1], length)));
    return new Call(file, turns.get(0), turns.get(1), (double) length / RATE);
  }

  private static List<List<Turn>> turns(byte[] file) {
    ClipSettings settings =
        ClipSettings.of(Segmentation.DEFAULT).withChannels(Channels.EACH).withSpeech(Speech.MARK);
    try (ClipReader reader =
        ClipReader.open(() -> new ByteArraySource(file), "call.wav", settings)) {
      while (true) {
        List<ClipPart> parts = reader.nextParts();
        if (reader.isDone()) {
          return parts.stream().map(part -> part.outcome().facts().turns()).toList();
        }
      }
    }
  }

  /** Clips of at most 4 s, every seventh of them. */
  private static List<float[]> clips() throws IOException {
    Path root = Golden.shared("data/emodb");
    assumeTrue(Files.isDirectory(root), () -> "no EmoDB: " + root);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    List<float[]> clips = new ArrayList<>();
    for (int i = 0; i < files.size(); i += 7) {
      float[] clip = trimmed(files.get(i));
      if (clip.length < 4 * RATE) {
        clips.add(clip);
      }
    }
    return clips;
  }

  private static float[] trimmed(Path file) throws IOException {
    ByteBuffer wav = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] samples = new float[(wav.limit() - 44) / 2];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = wav.getShort(44 + 2 * i) / 32768f;
    }
    double[] energies = new double[samples.length / FRAME];
    for (int i = 0; i < energies.length * FRAME; i++) {
      energies[i / FRAME] += samples[i] * samples[i];
    }
    double threshold = 1e-4 * Arrays.stream(energies).max().orElseThrow();
    int first = 0;
    int last = energies.length - 1;
    while (energies[first] < threshold) {
      first++;
    }
    while (energies[last] < threshold) {
      last--;
    }
    return Arrays.copyOfRange(samples, first * FRAME, (last + 1) * FRAME);
  }
}
