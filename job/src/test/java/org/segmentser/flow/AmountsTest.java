package org.segmentser.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0.0 s",
    "4.21, 4.2 s",
    "9.96, 10 s",
    "29.6, 30 s",
    "99.4, 99 s",
    "99.6, 1.7 min",
    "720, 12 min",
    "5969, 99 min",
    "5971, 1.7 h",
    "12600, 3.5 h",
    "4320000, '1,200 h'"
  })
  void timeHasAUnitOfItsSize(double seconds, String text) {
    assertThat(Amounts.time(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "999, 999 bytes",
    "1000, 1.0 kB",
    "412000, 412 kB",
    "999600, 1.0 MB",
    "30100000000, 30 GB",
    "9223372036854775807, 9.2 EB"
  })
  void bytesHaveAUnitOfTheirSize(long bytes, String text) {
    assertThat(Amounts.bytes(bytes)).isEqualTo(text);
  }

  @Test
  void speedIsOfRealTime() {
    assertThat(Amounts.speed(30, 4.2)).isEqualTo("7.1 times real time");
    assertThat(Amounts.speed(3600, 0.5)).isEqualTo("7,200 times real time");
    assertThat(Amounts.speed(0, 0)).isEqualTo("0.0 times real time");
  }
}
