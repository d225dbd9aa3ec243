package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.dsp.FrontEnd;

class VoiceReaderTest {

  @ParameterizedTest
  @ValueSource(ints = {8000, 11025, 16000, 22050, 44100, 48000})
  void givesSixteenThousandSamplesASecond(int rate) throws AudioException {
    byte[] clip = Wave.pcm16(rate, 1, Arrays.copyOf(Clips.sweep(2 * rate), 2 * rate)).bytes();
    try (VoiceReader reader =
        VoiceReader.open(
            () -> new ByteArraySource(clip), "a.wav", Clips.inSeconds(60), Channels.MIX)) {
      float[][] samples = new float[1][100_000];
      int filled = 0;
      int count;
      while ((count = reader.read(samples, filled, Math.min(1234, 100_000 - filled))) > 0) {
        filled += count;
      }
      assertThat(filled).isEqualTo(2 * FrontEnd.SAMPLE_RATE);
      assertThat(reader.info().sampleRate()).isEqualTo(rate);
      assertThat(reader.fault()).isEmpty();
    }
  }
}
