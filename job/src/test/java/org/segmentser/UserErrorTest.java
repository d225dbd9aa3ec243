package org.segmentser;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserErrorTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3a://KEY:SECRET@bucket/a.wav",
        "s3a://KEY:SEC/RET@bucket/a.wav",
        "https://host/a.wav?X-Amz-Signature=abc",
        "https://host/a.wav?se=1&sig=abc"
      })
  void urisWithSecretsAreRefusedWithoutShowingThem(String uri) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> UserError.refuseCredentials("--input", uri))
        .withMessageContaining("--input holds credentials")
        .matches(e -> !e.getMessage().contains("SEC") && !e.getMessage().contains("abc"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hdfs://nn:8020/a@b.wav",
        "abfs://container@account.dfs.core.windows.net/a",
        "/data/a:b@c.wav",
        "s3a://bucket/a.wav"
      })
  void otherUrisAreNot(String uri) {
    assertThatCode(() -> UserError.refuseCredentials("--input", uri)).doesNotThrowAnyException();
  }
}
