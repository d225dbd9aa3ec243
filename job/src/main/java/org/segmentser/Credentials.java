package org.segmentser;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds credentials in URIs. */
public final class Credentials {
  /** An authority after its scheme, anywhere: a word may contain several URIs. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(?:(?<scheme>[\\w+.-]+):|^)//(?<authority>[^/\\s\"'<>]*)");

  /** A URI with one slash or three, and what was meant as its authority. */
  private static final Pattern MISPLACED =
      Pattern.compile("^(?<scheme>[\\w+.-]+):(?!//[^/])/*(?<authority>[^/]*)");

  /** The names of secrets in signed URIs. */
  private static final Pattern SIGNED =
      Pattern.compile(
          "[?&](sig|[\\w-]*(signature|token|secret|password|credential|access-?key(-?id)?))=",
          Pattern.CASE_INSENSITIVE);

  /** A host with its port, if any; the punctuation of a sentence may follow. */
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-f:.]+]|[^:]*)(:\\d{1,5})?[),.;:!?}]*");

  /** Schemes whose authority is the bare name of a bucket, without a port. */
  private static final Set<String> BUCKETS = Set.of("s3", "s3a", "s3n", "gs", "oss", "cosn", "obs");

  /** Schemes in which a name may precede an {@code @}: a user or a container. */
  private static final Set<String> NAMED =
      Set.of("hdfs", "webhdfs", "swebhdfs", "har", "abfs", "abfss", "wasb", "wasbs", "oci");

  private Credentials() {}

  /** Whether a text, such as a URI, contains any. */
  public static boolean in(String text) {
    String word = text.strip();
    if (SIGNED.matcher(word).find()) {
      return true;
    }
    Matcher misplaced = MISPLACED.matcher(word);
    if (misplaced.find()) {
      String scheme = misplaced.group("scheme").toLowerCase(Locale.ROOT);
      if (BUCKETS.contains(scheme) && isSecret(scheme, misplaced.group("authority"))) {
        return true;
      }
    }
    Matcher authority = AUTHORITY.matcher(word);
    while (authority.find()) {
      String scheme = authority.group("scheme");
      if (isSecret(
          scheme == null ? "" : scheme.toLowerCase(Locale.ROOT), authority.group("authority"))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSecret(String scheme, String encoded) {
    String authority = decoded(encoded);
    int at = authority.lastIndexOf('@');
    if (at >= 0 && (!NAMED.contains(scheme) || authority.substring(0, at).matches(".*[:@].*"))) {
      return true;
    }
    String host = authority.substring(at + 1).toLowerCase(Locale.ROOT);
    return BUCKETS.contains(scheme) ? host.contains(":") : !HOST.matcher(host).matches();
  }

  /** Decodes percent-encoded text, which may be encoded more than once. */
  private static String decoded(String encoded) {
    String text = encoded;
    try {
      for (int i = 0; i < 3; i++) {
        text = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
      }
    } catch (IllegalArgumentException e) {
      // A percent sign that stands for itself.
    }
    return text;
  }
}
