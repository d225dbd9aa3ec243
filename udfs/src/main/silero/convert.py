#!/usr/bin/env python3
"""Writes the weights of Silero's voice activity detector for 16 kHz as the jar holds them: little-endian float32, one
array after the other, each in C order, in the order of ARRAYS. The short-time Fourier transform is left out: its
weights are the cosines and sines of 256 points under a periodic Hann window, which is checked here.

usage: convert.py silero_vad_16k.npz   (the arrays of the publisher's silero_vad_16k_op15.onnx by name; needs numpy)
"""
import os, sys
import numpy as np

ARRAYS = {
    "conv1.weight": (128, 129, 3), "conv1.bias": (128,),
    "conv2.weight": (64, 128, 3), "conv2.bias": (64,),
    "conv3.weight": (64, 64, 3), "conv3.bias": (64,),
    "conv4.weight": (128, 64, 3), "conv4.bias": (128,),
    "lstm_cell.weight_ih": (512, 128), "lstm_cell.weight_hh": (512, 128),
    "lstm_cell.bias_ih": (512,), "lstm_cell.bias_hh": (512,),
    "final_conv.weight": (1, 128, 1), "final_conv.bias": (1,),
}
HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = f"{HERE}/../resources/org/segmentser/speech/silero_vad_16k.f32"

weights = np.load(sys.argv[1])
assert set(weights.files) == set(ARRAYS) | {"stft_conv.weight"}, weights.files

angle = 2 * np.pi * np.outer(np.arange(129), np.arange(256)) / 256
hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)
transform = np.concatenate([hann * np.cos(angle), -hann * np.sin(angle)])
assert np.abs(weights["stft_conv.weight"][:, 0] - transform).max() < 1e-7

with open(TARGET, "wb") as file:
    for name, shape in ARRAYS.items():
        assert weights[name].shape == shape, name
        file.write(weights[name].astype("<f4").tobytes())
