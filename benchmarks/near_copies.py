"""Recall, false matches and speed of the near-copy search on real photos.

Makes copies of some photos in the ways web sites do. Each kind of copy is compared with all photos separately, so that
no copy is found through another, and the share that ends up in one cluster with its original is printed. Then all are
compared at once, together with cards of words (drawn from several templates, each with several texts, and each card
again at half its size) and, if a zip of small faces is given, with its faces. Pairs within clusters that were not made
here are listed for inspection: real collections contain copies, and faces in the same pose are the hardest to tell
apart. Run from the checkout::

    python -m benchmarks.near_copies FOLDER [--zip FACES.zip] [--photos 200]
"""

import argparse
import hashlib
import io
import itertools
import random
import resource
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from emotion_core import images
from emotion_core.dataset.near_copies import near_copy_clusters
from emotion_core.settings import open_workspace

TEMPLATES, TEXTS = 12, 8
LISTED = 40
ORIGINALS = ("photo", "card", "face")
WORDS = (
    *("happy", "sad", "tears", "smile", "because", "cry", "never", "strong", "love", "always", "heart", "broken"),
    *("rain", "sun", "believe", "dream", "light", "walk"),
)
Change = Callable[[Image.Image, random.Random], Image.Image]


def _scaled(share: float, stretch: float = 1.0) -> Change:
    """Return a change that resizes a picture."""
    return lambda image, _: image.resize((round(image.width * share * stretch), round(image.height * share)))


def compressed(file_format: str, quality: int) -> Change:
    """Return a change that compresses a picture.

    Args:
        file_format: format of the compressed file, by Pillow's name.
        quality: quality setting of the format, 0 to 100.
    """

    def change(image: Image.Image, _: random.Random) -> Image.Image:
        out = io.BytesIO()
        image.save(out, file_format, quality=quality)
        return Image.open(out).convert("RGB")

    return change


def _cut(left_over: float, left_over_height: float | None = None) -> Change:
    """Return a change that crops a picture to a share of its width and height, at a random position."""

    def change(image: Image.Image, rng: random.Random) -> Image.Image:
        width, height = round(image.width * left_over), round(image.height * (left_over_height or left_over))
        left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
        return image.crop((left, top, left + width, top + height))

    return change


def _brightened(by: float) -> Change:
    """Return a change that brightens an image by a share of its brightness, or darkens it."""
    return lambda image, _: ImageEnhance.Brightness(image).enhance(1 + by)


def _bordered(share: float) -> Change:
    """Return a change that adds a black or white border."""
    return lambda image, rng: ImageOps.expand(image, round(image.width * share), rng.choice(("white", "black")))


def _written_over(image: Image.Image, rng: random.Random) -> Image.Image:
    """Write a line of text on the lower half of a picture."""
    position = (rng.uniform(0.05, 0.3) * image.width, rng.uniform(0.4, 0.9) * image.height)
    font = ImageFont.load_default(max(10, int(image.width * 0.08)))
    marked = image.copy()
    ImageDraw.Draw(marked).text(position, "photos.example", fill="white", font=font)
    return marked


def _captioned(image: Image.Image, _: random.Random) -> Image.Image:
    """Cover the lowest sixth of a picture with a black bar with text."""
    marked, top = image.copy(), round(image.height * 0.84)
    draw = ImageDraw.Draw(marked)
    draw.rectangle((0, top, image.width, image.height), fill="black")
    draw.text((10, top + 4), "Be happy today and smile", fill="white", font=ImageFont.load_default(image.height * 0.07))
    return marked


def _with_caption_below(image: Image.Image, _: random.Random) -> Image.Image:
    """Add a white bar with text below a picture, a quarter as high."""
    bar = image.height // 4
    marked = Image.new("RGB", (image.width, image.height + bar), "white")
    marked.paste(image)
    font = ImageFont.load_default(bar * 0.4)
    ImageDraw.Draw(marked).text((10, image.height + bar * 0.2), "Be happy and smile", fill="black", font=font)
    return marked


CHANGES: dict[str, tuple[Change, ...]] = {
    **{f"resized to {share:.0%}": (_scaled(share),) for share in (0.75, 0.5, 0.25)},
    **{f"JPEG {quality}": (compressed("JPEG", quality),) for quality in (30, 50, 80)},
    "WebP 40": (compressed("WEBP", 40),),
    "mirrored": (lambda image, _: ImageOps.mirror(image),),
    "stretched 6 %": (_scaled(1, 1.06),),
    "cut to a square": (lambda image, _: ImageOps.fit(image, (min(image.size),) * 2),),
    **{f"{share:.0%} cut off": (_cut(1 - share),) for share in (0.05, 0.1, 0.15, 0.2, 0.3)},
    "20% of the width cut off": (_cut(0.8, 1),),
    "33% of the width cut off": (_cut(0.67, 1),),
    "33% of the height cut off": (_cut(1, 0.67),),
    "mirrored, 10% cut off": (lambda image, _: ImageOps.mirror(image), _cut(0.9)),
    **{f"border {share:.0%}": (_bordered(share),) for share in (0.05, 0.1)},
    **{f"brightness {by:+.0%}": (_brightened(by),) for by in (0.15, -0.15)},
    "contrast +20%": (lambda image, _: ImageEnhance.Contrast(image).enhance(1.2),),
    "colour +50%": (lambda image, _: ImageEnhance.Color(image).enhance(1.5),),
    "grey": (lambda image, _: image.convert("L").convert("RGB"),),
    "text over it": (_written_over,),
    "caption bar": (_captioned,),
    "caption below": (_with_caption_below,),
    "half size, 5% cut off, JPEG 50": (_scaled(0.5), _cut(0.95), compressed("JPEG", 50)),
}


def _card(template: int, text: int) -> Image.Image:
    """Draw a card with words on it."""
    rng = random.Random(template)
    colour = tuple(rng.randint(0, 255) for _ in range(3))
    ink = "white" if sum(colour) < 380 else "black"
    picture = Image.new("RGB", (500, 500 if template % 2 else 375), colour)
    draw, words = ImageDraw.Draw(picture), random.Random(template * 1000 + text)
    if template % 3 == 0:
        draw.rectangle((15, 15, picture.width - 15, picture.height - 15), outline=ink, width=4)
    if template % 4 == 0:
        draw.ellipse((175, 20, 325, 170), fill=ink)
    for line in range(4):
        draw.text((60, 175 + 45 * line), " ".join(words.choices(WORDS, k=3)), fill=ink, font=ImageFont.load_default(34))
    return picture


def _pictures(folder: Path, count: int, faces: Path | None) -> Iterator[tuple[str, str, Image.Image]]:
    """Yield the name of a picture's original, the kind of copy, and the picture."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    chosen = set(random.Random(0).sample(paths, min(count, len(paths))))
    for path in paths:
        original = images.read(path).image
        yield str(path.relative_to(folder)), "photo", original
        for kind, steps in CHANGES.items() if path in chosen else ():
            copy = original
            for step in (*steps, compressed("JPEG", 80)):
                copy = step(copy, random.Random(path.name))
            yield str(path.relative_to(folder)), kind, copy
    for template, text in itertools.product(range(TEMPLATES), range(TEXTS)):
        drawn = _card(template, text)
        yield f"card {template} {text}", "card", drawn
        yield f"card {template} {text}", "card at half size", _scaled(0.5)(drawn, random.Random(0))
    seen = set()
    if faces is not None:
        with zipfile.ZipFile(faces) as archive:
            for name in archive.namelist():
                data = b"" if name.endswith("/") else archive.read(name)
                if name.endswith(".jpg") and (digest := hashlib.sha256(data).digest()) not in seen:
                    seen.add(digest)
                    yield name, "face", images.decode(data).image


def _compared(folder: Path, shown: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return the cluster of each picture that has one, from a new search."""
    (folder / "near_copies.npz").unlink(missing_ok=True)
    return near_copy_clusters(open_workspace(folder), list(shown), lambda photo_id: folder / photo_id)


def _report_recall(folder: Path, shown: dict[str, tuple[str, str]]) -> None:
    """Print the share of copies found, by kind."""
    originals = {name: photo_id for photo_id, (name, kind) in shown.items() if kind in ORIGINALS}
    for kind in dict.fromkeys(kind for _, kind in shown.values() if kind not in ORIGINALS):
        of_kind = {photo_id: what for photo_id, what in shown.items() if what[1] in ("photo", "card", kind)}
        clusters = _compared(folder, of_kind)
        pairs = [(photo_id, originals[name]) for photo_id, (name, its) in of_kind.items() if its == kind]
        recalled = sum(copy in clusters and clusters[copy] == clusters.get(original) for copy, original in pairs)
        print(f"{kind:32s} {recalled / len(pairs):6.1%} of {len(pairs)}", flush=True)


def _report_strangers(shown: dict[str, tuple[str, str]], clusters: dict[str, str]) -> None:
    """Print the pairs that were matched although neither was made from the other here."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for photo_id, cluster in clusters.items():
        members[cluster].append(shown[photo_id][0])
    pairs = Counter(tuple(sorted(pair)) for group in members.values() for pair in itertools.combinations(group, 2))
    strangers = [pair for pair in pairs if pair[0] != pair[1]]
    print(f"{sum(pairs.values())} pairs within clusters, {sum(pairs[pair] for pair in strangers)} not made here:")
    for pair in strangers[:LISTED]:
        print(f"  {pair[0]} and {pair[1]}, {pairs[pair]} times")


def main() -> None:
    """Make the copies, compare them and print the results."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--zip", type=Path)
    ask.add_argument("--photos", type=int, default=200)
    options = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shown: dict[str, tuple[str, str]] = {}
        for number, (name, kind, picture) in enumerate(_pictures(options.folder, options.photos, options.zip)):
            (Path(folder) / f"{number:06d}").write_bytes(images.thumbnail(picture))
            shown[f"{number:06d}"] = (name, kind)
        _report_recall(Path(folder), shown)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.perf_counter()
        clusters = _compared(Path(folder), shown)
        print(f"{len(shown)} pictures compared in {time.perf_counter() - begin:.1f} s")
        print(f"At most {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB more than before")
        _report_strangers(shown, clusters)


if __name__ == "__main__":
    main()
