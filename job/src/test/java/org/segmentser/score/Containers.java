package org.segmentser.score;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The same clips in every container that is read, made by the tools that users have. */
public final class Containers {
  private static final StructType HUGGING_FACE =
      new StructType()
          .add(
              "audio",
              new StructType().add("bytes", DataTypes.BinaryType).add("path", DataTypes.StringType))
          .add("text", DataTypes.StringType);

  private Containers() {}

  /**
   * Makes them.
   *
   * @param files the clips, whose names have no directory
   * @param dir where they go, a local directory that is made
   */
  public static void write(SparkSession spark, List<Path> files, Path dir) throws Exception {
    Path audio = Files.createDirectories(dir.resolve("files"));
    StringBuilder csv = new StringBuilder("uri,id\n");
    StringBuilder nemo = new StringBuilder();
    StringBuilder tarred = new StringBuilder();
    StringBuilder lhotse = new StringBuilder();
    List<String> names = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      names.add(name);
      Files.copy(file, audio.resolve(name));
      csv.append("files/%s,csv-%s\n".formatted(name, name));
      nemo.append(
          "{\"audio_filepath\":\"files/%s\",\"duration\":9.5,\"text\":\"x\",\"id\":\"nemo-%s\"}\n"
              .formatted(name, name));
      tarred.append(
          "{\"audio_filepath\":\"%s\",\"duration\":9.5,\"shard_id\":0,\"id\":\"tarred-%s\"}\n"
              .formatted(name, name));
      lhotse.append(
          ("{\"id\":\"lhotse-%s\",\"sources\":[{\"type\":\"file\",\"channels\":[0],\"source\":"
                  + "\"files/%s\"}],\"sampling_rate\":16000,\"num_samples\":1,\"duration\":9.5}\n")
              .formatted(name, name));
      rows.add(
          RowFactory.create(RowFactory.create(Files.readAllBytes(file), name), "text of " + name));
    }
    Files.writeString(dir.resolve("clips.csv"), csv);
    Files.writeString(dir.resolve("nemo.jsonl"), nemo);
    Files.writeString(dir.resolve("tarred_audio_manifest.json"), tarred);
    Files.writeString(dir.resolve("recordings.jsonl"), lhotse);
    tar(audio, dir.resolve("shard.tar"), names, "");
    tar(audio, dir.resolve("audio_0.tar"), names, "");
    tar(audio, dir.resolve("shard.tar.gz"), names, "--gzip");
    spark
        .createDataFrame(rows, HUGGING_FACE)
        .repartition(1)
        .write()
        .parquet(dir.resolve("hf.parquet").toString());
  }

  private static void tar(Path audio, Path shard, List<String> names, String option)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tar", "--create", "--file", shard.toString()));
    if (!option.isEmpty()) {
      command.add(option);
    }
    command.add("--directory");
    command.add(audio.toString());
    command.addAll(names);
    Process tar = new ProcessBuilder(command).redirectErrorStream(true).start();
    String told = new String(tar.getInputStream().readAllBytes(), UTF_8);
    assertThat(tar.waitFor()).as(told).isZero();
  }
}
