package org.segmentser.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that is measured in turn with others. It reads questions from its standard input, line
 * by line, and answers each with a line that begins with {@value #ANSWER} and holds numbers. Idle
 * in between, so that contenders do not disturb each other. Closing it ends it.
 */
final class Contender implements AutoCloseable {
  /** What the line with an answer begins with. */
  static final String ANSWER = "answer";

  private final String name;
  private final Process process;
  private final Path errors;
  private final BufferedReader answers;
  private final Writer questions;

  private Contender(String name, Process process, Path errors) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts a class of this class path with this JVM's options.
   *
   * @param options more of the JVM's options, which win
   * @param environment added to this process's
   */
  static Contender java(
      String name,
      List<String> options,
      Map<String, String> environment,
      Class<?> main,
      String... arguments) {
    return java(name, List.of(), options, environment, main, arguments);
  }

  /**
   * Likewise.
   *
   * @param launcher the command that starts the JVM, such as {@code taskset -c 0}; empty for none
   */
  static Contender java(
      String name,
      List<String> launcher,
      List<String> options,
      Map<String, String> environment,
      Class<?> main,
      String... arguments) {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.add(main.getName());
    command.addAll(Arrays.asList(arguments));
    Map<String, String> all = new HashMap<>(environment);
    // Not an option: ONNX Runtime 1.29 crashes where the command line is long.
    all.put("CLASSPATH", System.getProperty("java.class.path"));
    return start(name, command, all);
  }

  /** Starts a command. */
  static Contender start(String name, List<String> command, Map<String, String> environment) {
    try {
      Path errors = Files.createTempFile("contender-", ".stderr");
      errors.toFile().deleteOnExit();
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
      builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
      builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
      builder.environment().putAll(environment);
      Contender started = new Contender(name, builder.start(), errors);
      Runtime.getRuntime().addShutdownHook(new Thread(started.process::destroyForcibly));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  /** The numbers that a question is answered with. */
  double[] ask(String question) {
    try {
      questions.write(question + "\n");
      questions.flush();
      String line;
      while ((line = answers.readLine()) != null) {
        if (line.equals(ANSWER) || line.startsWith(ANSWER + " ")) {
          return Arrays.stream(line.split(" ", -1)).skip(1).mapToDouble(Double::valueOf).toArray();
        }
      }
    } catch (IOException e) {
      // It has ended, as below.
    }
    throw new IllegalStateException(
        name + " ended at the question '" + question + "': " + errors());
  }

  private String errors() {
    try {
      process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that it prints for a question, with which it ends. */
  List<String> lastWords(String question) {
    try {
      questions.write(question + "\n");
      questions.close();
      return answers.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes of memory that were resident at its peak, as Linux counts them. */
  long peakBytes() {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What answers questions, in the process itself. */
  @FunctionalInterface
  interface Answers {
    /** Numbers for a question's words. */
    double[] to(String[] question) throws Exception;
  }

  /** Answers questions until there are no more. */
  static void serve(Answers answers) throws Exception {
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String question;
    while ((question = questions.readLine()) != null) {
      StringBuilder line = new StringBuilder("\n" + ANSWER);
      for (double number : answers.to(question.split(" ", -1))) {
        line.append(' ').append(number);
      }
      System.out.println(line);
      System.out.flush();
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }
}
