package org.segmentser.it;

import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.server.namenode.EditLogFileOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segmentser.tables.Publications;

/** A name node and a data node in the test's process. */
class HdfsIT {
  @TempDir static Path dir;

  @Test
  void inputModelAndOutputMayBeOnHdfs() throws Exception {
    EditLogFileOutputStream.setShouldSkipFsyncForTesting(true);
    try (MiniDFSCluster hdfs =
        new MiniDFSCluster.Builder(new Configuration(), dir.toFile()).numDataNodes(1).build()) {
      hdfs.waitActive();
      hdfs.getFileSystem()
          .copyFromLocalFile(
              new org.apache.hadoop.fs.Path(Launcher.AUDIO.toUri()),
              new org.apache.hadoop.fs.Path("/archive/audio"));
      RemoteRun.check(hdfs.getURI() + "/archive");
      Publications.race(hdfs.getURI() + "/races", 200, 2, new Configuration());
    }
  }
}
