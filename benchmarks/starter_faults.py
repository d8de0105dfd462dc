"""The starter on photos that are hard for it: blurred, dark, covered faces, and faces that are neither.

``python -m benchmarks.starter_faults PHOTOS... --neither FACES``. PHOTOS are folders that hold ``happy`` and ``sad``,
FACES is one whose photos look neither; none of them may be trained on. Each photo is cut to its face, which is then
blurred by a share of its side, darkened with a camera's noise, or covered: mouth and chin, or the eyes.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.starter_peers import _in_folder
from emotion_core import images
from emotion_core.evaluation import auc_interval, reliability
from emotion_core.prediction import STARTER_FOLDER, Answer, Classifier, PhotoInput

Change = Callable[[Image.Image, np.random.Generator], Image.Image]
BLUR_SHARE, DARK_SHARES, DARK_NOISE = 0.03, (0.12, 0.3), 2.5
MASK_GRAYS = (20, 110, 190, 235)


def _blurred(face: Image.Image, rng: np.random.Generator) -> Image.Image:
    return face.filter(ImageFilter.GaussianBlur(BLUR_SHARE * face.width))


def _dark(face: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(face, dtype=np.float64) * rng.uniform(*DARK_SHARES)
    return Image.fromarray((pixels + rng.normal(0, DARK_NOISE, pixels.shape)).round().clip(0, 255).astype(np.uint8))


def _masked(face: Image.Image, rng: np.random.Generator) -> Image.Image:
    outline = [(0.08, 0.63), (0.5, 0.54), (0.92, 0.63), (0.88, 0.85), (0.6, 1.02), (0.4, 1.02), (0.12, 0.85)]
    return _painted(face, outline, int(rng.choice(MASK_GRAYS)))


def _sunglasses(face: Image.Image, rng: np.random.Generator) -> Image.Image:
    return _painted(face, [(0.08, 0.25), (0.92, 0.25), (0.92, 0.47), (0.08, 0.47)], int(rng.choice((10, 40))))


def _painted(face: Image.Image, outline: list[tuple[float, float]], gray: int) -> Image.Image:
    face = face.copy()
    corners = [(x * face.width, y * face.height) for x, y in outline]
    ImageDraw.Draw(face).polygon(corners, fill=(gray, gray, gray))
    return face


CHANGES: dict[str, Change] = {
    "as they are": lambda face, rng: face,
    "blurred": _blurred,
    "dark": _dark,
    "mouth covered": _masked,
    "eyes covered": _sunglasses,
}


def main() -> None:
    """Print a line for each set and change."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", nargs="+", type=Path, help="folders with happy/ and sad/ in them")
    options.add_argument("--neither", type=Path, help="folder of faces that look neither happy nor sad")
    options.add_argument("--starter", type=Path, default=STARTER_FOLDER)
    options.add_argument("--most", type=int, default=1000, help="photos of a set")
    asked = options.parse_args()
    starter = Classifier.of_folder(asked.starter)
    neither = _answers(starter, _some(_pictures(asked.neither), asked.most)) if asked.neither else []
    for folder in asked.photos:
        labeled = _some(_in_folder(folder), asked.most)
        labels, faces = [label for label, _ in labeled], [_face(starter, photo) for _, photo in labeled]
        for name, change in CHANGES.items():
            rng = np.random.default_rng(0)
            answers = starter.answer_many([("", change(face, rng)) for face in faces], input_mode="whole")
            print(f"{folder.name}, {name}: {_figures(np.array(labels), answers, starter.threshold)}")
        if neither:
            _print_neither(folder.name, starter.answer_many([("", f) for f in faces], input_mode="whole"), neither)


def _pictures(folder: Path) -> Iterator[Image.Image]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield images.read(path).image


def _some(items: Iterable[Any], most: int) -> list[Any]:
    every = list(items)
    return every[:: max(1, -(-len(every) // most))]


def _face(starter: Classifier, photo: Image.Image) -> Image.Image:
    boxes, _ = starter.input_boxes(PhotoInput("", photo))
    return photo.crop(boxes[0][:4]) if boxes and boxes[0] else photo


def _answers(starter: Classifier, photos: list[Image.Image]) -> list[Answer]:
    return starter.answer_many([("", _face(starter, photo)) for photo in photos], input_mode="whole")


def _figures(labels: np.ndarray, answers: list[Answer], threshold: float) -> str:
    p_sad = np.array([answer.p_sad for answer in answers], dtype=np.float64)
    called, sad, sure = p_sad >= threshold, labels == 1, np.array([answer.sure for answer in answers])
    balanced = (called[sad].mean() + (~called[~sad]).mean()) / 2
    return (
        f"AUC {auc_interval(labels, p_sad).auc:.4f}, balanced accuracy {balanced:.3f}, "
        f"ECE {reliability(labels, p_sad).expected_calibration_error:.3f}, sure {sure.mean():.3f}"
    )


def _print_neither(name: str, answers: list[Answer], neither: list[Answer]) -> None:
    p_neither = [answer.faces[0].p_neither or 0.0 for answer in (*answers, *neither)]
    kinds = [0] * len(answers) + [1] * len(neither)
    sure = [np.mean([bool(answer.sure) for answer in group]) for group in (answers, neither)]
    print(
        f"{name}, telling neither: AUC {auc_interval(kinds, p_neither).auc:.4f}; "
        f"sure {sure[0]:.3f} of happy and sad, {sure[1]:.3f} of neither"
    )


if __name__ == "__main__":
    main()
