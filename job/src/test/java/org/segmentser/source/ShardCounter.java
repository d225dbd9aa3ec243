package org.segmentser.source;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Lists a shard in a process of its own and counts, so that its memory and time are known. */
final class ShardCounter {
  private ShardCounter() {}

  public static void main(String[] shards) throws IOException {
    for (String uri : shards) {
      long clips = 0;
      long bytes = 0;
      long unreadable = 0;
      try (TarShard shard = Shards.open(uri, List.of("__key__"), null, new Configuration())) {
        while (shard.hasNext()) {
          Clip clip = shard.next();
          clips++;
          bytes += clip.bytes();
          unreadable += clip.unreadable() == null ? 0 : 1;
        }
      }
      System.out.printf("%d clips of %d bytes, %d unreadable%n", clips, bytes, unreadable);
    }
  }
}
