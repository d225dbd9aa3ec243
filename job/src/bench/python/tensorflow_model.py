"""Contender: TensorFlow in Python. Questions: BATCH CALLERS SEGMENTS; it has one caller only."""

import numpy as np
import tensorflow as tf

from contender import bare_loop, serve
from vggish import network

run = network()
patches = tf.constant(np.random.default_rng(2).uniform(-3, 3, (64, 96, 64)).astype(np.float32))


def answer(question):
    batch, segments = int(question[0]), int(question[2])
    part = patches[:batch]
    return bare_loop(lambda size: run(part).numpy(), batch, segments)


serve(answer)
