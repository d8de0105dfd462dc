"""Epoch time of the published Model 1: ``python -m benchmarks.epoch_speed [--repeats 3] [--torch-python PYTHON]``.

320 photos at 256 pixels, batches of 32, without validation. Compares this project's training loop with the source
study's notebook (``image_dataset_from_directory`` without a cache, ``fit``), with ``fit`` on float32 in memory, with an
equal PyTorch loop in the faster of its two memory formats, and with the machine: arithmetic rate achieved over that of
the best float32 matrix product before and after. Each is measured in a process of its own, in turns, without its first
epoch, which compiles. Prints medians. Promised: at least 1.6 times the notebook's speed; 1.2 times that of ``fit`` in
at most .55 of its memory; twice that of PyTorch; .75 of the machine's rate.

Without ``--torch-python``, PyTorch is installed from PyPI into a temporary environment.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

# PyTorch's interpreter has no dependencies of this project installed, so they are imported where they are used.

SIDE_PX, BATCH, LEARNING_RATE = 256, 32, 0.001
PHOTO_SIZE = (612, 408)
PRODUCT_SIDE, PRODUCTS = 2048, 12
OURS, NOTEBOOK, FIT, TORCH, TORCH_LAST = "ours", "notebook", "fit", "torch", "torch, channels last"
PROMISES = {NOTEBOOK: 1.6, FIT: 1.2, TORCH: 2.0}
PROMISED_MEMORY, PROMISED_SHARE = 0.55, 0.75
# By default glibc returns the memory of each large tensor to the system, and PyTorch then waits for page faults.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": str(1 << 28)}

Epoch = Callable[[], object]
Readings = dict[str, list[dict[str, float]]]


def main() -> None:
    """Measure and print the results, or run as a measured process."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--photos", type=int, default=320)
    options.add_argument("--epochs", type=int, default=3, help="timed epochs of each process")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--torch-python", type=Path, help="a Python that has torch and numpy")
    options.add_argument("--run", nargs=2, metavar=("WHICH", "FOLDER"), help="measured by another process")
    asked = options.parse_args()
    if asked.run:
        print(json.dumps(_measured(asked.run[0], Path(asked.run[1]), asked.epochs)))
        return
    with tempfile.TemporaryDirectory() as folder:
        _draw_photos(Path(folder), asked.photos)
        torch_python = asked.torch_python or _install_torch(Path(folder) / "torch")
        _report(_compare(Path(folder), torch_python, asked.repeats, asked.epochs), asked.photos)


def _compare(folder: Path, torch_python: Path, repeats: int, epochs: int) -> Readings:
    """Run all in turns, so that other load on the machine affects each of them."""
    readings_of: Readings = {name: [] for name in (OURS, NOTEBOOK, FIT, TORCH, TORCH_LAST)}
    for repeat in range(repeats):
        for name, readings in readings_of.items():
            python, more = (torch_python, KEEP_MEMORY) if name.startswith(TORCH) else (sys.executable, {})
            command = [str(python), __file__, "--run", name, str(folder), "--epochs", str(epochs)]
            root = str(Path(__file__).parents[1])
            environment = {**os.environ, **more, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3"}
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"The run failed. Received: run={name}, log={done.stderr[-2000:]}")
            readings.append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{repeat + 1}: {name}: {readings[-1]}", flush=True)
    return readings_of


def _measured(which: str, folder: Path, epochs: int) -> dict[str, float]:
    """Return median wall and CPU seconds of an epoch, peak memory in MB and, for ours, the machine's GFLOP/s."""
    prepare = {OURS: _ours, NOTEBOOK: _notebook, FIT: _fit, TORCH: _torch_plain, TORCH_LAST: _torch_channels_last}[
        which
    ]
    epoch = prepare(folder)
    epoch()
    before = _product_gflops() if which == OURS else 0.0
    walls, cpus = [], []
    for _ in range(epochs):
        wall, cpu = time.perf_counter(), time.process_time()
        epoch()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    gflops = max(before, _product_gflops()) if which == OURS else 0.0
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "peak_mb": peak, "gflops": gflops}


def _ours(folder: Path) -> Epoch:
    """Return an epoch of this project's engine, on photos mapped from disk."""
    from emotion_core.training import RunConfig
    from emotion_core.training.engine import PhotoDataset, trainer_of

    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    photos = PhotoDataset(pixels, np.load(folder / "labels.npy"))
    trainer = trainer_of(RunConfig(**_model_1(), epochs=1000))
    # The engine always validates; one photo adds less than 1 %.
    epochs: Iterator[Any] = trainer.epochs(photos, photos.subset(np.arange(1)))
    return lambda: next(epochs)


def _notebook(folder: Path) -> Epoch:
    """Return an epoch of the source study's notebook, which reads and decodes every photo in every epoch."""
    import keras

    data = keras.utils.image_dataset_from_directory(folder / "photos", image_size=(SIDE_PX, SIDE_PX), batch_size=BATCH)
    scaled, model = data.map(lambda photos, labels: (photos / 255, labels)), _keras_model()
    return lambda: model.fit(scaled, verbose=0)


def _fit(folder: Path) -> Epoch:
    """Return an epoch of Keras's ``fit`` on float32 photos in memory."""
    pixels = np.load(folder / "pixels.npy").astype(np.float32)
    pixels /= 255
    labels, model = np.load(folder / "labels.npy").astype(np.float32), _keras_model()
    return lambda: model.fit(pixels, labels, batch_size=BATCH, verbose=0)


def _torch_plain(folder: Path) -> Epoch:
    """Return an epoch of the same network in PyTorch."""
    return _torch_epoch(folder, channels_last=False)


def _torch_channels_last(folder: Path) -> Epoch:
    """Return an epoch of the same network in PyTorch, with channels last in memory."""
    return _torch_epoch(folder, channels_last=True)


def _torch_epoch(folder: Path, *, channels_last: bool) -> Epoch:
    """Return an epoch of a plain PyTorch loop on uint8 photos in memory."""
    import torch

    layout = torch.channels_last if channels_last else torch.contiguous_format
    pixels = torch.from_numpy(np.load(folder / "pixels.npy")).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    labels = torch.from_numpy(np.load(folder / "labels.npy").astype(np.float32))[:, None]
    model = _torch_model().to(memory_format=layout)
    optimizer, loss_of = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE), torch.nn.BCELoss()

    def epoch() -> None:
        for rows in torch.randperm(len(labels)).split(BATCH):
            batch = (pixels[rows].float() / 255).contiguous(memory_format=layout)
            optimizer.zero_grad()
            loss = loss_of(model(batch), labels[rows])
            loss.backward()
            optimizer.step()
            loss.item()

    return epoch


def _torch_model() -> Any:
    """Return the published Model 1 in PyTorch."""
    from torch import nn

    layers: list[Any] = []
    for inputs, filters in ((3, 16), (16, 32), (32, 16)):
        layers += [nn.Conv2d(inputs, filters, 5), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(28 * 28 * 16, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, 1), nn.Sigmoid())


def _keras_model() -> Any:
    """Return the published Model 1 as the notebook compiles it, for photos divided by 255."""
    import keras

    layers = keras.layers
    blocks = [(layers.Conv2D(filters, 5, activation="relu"), layers.MaxPooling2D()) for filters in (16, 32, 16)]
    dense = [layers.Dense(256, activation="relu"), layers.Dense(128, activation="relu")]
    output = layers.Dense(1, activation="sigmoid")
    flat = [layer for block in blocks for layer in block]
    model = keras.Sequential([keras.Input((SIDE_PX, SIDE_PX, 3)), *flat, layers.Flatten(), *dense, output])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), "binary_crossentropy", metrics=["accuracy"])
    return model


def _model_1() -> dict[str, Any]:
    """Return the settings of the published Model 1."""
    from emotion_core.training.config import preset_named

    networks = preset_named("published").networks or ()
    return {**networks[0], "image_size": SIDE_PX, "batch_size": BATCH}


def _product_gflops() -> float:
    """Return the best rate of several large float32 matrix products, in GFLOP/s."""
    import tensorflow as tf

    left, right = (tf.random.normal((PRODUCT_SIDE, PRODUCT_SIDE)) for _ in range(2))
    best = float("inf")
    for _ in range(PRODUCTS):
        began = time.perf_counter()
        tf.matmul(left, right).numpy()
        best = min(best, time.perf_counter() - began)
    return 2 * PRODUCT_SIDE**3 / best / 1e9


def _epoch_gflop(photos: int) -> float:
    """Return the GFLOP of an epoch: forward pass, weight gradients, input gradients except those of the photos."""
    from emotion_core.network import layers_of
    from emotion_core.training import RunConfig

    costs = [layer.multiply_adds for layer in layers_of(RunConfig(**_model_1()))]
    return 2 * photos * (3 * sum(costs) - costs[0]) / 1e9


def _draw_photos(folder: Path, count: int) -> None:
    """Write photos of about 40 KB, and an array of the same photos decoded and resized."""
    from PIL import Image

    rng, pixels = np.random.default_rng(0), np.empty((count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    labels = np.arange(count) % 2
    for row, label in enumerate(labels):
        photo = draw_photo(folder / "photos" / ("happy", "sad")[label] / f"{row:05d}.jpg", rng)
        pixels[row] = photo.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "labels.npy", labels)


def draw_photo(path: Path, rng: np.random.Generator) -> Any:
    """Write a random photo of about 40 KB and return it.

    Args:
        path: JPEG file to write; its folder is created if needed.
        rng: source of the photo's content.
    """
    from PIL import Image

    spots = Image.fromarray(rng.integers(0, 256, (68, 102, 3), dtype=np.uint8))
    photo = spots.resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    path.parent.mkdir(parents=True, exist_ok=True)
    photo.save(path, quality=90)
    return photo


def _install_torch(folder: Path) -> Path:
    """Install PyTorch into an environment of its own and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "torch", "numpy"], check=True)
    return python


def _report(readings: Readings, photos: int) -> None:
    """Print the medians, and each ratio beside its promise."""

    def median(name: str, what: str) -> float:
        return statistics.median(reading[what] for reading in readings[name])

    print(f"\n{'':24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for name in readings:
        print(f"{name:24}{median(name, 'wall'):8.2f}{median(name, 'cpu'):8.2f}{median(name, 'peak_mb'):9.0f}")
    best_torch = min((TORCH, TORCH_LAST), key=lambda name: median(name, "wall"))
    for peer, promised in PROMISES.items():
        name = best_torch if peer == TORCH else peer
        wall, cpu = (median(name, what) / median(OURS, what) for what in ("wall", "cpu"))
        print(f"speed against {name}: {wall:.2f}x wall, {cpu:.2f}x CPU (promised {promised}x wall)")
    memory = median(OURS, "peak_mb") / median(FIT, "peak_mb")
    print(f"memory against {FIT}: {memory:.2f}x (promised at most {PROMISED_MEMORY}x)")
    work = _epoch_gflop(photos)
    share = statistics.median(work / reading["wall"] / reading["gflops"] for reading in readings[OURS])
    rate, machine = work / median(OURS, "wall"), median(OURS, "gflops")
    print(f"arithmetic: {rate:.0f} of {machine:.0f} GFLOP/s, {share:.2f} (promised {PROMISED_SHARE})")


if __name__ == "__main__":
    main()
