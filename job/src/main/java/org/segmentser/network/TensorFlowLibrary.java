package org.segmentser.network;

import org.segmentser.audio.NativeLibraries;
import org.tensorflow.TensorFlow;

/** TensorFlow's native library. Thread-safe. */
public final class TensorFlowLibrary {
  private TensorFlowLibrary() {}

  /**
   * Loads the library if it is not.
   *
   * @throws NativeLibraries.UnsafeException see {@link NativeLibraries#load}
   * @throws NativeLibraries.UnloadableException see there
   */
  static void load() {
    NativeLibraries.load(TensorFlow::version);
  }

  /**
   * Begins to load the library and returns: whoever needs it soon has other things to start
   * meanwhile. If it cannot be loaded, whoever needs it is told.
   */
  public static void loadAhead() {
    Thread thread =
        new Thread(
            () -> {
              try {
                load();
              } catch (RuntimeException e) {
                // Happens again, and is reported, where a model is loaded.
              }
            },
            "tensorflow-library");
    thread.setDaemon(true);
    thread.start();
  }
}
