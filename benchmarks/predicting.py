"""Speed of predictions: ``python -m benchmarks.predicting [--rounds 5] [--photos 40]``.

Compares LiteRT with ``keras.Model.predict``, photo by photo in turns, on the same decoded photos; Keras runs in a
process of its own. The network is the controlled one at 256 pixels, which is the published Model 1, and at 64;
untrained, because training does not change its speed. Promised for one photo without face detection: p50 below 60 and
25 ms; for a batch, at least 5 times the photos per second of Keras. Then a fresh process with Streamlit: at most 1 s
from its first upload to the prediction with faces, and below 400 MB after a batch.
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.epoch_speed import draw_photo

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
PROMISED_MS = {256: 60, 64: 25}
PROMISED_RATIO, PROMISED_FIRST_S, PROMISED_MB = 5, 1.0, 400
ANSWERS = {"name": "measured", "threshold": 0.5, "not_sure_low": 0.4, "not_sure_high": 0.6, "needs_face": False}


def main() -> None:
    """Measure in turns and print the results; with ``--peer`` or ``--fresh``, run as the measured process."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--photos", type=int, default=40)
    options.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--fresh", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.peer:
        _be_peer(asked.peer, asked.photos)
    elif asked.fresh:
        _be_fresh(asked.fresh, asked.photos)
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for side in PROMISED_MS:
                _compare(_make_network(Path(folder), side), side, asked.photos, asked.rounds)
                _print_fresh(Path(folder) / str(side), side, asked.photos)


def _make_network(folder: Path, side: int) -> Path:
    """Write an untrained network in another process, which keeps this one free of TensorFlow; return its folder."""
    code = (
        "import json, pathlib, sys\nfrom emotion_core.network import build\n"
        "from emotion_core.network.export.keras_litert import save_network\n"
        "from emotion_core.training import RunConfig\n"
        "folder, config = pathlib.Path(sys.argv[1]), RunConfig(image_size=int(sys.argv[2]))\n"
        "folder.mkdir()\nsave_network(build(config), config, folder)\n"
        "(folder / 'settings.json').write_text(config.model_dump_json())"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / str(side)), str(side)], check=True, stderr=subprocess.PIPE)
    (folder / str(side) / "answers.json").write_text(json.dumps(ANSWERS))
    return folder / str(side)


def _compare(folder: Path, side: int, count: int, rounds: int) -> None:
    """Print the time for one photo, with and without face detection, and the photos per second of a batch."""
    from emotion_core.prediction import Classifier

    classifier, photos = Classifier.of_folder(folder), _drawn_photos(count)
    named = [(str(number), photo) for number, photo in enumerate(photos)]
    single: list[float] = []
    with_faces: list[float] = []
    batches: list[float] = []
    theirs: list[float] = []
    with Peer(folder, count) as peer:
        for _ in range(rounds):
            theirs += peer.milliseconds()
            single += [_milliseconds(partial(classifier.answer, *item)) for item in named]
            batches.append(_milliseconds(lambda: classifier.answer_many(named)) / count)
            with_faces += [_milliseconds(partial(classifier.answer, *item, input_mode="faces")) for item in named]
    batch, keras = statistics.median(batches), statistics.median(theirs)
    print(
        f"{side} px, {len(single)} photos: one {_percentiles(single)} ms (promised p50 {PROMISED_MS[side]}), "
        f"with its faces {_percentiles(with_faces)} ms; batch {1000 / batch:.0f} photos/s, keras.Model.predict "
        f"one by one {_percentiles(theirs)} ms, {1000 / keras:.0f} photos/s: {keras / batch:.1f} times "
        f"(promised {PROMISED_RATIO})"
    )


def _percentiles(values: list[float]) -> str:
    """Return the median and the 95th percentile as text."""
    return f"p50 {np.percentile(values, 50):.1f} p95 {np.percentile(values, 95):.1f}"


def _milliseconds(work: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _drawn_photos(count: int) -> list[Any]:
    """Return decoded photos of noise and shapes."""
    from emotion_core import images

    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.jpg" for number in range(count)]
        for path in paths:
            draw_photo(path, rng)
        return [images.read(path).image for path in paths]


class Peer:
    """A process that predicts the same photos with ``keras.Model.predict`` for each line it reads."""

    def __init__(self, folder: Path, count: int) -> None:
        words = [sys.executable, "-m", "benchmarks.predicting", "--peer", str(folder), "--photos", str(count)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self) -> "Peer":
        self.milliseconds()  # TensorFlow compiles the first prediction.
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def milliseconds(self) -> list[float]:
        """Return how long each photo took."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("The peer has no pipes.")
        stdin.write("go\n")
        stdin.flush()
        times: list[float] = json.loads(stdout.readline())
        return times


def _be_peer(folder: Path, count: int) -> None:
    """Predict all photos one by one for each line on standard input."""
    import keras

    from emotion_core.dataset import to_pixels
    from emotion_core.prediction import Classifier

    model, view, photos = keras.models.load_model(folder / "model.keras"), Classifier.of_folder(folder).input_spec, None

    def predict_one(photo: Any) -> None:
        model.predict(to_pixels(photo, view)[None].astype(np.float32), verbose=0)

    for _ in sys.stdin:
        photos = photos or _drawn_photos(count)
        taken = [_milliseconds(partial(predict_one, photo)) for photo in photos]
        print(json.dumps(taken), flush=True)


def _print_fresh(folder: Path, side: int, count: int) -> None:
    """Print the time that a fresh process takes for its first upload, and its memory after a batch."""
    words = [sys.executable, "-m", "benchmarks.predicting", "--fresh", str(folder), "--photos", str(count)]
    results = [
        json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        for _ in range(3)
    ]
    first, memory = (statistics.median(result[name] for result in results) for name in ("first_s", "memory_mb"))
    print(
        f"{side} px, fresh process: first upload answered in {first:.2f} s (promised {PROMISED_FIRST_S}), "
        f"after a batch of {count} photos {memory:.0f} MB (promised {PROMISED_MB})"
    )


def _be_fresh(folder: Path, count: int) -> None:
    """Load what the web process has loaded once its page is shown, then predict an upload and a batch."""
    import streamlit

    from emotion_core import images
    from emotion_core.collect.samples import photo_bytes
    from emotion_core.prediction import Classifier

    data = photo_bytes("sad", 0)

    def first() -> None:
        Classifier.of_folder(folder).answer(streamlit.__name__, images.decode(data).image, input_mode="faces")

    taken = _milliseconds(first) / 1000
    classifier = Classifier.of_folder(folder)
    named = ((str(number), photo) for number, photo in enumerate(_drawn_photos(count)))
    for _ in classifier.answer_each(named, input_mode="faces"):
        pass
    print(json.dumps({"first_s": taken, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
