package org.segmentser.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.HookedFileSystem;
import org.segmentser.UserError;

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

  @Test
  void whereTwoMeetOneKeepsItsFeaturesAndTheOtherReadsItsOwn() throws IOException {
    Configuration conf = new Configuration();
    try (FeatureCache first = FeatureCache.open(dir.toString(), "key", conf);
        FeatureCache second = FeatureCache.open(dir.toString(), "key", conf)) {
      first.begin();
      second.begin();
      rows(first, "first");
      rows(second, "second");
      first.publish("{}");
      second.publish("{}");
      assertThat(first.rows()).isEqualTo("file:" + dir.resolve("key/rows"));
      assertThat(second.rows()).isEqualTo(second.staged());
      assertThat(dir.resolve("key/rows/part-0")).hasContent("first");
      assertThat(Path.of(URI.create(second.rows())).resolve("part-0")).hasContent("second");
    }
    assertThat(dir.toFile().list()).containsExactly("key");
    assertThat(dir.resolve("key").toFile().list())
        .containsExactlyInAnyOrder("rows", "features.json");
  }

  @Test
  void featuresWithoutTheirDescriptionAreReplaced() throws IOException {
    Files.createDirectories(dir.resolve("key/rows"));
    Files.writeString(dir.resolve("key/rows/part-9"), "of a process that died");
    try (FeatureCache cache = FeatureCache.open(dir.toString(), "key", new Configuration())) {
      assertThat(cache.isWhole()).isFalse();
      cache.begin();
      rows(cache, "whole");
      cache.publish("{\"clips\": 1}");
      assertThat(cache.isWhole()).isTrue();
    }
    assertThat(dir.resolve("key/rows").toFile().list()).containsExactly("part-0");
    assertThat(dir.resolve("key/features.json")).hasContent("{\"clips\": 1}");
  }

  @Test
  void featuresThatAreNotPublishedAreRemoved() throws IOException {
    String root = dir.resolve("cache").toString();
    try (FeatureCache cache = FeatureCache.open(root, "key", new Configuration())) {
      assertThat(dir).isEmptyDirectory();
      cache.begin();
      rows(cache, "half");
    }
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aRootThatSparkTakesForAPatternIsRefused() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> FeatureCache.open(dir + "/a*", "key", new Configuration()))
        .withMessageStartingWith("cannot use the cache " + dir + "/a*: Spark takes []{}*? in");
  }

  private static void rows(FeatureCache cache, String mark) throws IOException {
    Path rows = Files.createDirectories(Path.of(URI.create(cache.staged())));
    Files.writeString(rows.resolve("part-0"), mark);
  }
}
