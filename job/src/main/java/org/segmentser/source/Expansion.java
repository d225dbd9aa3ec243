package org.segmentser.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Section;
import org.segmentser.segment.Sections;
import org.segmentser.udf.HadoopSource;
import scala.Tuple2;

/**
 * What stands for a listed file once somebody has looked into it: the members of a tar shard, and
 * the sections of a long recording.
 *
 * @param settings how clips are read
 * @param splitS seconds above which a recording has several sections; null for none that has
 * @param columns of which a shard's members keep what stands beside them
 */
record Expansion(
    ClipSettings settings,
    Double splitS,
    Inputs.Columns columns,
    Broadcast<SerializableConfiguration> conf)
    implements FlatMapFunction<Tuple2<String, Iterable<Listed>>, Listed> {

  /** Formats in which every sample can be found, by the names of files. */
  private static final Set<String> PCM =
      Set.of("aif", "aifc", "aiff", "caf", "rf64", "w64", "wav", "wave");

  private static final String FLAC = "flac";

  /** What a second of a recording takes at least: 8 kHz, 8 bits; and compressed. */
  private static final int LEAST_PCM = 8_000;

  private static final int LEAST_FLAC = 2_000;

  /** Whether somebody must look into what was listed. */
  boolean appliesTo(Listed listed) {
    Clip clip = listed.clip();
    return clip != null
        && clip.unreadable() == null
        && (isShard(listed) || isWanted(listed) || mayBeLong(clip));
  }

  /** Whether it is a whole tar shard. */
  static boolean isShard(Listed listed) {
    Clip clip = listed.clip();
    return clip != null && clip.location().member() == null && TarShard.isShard(clip.uri());
  }

  /** Whether it is a member of a shard that a row names, whose place in it is not known. */
  static boolean isWanted(Listed listed) {
    return listed.clip().location().member() != null && listed.clip().bytes() == null;
  }

  private boolean mayBeLong(Clip clip) {
    if (splitS == null || clip.bytes() == null) {
      return false;
    }
    double startS = clip.startS() == null ? 0 : clip.startS();
    if (clip.endS() != null && clip.endS() - startS <= splitS) {
      return false;
    }
    String kind = ClipSample.kind(clip);
    return PCM.contains(kind)
        ? clip.bytes() >= splitS * LEAST_PCM
        : kind.equals(FLAC) && clip.bytes() >= splitS * LEAST_FLAC;
  }

  /** What was listed of one file, to what stands for it. */
  @Override
  public Iterator<Listed> call(Tuple2<String, Iterable<Listed>> file) throws IOException {
    List<Listed> found = new ArrayList<>();
    List<Listed> shards = new ArrayList<>();
    Map<String, List<Listed>> wanted = new HashMap<>();
    for (Listed listed : file._2()) {
      if (isWanted(listed)) {
        wanted
            .computeIfAbsent(listed.clip().location().member(), member -> new ArrayList<>())
            .add(listed);
      } else if (isShard(listed)) {
        shards.add(listed);
      } else {
        found.addAll(sections(listed));
      }
    }
    if (!wanted.isEmpty()) {
      found.addAll(members(file._1(), wanted));
    }
    return shards.isEmpty() ? found.iterator() : new Members(found.iterator(), shards.iterator());
  }

  /** What was found, then all members of shards and what is left out of them, one by one. */
  private final class Members implements Iterator<Listed> {
    private final Iterator<Listed> shards;
    private Iterator<Listed> next;
    private Listed listed;

    /** The shard that is read; null between shards, so that a task keeps none that it has read. */
    private TarShard shard;

    Members(Iterator<Listed> found, Iterator<Listed> shards) {
      this.next = found;
      this.shards = shards;
      TaskContext task = TaskContext.get();
      if (task != null) {
        task.addTaskCompletionListener((TaskCompletionListener) ended -> close());
      }
    }

    private void close() {
      if (shard == null) {
        return;
      }
      try {
        shard.close();
      } catch (IOException e) {
        // Nothing more is wanted of it.
      }
      shard = null;
    }

    @Override
    public boolean hasNext() {
      while (!next.hasNext() && (shard != null || shards.hasNext())) {
        if (shard == null) {
          listed = shards.next();
          shard = TarShard.open(listed.clip(), columns.kept(), columns.id(), conf.value().value());
        } else if (shard.hasNext()) {
          next = sections(listed.with(shard.next(), Section.WHOLE)).iterator();
        } else {
          next =
              shard.skipped().entrySet().stream()
                  .map(skipped -> Listed.skipped(skipped.getKey(), skipped.getValue()))
                  .toList()
                  .iterator();
          close();
        }
      }
      return next.hasNext();
    }

    @Override
    public Listed next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return next.next();
    }
  }

  /**
   * The members of a shard that rows name, by name; in their order, those that are not there first.
   */
  private List<Listed> members(String uri, Map<String, List<Listed>> wanted) throws IOException {
    List<Listed> found = new ArrayList<>();
    // Who packs a shard may encode what the manifest still calls by its former name.
    Set<String> wantedStems =
        wanted.keySet().stream().map(Expansion::stem).collect(Collectors.toSet());
    Map<String, Clip> stems = new HashMap<>();
    String trouble = null;
    Configuration hadoop = conf.value().value();
    Long modified = modified(uri, hadoop);
    Clip file = Clip.ofFile(uri, uri, null, modified);
    try (TarShard shard = TarShard.open(file, List.of(), null, hadoop)) {
      while (shard.hasNext()) {
        Clip member = shard.next();
        String name = member.location().member();
        if (name == null) {
          trouble = member.unreadable();
        } else if (wanted.containsKey(name)) {
          for (Listed row : wanted.remove(name)) {
            found.addAll(sections(row.with(row.clip().at(member), Section.WHOLE)));
          }
        } else if (wantedStems.contains(stem(name))) {
          stems.putIfAbsent(stem(name), member);
        }
      }
    }
    for (Map.Entry<String, List<Listed>> missing : wanted.entrySet()) {
      Clip member = stems.get(stem(missing.getKey()));
      for (Listed row : missing.getValue()) {
        if (member != null) {
          found.addAll(sections(row.with(row.clip().at(member), Section.WHOLE)));
        } else {
          String reason =
              trouble == null
                  ? "the shard has no such member"
                  : "not found in the readable part of the shard: " + trouble;
          found.add(row.with(row.clip().found(null, modified, reason), Section.WHOLE));
        }
      }
    }
    // One task reads those of a compressed shard, in one pass if they are in their order.
    found.sort(Comparator.comparingLong(listed -> listed.clip().location().offset()));
    return found;
  }

  private static Long modified(String uri, Configuration hadoop) {
    try {
      Path path = new Path(uri);
      return Tree.of(path, hadoop).find(path).modifiedMs();
    } catch (IOException | RuntimeException e) {
      // Opening the shard tells why.
      return null;
    }
  }

  private static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
  }

  /** The sections of a clip, in order; one of an ordinary clip. */
  private List<Listed> sections(Listed listed) {
    Clip clip = listed.clip();
    if (clip == null
        || clip.unreadable() != null
        || !mayBeLong(clip)
        || ClipPartitions.sequence(clip) != null) {
      return List.of(listed);
    }
    ClipSettings own = clip.channels() == null ? settings : settings.withChannels(clip.channels());
    return Sections.plan(
            () -> HadoopSource.open(clip.location(), conf.value().value()),
            clip.name(),
            clip.startS() == null ? 0 : clip.startS(),
            clip.endS() == null ? Double.POSITIVE_INFINITY : clip.endS(),
            own,
            splitS)
        .stream()
        .map(section -> listed.with(clip, section))
        .toList();
  }
}
