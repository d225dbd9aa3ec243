package org.segmentser.audio;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOMEM;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext.Get_buffer2_AVCodecContext_AVFrame_int;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Finds out how large a frame is that FFmpeg refused, without the memory for it. */
final class FrameSize extends Get_buffer2_AVCodecContext_AVFrame_int {

  // JavaCPP serves ten callback objects of a type at most; the reference keeps it from being freed.
  private static final FrameSize INSTANCE = new FrameSize().retainReference();

  private long samples;

  private FrameSize() {}

  /**
   * The samples of all channels that the decoder wants to put into one frame of {@code packet}; 0
   * if it does not get so far.
   */
  static long of(AVCodecContext codec, AVPacket packet) {
    synchronized (INSTANCE) {
      INSTANCE.samples = 0;
      long allowed = codec.max_samples();
      Get_buffer2_AVCodecContext_AVFrame_int allocator = codec.get_buffer2();
      codec.max_samples(Long.MAX_VALUE);
      codec.get_buffer2(INSTANCE);
      avcodec_send_packet(codec, packet);
      codec.get_buffer2(allocator);
      codec.max_samples(allowed);
      return INSTANCE.samples;
    }
  }

  @Override
  public int call(AVCodecContext codec, AVFrame frame, int flags) {
    try {
      samples = (long) frame.nb_samples() * codec.ch_layout().nb_channels();
    } catch (RuntimeException | Error e) {
      // An exception that leaves a callback aborts the JVM.
    }
    return AVERROR_ENOMEM();
  }
}
