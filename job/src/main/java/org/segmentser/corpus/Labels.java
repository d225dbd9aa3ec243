package org.segmentser.corpus;

import java.util.List;

/** The labels that are asked for, told without regard to the case of letters. */
record Labels(List<String> names) {

  /** How a label is spelt here; null if it is not one of these. */
  String known(String label) {
    return names.contains(label)
        ? label
        : names.stream().filter(label::equalsIgnoreCase).findFirst().orElse(null);
  }

  /** The words for a label that is not one of these. */
  String unknown(String label) {
    return "the label '"
        + label
        + "' that the model does not know; it knows "
        + String.join(", ", names);
  }
}
