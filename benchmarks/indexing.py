"""Cost of adding photos, and the meaning of their flags and faces: ``python -m benchmarks.indexing [FOLDER]``.

FOLDER holds ``happy/`` and ``sad/`` with JPEGs; without it the drawn people of the sample gallery are used. Prints how
many photos per second two threads decode, hash, measure and store (promised: 60), what measuring a photo and finding
its faces cost, the share of photos with each flag, the same for photos that were damaged on purpose, and how well
"no face" alone predicts the label. ``--side`` enlarges the photos first.
"""

import argparse
import io
import statistics
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import LABELS, Catalog, Origin, PhotoBatch, find_faces
from emotion_core.dataset.catalog import measure
from emotion_core.settings import open_workspace

PROMISE_PHOTOS_PER_SECOND = 60
THREADS, REPEATS = 2, 3
GALLERY_PER_CLASS = 240
CARDS = 200
SAYING = (
    "happiness is not something ready made it comes from your own actions be sad but never give up every day smile "
    "because life is short while you still have teeth people who laugh most hide the pain and say what they cannot"
)

LabeledFiles = list[tuple[str, bytes]]
Damage = Callable[[Image.Image], Image.Image]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--side", type=int, help="longer side of the photos as they come, in pixels")
    asked = options.parse_args()
    files = _enlarged(_read_folder(asked.folder) if asked.folder else _gallery(), asked.side)
    _report_adding(files)
    images = [(label, Image.open(io.BytesIO(data)).convert("RGB")) for label, data in files]
    _report_flags([image for _, image in images])
    _report_faces(images)


def _read_folder(folder: Path) -> LabeledFiles:
    """Return every JPEG of both classes."""
    return [(label, path.read_bytes()) for label in LABELS for path in sorted((folder / label).glob("*.jpg"))]


def _gallery() -> LabeledFiles:
    """Return the drawn people of the sample gallery."""
    return [(label, photo_bytes(label, number)) for label in LABELS for number in range(GALLERY_PER_CLASS)]


def _enlarged(files: LabeledFiles, side_px: int | None) -> LabeledFiles:
    """Return the photos in a size, or unchanged without one."""
    return [(label, _resized(data, side_px)) for label, data in files] if side_px else files


def _resized(data: bytes, side_px: int) -> bytes:
    """Return a photo resized to a longer side."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    scale = side_px / max(image.size)
    out = io.BytesIO()
    size = round(image.width * scale), round(image.height * scale)
    image.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def _report_adding(files: LabeledFiles) -> None:
    """Print how many photos per second are added to an empty catalog."""
    runs = [_add_all(files) for _ in range(REPEATS)]
    per_second = statistics.median(len(files) / wall for wall, _ in runs)
    cpu_ms = statistics.median(cpu / len(files) * 1e3 for _, cpu in runs)
    kept = "kept" if per_second >= PROMISE_PHOTOS_PER_SECOND else "NOT KEPT"
    print(f"taking in {len(files)} photos, {THREADS} threads: {per_second:.0f} a second, {cpu_ms:.1f} ms CPU each")
    print(f"{kept}: at least {PROMISE_PHOTOS_PER_SECOND} a second")


def _add_all(files: LabeledFiles) -> tuple[float, float]:
    """Add all photos to an empty catalog, and return wall and CPU seconds."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(THREADS) as pool:
        catalog = Catalog(open_workspace(folder))
        began = time.perf_counter(), time.process_time()
        with catalog.kept_open(), PhotoBatch(catalog) as batch:
            numbered = enumerate(files)
            for photo in pool.map(
                lambda item: catalog.prepare(item[1][1], label=item[1][0], origin=Origin(f"{item[0]}")), numbered
            ):
                batch.put(photo, lambda addition: None)
                batch.commit_if_due()
        return time.perf_counter() - began[0], time.process_time() - began[1]


def _report_flags(photos: Sequence[Image.Image]) -> None:
    """Print the share of photos, and of damaged ones, that get each flag."""
    began = time.process_time()
    print(f"{'as they are':24}", _shares(photos))
    print(f"{'':24} {(time.process_time() - began) / len(photos) * 1e3:.2f} ms CPU to measure one")
    for name, damage in DAMAGED.items():
        print(f"{name:24}", _shares(map(damage, photos[::4])))
    print(f"{'quote cards':24}", _shares(_quote_card(number) for number in range(CARDS)))


def _shares(photos: Iterable[Image.Image]) -> str:
    """Return the share of photos with each flag, as text."""
    seen = [measure(photo).flags for photo in photos]
    counts = Counter(flag for flags in seen for flag in flags)
    return "  ".join(f"{flag} {count / len(seen):.1%}" for flag, count in counts.most_common()) or "no flag"


def _unfocused(share: float) -> Damage:
    """Return a function that blurs a photo like a lens out of focus, by a share of its shorter side."""
    return lambda image: image.filter(ImageFilter.GaussianBlur(share * min(image.size)))


def _moved(share: float) -> Damage:
    """Return a function that blurs a photo like a camera moved sideways, by a share of its width."""
    return lambda image: image.filter(ImageFilter.BoxBlur((share * image.width / 2, 0)))


def _from_few_pixels(side_px: int) -> Damage:
    """Return a function that enlarges a tiny copy of a photo to its original size."""
    return lambda image: image.resize((side_px, side_px), Image.Resampling.BOX).resize(image.size)


DAMAGED: dict[str, Damage] = {
    "out of focus, 1.5 %": _unfocused(0.015),
    "out of focus, 3 %": _unfocused(0.03),
    "moved, 5 %": _moved(0.05),
    "moved, 10 %": _moved(0.1),
    "enlarged from 32 pixels": _from_few_pixels(32),
    "enlarged from 64 pixels": _from_few_pixels(64),
}


def _quote_card(seed: int) -> Image.Image:
    """Return a card with a saying on a plain ground, light or dark."""
    random = np.random.default_rng(seed)
    dark = random.random() < 0.4
    ground, ink = ((0, 70), (200, 255)) if dark else ((180, 255), (0, 80))
    image = Image.new("RGB", (int(random.integers(400, 1000)), 500), tuple(random.integers(*ground, 3).tolist()))
    columns = int(random.integers(12, 28))
    lines = textwrap.wrap(" ".join(random.choice(SAYING.split(), random.integers(6, 40))), columns)
    size = min(image.width * 0.85 / columns / 0.55, image.height * 0.8 / len(lines) / 1.3)
    font = ImageFont.load_default(size=max(10, size))
    ink_colour = tuple(random.integers(*ink, 3).tolist())
    ImageDraw.Draw(image).multiline_text((30, 30), "\n".join(lines), ink_colour, font, align="center")
    return image


def _report_faces(photos: Sequence[tuple[str, Image.Image]]) -> None:
    """Print how many photos of each class have no face, and how well that alone predicts the label."""
    began = time.process_time()
    face_counts = [(label, len(find_faces(image))) for label, image in photos]
    cpu_ms = (time.process_time() - began) / len(photos) * 1e3
    without = {}
    for label in LABELS:
        counts = [number for its_label, number in face_counts if its_label == label]
        without[label] = sum(not number for number in counts) / len(counts)
        print(
            f"{label}: no face {without[label]:.1%}, several {sum(number > 1 for number in counts) / len(counts):.1%}"
        )
    auc = 0.5 + abs(without["sad"] - without["happy"]) / 2
    print(f'"no face" alone: AUC {auc:.3f}; {cpu_ms:.1f} ms CPU to look at one')


if __name__ == "__main__":
    main()
