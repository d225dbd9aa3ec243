package org.segmentser.network;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways to compute a convolution, and the one that this process uses. */
final class Convolutions {
  private static final Logger LOG = LoggerFactory.getLogger(Convolutions.class);

  /** All of them; each is held to the same contract by a test. */
  static final List<Convolution> ALL = List.of(new DirectConvolution());

  private static final Convolution CHOSEN = choose();

  private Convolutions() {}

  /** The one that all networks of this process use. */
  static Convolution chosen() {
    return CHOSEN;
  }

  private static Convolution choose() {
    Convolution chosen = ALL.get(0);
    LOG.info("convolution: {}", chosen.name());
    return chosen;
  }
}
