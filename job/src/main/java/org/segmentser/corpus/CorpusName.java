package org.segmentser.corpus;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** What corpora are called whose clips do not say: after the layout, or after where they lie. */
public final class CorpusName {
  /** Files that are called so in every corpus. */
  private static final Pattern USUAL = Pattern.compile("(?i)(labels|metadata)\\.csv|manifest\\..*");

  private static final Pattern EXTENSION = Pattern.compile("(?i)\\.[a-z]\\w*(\\.gz)?$");

  private CorpusName() {}

  /** The name of a corpus that lies as its makers released it, or in folders. */
  public static String of(Layout layout, String root) {
    return layout == Layout.FOLDERS ? last(root) : layout.label();
  }

  /**
   * The name after a manifest: its own without the extension, or its directory's if it is called
   * {@code labels.csv}, {@code metadata.csv} or {@code manifest} with any extension.
   */
  public static String ofManifest(String uri) {
    String file = last(uri);
    String above = uri.replaceFirst("/*[^/]*/*$", "");
    if (USUAL.matcher(file).matches()) {
      String directory = above.isEmpty() ? last(uri.startsWith("/") ? "/" : ".") : last(above);
      if (!directory.isEmpty()) {
        return directory;
      }
    }
    String name = EXTENSION.matcher(file).replaceFirst("");
    return name.isEmpty() ? file : name;
  }

  /** The last part of a URI; of one that ends in dots, that of the directory that it names. */
  public static String last(String uri) {
    String last = uri.replaceFirst("/+$", "").replaceFirst(".*/", "");
    if (last.equals(".") || last.equals("..")) {
      Path named = Path.of(uri).toAbsolutePath().normalize().getFileName();
      return named == null ? last : named.toString();
    }
    return last;
  }
}
