"""Contender: ONNX Runtime in Python. Argument: the file that OnnxFile wrote. Questions: BATCH CALLERS
SEGMENTS; it has one caller only."""

import os
import sys

import numpy as np
import onnxruntime

from contender import bare_loop, serve

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = len(os.sched_getaffinity(0))
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
patches = np.random.default_rng(2).uniform(-3, 3, (64, 1, 96, 64)).astype(np.float32)


def answer(question):
    batch, segments = int(question[0]), int(question[2])
    part = np.ascontiguousarray(patches[:batch])
    return bare_loop(lambda size: session.run(["logits"], {"patches": part}), batch, segments)


serve(answer)
