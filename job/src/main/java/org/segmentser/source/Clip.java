package org.segmentser.source;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.segmentser.audio.AudioLocation;
import org.segmentser.audio.Channels;

/**
 * One audio input, as listed.
 *
 * @param id stable over runs: the manifest's id, else the URI
 * @param location where its bytes are
 * @param modifiedMs when the file was modified, in milliseconds since 1970; null if unknown
 * @param startS where the clip starts in the recording, in seconds; null for its beginning
 * @param endS where it ends; null for the recording's end
 * @param unreadable why it cannot be read, in words; null unless that is known already
 * @param channels which of its channels are listened to; null for as the run says
 * @param kept values of the columns that are kept of a manifest, in their order; may hold nulls
 */
public record Clip(
    String id,
    AudioLocation location,
    Long modifiedMs,
    Double startS,
    Double endS,
    String unreadable,
    Channels channels,
    List<String> kept)
    implements Serializable {

  /** A whole file that is to be read, without other columns. */
  public static Clip ofFile(String id, String uri, Long bytes, Long modifiedMs) {
    return new Clip(
        id, AudioLocation.ofFile(uri, bytes), modifiedMs, null, null, null, null, List.of());
  }

  /** The file, as Hadoop's {@code Path} writes it. */
  public String uri() {
    return location.uri();
  }

  /** Where it is, in words: a file, or the member of a shard. */
  String place() {
    return location.member() == null ? uri() : uri() + "!" + location.member();
  }

  /** Whether another clip is the same stretch of the same recording. */
  boolean isSameStretch(Clip other) {
    return location.equals(other.location)
        && Objects.equals(startS, other.startS)
        && Objects.equals(endS, other.endS);
  }

  /** What its recording is called, which may tell the format. */
  public String name() {
    return location.member() == null ? uri() : location.member();
  }

  /** Bytes of its recording; null if unknown. */
  public Long bytes() {
    return location.length();
  }

  /** The clip with its channels as far as {@code all} are listened to; null if none is. */
  Clip within(Channels all) {
    Channels heard = channels.within(all);
    return heard == null ? null : with(heard);
  }

  /** The clip with those of its channels too that another row names. */
  Clip withChannelsOf(Clip row) {
    Channels all = channels;
    for (int channel : row.channels.only()) {
      all = all.and(channel, row.channels.party(channel));
    }
    return with(all);
  }

  private Clip with(Channels other) {
    return new Clip(id, location, modifiedMs, startS, endS, unreadable, other, kept);
  }

  /** The clip once the member of a shard that it is was found. */
  Clip at(Clip member) {
    return new Clip(
        id,
        member.location(),
        member.modifiedMs(),
        startS,
        endS,
        member.unreadable(),
        channels,
        kept);
  }

  /** The clip with values of the kept columns. */
  public Clip withKept(List<String> values) {
    return new Clip(id, location, modifiedMs, startS, endS, unreadable, channels, values);
  }

  private AudioLocation located(Long bytes) {
    return new AudioLocation(
        location.uri(), location.offset(), bytes, location.member(), location.row());
  }

  /**
   * The clip once its file was looked up.
   *
   * @param reason why it cannot be read; null if nothing speaks against it
   */
  Clip found(Long bytes, Long modified, String reason) {
    return new Clip(id, located(bytes), modified, startS, endS, reason, channels, kept);
  }
}
