package org.segmentser.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a constant of an enumeration by its label: its name in lower case, with hyphens. Upper case
 * is read too.
 */
final class LabelConverter<E extends Enum<E>> implements ITypeConverter<E> {
  private final E[] constants;

  LabelConverter(Class<E> type) {
    constants = type.getEnumConstants();
  }

  static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public E convert(String value) {
    return Arrays.stream(constants)
        .filter(constant -> label(constant).equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + value
                        + "' is not one of "
                        + Arrays.stream(constants)
                            .map(LabelConverter::label)
                            .collect(Collectors.joining(", "))));
  }
}
