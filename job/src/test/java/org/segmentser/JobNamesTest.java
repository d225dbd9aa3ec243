package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;

class JobNamesTest {
  @Test
  void namesThatWereThereComeBack() {
    SparkContext context = TestSpark.session().sparkContext();
    try (JobNames outer = new JobNames(TestSpark.session())) {
      outer.next("outer");
      try (JobNames inner = new JobNames(TestSpark.session())) {
        inner.next("inner");
        assertThat(context.getLocalProperty("spark.job.description")).isEqualTo("inner");
        assertThat(context.getCallSite().shortForm()).isEqualTo("inner");
      }
      assertThat(context.getLocalProperty("spark.job.description")).isEqualTo("outer");
      assertThat(context.getCallSite().shortForm()).isEqualTo("outer");
    }
    assertThat(context.getLocalProperty("spark.job.description")).isNull();
    assertThat(context.getLocalProperty("callSite.short")).isNull();
  }
}
