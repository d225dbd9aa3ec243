"""The full-width VGGish with a head of four emotions in TensorFlow, with weights of its own."""

import numpy as np
import tensorflow as tf

CONVS = [64, 128, 256, 256, 512, 512]
POOLED = {0, 1, 3, 5}
DENSE = [4096, 4096, 128, 100, 4]


def network():
    """From patches [n, 96, 64] to logits [n, 4]."""
    random = np.random.default_rng(1)

    def weights(*shape):
        limit = (6 / np.prod(shape[:-1])) ** 0.5
        return tf.Variable(((random.random(shape, np.float32) * 2 - 1) * limit).astype(np.float32))

    convs, dense, width = [], [], 1
    for out in CONVS:
        convs.append((weights(3, 3, width, out), tf.Variable(tf.zeros([out]))))
        width = out
    width *= 24
    for out in DENSE:
        dense.append((weights(width, out), tf.Variable(tf.zeros([out]))))
        width = out

    @tf.function(input_signature=[tf.TensorSpec([None, 96, 64], tf.float32)])
    def run(patches):
        net = patches[..., tf.newaxis]
        for i, (kernel, bias) in enumerate(convs):
            net = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(net, kernel, 1, "SAME"), bias))
            if i in POOLED:
                net = tf.nn.max_pool2d(net, 2, 2, "SAME")
        net = tf.reshape(net, [-1, 24 * CONVS[-1]])
        for i, (kernel, bias) in enumerate(dense):
            net = tf.nn.bias_add(tf.matmul(net, kernel), bias)
            net = net if i == len(dense) - 1 else tf.nn.relu(net)
        return net

    return run
