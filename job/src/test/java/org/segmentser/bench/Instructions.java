package org.segmentser.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which vector instructions contenders may use. {@link #AVX2} stands in for older machines: oneDNN,
 * in both TensorFlows, and the JVM keep to it. ONNX Runtime's own kernels have no such setting.
 */
enum Instructions {
  NATIVE,
  AVX2;

  static Instructions of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** For any process. */
  Map<String, String> environment() {
    return this == NATIVE ? Map.of() : Map.of("ONEDNN_MAX_CPU_ISA", "AVX2");
  }

  /** For a JVM. */
  List<String> options() {
    return this == NATIVE ? List.of() : List.of("-XX:UseAVX=2");
  }

  @Override
  public String toString() {
    return this == NATIVE ? "all instructions" : "AVX2";
  }
}
