package org.segmentser.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The heading under which {@code --help} lists an option. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
@interface HelpGroup {
  Heading value();

  /** In the order of the help text. */
  enum Heading {
    INPUT("Input"),
    SEGMENTS("Segments"),
    MODEL("Model"),
    TRAINING("Training"),
    EVALUATION("Evaluation"),
    OUTPUT("Output"),
    RUN("Run"),
    HELP("Help");

    private final String text;

    Heading(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
