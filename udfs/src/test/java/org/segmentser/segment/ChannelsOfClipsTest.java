package org.segmentser.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.Channels;

/** Clips whose channels are listened to each by itself. */
class ChannelsOfClipsTest {
  private static final int RATE = 8000;
  private static final Channels NAMED = Channels.of(List.of("agent", "customer"));
  private static final ClipSettings SETTINGS =
      new ClipSettings(Segmentation.DEFAULT, 4, 3600, 60).withSpeech(Speech.MARK);

  /** What a reader makes of a clip, by voice. */
  private static final class Read {
    private final Map<Voice, List<Segment>> segments = new LinkedHashMap<>();
    private final Map<Voice, ClipOutcome> outcomes = new LinkedHashMap<>();

    private Read(byte[] file, Channels channels) {
      try (ClipReader reader =
          ClipReader.open(
              () -> new ByteArraySource(file), "a.wav", SETTINGS.withChannels(channels))) {
        while (outcomes.isEmpty()) {
          for (ClipPart part : reader.nextParts()) {
            segments
                .computeIfAbsent(part.voice(), voice -> new ArrayList<>())
                .addAll(SegmentPatches.of(part.chunk()));
            if (part.outcome() != null) {
              outcomes.put(part.voice(), part.outcome());
            }
          }
        }
      }
    }

    private ClipOutcome only() {
      assertThat(outcomes).hasSize(1);
      return outcomes.values().iterator().next();
    }
  }

  @Test
  void aChannelIsWhatAMonoFileOfItIs() {
    float[] agent = Clips.noise(7 * RATE + 123, 1);
    float[] customer = Clips.noise(agent.length, 2);
    Read call = new Read(stereo(agent, customer), NAMED);
    assertThat(call.segments.keySet())
        .containsExactly(new Voice(0, "agent"), new Voice(1, "customer"));
    same(call.segments.get(new Voice(0, "agent")), Clips.wav(RATE, agent));
    same(call.segments.get(new Voice(1, "customer")), Clips.wav(RATE, customer));
    Read each = new Read(stereo(agent, customer), Channels.EACH);
    same(each.segments.get(new Voice(1, null)), Clips.wav(RATE, customer));
  }

  private static void same(List<Segment> segments, byte[] mono) {
    List<Segment> expected = new Read(mono, Channels.MIX).segments.get(Voice.MIX);
    assertThat(segments).usingRecursiveComparison().isEqualTo(expected);
  }

  @Test
  void theMixIsTheAverage() {
    float[] agent = Clips.noise(3 * RATE, 1);
    float[] customer = Clips.noise(3 * RATE, 2);
    float[] mean = new float[agent.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] =
          (Math.round(agent[i] * 32767) * 0x1p-15f + Math.round(customer[i] * 32767) * 0x1p-15f)
              / 2;
    }
    float[] patches =
        Clips.patches(new Read(stereo(agent, customer), Channels.MIX).segments.get(Voice.MIX));
    float[] expected =
        Clips.patches(new Read(Clips.wav(RATE, mean), Channels.MIX).segments.get(Voice.MIX));
    for (int i = 0; i < patches.length; i++) {
      assertThat(patches[i]).isEqualTo(expected[i], within(0.02f));
    }
  }

  @Test
  void whatIsNotListenedToChangesNothing() {
    float[] customer = Clips.noise(3 * RATE, 2);
    Read first = null;
    for (int seed = 0; seed < 10; seed++) {
      float[] agent = Clips.noise(customer.length, 1000 + seed);
      Read read = new Read(stereo(agent, customer), NAMED.only(List.of("customer")));
      first = first == null ? read : first;
      assertThat(read.segments).usingRecursiveComparison().isEqualTo(first.segments);
      assertThat(read.outcomes).isEqualTo(first.outcomes);
    }
    assertThat(first.segments.keySet()).containsExactly(new Voice(1, "customer"));
    assertThat(first.only().facts().alike()).isNull();
  }

  @Test
  void equalChannelsAreTold() {
    float[] voice = Clips.noise(3 * RATE, 1);
    float[] quieter = new float[voice.length];
    for (int i = 0; i < voice.length; i++) {
      quieter[i] = 0.5f * voice[i] + (i % 7 - 3) * 1e-4f;
    }
    float[] other = Clips.noise(voice.length, 2);
    assertThat(alike(stereo(voice, voice))).containsOnly(true);
    assertThat(alike(stereo(voice, quieter))).containsOnly(true);
    assertThat(alike(stereo(new float[RATE], new float[RATE]))).containsOnlyNulls();
    assertThat(alike(stereo(new float[0], new float[0]))).containsOnlyNulls();
    assertThat(alike(stereo(voice, other))).containsOnly(false);
    assertThat(alike(stereo(voice, new float[voice.length]))).containsOnly(false);
  }

  private static List<Boolean> alike(byte[] file) {
    return new Read(file, Channels.EACH)
        .outcomes.values().stream().map(outcome -> outcome.facts().alike()).toList();
  }

  @Test
  void otherChannelsThanAskedForAreAnOutcome() {
    byte[] mono = Clips.wav(RATE, Clips.noise(RATE, 1));
    byte[] three = Clips.wav(RATE, 3, Clips.noise(3 * RATE, 1));
    wrong(mono, NAMED, "has 1 channel; 2 are named (agent, customer)");
    // The only channel of a call that should have two is that of both parties.
    wrong(mono, NAMED.only(List.of("agent")), "has 1 channel; 2 are named (agent, customer)");
    wrong(mono, Channels.EACH.only(List.of("1")), "has 1 channel; channel 1 is asked for");
    wrong(
        three,
        NAMED,
        "has 3 channels; 2 are named (agent, customer): name them all, or say with --only which"
            + " are meant");
    assertThat(new Read(three, NAMED.only(List.of("customer"))).only().status())
        .isEqualTo(Status.SCORED);
    assertThat(new Read(three, Channels.EACH).outcomes).hasSize(3);
    assertThat(new Read(mono, Channels.EACH).segments.keySet()).containsExactly(new Voice(0, null));
  }

  private static void wrong(byte[] file, Channels channels, String reason) {
    ClipOutcome outcome = new Read(file, channels).only();
    assertThat(outcome.status()).isEqualTo(Status.WRONG_CHANNELS);
    assertThat(outcome.reason()).isEqualTo(reason);
    assertThat(outcome.channels()).isPositive();
    assertThat(outcome.codec()).isEqualTo("pcm_s16le");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void samplesAtFullScaleAreCounted(boolean isMix) {
    float[] loud = Clips.noise(4 * RATE, 1);
    for (int i = 0; i < loud.length; i += 4) {
      loud[i] = i % 8 == 0 ? 1 : -1;
    }
    float[] soft = Clips.noise(loud.length, 2);
    Read read = new Read(stereo(loud, soft), isMix ? Channels.MIX : Channels.EACH);
    assertThat(read.outcomes.values())
        .extracting(outcome -> outcome.facts().clipping())
        .isEqualTo(isMix ? List.of(0.125) : List.of(0.25, 0.0));
  }

  private static byte[] stereo(float[] left, float[] right) {
    return Clips.wav(RATE, 2, Clips.interleaved(left, right));
  }
}
