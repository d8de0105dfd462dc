"""Photos that lie turned, and pictures without a face: ``python -m benchmarks.turned_photos PHOTOS [--zip FACES]``.

PHOTOS is a folder with ``happy`` and ``sad`` in it, photos that show one upright face each. The starter classifies them
upright, turned by quarters, tilted by 20 and 45 degrees either way, and the faces of the zip, upright and turned. It
must decline pictures without a face: textures, noise, gradients, stripes, test cards, text, shapes, and parts of the
photos away from their faces, at 48 to 96 pixels and at 97 to 600.
"""

import argparse
import io
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from emotion_core.dataset import LABELS, find_faces
from emotion_core.evaluation import auc_interval
from emotion_core.prediction import Answer, starter

Labeled = tuple[str, Image.Image]
Rng = np.random.Generator
T = TypeVar("T")
QUARTERS, TILTS = (90, 180, 270), (20, -20, 45, -45)
# Side of the small and of the larger pictures without a face, in pixels.
SIDES = {"48 to 96 px": (48, 97), "97 to 600 px": (97, 601)}
MARGIN = 0.8


def main() -> None:
    """Measure and print one line for each kind of picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with happy/ and sad/ in it")
    parser.add_argument("--zip", type=Path, help="of small faces, below happy/ and sad/")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--pictures", type=int, default=500, help="pictures without a face, of either size")
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    paths = [(label, path) for label in LABELS for path in sorted((asked.folder / label).iterdir())]
    photos = [(label, Image.open(path).convert("RGB")) for label, path in _some(paths, asked.photos, rng)]
    _report("upright", photos)
    for angle in QUARTERS:
        _report(f"turned by {angle}", [(label, photo.rotate(-angle, expand=True)) for label, photo in photos])
    for angle in TILTS:
        _report(f"tilted by {angle}", [(label, _tilted(photo, angle)) for label, photo in photos])
    if asked.zip:
        faces = _some(list(_in_zip(asked.zip)), asked.photos, rng)
        _report("small, upright", faces)
        for angle in QUARTERS:
            _report(f"small, turned by {angle}", [(label, face.rotate(-angle)) for label, face in faces])
    for name, (low, high) in SIDES.items():
        kinds = [list(PICTURES)[number % len(PICTURES)] for number in range(asked.pictures)]
        pictures = [(kind, _picture(kind, rng, int(rng.integers(low, high)), photos)) for kind in kinds]
        answers = _answers([picture for _, picture in pictures])
        sure = [kind for (kind, _), answer in zip(pictures, answers, strict=True) if answer.sure]
        answered = sum(answer.p_sad is not None for answer in answers)
        print(f"no face, {name}: {answered} of {len(answers)} answered, {len(sure)} sure {sorted(sure)}", flush=True)


def _some(items: Sequence[T], count: int, rng: Rng) -> list[T]:
    return [items[row] for row in sorted(rng.permutation(len(items))[:count])]


def _in_zip(path: Path) -> Iterator[Labeled]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            label = name.split("/")[0]
            if label in LABELS and not name.endswith("/"):
                yield label, Image.open(io.BytesIO(archive.read(name))).convert("RGB")


def _tilted(photo: Image.Image, angle: float) -> Image.Image:
    return photo.rotate(-angle, Image.Resampling.BICUBIC, expand=True)


def _answers(photos: Sequence[Image.Image]) -> list[Answer]:
    network = starter()
    if network is None:
        raise SystemExit("The starter network is missing.")
    return [network.answer(str(number), photo) for number, photo in enumerate(photos)]


def _report(name: str, photos: Sequence[Labeled]) -> None:
    """Print how many photos are answered, rightly and surely, with the AUC and the time for one."""
    begun = time.process_time()
    answers = _answers([photo for _, photo in photos])
    milliseconds = 1000 * (time.process_time() - begun) / len(photos)
    pairs = [(label, answer) for (label, _), answer in zip(photos, answers, strict=True) if answer.p_sad is not None]
    right = sum(answer.label == label for label, answer in pairs) / len(photos)
    opposite = sum(answer.label != label and bool(answer.sure) for label, answer in pairs)
    sure = sum(bool(answer.sure) for _, answer in pairs) / len(photos)
    auc = auc_interval([label == "sad" for label, _ in pairs], [answer.p_sad or 0.0 for _, answer in pairs]).auc
    print(
        f"{name}: answered {len(pairs) / len(photos):.3f}, sure {sure:.3f}, right {right:.3f}, opposite and sure "
        f"{opposite} of {len(photos)}, AUC {auc:.3f}, {milliseconds:.0f} ms",
        flush=True,
    )


def _picture(kind: str, rng: Rng, side: int, photos: Sequence[Labeled]) -> Image.Image:
    return _background(rng, side, photos) if kind == "background" else PICTURES[kind](rng, side)


def _texture(rng: Rng, side: int) -> Image.Image:
    roughness, values = rng.uniform(0.3, 0.9), np.zeros((side, side, 3))
    for cells in (4, 8, 16, 32, side):
        layer = Image.fromarray((127 + 40 * rng.normal(size=(cells, cells, 3))).clip(0, 255).astype(np.uint8))
        values += np.asarray(layer.resize((side, side), Image.Resampling.BICUBIC), dtype=float) * cells**-roughness
    return Image.fromarray((255 * (values - values.min()) / np.ptp(values)).astype(np.uint8))


def _noise(rng: Rng, side: int) -> Image.Image:
    return Image.fromarray(rng.integers(0, 256, (side, side, 3)).astype(np.uint8))


def _blend(rng: Rng, share: np.ndarray) -> Image.Image:
    first, second = rng.integers(0, 256, (2, 3))
    return Image.fromarray((first + (second - first) * share[..., None].clip(0, 1)).astype(np.uint8))


def _gradient(rng: Rng, side: int) -> Image.Image:
    y, x = np.mgrid[0:side, 0:side] / side
    return _blend(rng, np.hypot(x - rng.random(), y - rng.random()))


def _stripes(rng: Rng, side: int) -> Image.Image:
    y, x = np.mgrid[0:side, 0:side] * (6.28 / rng.uniform(4, side / 2))
    angle, crossed = rng.uniform(0, 3.14), rng.random() < 0.5
    waves = np.sin(np.cos(angle) * x + np.sin(angle) * y)
    return _blend(rng, (1 + waves * (np.sin(np.cos(angle) * y - np.sin(angle) * x) if crossed else 1)) / 2)


def _test_card(rng: Rng, side: int) -> Image.Image:
    colors = np.array([[192, 192, 192], [192, 192, 0], [0, 192, 192], [0, 192, 0], [192, 0, 192], [192, 0, 0]])
    pixels = np.repeat(rng.permutation(colors)[np.arange(side) * 6 // side][None], side, axis=0)
    pixels[3 * side // 4 :] = rng.integers(0, 256, 3)
    return Image.fromarray(pixels.astype(np.uint8))


def _text(rng: Rng, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), "white")
    words = ["".join(chr(letter) for letter in rng.integers(97, 123, rng.integers(2, 10))) for _ in range(20)]
    font = ImageFont.load_default(int(rng.integers(8, max(9, side // 3))))
    ImageDraw.Draw(picture).multiline_text((2, 2), "\n".join(words), fill=int(rng.integers(0, 120)), font=font)
    return picture


def _shapes(rng: Rng, side: int) -> Image.Image:
    picture = _blend(rng, np.zeros((side, side)))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 9))):
        left, top = (int(edge) for edge in rng.integers(-side // 4, side, 2))
        box = (left, top, left + int(rng.integers(4, side)), top + int(rng.integers(4, side)))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(box, fill=tuple(map(int, rng.integers(0, 256, 3))))
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5)))


def _background(rng: Rng, side: int, photos: Sequence[Labeled]) -> Image.Image:
    """Return a part of a photo that is away from its faces by most of their size."""
    while True:
        photo = photos[int(rng.integers(len(photos)))][1]
        part = int(rng.uniform(0.12, 0.5) * min(photo.size))
        boxes = [(face.x, face.y, face.x + face.width, face.y + face.height) for face in find_faces(photo)]
        for _ in range(20):
            left, top = (int(rng.integers(0, length - part + 1)) for length in photo.size)
            edges = (left, top, left + part, top + part)
            if not any(_overlap(edges, box, photo.size) for box in boxes):
                return photo.crop(edges).resize((side, side), Image.Resampling.LANCZOS)


def _overlap(edges: tuple[int, ...], box: tuple[float, ...], size: tuple[int, int]) -> bool:
    margin_x, margin_y = MARGIN * (box[2] - box[0]) * size[0], MARGIN * (box[3] - box[1]) * size[1]
    across = edges[2] > box[0] * size[0] - margin_x and edges[0] < box[2] * size[0] + margin_x
    return across and edges[3] > box[1] * size[1] - margin_y and edges[1] < box[3] * size[1] + margin_y


PICTURES: dict[str, Callable[[Rng, int], Image.Image]] = {
    "texture": _texture,
    "noise": _noise,
    "gradient": _gradient,
    "stripes": _stripes,
    "test card": _test_card,
    "text": _text,
    "shapes": _shapes,
    "background": _noise,
}


if __name__ == "__main__":
    main()
