package org.segmentser;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;

/** JSON as this product reads and writes it: records, with their components in snake_case. */
public final class Json {
  /** Refuses fields that a record lacks, and anything after the one value. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /** A value as indented JSON, UTF-8, with a final line feed. */
  public static byte[] indented(Object value) {
    DefaultIndenter unix = new DefaultIndenter("  ", "\n");
    try {
      byte[] json =
          MAPPER
              .writer(new DefaultPrettyPrinter().withObjectIndenter(unix))
              .writeValueAsBytes(value);
      byte[] line = Arrays.copyOf(json, json.length + 1);
      line[json.length] = '\n';
      return line;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
