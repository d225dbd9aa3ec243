"""Epochs of the network that `train --mode scratch` learns, in plain TensorFlow, for TrainBenchmark.

Arguments: examples, batch size, threads. Takes one line of standard input per epoch and answers
with the seconds that the epoch took. The same layers, loss, dropout, weight decay and gradient norm
as train's; the patches are random and ready in memory; no augmentation, levelling or averaging.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

CONV = [16, 32, 64, 64, 128, 128]
POOLED = [0, 1, 3, 5]
DENSE = [256, 256, 128, 100]
LABELS = 4
DROPOUT = 0.3
RATE = 1e-3
DECAY = 1e-4
MAX_NORM = 1.0


def variables():
    random = np.random.default_rng(1)
    shapes, width = [], 1
    for out in CONV:
        shapes += [(3, 3, width, out), (out,)]
        width = out
    width *= 24
    for out in DENSE + [LABELS]:
        shapes += [(width, out), (out,)]
        width = out
    return [
        tf.Variable(
            (random.normal(size=s) * np.sqrt(2 / np.prod(s[:-1])) if len(s) > 1 else np.zeros(s)).astype(np.float32)
        )
        for s in shapes
    ]


def logits(weights, patches):
    net = tf.reshape(patches, (-1, 96, 64, 1))
    at = iter(weights)
    for i in range(len(CONV)):
        net = tf.nn.bias_add(tf.nn.conv2d(net, next(at), 1, "SAME"), next(at))
        net = tf.nn.relu(tf.nn.max_pool2d(net, 2, 2, "SAME") if i in POOLED else net)
    net = tf.reshape(net, (-1, 24 * CONV[-1]))
    for _ in DENSE:
        net = tf.nn.dropout(net, DROPOUT)
        net = tf.nn.relu(tf.matmul(net, next(at)) + next(at))
    return tf.matmul(net, next(at)) + next(at)


def main():
    examples, size, threads = map(int, sys.argv[1:4])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    random = np.random.default_rng(2)
    patches = random.normal(-2, 2, size=(examples, 96, 64)).astype(np.float32)
    targets = np.eye(LABELS, dtype=np.float32)[random.integers(LABELS, size=examples)]
    batches = [
        (tf.constant(patches[i : i + size]), tf.constant(targets[i : i + size]))
        for i in range(0, examples, size)
    ]
    weights = variables()
    first = [tf.Variable(tf.zeros_like(w)) for w in weights]
    second = [tf.Variable(tf.zeros_like(w)) for w in weights]

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, 96, 64)),
            tf.TensorSpec((None, LABELS)),
            tf.TensorSpec(()),
            tf.TensorSpec(()),
        ]
    )
    def step(inputs, wanted, power1, power2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(wanted, logits(weights, inputs))
            )
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, weights), MAX_NORM)
        for w, m, v, g in zip(weights, first, second, gradients):
            if len(w.shape) > 1:
                w.assign_sub(w * (RATE * DECAY))
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=power1,
                beta2_power=power2,
                lr=RATE,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-8,
                grad=g,
            )
        return loss

    print("TensorFlow", tf.__version__, flush=True)
    number = 0
    for _ in sys.stdin:
        began = time.perf_counter()
        for inputs, wanted in batches:
            number += 1
            loss = step(
                inputs,
                wanted,
                tf.constant(0.9**number, tf.float32),
                tf.constant(0.999**number, tf.float32),
            )
        loss.numpy()
        print(time.perf_counter() - began, flush=True)


main()
