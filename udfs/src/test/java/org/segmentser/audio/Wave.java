package org.segmentser.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A WAV file whose header can be made to say anything. */
@SuppressWarnings("ArrayRecordComponent")
record Wave(int tag, int channels, int rate, int bits, long dataSize, byte[] data) {

  static Wave pcm16(int rate, int channels, float... samples) {
    ByteBuffer data = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : samples) {
      data.putShort((short) Math.round(sample * 32767));
    }
    return new Wave(1, channels, rate, 16, data.capacity(), data.array());
  }

  static Wave float32(int rate, float... samples) {
    ByteBuffer data = ByteBuffer.allocate(4 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : samples) {
      data.putFloat(sample);
    }
    return new Wave(3, 1, rate, 32, data.capacity(), data.array());
  }

  Wave withRate(int other) {
    return new Wave(tag, channels, other, bits, dataSize, data);
  }

  Wave withChannels(int other) {
    return new Wave(tag, other, rate, bits, dataSize, data);
  }

  Wave withDataSize(long other) {
    return new Wave(tag, channels, rate, bits, other, data);
  }

  byte[] bytes() {
    int block = channels * bits / 8;
    return ByteBuffer.allocate(44 + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt((int) (36 + dataSize))
        .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
        .putInt(16)
        .putShort((short) tag)
        .putShort((short) channels)
        .putInt(rate)
        .putInt(rate * block)
        .putShort((short) block)
        .putShort((short) bits)
        .put("data".getBytes(StandardCharsets.US_ASCII))
        .putInt((int) dataSize)
        .put(data)
        .array();
  }
}
