package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.HookedFileSystem;

class FeatureCacheTest {
  @TempDir Path dir;

  @Test
  void closingNeverFailsAfterFeaturesWereKept() throws IOException {
    FeatureCache cache =
        FeatureCache.open(HookedFileSystem.uri(dir), "key", HookedFileSystem.configuration());
    cache.begin();
    Files.createDirectories(Path.of(cache.staged().substring("hooked:".length())));
    cache.publish("{}");
    HookedFileSystem.hook(
        (operation, path) -> {
          throw new IOException(operation + " is out of order");
        });
    cache.close();
    HookedFileSystem.hook((operation, path) -> {});
    assertThat(cache.isWhole()).isTrue();
    assertThat(dir.resolve("key/rows")).isDirectory();
  }
}
