package org.segmentser.segment;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/** Small files that ask for much memory, written by hand. */
final class Bombs {
  private static final int MB = 1 << 20;
  private static final byte[] NOTHING = {};

  /** 41 kB that FFmpeg inflates to 30 MB: threefold until it has 10 MB, and threefold once more. */
  private static final byte[] INFLATING = Arrays.copyOf(deflated(new byte[29_998_000]), 41_150);

  private static final byte[] PICTURE = picture(100 * MB);

  /** Samples in an index of 120 MB; somewhat less than what FFmpeg may allocate at once. */
  private static final int INDEXED = 5_000_000;

  private Bombs() {}

  /** All of them by the names of their files. */
  static Map<String, byte[]> all() {
    Map<String, byte[]> bombs = new LinkedHashMap<>();
    bombs.put("packet.mka", matroska(track(1, G726, NOTHING, ZLIB), block(0, INFLATING)));
    bombs.put(
        "late-packet.mka", matroska(track(1, G726, NOTHING, ZLIB), good(), block(0, INFLATING)));
    bombs.put("laces.mka", matroska(track(1, G726, NOTHING, ZLIB), laced(INFLATING, 200)));
    bombs.put(
        "subtitles.mka",
        matroska(
            concat(track(1, G726, NOTHING, NOTHING), subtitles(2, ZLIB)),
            element(0xA3, concat(bytes(0x82, 0, 0, 0x04, 199), repeat(INFLATING, 200))),
            block(0, new byte[8000])));
    bombs.put(
        "private.mka",
        matroska(
            concat(60, i -> track(i + 1, "A_OPUS", INFLATING, ZLIB_OF_PRIVATE)),
            block(0, new byte[8000])));
    bombs.put(
        "private-size.mka", matroska(concat(id(0xAE), vint(220 * MB), id(0x63A2), vint(200 * MB))));
    bombs.put(
        "tracks.mka", matroska(concat(1000, i -> track(i + 1, G726, NOTHING, NOTHING)), good()));

    bombs.put("index.m4a", mov(concat(60, i -> trak(pcm("ulaw", 1), INDEXED, 160, 1, INDEXED))));
    bombs.put("chunks.m4a", mov(concat(60, i -> trak(pcm("sowt", 1), 1, 1, 2, Integer.MAX_VALUE))));
    bombs.put(
        "fragments.m4a",
        concat(
            mov(concat(trak(pcm("ulaw", 1), 1, 160, 1, 1), box("mvex", trex()))),
            concat(80, i -> box("moof", box("traf", tfhd(), trun(INDEXED))))));
    bombs.put(
        "cmov.mov", concat(box("ftyp", ascii("qt  "), be(0)), cmov(cmov(new byte[100 * MB]))));
    bombs.put("alac.m4a", mov(trak(alac(16 * MB, 2), 1, 4096, 1, 1)));
    bombs.put("alac8.m4a", mov(trak(alac(16 * MB, 8), 1, 4096, 1, 1)));

    byte[] pictures = id3(concat(60, i -> PICTURE));
    bombs.put("pictures.mp3", concat(pictures, mp3()));
    bombs.put(
        "pictures.wav", riff(fmt(1, 1), chunk("data", new byte[64000]), chunk("id3 ", pictures)));
    bombs.put("pictures.aiff", aiff(bigChunk("ID3 ", pictures)));
    bombs.put("picture-size.flac", flac(flacBlock(6, flacPicture(200 * MB))));
    bombs.put("info-size.wav", riff(fmt(1, 1), chunk("LIST", ascii("INFOINAM"), le(200 * MB))));
    bombs.put("fmt-size.wav", riff(ascii("fmt "), le(200 * MB), fmt(1, 1)));
    bombs.put("channels.wav", riff(fmt(1, 65), chunk("data", new byte[64000])));
    bombs.put("comment-size.ogg", ogg(0, vorbisComment(200 * MB)));
    bombs.put(
        "streams.ogg", concat(20_000, i -> ogg(i, concat(bytes(1), ascii("vorbis"), le(0, 1)))));
    bombs.put("name-size.aiff", aiff(concat(ascii("NAME"), be(200 * MB))));
    bombs.put("packets.caf", caf());
    bombs.put("ape-size.mp3", concat(mp3(), ape(16 * MB - 1000)));
    return bombs;
  }

  /** One frame of G.726 at 8 kHz, four samples to a byte. */
  static byte[] longFrame(int bytes) {
    return matroska(track(1, G726, NOTHING, NOTHING), block(0, new byte[bytes]));
  }

  // Matroska: elements of an id, a size and content.

  private static final String G726 = "A_MS/ACM";
  private static final byte[] ZLIB = compression(0);
  private static final byte[] ZLIB_OF_PRIVATE =
      element(
          0x6D80,
          element(0x6240, element(0x5032, bytes(2)), element(0x5034, element(0x4254, bytes(0)))));

  private static byte[] compression(int algorithm) {
    return element(
        0x6D80,
        element(
            0x6240, element(0x5032, bytes(1)), element(0x5034, element(0x4254, bytes(algorithm)))));
  }

  private static byte[] matroska(byte[] tracks, byte[]... blocks) {
    return concat(
        element(0x1A45DFA3, element(0x4282, ascii("matroska"))),
        element(
            0x18538067,
            element(0x1549A966, element(0x2AD7B1, be(1_000_000))),
            element(0x1654AE6B, tracks),
            element(0x1F43B675, element(0xE7, bytes(0)), concat(blocks))));
  }

  private static byte[] track(int number, String codec, byte[] codecPrivate, byte[] encodings) {
    byte[] g726 = le16(0x45, 1, 8000, 0, 2000, 0, 1, 2, 0);
    return element(
        0xAE,
        element(0xD7, be(number)),
        element(0x73C5, be(number)),
        element(0x83, bytes(2)),
        element(0x86, ascii(codec)),
        element(0x63A2, codec.equals(G726) ? g726 : codecPrivate),
        element(0xE1, element(0xB5, be(Float.floatToIntBits(8000))), element(0x9F, bytes(1))),
        encodings);
  }

  private static byte[] subtitles(int number, byte[] encodings) {
    return element(
        0xAE,
        element(0xD7, be(number)),
        element(0x73C5, be(number)),
        element(0x83, bytes(17)),
        element(0x86, ascii("S_TEXT/UTF8")),
        encodings);
  }

  private static byte[] block(int timecode, byte[] data) {
    return element(0xA3, concat(bytes(0x81, timecode >> 8, timecode, 0), data));
  }

  /** Four seconds. */
  private static byte[] good() {
    return block(0, deflated(new byte[8000]));
  }

  private static byte[] laced(byte[] frame, int times) {
    return element(0xA3, concat(bytes(0x81, 0, 0, 0x04, times - 1), repeat(frame, times)));
  }

  private static byte[] element(int id, byte[]... content) {
    byte[] all = concat(content);
    return concat(id(id), vint(all.length), all);
  }

  private static byte[] id(int id) {
    byte[] all = be(id);
    return Arrays.copyOfRange(all, Integer.numberOfLeadingZeros(id) / 8, 4);
  }

  private static byte[] vint(int size) {
    return concat(bytes(0x08), be(size));
  }

  // MOV and MP4: boxes of a size, a name and content.

  private static byte[] mov(byte[] traks) {
    return concat(
        box("ftyp", ascii("M4A "), be(0)),
        box("moov", box("mvhd", be(0, 0, 0, 8000, 0), new byte[80]), traks),
        box("mdat", bytes(0, 0, 0x10), be(0x2000_0000), new byte[64_000]));
  }

  /** One track whose samples all have 1 byte. */
  private static byte[] trak(byte[] entry, int samples, int duration, int chunks, int perChunk) {
    return box(
        "trak",
        box("tkhd", be(0, 0, 0, 1), new byte[68]),
        box(
            "mdia",
            box("mdhd", be(0, 0, 0, 8000, 0, 0)),
            box("hdlr", be(0, 0), ascii("soun"), new byte[13]),
            box(
                "minf",
                box(
                    "stbl",
                    box("stsd", be(0, 1), entry),
                    box("stts", be(0, 1, samples, duration)),
                    box("stsc", be(0, 1, 1, perChunk, 1)),
                    box("stsz", be(0, 1, samples)),
                    box("stco", be(0, chunks), concat(chunks, i -> be(100)))))));
  }

  private static byte[] pcm(String codec, int channels) {
    return box(codec, be(0, 1, 0, 0), be16(channels, 16, 0, 0), be(8000 << 16));
  }

  private static byte[] alac(int samples, int channels) {
    return box(
        "alac",
        be(0, 1, 0, 0),
        be16(channels, 16, 0, 0),
        be(8000 << 16),
        box("alac", be(0, samples), bytes(0, 16, 40, 10, 14, channels), be16(255), be(0, 0, 8000)));
  }

  private static byte[] trex() {
    return box("trex", be(0, 1, 1, 160, 1, 0));
  }

  private static byte[] tfhd() {
    return box("tfhd", be(0, 1));
  }

  private static byte[] trun(int samples) {
    return box("trun", be(0, samples));
  }

  private static byte[] cmov(byte[] moov) {
    byte[] header = box("moov", moov);
    return box(
        "moov",
        box("cmov", box("dcom", ascii("zlib")), box("cmvd", be(header.length), deflated(header))));
  }

  private static byte[] box(String name, byte[]... content) {
    byte[] all = concat(content);
    return concat(be(all.length + 8), ascii(name), all);
  }

  // ID3, and what bears it.

  private static byte[] id3(byte[] frames) {
    return concat(ascii("ID3"), bytes(4, 0, 0), syncsafe(frames.length), frames);
  }

  private static byte[] picture(int size) {
    byte[] content = new byte[size];
    System.arraycopy(ascii("\0image/png\0\3\0"), 0, content, 0, 13);
    byte[] packed = deflated(content);
    return concat(ascii("APIC"), syncsafe(packed.length + 4), bytes(0, 0x09), be(size), packed);
  }

  private static byte[] syncsafe(int n) {
    return bytes(n >> 21 & 0x7F, n >> 14 & 0x7F, n >> 7 & 0x7F, n & 0x7F);
  }

  /** Two seconds of silence at 44.1 kHz. */
  private static byte[] mp3() {
    byte[] frame = Arrays.copyOf(bytes(0xFF, 0xFB, 0x90, 0xC0), 417);
    return concat(80, i -> frame);
  }

  private static byte[] ape(int itemSize) {
    return concat(
        le(itemSize, 2),
        ascii("Cover Art (Front)\0"),
        new byte[64],
        ascii("APETAGEX"),
        le(2000, 32 + 64 + 26, 1, 0, 0, 0));
  }

  private static byte[] riff(byte[]... chunks) {
    byte[] all = concat(chunks);
    return concat(ascii("RIFF"), le(all.length + 4), ascii("WAVE"), all);
  }

  private static byte[] fmt(int format, int channels) {
    return chunk("fmt ", le16(format, channels, 16000, 0, 32000 * channels, 0, 2 * channels, 16));
  }

  private static byte[] chunk(String name, byte[]... content) {
    byte[] all = concat(content);
    return concat(ascii(name), le(all.length), all, new byte[all.length & 1]);
  }

  private static byte[] aiff(byte[] chunk) {
    byte[] all =
        concat(
            chunk,
            bigChunk("COMM", concat(be16(1), be(32_000), be16(16, 0x400C, 0xFA00, 0, 0, 0))),
            bigChunk("SSND", concat(be(0, 0), new byte[64_000])));
    return concat(ascii("FORM"), be(all.length + 4), ascii("AIFF"), all);
  }

  private static byte[] bigChunk(String name, byte[] content) {
    return concat(ascii(name), be(content.length), content, new byte[content.length & 1]);
  }

  private static byte[] flac(byte[] metadata) {
    byte[] streamInfo =
        concat(
            be16(4096, 4096), new byte[6], bytes(0x03, 0xE8, 0x00, 0xF0, 0, 0, 0, 0), new byte[16]);
    return concat(ascii("fLaC"), bytes(0), Arrays.copyOfRange(be(34), 1, 4), streamInfo, metadata);
  }

  private static byte[] flacBlock(int type, byte[] content) {
    return concat(bytes(0x80 | type), Arrays.copyOfRange(be(content.length), 1, 4), content);
  }

  private static byte[] flacPicture(int size) {
    return concat(be(3, 9), ascii("image/png"), be(0, 0, 0, 0, 0, size), new byte[1000]);
  }

  /** One page that is one packet. */
  private static byte[] ogg(int serial, byte[] packet) {
    byte[] lacing = new byte[packet.length / 255 + 1];
    Arrays.fill(lacing, (byte) 255);
    lacing[lacing.length - 1] = (byte) (packet.length % 255);
    return concat(
        ascii("OggS"),
        bytes(0, 2),
        new byte[8],
        le(serial, 0, 0),
        bytes(lacing.length),
        lacing,
        packet);
  }

  private static byte[] vorbisComment(int size) {
    return concat(bytes(3), ascii("vorbis"), le(size), new byte[200]);
  }

  private static byte[] caf() {
    byte[] packets = concat(be(0, INDEXED, 0, INDEXED * 160, 0, 0));
    return concat(
        ascii("caff"),
        be16(1, 0),
        cafChunk("desc", concat(be(0x40BF4000, 0), ascii("ulaw"), be(0, 1, 160, 1, 8))),
        cafChunk("pakt", packets),
        cafChunk("data", new byte[64_000]));
  }

  private static byte[] cafChunk(String name, byte[] content) {
    return concat(ascii(name), be(0, content.length), content);
  }

  // Bytes.

  private static byte[] deflated(byte[] content) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] block = new byte[MB];
    while (!deflater.finished()) {
      packed.write(block, 0, deflater.deflate(block));
    }
    deflater.end();
    return packed.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] concat(int times, IntFunction<byte[]> part) {
    return concat(IntStream.range(0, times).mapToObj(part).toArray(byte[][]::new));
  }

  private static byte[] repeat(byte[] part, int times) {
    return concat(Collections.nCopies(times, part).toArray(byte[][]::new));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] be(int... values) {
    return ints(ByteOrder.BIG_ENDIAN, values);
  }

  private static byte[] le(int... values) {
    return ints(ByteOrder.LITTLE_ENDIAN, values);
  }

  private static byte[] ints(ByteOrder order, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static byte[] be16(int... values) {
    return shorts(ByteOrder.BIG_ENDIAN, values);
  }

  private static byte[] le16(int... values) {
    return shorts(ByteOrder.LITTLE_ENDIAN, values);
  }

  private static byte[] shorts(ByteOrder order, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(order);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }
}
