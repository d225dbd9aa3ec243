package org.segmentser.audio;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A clip that can be entered exactly at any of its samples: PCM, A-law or &mu;-law in WAV, RF64,
 * Wave64, AIFF or CAF, and FLAC.
 *
 * @param seconds that it lasts by its header
 */
public record ExactAudio(double seconds) {
  /**
   * Reads a clip's header, and no audio.
   *
   * @param deadlineNanos value of {@link System#nanoTime()} from which on this fails
   * @return empty if the clip cannot be entered exactly, does not state its length or, where it is
   *     not compressed, is shorter than it states
   * @throws AudioException as {@link AudioDecoder#open}
   */
  public static Optional<ExactAudio> of(ByteSource.Opener opener, String name, long deadlineNanos)
      throws AudioException {
    Ffmpeg.load();
    try (SourceIo io = new SourceIo(opener, deadlineNanos);
        Demuxer demuxer = new Demuxer(io)) {
      demuxer.open(AllowedFormats.hint(name));
      OptionalLong samples = demuxer.exactSamples();
      int rate = demuxer.parameters().sample_rate();
      return samples.isEmpty()
          ? Optional.empty()
          : Optional.of(new ExactAudio((double) samples.getAsLong() / rate));
    }
  }
}
