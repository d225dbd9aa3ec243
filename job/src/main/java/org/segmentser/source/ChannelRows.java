package org.segmentser.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.segmentser.audio.Channels;
import scala.Tuple2;

/** Makes one clip of the rows that name its channels. */
final class ChannelRows {
  private static final String ONLY = "of channels that --only leaves out";

  private ChannelRows() {}

  /**
   * The clips of rows, those of one id and one stretch of a file as one.
   *
   * @param all the channels that are listened to; a clip without one of them is left out
   */
  static JavaRDD<Listed> merge(JavaRDD<Listed> rows, Channels all) {
    // In one pass, as each looks up the files.
    return rows.groupBy(ChannelRows::key).flatMap(new Merge(all));
  }

  /** The id of a clip; of a row that denotes none something else, as no id begins with a space. */
  private static String key(Listed row) {
    return row.clip() == null ? " row " + row.origin().row() : row.clip().id();
  }

  private record Merge(Channels all)
      implements FlatMapFunction<Tuple2<String, Iterable<Listed>>, Listed> {
    @Override
    public Iterator<Listed> call(Tuple2<String, Iterable<Listed>> group) {
      List<Listed> rows = new ArrayList<>();
      group._2().forEach(rows::add);
      return merged(rows).stream().map(this::heard).iterator();
    }

    private Listed heard(Listed row) {
      if (row.clip() == null || row.clip().channels() == null) {
        return row;
      }
      Clip clip = row.clip().within(all);
      return clip == null ? Listed.skipped(ONLY, 1) : row.with(clip, row.section());
    }
  }

  /** The clips of rows that name the same id; of one that denotes none, itself. */
  static List<Listed> merged(List<Listed> rows) {
    rows.sort(Comparator.comparingLong(row -> row.origin().row()));
    List<Listed> clips = new ArrayList<>();
    Listed first = null;
    for (Listed row : rows) {
      if (first == null || !isOtherChannel(row.clip(), first.clip())) {
        if (first != null) {
          clips.add(first);
        }
        first = row;
      } else if (!row.clip().kept().equals(first.clip().kept())) {
        clips.add(
            Listed.wrong(
                row.origin(),
                "is another channel of '"
                    + row.clip().id()
                    + "', but keeps other values; they must be equal"));
      } else {
        first = first.with(first.clip().withChannelsOf(row.clip()), first.section());
      }
    }
    if (first != null) {
      clips.add(first);
    }
    return clips;
  }

  /** Whether a row is another channel of the same stretch of the same file. */
  private static boolean isOtherChannel(Clip clip, Clip earlier) {
    return clip.channels() != null
        && earlier.channels() != null
        && clip.isSameStretch(earlier)
        && !earlier.channels().only().containsAll(clip.channels().only());
  }
}
