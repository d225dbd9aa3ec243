package org.segmentser.source;

import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Lists an input in a process of its own, for tests of other locales. */
final class ListingProbe {
  private ListingProbe() {}

  public static void main(String[] inputs) {
    ListedClips corpus = InputListing.list(List.of(inputs), new Configuration());
    corpus
        .clips()
        .forEach(c -> System.out.println("> " + c.uri() + " " + c.bytes() + " " + c.unreadable()));
    System.out.println("> " + corpus.skipped());
  }
}
