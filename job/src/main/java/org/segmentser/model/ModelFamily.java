package org.segmentser.model;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.segmentser.model.ModelSpec.Architecture;

/**
 * A kind of network: how its architecture is described and how its models are loaded. Families are
 * found by {@link ServiceLoader}, which needs a public constructor without parameters. Stateless
 * and thread-safe.
 */
public interface ModelFamily {
  /** What {@code family} in {@value ModelSpec#FILE_NAME} says. */
  String name();

  /**
   * The type of {@code architecture} in {@value ModelSpec#FILE_NAME}: a record whose components are
   * its fields.
   */
  Class<? extends Architecture> architecture();

  /**
   * Loads a model.
   *
   * @param spec of this family
   * @param files need not be there any more once the model is loaded
   * @return the caller's to close
   * @throws ModelException if the files cannot be read or do not fit the description
   */
  SegmentModel load(ModelSpec spec, ModelFiles files, ModelRuntime runtime);

  /**
   * A hash of the weights that decide a model's embeddings: models of one family and architecture
   * of which it is equal make the same embeddings, whatever their heads.
   *
   * @return in hexadecimal digits; empty if {@link SegmentModel#logits} of such models takes no
   *     embeddings
   * @throws ModelException if the files cannot be read or do not fit the description
   */
  default Optional<String> embedderWeights(ModelSpec spec, ModelFiles files) {
    return Optional.empty();
  }

  /**
   * The family of a name.
   *
   * @throws ModelException if there is none
   */
  static ModelFamily named(String name) {
    SortedMap<String, ModelFamily> families = new TreeMap<>();
    // Not the thread's class loader: on executors each thread may have another.
    for (ModelFamily family :
        ServiceLoader.load(ModelFamily.class, ModelFamily.class.getClassLoader())) {
      families.put(family.name(), family);
    }
    ModelFamily family = families.get(name);
    if (family == null) {
      throw FieldChecks.invalid(
          "family",
          "is "
              + FieldChecks.shown(name)
              + ", which is unknown; known: "
              + String.join(", ", families.keySet()));
    }
    return family;
  }
}
