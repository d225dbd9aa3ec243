package org.segmentser.official;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelStaging;
import org.segmentser.model.Storage;
import org.segmentser.network.ModelImporter;
import org.segmentser.network.VggishArchitecture.Fc2;

/** Downloads the official VGGish weights and makes a model of them. Not thread-safe. */
public final class ModelFetcher {
  private final RemoteFile checkpoint;
  private final RemoteFile pca;
  private final Path downloads;
  private final Downloader downloader;

  ModelFetcher(RemoteFile checkpoint, RemoteFile pca, Path downloads, Downloader downloader) {
    this.checkpoint = checkpoint;
    this.pca = pca;
    this.downloads = downloads;
    this.downloader = downloader;
  }

  /**
   * Fetches the official files.
   *
   * @param base URI of a folder that has copies; null for where they are published. The hashes must
   *     be the published ones in any case
   * @param err where progress goes
   * @param terminal whether {@code err} is one
   */
  public static ModelFetcher official(URI base, PrintWriter err, boolean terminal) {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path caches =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return new ModelFetcher(
        base == null ? OfficialVggish.CHECKPOINT : OfficialVggish.CHECKPOINT.below(base),
        base == null ? OfficialVggish.PCA : OfficialVggish.PCA.below(base),
        caches.resolve("segment-ser"),
        new Downloader(
            Duration.ofSeconds(60), Duration.ofSeconds(2), new DownloadProgress(err, terminal)));
  }

  /**
   * Downloads the weights and the principal components and makes a model of them. After a failure
   * the next call goes on where this one ended.
   *
   * @param output URI of a directory that does not exist or is empty
   * @throws ModelException if a file cannot be downloaded
   * @throws org.segmentser.UserError if the output holds something, or it or the download directory
   *     cannot be written
   */
  public ModelDirectory fetch(String output, Fc2 fc2, Configuration conf) {
    ModelStaging.refuseUsed(output, conf);
    Path weights = local(checkpoint);
    Path components = local(pca);
    downloader.fetch(checkpoint, weights);
    downloader.fetch(pca, components);
    ModelDirectory model;
    try (ModelImporter importer = new ModelImporter(Storage.uri(weights), conf)) {
      model =
          importer.write(
              new ModelImporter.Target("vggish", fc2, List.of(), Storage.uri(components), output));
    }
    delete(weights);
    delete(components);
    return model;
  }

  /** In a directory named after the content: another file of the same name stays apart. */
  private Path local(RemoteFile file) {
    return downloads.resolve(file.sha256().substring(0, 12)).resolve(file.name());
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.getParent());
    } catch (IOException e) {
      // It only takes up space; the model is there.
    }
  }
}
