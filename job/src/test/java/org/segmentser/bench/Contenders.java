package org.segmentser.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.segmentser.Scratch;
import org.segmentser.network.TestModels;

/**
 * The processes of a comparison, all with the full-width network. Closing it ends them and deletes
 * their files.
 */
final class Contenders implements AutoCloseable {
  static final List<String> LABELS = List.of("angry", "happy", "sad", "neutral");

  private static final int HIDDEN = 100;
  private static final double CLOSE = 1e-4;
  private static final Path SCRIPTS =
      Path.of(System.getProperty("segmentser.root", ".."), "job/src/bench/python");

  /** {@code exec,cpu,convolution,jit:avx2,...,1.5}, with the milliseconds at the end. */
  private static final Pattern KERNEL =
      Pattern.compile(".*exec,cpu,(convolution|inner_product|matmul),([^,]+),.*,([\\d.]+)");

  private final Scratch scratch = new Scratch();
  private final List<Contender> started = new ArrayList<>();
  private final String python;
  private final Path model;
  private Path onnx;

  /**
   * No process yet.
   *
   * @param python the interpreter, or a word that no program has, for none
   */
  Contenders(String python) {
    this.python = python;
    model = scratch.path().resolve("model");
    TestModels.full(model, LABELS);
  }

  Path model() {
    return model;
  }

  Path scratch() {
    return scratch.path();
  }

  /** The product's model alone. */
  Contender product(Instructions instructions) {
    return product(instructions, instructions.environment());
  }

  private Contender product(Instructions instructions, Map<String, String> environment) {
    return add(
        Contender.java(
            "the product, " + instructions,
            instructions.options(),
            environment,
            ProductModel.class,
            model.toString()));
  }

  /** ONNX Runtime's Java binding, whose embeddings are held against the product's. */
  Contender onnx(Contender product) throws IOException {
    Contender runtime =
        add(
            Contender.java(
                "ONNX Runtime, Java", List.of(), Map.of(), OnnxModel.class, onnxFile().toString()));
    Path embeddings = scratch.path().resolve("embeddings.bin");
    product.ask("embed " + embeddings);
    double difference = runtime.ask("compare " + embeddings)[0];
    if (!(difference < CLOSE)) {
      throw new IllegalStateException(
          "ONNX Runtime's embeddings are " + difference + " from the product's");
    }
    System.out.printf(
        Locale.ROOT, "embeddings of both: at most %.1e of the largest apart%n", difference);
    return runtime;
  }

  private Path onnxFile() throws IOException {
    if (onnx == null) {
      onnx = OnnxFile.write(scratch.path(), LABELS, HIDDEN);
    }
    return onnx;
  }

  /** ONNX Runtime in Python, where it is installed. */
  Optional<Contender> pythonOnnx() throws IOException {
    return python("ONNX Runtime, Python", "onnxruntime", Map.of(), "onnxruntime_model", onnxFile());
  }

  /** TensorFlow in Python, where it is installed. */
  Optional<Contender> pythonTensorFlow(Instructions instructions) {
    return python(
        "TensorFlow, Python, " + instructions,
        "tensorflow",
        instructions.environment(),
        "tensorflow_model");
  }

  /** The references' way over a directory of WAV files, where TensorFlow is installed in Python. */
  Optional<Contender> references(Path audio) {
    return python("the references' way", "tensorflow", Map.of(), "clip_by_clip", audio);
  }

  private Optional<Contender> python(
      String name, String packages, Map<String, String> environment, String script, Path... args) {
    String version = pythonVersion(packages);
    if (version == null) {
      System.out.println(
          name + ": skipped, as " + python + " has no " + packages + " (-Dbench.python)");
      return Optional.empty();
    }
    System.out.println(name + ": " + packages + " " + version);
    List<String> command = new ArrayList<>(List.of(python, script(script)));
    Arrays.stream(args).map(Path::toString).forEach(command::add);
    return Optional.of(add(Contender.start(name, command, environment)));
  }

  private static String script(String name) {
    return SCRIPTS.resolve(name + ".py").toString();
  }

  /** The version of a package; null if there is none, or no interpreter. */
  private String pythonVersion(String name) {
    try {
      Process process =
          new ProcessBuilder(
                  python,
                  "-c",
                  "import importlib.util as u; assert u.find_spec('"
                      + name
                      + "'); import "
                      + name
                      + "; print('version', "
                      + name
                      + ".__version__)")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return output
          .lines()
          .filter(line -> line.startsWith("version "))
          .map(line -> line.substring("version ".length()))
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  /** Adds a process that is ended with the others. */
  Contender add(Contender contender) {
    started.add(contender);
    return contender;
  }

  /** Which of oneDNN's kernels the product takes at a batch size, with their shares of its time. */
  String productKernels(Instructions instructions, int batch) {
    Map<String, String> environment = new LinkedHashMap<>(instructions.environment());
    environment.put("ONEDNN_VERBOSE", "1");
    return kernels(product(instructions, environment), batch);
  }

  /** Which of oneDNN's kernels TensorFlow in Python takes. */
  String pythonKernels(Instructions instructions, int batch) {
    Map<String, String> environment = new LinkedHashMap<>(instructions.environment());
    environment.put("ONEDNN_VERBOSE", "1");
    List<String> command = List.of(python, script("tensorflow_model"));
    return kernels(add(Contender.start("kernels", command, environment)), batch);
  }

  private static String kernels(Contender contender, int batch) {
    Map<String, Double> spent = new TreeMap<>();
    double all = 0;
    for (String line : contender.lastWords(batch + " 1 " + 2 * batch)) {
      Matcher kernel = KERNEL.matcher(line);
      if (kernel.matches()) {
        double ms = Double.parseDouble(kernel.group(3));
        all += ms;
        spent.merge(kernel.group(1) + " `" + kernel.group(2) + "`", ms, Double::sum);
      }
    }
    List<String> shares = new ArrayList<>();
    double sum = all;
    spent.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(
            entry ->
                shares.add(
                    String.format(
                        Locale.ROOT, "%s %.0f %%", entry.getKey(), 100 * entry.getValue() / sum)));
    return shares.isEmpty() ? "none of oneDNN's" : String.join(", ", shares);
  }

  @Override
  public void close() {
    started.forEach(Contender::close);
    scratch.close();
  }

  /** Copies files so often that they are at least so many bytes. */
  static Path copies(Path from, Path to, long bytes) throws IOException {
    Files.createDirectories(to);
    List<Path> files;
    try (var walk = Files.walk(from)) {
      files = walk.filter(file -> file.toString().endsWith(".wav")).sorted().toList();
    }
    long copied = 0;
    for (int copy = 0; copied < bytes; copy++) {
      for (int i = 0; i < files.size() && copied < bytes; i++) {
        Files.copy(files.get(i), to.resolve(copy + "-" + i + ".wav"));
        copied += Files.size(files.get(i));
      }
    }
    return to;
  }
}
