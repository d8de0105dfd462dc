"""The source study's notebook as a script, for comparison: ``python benchmarks/notebook_study.py HAPPY_URL SAD_URL``.

Follows the steps that the study describes: read the pages of each class and store their pictures, remove files that are
not pictures, load the folder as a data set divided by 255 and split by position, fit three networks with a TensorBoard
callback, and draw their ROC curves on the test photos. The page number is appended to each address. Uses nothing of
this project.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import requests
from bs4 import BeautifulSoup
from PIL import Image, UnidentifiedImageError

PAGES, SELECTOR = 4, "img.photo"
SIDE_PX, BATCH, EPOCHS = 64, 32, 45
MODELS = ("relu", "tanh", "sigmoid")
FILTERS, KERNEL, UNITS = (16, 32, 16), 5, (256, 128)


def main() -> None:
    """Run the notebook's steps and print each network's AUC."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        for label, address in zip(("happy", "sad"), sys.argv[1:3], strict=True):
            _download(address, photos / label)
        _remove_broken(photos)
        for activation, area in _study(photos, Path(folder) / "logs").items():
            print(f"{activation} {area:.3f}")


def _download(address: str, folder: Path) -> None:
    """Store the pictures on the pages of a class."""
    folder.mkdir(parents=True)
    for page in range(1, PAGES + 1):
        url = f"{address}{page}"
        soup = BeautifulSoup(requests.get(url, timeout=30).text, "html.parser")
        for number, picture in enumerate(soup.select(SELECTOR)):
            content = requests.get(urljoin(url, str(picture["src"])), timeout=30).content
            (folder / f"{page}-{number}.jpg").write_bytes(content)


def _remove_broken(photos: Path) -> None:
    """Remove files that cannot be opened as pictures."""
    for path in photos.glob("*/*"):
        try:
            with Image.open(path) as image:
                image.verify()
        except (UnidentifiedImageError, OSError):
            path.unlink()


def _study(photos: Path, logs: Path) -> dict[str, float]:
    """Train the three networks and return the AUC of each on the test photos."""
    import keras
    from plotly import graph_objects
    from sklearn.metrics import auc, roc_curve

    data = keras.utils.image_dataset_from_directory(photos, image_size=(SIDE_PX, SIDE_PX), batch_size=BATCH)
    data = data.map(lambda pixels, labels: (pixels / 255, labels))
    train = int(len(data) * 0.6)
    validation = int(len(data) * 0.2)
    parts = data.take(train), data.skip(train).take(validation), data.skip(train + validation)
    areas, figure = {}, graph_objects.Figure()
    for activation in MODELS:
        model = _network(activation)
        board = keras.callbacks.TensorBoard(log_dir=logs / activation)
        model.fit(parts[0], epochs=EPOCHS, validation_data=parts[1], callbacks=[board], verbose=0)
        pairs = [(labels.numpy(), model.predict(pixels, verbose=0)[:, 0]) for pixels, labels in parts[2]]
        labels, scores = (np.concatenate(column) for column in zip(*pairs, strict=True))
        wrong, right, _ = roc_curve(labels, scores)
        figure.add_scatter(x=wrong, y=right, name=activation)
        areas[activation] = float(auc(wrong, right))
    figure.write_html(logs / "roc.html")
    return areas


def _network(activation: str) -> Any:
    """Return a network as the study describes it."""
    import keras

    layers = [keras.Input((SIDE_PX, SIDE_PX, 3))]
    for filters in FILTERS:
        layers += [keras.layers.Conv2D(filters, KERNEL, activation=activation), keras.layers.MaxPooling2D()]
    layers += [keras.layers.Flatten(), *(keras.layers.Dense(units, activation=activation) for units in UNITS)]
    model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


if __name__ == "__main__":
    main()
