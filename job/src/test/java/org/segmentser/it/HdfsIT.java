package org.segmentser.it;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.udf.Shortened;

/** A name node and a data node in the test's process. */
class HdfsIT {
  @TempDir static Path dir;

  @Test
  void inputModelAndOutputMayBeOnHdfs() throws IOException {
    try (MiniDFSCluster hdfs =
        new MiniDFSCluster.Builder(new Configuration(), dir.toFile()).numDataNodes(1).build()) {
      hdfs.waitActive();
      hdfs.getFileSystem()
          .copyFromLocalFile(
              new org.apache.hadoop.fs.Path(Launcher.AUDIO.toUri()),
              new org.apache.hadoop.fs.Path("/archive/audio"));
      RemoteRun.check(hdfs.getURI() + "/archive");
      Shortened.check(hdfs.getURI() + "/shortened.wav", hdfs.getConfiguration(0));
    }
  }
}
