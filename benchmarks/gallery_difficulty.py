"""Difficulty of the sample gallery: test AUC of brightness alone, of linear models and of the small network.

The gallery should be too hard for a linear model (below 0.80) and learnable for the 64-pixel ReLU network (above 0.90),
and brightness should be useless (0.50). Run from the checkout::

    python -m benchmarks.gallery_difficulty [--seeds 3] [--activations relu,tanh,sigmoid]
"""

import argparse
import io
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from emotion_core.collect.samples import GALLERY_SEED, LABELS, PAGES, PHOTOS_PER_PAGE, photo_bytes

PER_CLASS = PAGES * PHOTOS_PER_PAGE
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
REPRESENTATIONS = ("64 px colour", "64 px grey", "32 px colour", "32 px grey", "16 px grey")
EPOCHS, BATCH = 45, 32

Photos = NDArray[np.uint8]


def _load(side_px: int, colours: str, gallery_seed: int) -> Photos:
    """Decode the 480 JPEG files to one array, happy first, as the app does: bilinear, no cropping."""
    photos = []
    for label in LABELS:
        for index in range(PER_CLASS):
            image = Image.open(io.BytesIO(photo_bytes(label, index, seed=gallery_seed)))
            photos.append(np.asarray(image.convert(colours).resize((side_px, side_px), Image.Resampling.BILINEAR)))
    return np.stack(photos)


def _split(seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of train (288) and test (96), and the labels of all 480; validation (96) is unused."""
    answers = np.repeat([0, 1], PER_CLASS)
    train, rest = train_test_split(np.arange(2 * PER_CLASS), train_size=0.6, stratify=answers, random_state=seed)
    _, test = train_test_split(rest, test_size=0.5, stratify=answers[rest], random_state=seed)
    return train, test, answers


def _linear_auc(photos: Photos, seed: int) -> float:
    """Return the best test AUC of a logistic regression over all penalties: chosen on the test, so an upper bound."""
    train, test, answers = _split(seed)
    flat = photos.reshape(len(photos), -1).astype(np.float32)
    scaler = StandardScaler().fit(flat[train])
    known, new = scaler.transform(flat[train]), scaler.transform(flat[test])
    scores = []
    for penalty in PENALTIES:
        model = LogisticRegression(C=penalty, max_iter=200).fit(known, answers[train])
        scores.append(float(roc_auc_score(answers[test], model.decision_function(new))))
    return max(scores)


def _build(activation: str) -> Any:
    """Build the study's network: convolutions 16-32-16 of 5 x 5, a 256-128 head, one sigmoid output."""
    import keras

    hidden: list[Any] = [keras.layers.Input((64, 64, 3)), keras.layers.Rescaling(1 / 255)]
    for filters in (16, 32, 16):
        hidden += [keras.layers.Conv2D(filters, 5, activation=activation), keras.layers.MaxPooling2D(2)]
    hidden.append(keras.layers.Flatten())
    hidden += [keras.layers.Dense(units, activation=activation) for units in (256, 128)]
    model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="binary_crossentropy")
    return model


def _network_auc(photos: Photos, activation: str, seed: int) -> float:
    """Train the network once and return its test AUC with the last epoch's weights."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    train, test, answers = _split(seed)
    model = _build(activation)
    model.fit(photos[train].astype(np.float32), answers[train], batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return float(roc_auc_score(answers[test], model.predict(photos[test].astype(np.float32), verbose=0).ravel()))


def _rows(seeds: int, activations: list[str], gallery_seed: int) -> Iterator[tuple[str, list[float]]]:
    """Yield one row at a time: the name of the model, and one AUC per seed."""
    answers = np.repeat([0, 1], PER_CLASS)
    brightness = _load(64, "L", gallery_seed).reshape(2 * PER_CLASS, -1).mean(axis=1)
    yield "mean brightness, no model, all 480", [float(roc_auc_score(answers, brightness))]
    for name in REPRESENTATIONS:
        photos = _load(int(name[:2]), "RGB" if name.endswith("colour") else "L", gallery_seed)
        yield f"linear, {name}", [_linear_auc(photos, seed) for seed in range(seeds)]
    colour = _load(64, "RGB", gallery_seed)
    for activation in activations:
        yield f"network, 64 px colour, {activation}", [_network_auc(colour, activation, s) for s in range(seeds)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="splits and networks per row (default 3)")
    parser.add_argument("--activations", default="relu,tanh,sigmoid", help="hidden activations, with commas between")
    parser.add_argument("--gallery-seed", type=int, default=GALLERY_SEED, help="draw another gallery")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    started = time.process_time()
    _load(64, "RGB", arguments.gallery_seed)
    print(f"drawing: {(time.process_time() - started) / (2 * PER_CLASS) * 1000:.1f} ms CPU a photo")
    print(f"{'test AUC over ' + str(arguments.seeds) + ' splits':38} {'mean':>6} {'least':>6} {'most':>6}")
    activations = [name for name in arguments.activations.split(",") if name]
    for name, scores in _rows(arguments.seeds, activations, arguments.gallery_seed):
        print(f"{name:38} {np.mean(scores):6.3f} {min(scores):6.3f} {max(scores):6.3f}", flush=True)


if __name__ == "__main__":
    main()
