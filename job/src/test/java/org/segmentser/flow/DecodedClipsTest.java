package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.ByteArraySource;
import org.segmentser.audio.ByteSource;
import org.segmentser.audio.Channels;
import org.segmentser.segment.AudioChunk.Cut;
import org.segmentser.segment.ClipOutcome;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Clips;
import org.segmentser.segment.Section;
import org.segmentser.segment.SectionOutcome;
import org.segmentser.segment.Segmentation;
import org.segmentser.segment.Status;
import org.segmentser.source.Clip;
import org.segmentser.source.WorkItem;

class DecodedClipsTest {
  private static final int RATE = 16_000;
  private static final ClipSettings TWO_PER_CHUNK =
      new ClipSettings(Segmentation.DEFAULT, 2, 3600, 60);

  private final Map<String, byte[]> files = new HashMap<>();
  private final List<Clip> clips = new ArrayList<>();
  private final Told told = new Told();

  /** What a decoding told. */
  private static final class Told implements DecodedClips.Listener {
    private final List<String> opened = new ArrayList<>();
    private final Map<String, Status> ended = new HashMap<>();
    private final List<Integer> sections = new ArrayList<>();
    private long samples;

    @Override
    public void opened(WorkItem item) {
      opened.add(item.clip().id());
    }

    @Override
    public void decoded(long more) {
      samples += more;
    }

    @Override
    public void ended(WorkItem item, SectionOutcome outcome) {
      sections.add(item.section().index());
    }

    @Override
    public void ended(WorkItem item, List<ClipOutcome> outcomes) {
      ended.put(item.clip().id(), outcomes.get(outcomes.size() - 1).status());
    }
  }

  @Test
  void aClipComesInChunksAndItsOutcomeWithTheLastOne() {
    add("long", 5 * RATE);
    add("short", RATE);
    List<DecodedChunk> chunks = decodeAll();
    assertThat(chunks)
        .extracting(c -> c.item().clip().id())
        .containsExactly("long", "long", "long", "short");
    assertThat(chunks)
        .extracting(c -> c.part().chunk().cuts().stream().map(Cut::index).toList())
        .containsExactly(List.of(0, 1), List.of(2, 3), List.of(4), List.of(0));
    assertThat(chunks.subList(0, 2)).extracting(c -> c.part().outcome()).containsOnlyNulls();
    assertThat(chunks.get(2).part().outcome().status()).isEqualTo(Status.SCORED);
    assertThat(told.opened).containsExactly("long", "short");
    assertThat(told.ended).isEqualTo(Map.of("long", Status.SCORED, "short", Status.SCORED));
    assertThat(told.samples).isEqualTo(6 * RATE);
  }

  @Test
  void whatCannotBeReadIsAnOutcomeAndTheNextClipComes() {
    add("good", RATE);
    clips.add(0, Clip.ofFile("gone", "gone", null, null));
    Clip known =
        new Clip("known", location("known"), null, null, null, "a reason", null, List.of());
    clips.add(1, known);
    List<DecodedChunk> chunks = decodeAll();
    assertThat(chunks)
        .extracting(c -> c.part().outcome().status())
        .containsExactly(Status.UNREADABLE, Status.UNREADABLE, Status.SCORED);
    assertThat(chunks.get(0).part().outcome().reason()).contains("no such file");
    assertThat(chunks.get(1).part().outcome().reason()).contains("a reason");
    assertThat(chunks.get(0).part().chunk().cuts()).isEmpty();
  }

  @Test
  void aStretchOfARecordingIsAClip() {
    files.put("all", Clips.wav(RATE, Clips.noise(10 * RATE, 1)));
    clips.add(new Clip("part", location("all"), null, 2.0, 4.0, null, null, List.of()));
    List<DecodedChunk> chunks = decodeAll();
    assertThat(chunks.get(chunks.size() - 1).part().outcome().durationS()).isEqualTo(2.0);
  }

  @Test
  void aSectionGoesOnWhereTheOneBeforeItEnded() {
    add("long", 10 * RATE);
    List<WorkItem> items =
        List.of(
            new WorkItem(clips.get(0), new Section(0, 2, 0, 5), null),
            new WorkItem(
                Clip.ofFile("gone", "gone", null, null),
                new Section(1, 2, 5, Integer.MAX_VALUE),
                files.get("long")));
    List<DecodedChunk> chunks = new ArrayList<>();
    try (DecodedClips decoded =
        new DecodedClips(items.iterator(), this::open, TWO_PER_CHUNK, told)) {
      decoded.forEachRemaining(chunks::add);
    }
    assertThat(chunks)
        .flatExtracting(c -> c.part().chunk().cuts().stream().map(Cut::index).toList())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(chunks).extracting(c -> c.part().outcome()).containsOnlyNulls();
    assertThat(chunks.stream().filter(c -> c.sectionOutcome() != null)).hasSize(2);
    assertThat(told.sections).containsExactly(0, 1);
    assertThat(told.ended).isEmpty();
    assertThat(told.samples).isEqualTo(10 * RATE);
  }

  @Test
  void channelsOfAClipComeInTurn() {
    float[] samples = Clips.noise(2 * 3 * RATE, 1);
    files.put("call", Clips.wav(RATE, 2, samples));
    Channels channels = Channels.of(List.of("agent", "customer"));
    clips.add(new Clip("call", location("call"), null, null, null, null, channels, List.of()));
    List<DecodedChunk> chunks = decodeAll();
    assertThat(chunks)
        .extracting(c -> c.part().voice().party() + c.part().chunk().cuts().size())
        .containsExactly(
            "agent1",
            "customer1",
            "agent1",
            "customer1",
            "agent1",
            "customer1",
            "agent0",
            "customer0");
    assertThat(chunks.subList(0, 6)).extracting(c -> c.part().outcome()).containsOnlyNulls();
    assertThat(chunks.subList(6, 8))
        .extracting(c -> c.part().outcome().status())
        .containsOnly(Status.SCORED);
    assertThat(told.samples).isEqualTo(3 * RATE);
  }

  @Test
  void closingEndsTheClipThatIsOpen() {
    add("long", 60 * RATE);
    List<String> closed = new ArrayList<>();
    DecodedClips decoded = decode(location -> new Closing(open(location), closed));
    try (decoded) {
      decoded.next();
      assertThat(closed).isEmpty();
    }
    assertThat(closed).containsExactly("closed");
    assertThat(told.ended).isEmpty();
  }

  /** Tells that it is closed. */
  private record Closing(ByteSource bytes, List<String> closed) implements ByteSource {
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return bytes.read(buffer, offset, length);
    }

    @Override
    public void seek(long position) throws IOException {
      bytes.seek(position);
    }

    @Override
    public long length() {
      return bytes.length();
    }

    @Override
    public void close() throws IOException {
      bytes.close();
      closed.add("closed");
    }
  }

  private void add(String id, int samples) {
    files.put(id, Clips.wav(RATE, Clips.noise(samples, id.hashCode())));
    clips.add(Clip.ofFile(id, id, (long) files.get(id).length, 0L));
  }

  private static AudioLocation location(String uri) {
    return AudioLocation.ofFile(uri, null);
  }

  private ByteSource open(AudioLocation location) throws IOException {
    byte[] bytes = files.get(location.uri());
    if (bytes == null) {
      throw new IOException("no such file");
    }
    return new ByteArraySource(bytes);
  }

  private DecodedClips decode(DecodedClips.SourceOpener opener) {
    return new DecodedClips(
        clips.stream().map(WorkItem::of).iterator(), opener, TWO_PER_CHUNK, told);
  }

  private List<DecodedChunk> decodeAll() {
    List<DecodedChunk> chunks = new ArrayList<>();
    try (DecodedClips decoded = decode(this::open)) {
      decoded.forEachRemaining(chunks::add);
    }
    return chunks;
  }
}
