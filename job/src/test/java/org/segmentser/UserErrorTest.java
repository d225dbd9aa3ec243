package org.segmentser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserErrorTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3a://KEY:SECRET@bucket/a.wav",
        "s3a://KEY:SEC/RET@bucket/a.wav",
        "s3a://AKIA:12345/SECRET@bucket",
        "s3a://KEY%3ASECRET@bucket",
        "s3a://KEY%3aSEC%2FRET%40bucket/a",
        "s3a://KEY%253ASECRET%2540bucket/a",
        "S3A://KEY:SECRET@bucket",
        "s3a://SECRET@bucket",
        "s3a://KEY:SECRET@x@bucket",
        "s3a:/KEY:SECRET@bucket",
        "s3a:///KEY:SECRET@bucket",
        "s3a:KEY:SECRET@bucket",
        " s3a://KEY:SECRET@bucket/a b",
        "{s3a://KEY:SECRET@bucket/a,b}",
        "/data,s3a://KEY:SECRET@bucket/a",
        "--input=s3a://KEY:SECRET@bucket/a",
        "//KEY:SECRET@bucket/a.wav",
        "gs://KEY:SECRET@bucket/a",
        "hdfs://user:SECRET@nn:8020/a",
        "hdfs://user:SECRET/@nn:8020/a",
        "abfs://user:SECRET@account.dfs.core.windows.net/a",
        "abfs://user%40SECRET@account.dfs.core.windows.net/a",
        "ftp://user:SECRET@host/a",
        "https://SECRET@host/a.wav",
        "https://bucket/a?AWSAccessKeyId=SECRET",
        "https://host/a?X-Amz-Credential=SECRET",
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
        "s3a://b/a: Internal error (Service: S3, Status Code: 500, Request ID: 1)",
        "Slow Down (Service: S3, Status Code: 503, Request ID: 1)",
        "Unable to execute HTTP request: Connection reset",
        "Unable to execute HTTP request: 10.0.0.1:9000 failed to respond",
        "Call From a to b failed on connection exception: Connection refused",
        "Read timed out"
      })
  void aStorageThatFailsForNowIsAFault(String message) {
    Exception e = new IOException("PUT x", new RuntimeException(message));
    assertThat(UserError.unwritable("the output x", e).exitCode()).isEqualTo(ExitCode.FAULT);
    assertThat(UserError.unreadable("x", e).exitCode()).isEqualTo(ExitCode.FAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3a://b/a: Forbidden (Service: S3, Status Code: 403, Request ID: 500)",
        "Bucket does not exist (Service: S3, Status Code: 404, Request ID: 1)",
        "permission denied"
      })
  void aStorageThatRefusesIsNone(String message) {
    Exception e = new IOException("PUT x", new RuntimeException(message));
    assertThat(UserError.unwritable("the output x", e).exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(UserError.unreadable("x", e).exitCode()).isEqualTo(ExitCode.INPUT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hdfs://nn:8020/a@b.wav",
        "abfs://container@account.dfs.core.windows.net/a",
        "/data/a:b@c.wav",
        "s3a://bucket/a.wav",
        "s3a://bucket/12:30@noon.wav",
        "s3a://bucket/50%.wav",
        "hdfs://user@nn:8020/a",
        "hdfs:///12:30@noon.wav",
        "hdfs://[::1]:8020/a",
        "wasbs://container@account.blob.core.windows.net/a",
        "oci://bucket@namespace/a",
        "file:///data/a:b@c.wav",
        "/data/12:30/a?.wav",
        "http://127.0.0.1:8080/a.wav",
        "a@b.c",
        "// a comment: see (http://host:8080), or http://host: both @ home"
      })
  void otherUrisAreNot(String uri) {
    assertThatCode(() -> UserError.refuseCredentials("--input", uri)).doesNotThrowAnyException();
  }
}
