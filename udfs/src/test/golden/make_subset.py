#!/usr/bin/env python3
"""Makes the reference data beside this script: a small part of the whole of ../shared/golden.

The definitions are those of the whole's make_golden.py, which this script imports; read that for the front end, the
formula of the weights and the metrics. Copied are a few audio files with their patches, some rows of the network's
input and of the full-width network's results, the PCA and the figures, and some probabilities of speech from
../silero. Computed is a network that is narrow enough to be kept as checkpoints. Needs numpy and tensorflow:
    python3 make_subset.py ../../../../../shared/golden
"""
import os, shutil, sys
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ["padded", "paper-overlap", "unpadded", "unpadded-hop0.48"]
AUDIO = ["speech_300ms.wav", "speech_975ms.wav", "speech_8000.wav"]
SINE = "sine_1khz_3s.wav"
ROWS = [0, 2, 5, 8]  # of model/input.npy: the first patch of speech, sine, chirp and silence
CONV, FC, EMBEDDING, HIDDEN, LABELS = [4, 8, 8, 8, 8, 8], [16, 16], 128, 100, 4


def copy(whole, name):
    os.makedirs(os.path.dirname(f"{HERE}/{name}") or HERE, exist_ok=True)
    shutil.copyfile(f"{whole}/{name}", f"{HERE}/{name}")


def save(name, array):
    np.save(f"{HERE}/model/{name}.npy", array)


def tiny(golden, x):
    """The network of make_golden.py at widths of its own: embeddings, head logits, V1 and V2 checkpoints."""
    import tensorflow as tf
    tf1 = tf.compat.v1; tf1.disable_eager_execution()
    w = golden.weights(CONV, FC, EMBEDDING)
    with tf1.Graph().as_default(), tf1.Session() as session:
        var = {k: tf1.Variable(v, name=k, use_resource=False) for k, v in w.items()}
        net = tf.reshape(tf.constant(x), [-1, 96, 64, 1])
        for k, s in enumerate(golden.SCOPES[:6]):
            net = tf.nn.relu(tf.nn.conv2d(net, var[f"vggish/{s}/weights"], 1, "SAME") + var[f"vggish/{s}/biases"])
            if k in (0, 1, 3, 5):
                net = tf.nn.max_pool2d(net, 2, 2, "SAME")
        net = tf.reshape(net, [-1, 6 * 4 * CONV[-1]])
        for s in golden.SCOPES[6:]:
            linear = tf.matmul(net, var[f"vggish/{s}/weights"]) + var[f"vggish/{s}/biases"]
            net = tf.nn.relu(linear)
        session.run(tf1.global_variables_initializer())
        lin, rel = session.run([linear, net])
        for version in (1, 2):
            saver = tf1.train.Saver(var, write_version=version)
            saver.save(session, f"{HERE}/model/tiny_v{version}.ckpt", write_meta_graph=False, write_state=False)
    save("tiny.embedding_linear", lin.astype("<f4"))
    save("tiny.embedding_relu", rel.astype("<f4"))
    w1, b1 = golden.uniform(100, (EMBEDDING, HIDDEN), np.sqrt(6 / EMBEDDING)), golden.uniform(101, (HIDDEN,), 0.1)
    w2, b2 = golden.uniform(102, (HIDDEN, LABELS), np.sqrt(6 / HIDDEN)), golden.uniform(103, (LABELS,), 0.1)
    save("tiny.head_logits", (np.maximum(rel @ w1 + b1, 0) @ w2 + b2).astype("<f4"))


def main(whole):
    sys.path.insert(0, whole)
    import make_golden as golden
    for name in AUDIO + [SINE]:
        copy(whole, f"audio/{name}")
    for name in [f"{a}.{m}" for a in AUDIO for m in MODES] + [f"{SINE}.unpadded"]:
        copy(whole, f"logmel/{name}.npy")
    # The clip is the beginning of speech_16k.wav: the probabilities of its whole windows are the same.
    speech = np.load(f"{whole}/../silero/speech_16k.wav.speech.npy")[:15600 // 512]
    os.makedirs(f"{HERE}/speech", exist_ok=True)
    np.save(f"{HERE}/speech/speech_975ms.wav.npy", speech)
    copy(whole, "metrics.json")
    copy(whole, "model/pca_params.npz")
    for name in ["input", "full.embedding_linear", "full.embedding_relu", "full.head_logits", "full.postprocessed"]:
        save(name, np.load(f"{whole}/model/{name}.npy")[ROWS])
    tiny(golden, np.load(f"{HERE}/model/input.npy"))


if __name__ == "__main__":
    main(sys.argv[1])
