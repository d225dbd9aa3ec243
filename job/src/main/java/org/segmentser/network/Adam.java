package org.segmentser.network;

import java.util.ArrayList;
import java.util.List;
import org.segmentser.network.Vggish.Variable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Adam's part of a graph: the moments of each weight and the operations of a step.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma, Ba: Adam, 2015</a>
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov, Hutter: Decoupled weight decay,
 *     2019</a>
 */
final class Adam {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;

  private final Ops tf;
  private final double epsilon;
  private final double weightDecay;
  private final Placeholder<TFloat32> learningRate;
  private final Placeholder<TFloat32> beta1Power;
  private final Placeholder<TFloat32> beta2Power;
  private final List<Variable> moments = new ArrayList<>();

  /**
   * An optimiser without weights.
   *
   * @param weightDecay of the weights, not the biases; 0 for none
   */
  Adam(Ops tf, double epsilon, double weightDecay) {
    this.tf = tf;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    learningRate = scalar(tf);
    beta1Power = scalar(tf);
    beta2Power = scalar(tf);
  }

  static Placeholder<TFloat32> scalar(Ops tf) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
  }

  /** Adds a weight's update to the graph. */
  Op update(Variable variable, Operand<TFloat32> gradient) {
    Variable m = moment("adam/m/", variable);
    Variable v = moment("adam/v/", variable);
    Ops after = tf;
    if (weightDecay > 0 && variable.shape().numDimensions() > 1) {
      Operand<TFloat32> part = tf.math.mul(learningRate, tf.constant((float) weightDecay));
      // The gradient is that of the weights before.
      Ops then = tf.withControlDependencies(List.of(tf.identity(gradient)));
      Op decay = then.train.resourceApplyGradientDescent(variable.handle(), part, variable.value());
      after = tf.withControlDependencies(List.of(decay));
    }
    return after.train.resourceApplyAdam(
        variable.handle(),
        m.handle(),
        v.handle(),
        beta1Power,
        beta2Power,
        learningRate,
        tf.constant(BETA1),
        tf.constant(BETA2),
        tf.constant((float) epsilon),
        gradient);
  }

  private Variable moment(String prefix, Variable of) {
    Variable moment = Variable.of(tf, prefix + of.name(), prefix + of.name(), of.shape());
    moments.add(moment);
    return moment;
  }

  /** What must be saved with the weights to go on later. */
  List<Variable> moments() {
    return moments;
  }

  /**
   * Feeds a step.
   *
   * @param step counted from 1, since {@link #moments} were 0
   * @param rate of learning
   */
  void feed(Session.Runner runner, TensorFeeds feeds, long step, double rate) {
    runner.feed(learningRate, feeds.scalar((float) rate));
    runner.feed(beta1Power, feeds.scalar((float) Math.pow(BETA1, (double) step)));
    runner.feed(beta2Power, feeds.scalar((float) Math.pow(BETA2, (double) step)));
  }
}
