package org.segmentser.source;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is read, and how its columns are called.
 *
 * @param uris of files, directories, globs and tar shards, or of tables; may be empty
 * @param format of the tables that {@code uris} name, as Spark calls it; null where they name no
 *     tables
 * @param manifests URIs of tables of clips; may be empty
 * @param columns of manifests and tables, and in a tar shard what stands beside the audio
 */
public record Inputs(List<String> uris, String format, List<String> manifests, Columns columns) {
  /** Keeps its own copies. */
  public Inputs {
    uris = List.copyOf(uris);
    manifests = List.copyOf(manifests);
  }

  /** Files, directories, globs and tar shards. */
  public static Inputs of(List<String> uris) {
    return new Inputs(uris, null, List.of(), Columns.DEFAULT);
  }

  /** The clips of a manifest. */
  public static Inputs ofManifest(String uri, Columns columns) {
    return new Inputs(List.of(), null, List.of(uri), columns);
  }

  /** The same with other columns. */
  public Inputs withColumns(Columns other) {
    return new Inputs(uris, format, manifests, other);
  }

  /** Everything that is named. */
  public List<String> all() {
    return Stream.concat(uris.stream(), manifests.stream()).toList();
  }

  /**
   * Names of columns.
   *
   * @param uri of the files in a manifest; null for {@code uri}
   * @param id of the clips' ids; null for {@code id}, where there is one
   * @param audio of the audio in tables; null for {@code audio}
   * @param kept other columns whose values the clips keep
   * @param optional those of {@code kept} that a table need not have
   */
  public record Columns(
      String uri, String id, String audio, List<String> kept, List<String> optional)
      implements Serializable {
    /** The names where none are chosen. */
    public static final Columns DEFAULT = new Columns(null, null, null, List.of(), List.of());

    /** Keeps its own copies. */
    public Columns {
      kept = List.copyOf(kept);
      optional = List.copyOf(optional);
    }

    /** The same with other columns kept, some of which need not be there. */
    public Columns withKept(List<String> other, List<String> without) {
      return new Columns(uri, id, audio, other, without);
    }
  }
}
