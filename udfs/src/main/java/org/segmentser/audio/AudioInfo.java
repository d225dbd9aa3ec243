package org.segmentser.audio;

import java.io.Serializable;

/**
 * What is known of a clip once it is open.
 *
 * @param sampleRate in Hz, 1,000 to 768,000; of the decoded samples
 * @param channels at least 1; of the first decoded frame
 * @param codec FFmpeg's name of the codec, such as {@code pcm_s16le}, {@code mp3} or {@code opus}
 * @param declaredSeconds the duration that the file states, at least 0; NaN where the file states
 *     none, as raw AAC, AMR or an MP3 without a Xing header. Never an estimate from the bit rate.
 *     It is the file's word: count while reading to hold a limit
 */
public record AudioInfo(int sampleRate, int channels, String codec, double declaredSeconds)
    implements Serializable {}
