package org.segmentser.segment;

import java.io.Serializable;

/**
 * What is listened to in a recording: one of its channels, or the average of all.
 *
 * @param channel counted from 0; null for the average of all
 * @param party who speaks on the channel; null if nobody is named
 */
public record Voice(Integer channel, String party) implements Serializable {
  /** The average of all channels. */
  public static final Voice MIX = new Voice(null, null);
}
