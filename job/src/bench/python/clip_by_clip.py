"""Contender: the references' way. WAV files of 16 bits, mono, at 8 or 16 kHz, one after the other: read,
brought to 16 kHz, log-mel in NumPy, TensorFlow. Argument: a directory. Questions: PATCHES CLIPS, the most
patches that go through the network together (0: those of one clip) and how many clips; answered with
seconds, CPU seconds and segments."""

import glob
import sys
import time
import wave

import numpy as np
import tensorflow as tf

from contender import serve
from vggish import network

RATE, WINDOW, HOP, FFT, BANDS, FRAMES = 16000, 400, 160, 512, 64, 96


def mel(hertz):
    return 1127.0 * np.log1p(hertz / 700.0)


def mel_matrix():
    bins = mel(np.linspace(0, RATE / 2, FFT // 2 + 1))
    edges = np.linspace(mel(125.0), mel(7500.0), BANDS + 2)
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0, np.minimum(rise, fall))
    weights[0] = 0
    return weights


MEL = mel_matrix()
HANN = 0.5 - 0.5 * np.cos(2 * np.pi / WINDOW * np.arange(WINDOW))
DOUBLING = np.sinc(np.arange(-99, 100) / 2) * np.kaiser(199, 12.98)


def samples(path):
    with wave.open(path) as file:
        assert file.getsampwidth() == 2 and file.getnchannels() == 1, path
        rate = file.getframerate()
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768.0
    if rate == RATE // 2:
        stuffed = np.zeros(2 * len(data))
        stuffed[::2] = data
        return np.convolve(stuffed, DOUBLING, "same")
    assert rate == RATE, path
    return data


def patches(path):
    data = samples(path)
    data = np.pad(data, (0, -len(data) % RATE + WINDOW - HOP))
    count = 1 + (len(data) - WINDOW) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(data, WINDOW)[::HOP][:count]
    logmel = np.log(np.abs(np.fft.rfft(frames * HANN, FFT)) @ MEL + 0.01).astype(np.float32)
    whole = len(logmel) // FRAMES
    return logmel[: whole * FRAMES].reshape(whole, FRAMES, BANDS)


files = sorted(glob.glob(sys.argv[1] + "/**/*.wav", recursive=True))
run = network()


def answer(question):
    most, clips = int(question[0]), int(question[1])
    cpu, wall, segments, waiting = time.process_time(), time.perf_counter(), 0, []

    def score():
        batch = np.concatenate(waiting)
        for at in range(0, len(batch), most or len(batch)):
            run(tf.constant(batch[at : at + (most or len(batch))])).numpy()
        waiting.clear()

    for path in files[:clips]:
        found = patches(path)
        if len(found):
            segments += len(found)
            waiting.append(found)
            if sum(map(len, waiting)) >= most:
                score()
    if waiting:
        score()
    return time.perf_counter() - wall, time.process_time() - cpu, segments


serve(answer)
