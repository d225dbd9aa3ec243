package org.segmentser.segment;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.List;
import java.util.Locale;
import org.segmentser.audio.ByteSource;

/**
 * Plans the sections of files in a process of its own, and reads the last one: a line for each
 * file.
 */
final class LongFileReader {
  private LongFileReader() {}

  public static void main(String[] files) {
    ClipSettings settings = ClipSettings.of(Segmentation.DEFAULT).withSpeech(Speech.MARK);
    double end = Double.POSITIVE_INFINITY;
    for (String file : files) {
      List<Section> sections =
          Sections.plan(() -> new FileSource(file), file, 0, end, settings, 1800);
      Section last = sections.get(sections.size() - 1);
      int next = last.firstSegment();
      double level = 0;
      try (ClipReader reader =
          ClipReader.open(() -> new FileSource(file), file, 0, end, last, settings)) {
        while (!reader.isDone()) {
          for (Segment segment : SegmentPatches.of(reader.nextParts().get(0).chunk())) {
            if (segment.index() != next++) {
              throw new IllegalStateException("segment " + segment.index());
            }
            level = segment.endS() > segment.startS() ? segment.rmsDbfs() : level;
          }
        }
        SectionOutcome.End ended = reader.sectionOutcome().end();
        System.out.println(
            String.format(
                Locale.ROOT,
                "%d sections, segments %d to %d, the last at %.1f dB, lasts %.3f s, %s",
                sections.size(),
                last.firstSegment(),
                next - 1,
                level,
                ended.durationS(),
                ended.isOfAudio() ? "SCORED" : ended.reason()));
      }
    }
  }

  private static final class FileSource implements ByteSource {
    private final RandomAccessFile file;
    private final long length;

    FileSource(String name) throws IOException {
      file = new RandomAccessFile(name, "r");
      length = file.length();
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
      return file.read(buffer, offset, count);
    }

    @Override
    public void seek(long position) throws IOException {
      file.seek(position);
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
