package org.segmentser.cli;

import java.util.EnumSet;
import java.util.Set;
import org.segmentser.audio.Condition;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a condition by its label, or {@code all}. Picocli adds the elements of what it returns to
 * the option's list one by one.
 */
final class ConditionsConverter implements ITypeConverter<Set<Condition>> {
  private final LabelConverter<Condition> labels = new LabelConverter<>(Condition.class);

  @Override
  public Set<Condition> convert(String value) {
    if (value.equalsIgnoreCase("all")) {
      return EnumSet.allOf(Condition.class);
    }
    try {
      return EnumSet.of(labels.convert(value));
    } catch (TypeConversionException e) {
      throw new TypeConversionException(e.getMessage() + "; or all");
    }
  }
}
