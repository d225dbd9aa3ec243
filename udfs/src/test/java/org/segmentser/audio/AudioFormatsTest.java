package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.audio.Clips.Decoded;

/** Whole clips of every format: the right samples, and no fault. */
class AudioFormatsTest {

  @ParameterizedTest
  @CsvSource({
    "speech_16k.flac, flac, 0",
    "speech_16k.aiff, pcm_s16be, 0",
    "speech_16k_24bit.wav, pcm_s24le, 2e-5",
    "speech_16k_float.wav, pcm_f32le, 2e-5",
    "speech_16k_ulaw.wav, pcm_mulaw, 0.02"
  })
  void goldenFormatsHoldTheSameSamples(String name, String codec, float tolerance)
      throws AudioException {
    Decoded wave = Clips.decode(Clips.golden("speech_16k.wav"), "speech_16k.wav");
    Decoded other = Clips.decode(Clips.golden(name), name);
    assertThat(other.info())
        .isEqualTo(new AudioInfo(16000, 1, codec, wave.info().declaredSeconds()));
    assertThat(other.samples()).hasSameSizeAs(wave.samples());
    for (int i = 0; i < wave.samples().length; i++) {
      assertThat(other.samples()[i]).isCloseTo(wave.samples()[i], within(tolerance));
    }
    assertThat(other.fault()).isEmpty();
  }

  @Test
  void sixteenBitsAreScaledBy32768() throws AudioException {
    byte[] wave = new Wave(1, 1, 16000, 16, 6, new byte[] {0, (byte) 0x80, -1, 127, 1, 0}).bytes();
    assertThat(Clips.decode(wave, "a.wav").samples())
        .containsExactly(-1f, 32767 / 32768f, 1 / 32768f);
  }

  /** As recorders of sound cards with 24 bits write, and FFmpeg's own programs misread. */
  @ParameterizedTest
  @CsvSource({
    "32, 24, 1",
    "32, 24, 2",
    "32, 20, 1",
    "32, 16, 2",
    "24, 20, 1",
    "24, 16, 2",
    "32, 32, 1"
  })
  void samplesMayBeStoredInMoreBitsThanCount(int stored, int counted, int channels)
      throws AudioException {
    int samples = 3_000 * channels;
    ByteBuffer data = ByteBuffer.allocate(samples * stored / 8).order(ByteOrder.LITTLE_ENDIAN);
    float[] expected = new float[3_000];
    Random random = new Random(stored + counted);
    for (int i = 0; i < samples; i++) {
      int value = random.nextInt() >> (32 - counted) << (32 - counted);
      for (int bits = 32 - stored; bits < 32; bits += 8) {
        data.put((byte) (value >> bits));
      }
      expected[i / channels] += value * 0x1p-31f / channels;
    }
    byte[] wave = new Wave(1, channels, 16_000, stored, data.capacity(), data.array()).bytes();
    ByteBuffer extensible =
        ByteBuffer.allocate(wave.length + 24).order(ByteOrder.LITTLE_ENDIAN).put(wave, 0, 36);
    extensible.putInt(16, 40).putShort(20, (short) 0xFFFE);
    extensible.putShort((short) 22).putShort((short) counted).putInt(0);
    // KSDATAFORMAT_SUBTYPE_PCM.
    extensible.putInt(1).putInt(0x00100000).putInt(0xAA000080).putInt(0x719B3800);
    extensible.put(wave, 36, wave.length - 36);
    Decoded decoded = Clips.decode(extensible.array(), "a.wav");
    assertThat(decoded.fault()).isEmpty();
    assertThat(decoded.info().declaredSeconds()).isEqualTo(3_000 / 16_000.0);
    assertThat(decoded.samples()).hasSize(3_000);
    for (int i = 0; i < 3_000; i++) {
      assertThat(decoded.samples()[i]).as("sample %d", i).isCloseTo(expected[i], within(1e-6f));
    }
  }

  @Test
  void channelsAreAveraged() throws AudioException {
    byte[] wave = Wave.pcm16(8000, 3, 0.9f, 0.3f, 0f, -0.3f, 0f, 0f).bytes();
    Decoded decoded = Clips.decode(wave, "a.wav");
    assertThat(decoded.info().channels()).isEqualTo(3);
    assertThat(decoded.samples()).hasSize(2);
    assertThat(decoded.samples()[0]).isCloseTo(0.4f, within(1e-4f));
    assertThat(decoded.samples()[1]).isCloseTo(-0.1f, within(1e-4f));
  }

  /** Formats that keep the length: file extension, codec, lowest correlation, ffmpeg's options. */
  @ParameterizedTest
  @CsvSource({
    "wav, pcm_u8, 0.999, -c:a pcm_u8",
    "wav, pcm_s16le, 1, -c:a pcm_s16le",
    "wav, pcm_s24le, 1, -c:a pcm_s24le",
    "wav, pcm_s32le, 1, -c:a pcm_s32le",
    "wav, pcm_f32le, 1, -c:a pcm_f32le",
    "wav, pcm_f64le, 1, -c:a pcm_f64le",
    "wav, pcm_mulaw, 0.999, -c:a pcm_mulaw",
    "wav, pcm_alaw, 0.999, -c:a pcm_alaw",
    "wav, pcm_s16le, 1, -rf64 always",
    "flac, flac, 1, ''",
    "flac, flac, 1, -sample_fmt s32",
    "aiff, pcm_s16be, 1, ''",
    "aiff, pcm_s24be, 1, -c:a pcm_s24be",
    "aiff, pcm_f32be, 1, -c:a pcm_f32be",
    "au, pcm_s16be, 1, ''",
    "au, pcm_mulaw, 0.999, -c:a pcm_mulaw",
    "m4a, alac, 1, -c:a alac",
    "mka, pcm_s16le, 1, -c:a pcm_s16le",
    "mka, flac, 1, -c:a flac",
    "ogg, vorbis, 0.99, -c:a libvorbis",
  })
  void keepsEverySample(String extension, String codec, double correlation, String options)
      throws AudioException {
    Decoded decoded = decodeMade(extension, options);
    assertThat(decoded.info().codec()).isEqualTo(codec);
    assertThat(decoded.info().sampleRate()).isEqualTo(16000);
    assertThat(decoded.info().declaredSeconds()).isCloseTo(3, within(1e-3));
    assertThat(decoded.samples()).hasSize(3 * 16000);
    assertThat(Clips.correlation(Clips.sweep(3 * 16000), decoded.samples(), 0))
        .isGreaterThan(correlation - 1e-4);
  }

  /** Formats that pad: extension, codec, rate, padding in seconds, correlation, options. */
  @ParameterizedTest
  @CsvSource({
    "wav, adpcm_ms, 16000, 0.07, 0.99, -c:a adpcm_ms",
    "wav, adpcm_ima_wav, 16000, 0.07, 0.99, -c:a adpcm_ima_wav",
    "wav, adpcm_yamaha, 16000, 0.08, 0.99, -c:a adpcm_yamaha",
    "wav, gsm_ms, 8000, 0.05, 0.9, -c:a libgsm_ms -ar 8000",
    "gsm, gsm, 8000, 0.05, 0.9, -c:a libgsm -ar 8000",
    "g722, adpcm_g722, 16000, 0.01, 0.97, -c:a g722",
    "mp3, mp3, 16000, 0.15, 0.98, -c:a libmp3lame -b:a 64k",
    "mp3, mp3, 16000, 0.15, 0.98, -c:a libmp3lame -q:a 2",
    "mp3, mp3, 16000, 0.2, 0.98, -c:a libmp3lame -b:a 64k -write_xing 0",
    "mp3, mp3, 44100, 0.1, 0.98, -c:a libmp3lame -b:a 128k -ar 44100 -ac 2",
    "mp3, mp3, 8000, 0.3, 0.98, -c:a libmp3lame -b:a 32k -ar 8000",
    "mp2, mp2, 16000, 0.15, 0.98, -c:a mp2 -b:a 64k",
    "opus, opus, 48000, 0.03, 0.98, -c:a libopus",
    "webm, opus, 48000, 0.03, 0.98, -c:a libopus",
    "mka, vorbis, 16000, 0.07, 0.98, -c:a libvorbis",
    "m4a, aac, 16000, 0.15, 0.98, -c:a aac -b:a 64k",
    "m4a, aac, 16000, 0.15, 0.98, -c:a aac -b:a 64k -movflags +faststart",
    "m4a, aac, 16000, 0.15, 0.98, -c:a aac -b:a 64k -movflags frag_keyframe+empty_moov",
    "aac, aac, 16000, 0.2, 0.98, -c:a aac -b:a 64k",
    "mov, pcm_s16le, 16000, 0, 0.999, -c:a pcm_s16le",
    "w64, pcm_s16le, 16000, 0, 0.999, ''",
    "caf, pcm_s16le, 16000, 0, 0.999, -c:a pcm_s16le",
  })
  void keepsTheLengthWithinPadding(
      String extension, String codec, int rate, double padding, double correlation, String options)
      throws AudioException {
    Decoded decoded = decodeMade(extension, options);
    assertThat(decoded.info().codec()).isEqualTo(codec);
    assertThat(decoded.info().sampleRate()).isEqualTo(rate);
    assertThat(decoded.samples().length / (double) rate).isBetween(3 - 0.001, 3 + padding + 0.001);
    Resampler resampler = new Resampler(rate, 16000);
    float[] at16k = new float[resampler.maxOutput(decoded.samples().length)];
    float[] rest = new float[resampler.maxOutput(0)];
    int count = resampler.process(decoded.samples(), 0, decoded.samples().length, at16k);
    System.arraycopy(rest, 0, at16k, count, Math.min(resampler.finish(rest), at16k.length - count));
    assertThat(Clips.correlation(Clips.sweep(3 * 16000), at16k, 4000)).isGreaterThan(correlation);
  }

  private static Decoded decodeMade(String extension, String options) throws AudioException {
    String[] words = options.isEmpty() ? new String[0] : options.split(" ");
    Decoded decoded = Clips.decode(Clips.made(extension, words), "clip." + extension);
    assertThat(decoded.fault()).isEmpty();
    return decoded;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aac -c:a aac",
        "mp3 -c:a libmp3lame -b:a 64k -write_xing 0",
        "gsm -c:a libgsm -ar 8000",
        "g722 -c:a g722"
      })
  void anEstimatedDurationIsNotDeclared(String format) throws AudioException {
    List<String> words = List.of(format.split(" "));
    String[] options = words.subList(1, words.size()).toArray(String[]::new);
    Decoded decoded = Clips.decode(Clips.made(words.get(0), options), "clip." + words.get(0));
    assertThat(decoded.info().declaredSeconds()).isNaN();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void pictureStreamsAreLeftOut(int seconds) throws AudioException {
    byte[] film =
        Clips.made(
            "mkv",
            "-f",
            "lavfi",
            "-i",
            "testsrc=d=" + seconds + ":s=320x240",
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:v",
            "mpeg4",
            "-c:a",
            "flac");
    Decoded decoded = Clips.decode(film, "film.mkv");
    assertThat(decoded.samples()).hasSize(3 * 16000);
    assertThat(decoded.fault()).isEmpty();
  }

  @Test
  void coverArtIsLeftOut() throws AudioException {
    byte[] song =
        Clips.made(
            "mp3",
            "-f",
            "lavfi",
            "-i",
            "testsrc=d=1:r=1:s=1280x960",
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:v",
            "png",
            "-disposition:v",
            "attached_pic",
            "-c:a",
            "libmp3lame");
    Decoded decoded = Clips.decode(song, "song.mp3");
    assertThat(decoded.samples().length).isBetween(3 * 16000, 3 * 16000 + 2000);
    assertThat(decoded.fault()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp3", "flac", "wav"})
  void tagsBehindTheAudioAreNoFault(String extension) throws AudioException {
    byte[] clip = Clips.made(extension);
    byte[] tagged = Arrays.copyOf(clip, clip.length + 128);
    byte[] tag = "TAGA title, an artist and an album".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(tag, 0, tagged, clip.length, tag.length);
    Decoded plain = Clips.decode(clip, "clip");
    Decoded decoded = Clips.decode(tagged, "clip");
    assertThat(decoded.samples()).hasSameSizeAs(plain.samples());
    assertThat(decoded.fault()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr/share/asterisk/sounds", "/usr/share/sounds/alsa"})
  void corporaOfDebianAreWhole(String folder) throws IOException, AudioException {
    assumeTrue(Files.isDirectory(Path.of(folder)), () -> "not installed: " + folder);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(Path.of(folder))) {
      files = walk.filter(p -> p.toString().matches(".*\\.(wav|gsm|g722)")).sorted().toList();
    }
    for (Path file : files) {
      Decoded decoded = Clips.decode(Clips.bytes(file), file.toString());
      assertThat(decoded.fault()).as("%s", file).isEmpty();
      assertThat(decoded.samples()).as("%s", file).isNotEmpty();
    }
  }
}
