package org.segmentser.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.segmentser.Sha256;
import org.segmentser.UserError;
import org.segmentser.model.Calibration;
import org.segmentser.model.ModelDirectory;
import org.segmentser.model.ModelException;
import org.segmentser.model.ModelRuntime;
import org.segmentser.model.ModelSpec;
import org.segmentser.model.ModelSpec.Head;
import org.segmentser.model.ModelSpec.Provenance;
import org.segmentser.model.ModelStaging;
import org.segmentser.model.Novelty;
import org.segmentser.network.TensorFlowSessions.Operations;
import org.segmentser.network.Vggish.Variable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A network that learns: its weights, Adam's moments and, if wanted, the moving average of the
 * weights, with which it then predicts. Owns its graph and session. Not thread-safe.
 */
public final class TrainableModel implements AutoCloseable {
  /** Which weights learn. */
  public enum Scope {
    /** The head's. What is fed are embeddings. */
    HEAD,
    /** All. What is fed are patches. */
    ALL
  }

  /** What is minimised. */
  public enum Loss {
    /** One emotion of several: cross-entropy of the softmax. */
    SOFTMAX,
    /** As the paper's code: the mean over the labels of each logit's own cross-entropy. */
    SIGMOID
  }

  /**
   * How a network learns.
   *
   * @param scope which weights learn
   * @param loss what is minimised
   * @param epsilon Adam's, above 0
   * @param dropout part of the inputs of hidden dense layers that a step leaves out, 0 or more and
   *     below 1
   * @param weightDecay of the weights, not the biases, per step and unit of learning rate
   *     (decoupled, as in AdamW); 0 for none
   * @param maxGradientNorm norm of the gradients of all weights together, above which they are
   *     scaled down to it; 0 for no limit
   * @param averaging part of the averaged weights that a step keeps, 0 or more and below 1; 0 to
   *     predict with the weights themselves. In the first steps less is kept: (1 + step) / (10 +
   *     step)
   */
  public record LearningSettings(
      Scope scope,
      Loss loss,
      double epsilon,
      double dropout,
      double weightDecay,
      double maxGradientNorm,
      double averaging) {}

  /**
   * Examples that are learned from together.
   *
   * @param inputs embeddings, or patches, one after the other, that have the network's {@link
   *     VggishArchitecture#inputLevel} and {@link VggishArchitecture#logOffset} already
   * @param targets one number per label of each example, between 0 and 1
   * @param weights of each example in the loss, 1 on average
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record Batch(float[] inputs, float[] targets, float[] weights) {
    /** Examples in it. */
    public int size() {
      return weights.length;
    }
  }

  /**
   * The result of a step, before its update.
   *
   * @param loss weighted mean over the batch
   * @param logits one row per example
   */
  @SuppressWarnings("ArrayRecordComponent") // carried to one reader, never compared
  public record Step(double loss, float[][] logits) {}

  private final VggishArchitecture architecture;
  private final Head head;
  private final LearningSettings settings;
  private final int labels;
  private final Graph graph;
  private final Ops tf;
  private final Session session;

  /** The network that learns. */
  private final Vggish learning;

  /**
   * The network that predicts: with the averages of the weights, or with the weights themselves.
   */
  private final Vggish predicting;

  private final Placeholder<TFloat32> targets;
  private final Placeholder<TFloat32> weights;
  private final Placeholder<TFloat32> kept;
  private final Placeholder<TInt32> seed;
  private final Operand<TFloat32> loss;
  private final Adam adam;
  private final List<Op> update = new ArrayList<>();
  private final List<Variable> learned;
  private final List<Variable> averages = new ArrayList<>();
  private final Checkpoint.Saver network;
  private final Checkpoint.Saver state;
  private int dropouts;

  /** What {@link #load} read last; null after {@link #initialize}. */
  private Path loaded;

  /**
   * A network whose weights are still to be set, by {@link #initialize}, {@link #load} or {@link
   * #restore}.
   *
   * @param runtime the first of a process settles the threads for all
   */
  public TrainableModel(
      VggishArchitecture architecture, Head head, LearningSettings settings, ModelRuntime runtime) {
    this.architecture = architecture;
    this.head = head;
    this.settings = settings;
    labels = head.labels().size();
    TensorFlowLibrary.load();
    graph = new Graph();
    try {
      tf = Ops.create(graph);
      targets = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, labels)));
      weights = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      kept = Adam.scalar(tf);
      seed = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(1)));
      learning = new Vggish(tf, architecture, head, name -> name, this::dropout);
      learned = learning.variables().values().stream().filter(v -> isLearned(v.name())).toList();
      loss = loss(learning.logits());
      adam = new Adam(tf, settings.epsilon(), settings.weightDecay());
      List<Operand<TFloat32>> gradients = gradients();
      for (int i = 0; i < learned.size(); i++) {
        learn(learned.get(i), gradients.get(i));
      }
      predicting = new Vggish(tf, architecture, head, this::predictingName, layer -> layer);
      network = new Checkpoint.Saver(tf, List.copyOf(predicting.variables().values()));
      state = new Checkpoint.Saver(tf, allState());
      // A layer's gradients of its weights and of its inputs do not wait for each other.
      session = TensorFlowSessions.open(graph, runtime, Operations.SIDE_BY_SIDE);
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  private boolean isLearned(String name) {
    return settings.scope() == Scope.ALL || Vggish.isOfHead(name);
  }

  private String predictingName(String name) {
    return settings.averaging() > 0 && isLearned(name) ? averageName(name) : name;
  }

  private static String averageName(String name) {
    return "average/" + name;
  }

  private List<Variable> allState() {
    return Stream.of(learned, adam.moments(), averages).flatMap(List::stream).toList();
  }

  /** Srivastava et al., "Dropout", 2014, with the same masks for the same seed. */
  private Operand<TFloat32> dropout(Operand<TFloat32> layer) {
    if (settings.dropout() == 0) {
      return layer;
    }
    Operand<TInt32> layerSeed = tf.concat(List.of(seed, tf.array(dropouts++)), tf.constant(0));
    Operand<TFloat32> random = tf.random.statelessRandomUniform(tf.shape(layer), layerSeed);
    Operand<TFloat32> mask =
        tf.dtypes.cast(
            tf.math.greaterEqual(random, tf.constant((float) settings.dropout())), TFloat32.class);
    float scale = (float) (1 / (1 - settings.dropout()));
    return tf.math.mul(layer, tf.math.mul(mask, tf.constant(scale)));
  }

  private Operand<TFloat32> loss(Operand<TFloat32> logits) {
    Operand<TFloat32> each =
        switch (settings.loss()) {
          case SOFTMAX -> tf.nn.softmaxCrossEntropyWithLogits(logits, targets).loss();
          case SIGMOID -> tf.math.mean(sigmoidCrossEntropy(logits), tf.constant(1));
        };
    return tf.math.mean(tf.math.mul(each, weights), tf.constant(0));
  }

  /** max(x, 0) - x z + log(1 + exp(-|x|)): the form that does not overflow. */
  private Operand<TFloat32> sigmoidCrossEntropy(Operand<TFloat32> logits) {
    return tf.math.add(
        tf.math.sub(tf.nn.relu(logits), tf.math.mul(logits, targets)),
        tf.math.log1p(tf.math.exp(tf.math.neg(tf.math.abs(logits)))));
  }

  /** The gradients of what is learned, scaled down to the norm that is allowed. */
  private List<Operand<TFloat32>> gradients() {
    Output<?>[] weightValues =
        learned.stream().map(v -> v.value().asOutput()).toArray(Output<?>[]::new);
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (Output<?> gradient : graph.addGradients(loss.asOutput(), weightValues)) {
      gradients.add(gradient.expect(TFloat32.class));
    }
    if (settings.maxGradientNorm() == 0) {
      return gradients;
    }
    List<Operand<TFloat32>> halfSquares = new ArrayList<>();
    gradients.forEach(gradient -> halfSquares.add(tf.nn.l2Loss(gradient)));
    Operand<TFloat32> norm = tf.math.sqrt(tf.math.mul(tf.math.addN(halfSquares), tf.constant(2f)));
    Operand<TFloat32> max = tf.constant((float) settings.maxGradientNorm());
    Operand<TFloat32> factor = tf.math.div(max, tf.math.maximum(norm, max));
    List<Operand<TFloat32>> cut = new ArrayList<>();
    gradients.forEach(gradient -> cut.add(tf.math.mul(gradient, factor)));
    return cut;
  }

  private void learn(Variable variable, Operand<TFloat32> gradient) {
    Op step = adam.update(variable, gradient);
    update.add(step);
    if (settings.averaging() > 0) {
      String name = averageName(variable.name());
      Variable average = Variable.of(tf, name, name, variable.shape());
      averages.add(average);
      Ops after = tf.withControlDependencies(List.of(step));
      Operand<TFloat32> updated = after.readVariableOp(variable.handle(), TFloat32.class);
      Operand<TFloat32> taken = tf.math.sub(tf.constant(1f), kept);
      update.add(
          tf.train.resourceApplyGradientDescent(
              average.handle(), taken, tf.math.sub(average.value(), updated)));
    }
  }

  /**
   * Sets all weights at random and the biases to 0, and begins learning anew.
   *
   * @param randomSeed the same gives the same weights
   */
  public void initialize(int randomSeed) {
    randomize(List.copyOf(learning.variables().values()), randomSeed);
    loaded = null;
    startLearning();
  }

  /**
   * Takes the weights of a checkpoint, and begins learning anew.
   *
   * @param withHead whether its head is taken too; else the head is random
   * @throws ModelException if the checkpoint does not fit
   */
  public void load(Path checkpoint, boolean withHead, int randomSeed) {
    List<Variable> all = List.copyOf(learning.variables().values());
    List<Variable> taken =
        all.stream().filter(v -> withHead || !Vggish.isOfHead(v.name())).toList();
    new Checkpoint(checkpoint).restore(tf, session, taken);
    randomize(all.stream().filter(v -> !taken.contains(v)).toList(), randomSeed);
    loaded = checkpoint;
    startLearning();
  }

  private void randomize(List<Variable> variables, int randomSeed) {
    List<Op> assignments = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      Variable variable = variables.get(i);
      Shape shape = variable.shape();
      // Logits near 0 at first, as nothing is known yet.
      double scale = variable.name().equals(Vggish.weights(Vggish.HEAD_LOGITS)) ? 0.1 : 1;
      assignments.add(
          assignment(
              variable,
              shape.numDimensions() == 1 ? zeros(shape) : he(shape, scale, randomSeed, i)));
    }
    run(assignments);
  }

  /**
   * A normal distribution, truncated at two standard deviations (He et al., "Delving Deep into
   * Rectifiers", 2015, section 2.2).
   */
  private Operand<TFloat32> he(Shape shape, double scale, int randomSeed, int stream) {
    long inputs = shape.size() / shape.get(shape.numDimensions() - 1);
    double truncatedDeviation = 0.87962566;
    return tf.math.mul(
        tf.random.statelessTruncatedNormal(
            tf.constant(shape.asArray()), tf.array(randomSeed, stream)),
        tf.constant((float) (scale * Math.sqrt(2.0 / inputs) / truncatedDeviation)));
  }

  private Operand<TFloat32> zeros(Shape shape) {
    return tf.fill(tf.constant(shape.asArray()), tf.constant(0f));
  }

  private Op assignment(Variable variable, Operand<TFloat32> value) {
    return tf.assignVariableOp(variable.handle(), value);
  }

  /** All in one call, as TensorFlow goes over the whole graph for each new one. */
  private void run(List<Op> operations) {
    if (operations.isEmpty()) {
      return;
    }
    Session.Runner runner = session.runner();
    operations.forEach(runner::addTarget);
    runner.run().close();
  }

  private void startLearning() {
    List<Op> assignments = new ArrayList<>();
    adam.moments().forEach(m -> assignments.add(assignment(m, zeros(m.shape()))));
    for (int i = 0; i < averages.size(); i++) {
      assignments.add(assignment(averages.get(i), learned.get(i).value()));
    }
    run(assignments);
  }

  /**
   * Learns from a batch.
   *
   * @param number of the step, counted from 1
   * @param learningRate Adam's
   * @param randomSeed of dropout; the same gives the same
   */
  public Step step(Batch batch, long number, double learningRate, int randomSeed) {
    try (TensorFeeds feeds = new TensorFeeds()) {
      Session.Runner runner = session.runner().fetch(loss).fetch(learning.logits());
      update.forEach(runner::addTarget);
      adam.feed(runner, feeds, number, learningRate);
      double keep = Math.min(settings.averaging(), (1.0 + number) / (10.0 + number));
      runner
          .feed(
              settings.scope() == Scope.HEAD ? learning.embedding() : learning.levelled(),
              feeds.of(inputShape(batch.size()), batch.inputs()))
          .feed(targets, feeds.of(Shape.of(batch.size(), labels), batch.targets()))
          .feed(weights, feeds.of(Shape.of(batch.size()), batch.weights()))
          .feed(kept, feeds.scalar((float) keep))
          .feed(seed, feeds.vector(randomSeed));
      try (Result result = runner.run()) {
        return new Step(
            ((TFloat32) result.get(0)).getFloat(), VggishModel.rows((TFloat32) result.get(1)));
      }
    }
  }

  /**
   * The logits of some inputs, as the model that {@link #publish} writes gives them.
   *
   * @param inputs patches or embeddings, one after the other
   * @param count at least 1
   */
  public float[][] predict(float[] inputs, int count) {
    try (TensorFeeds feeds = new TensorFeeds();
        Result result =
            session
                .runner()
                .fetch(predicting.logits())
                .feed(
                    settings.scope() == Scope.HEAD ? predicting.embedding() : predicting.input(),
                    feeds.of(inputShape(count), inputs))
                .run()) {
      return VggishModel.rows((TFloat32) result.get(0));
    }
  }

  /**
   * The embeddings of some patches, as the model that {@link #publish} writes gives them.
   *
   * @param inputs patches, one after the other; or embeddings, which are returned as they are
   * @param count at least 1
   * @return [inputs][embedding]
   */
  public float[][] embed(float[] inputs, int count) {
    if (settings.scope() == Scope.HEAD) {
      float[][] rows = new float[count][];
      for (int i = 0; i < count; i++) {
        rows[i] = Arrays.copyOfRange(inputs, i * width(), (i + 1) * width());
      }
      return rows;
    }
    try (TensorFeeds feeds = new TensorFeeds();
        Result result =
            session
                .runner()
                .fetch(predicting.embedding())
                .feed(predicting.input(), feeds.of(inputShape(count), inputs))
                .run()) {
      return VggishModel.rows((TFloat32) result.get(0));
    }
  }

  private Shape inputShape(int count) {
    return settings.scope() == Scope.HEAD
        ? Shape.of(count, width())
        : Shape.of(count, Vggish.FRAMES, Vggish.BANDS);
  }

  /** Numbers of one input: a patch's, or an embedding's. */
  private int width() {
    return settings.scope() == Scope.HEAD
        ? (int) learning.embedding().shape().get(1)
        : Vggish.FRAMES * Vggish.BANDS;
  }

  /**
   * Writes what {@link #restore} needs to go on: the weights that learn, moments and averages.
   *
   * @throws ModelException if the file cannot be written
   */
  public void save(Path prefix) {
    state.save(session, prefix);
  }

  /**
   * Returns to what {@link #save} wrote.
   *
   * @throws ModelException if it cannot be read or is that of another network
   */
  public void restore(Path prefix) {
    new Checkpoint(prefix).restore(tf, session, allState());
  }

  /**
   * Mixes the weights that predict with those that {@link #load} took, head included. Learning
   * cannot go on from there.
   *
   * @param part of the latter, 0 to 1
   * @throws IllegalStateException if nothing was loaded, or there are no averages
   * @see <a href="https://arxiv.org/abs/2109.01903">Wortsman et al., "Robust fine-tuning of
   *     zero-shot models", 2022</a>
   */
  public void blend(double part) {
    if (loaded == null || averages.isEmpty()) {
      throw new IllegalStateException("no weights to blend");
    }
    new Checkpoint(loaded).restore(tf, session, learned);
    run(blending(part));
  }

  /** Assumes that the weights are those that were loaded. */
  private List<Op> blending(double part) {
    List<Op> assignments = new ArrayList<>();
    for (int i = 0; i < averages.size(); i++) {
      Variable average = averages.get(i);
      Operand<TFloat32> way = tf.math.sub(learned.get(i).value(), average.value());
      Operand<TFloat32> step = tf.math.mul(way, tf.constant((float) part));
      assignments.add(assignment(average, tf.math.add(average.value(), step)));
    }
    return assignments;
  }

  /**
   * Writes a model directory: the network that {@link #predict} runs.
   *
   * @param name begins the model's id
   * @param data what it was trained on, for its provenance
   * @param report of the training, JSON; becomes the model's {@value ModelSpec#REPORT}
   * @param card for people, Markdown; becomes the model's {@value ModelSpec#CARD}; null for none
   * @param calibration how sure the model is, without novelty; null if that is not known
   * @param novelty what clips look like that it knows; null if that is not known, as without {@code
   *     calibration}
   * @param output URI of a directory that does not exist or is empty
   * @throws UserError if the output holds something or cannot be written
   */
  public ModelDirectory publish(
      String name,
      String data,
      byte[] report,
      byte[] card,
      Calibration calibration,
      Novelty novelty,
      String output,
      Configuration conf) {
    try (ModelStaging staging = new ModelStaging(output, conf)) {
      Files.write(staging.files().resolve(ModelSpec.REPORT), report);
      if (card != null) {
        Files.write(staging.files().resolve(ModelSpec.CARD), card);
      }
      if (novelty != null) {
        Files.write(staging.files().resolve(Novelty.FILE_NAME), novelty.toJson());
      }
      network.save(session, VggishArchitecture.checkpoint(staging.files()));
      return staging.publish(
          name,
          architecture,
          head,
          null,
          novelty == null ? calibration : calibration.withNovelty(Novelty.FILE_NAME),
          Provenance.now(data, Sha256.of(new String(report, StandardCharsets.UTF_8))));
    } catch (IOException e) {
      throw UserError.unwritable("the output " + output, e);
    }
  }

  /** Frees all native memory. */
  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
