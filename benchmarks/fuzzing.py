"""Feed damaged files to every reader: ``python -m benchmarks.fuzzing --inputs 100000 --seed 7``.

Each input is a sound file with a few random changes. It is read in a reader process, as the app reads it. The table
counts, for each kind of file, what must never be: an error that no reader expects, more than 5 seconds or 500 MB, a
crash, or anything outside the process: a file, another process. A last line repeats an input that failed, by its seed.
"""

import argparse
import io
import json
import logging
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from PIL import ExifTags, Image

from emotion_core import sandbox
from emotion_core.collect import survey_files
from emotion_core.collect.samples import photo_bytes
from emotion_core.collect.sources import read_page
from emotion_core.collect.web import Page
from emotion_core.collect.web.html_text import decode_html
from emotion_core.collect.web.robots_text import rules_text
from emotion_core.errors import EmotionError

OUTCOMES = {
    "reader failed": "uncaught",
    "crash": "crashed",
    "was ended": "crashed",
    "takes too long": "over 5 s",
    "too much memory": "over 500 MB",
}
_PAGE = (
    '<html><head><base href="/a/"><meta name="robots" content="all"><meta http-equiv="refresh" content="9; url=/2">'
    '<script type="application/ld+json">{"@type":"ImageObject","contentUrl":"a.jpg","license":"https://creativecommons.'
    'org/licenses/by/4.0/","author":{"name":"J"}}</script><script>var x = {"images": [{"url": "https://e.org/b-300x200.'
    'jpg", "width": 300}]};</script><style>.c{background:url(c.jpg)}</style></head><body><figure itemscope itemtype="'
    'https://schema.org/ImageObject"><img src="https://e.wp.com/a/x_b.jpg?w=300" srcset="a.jpg 1x, (b).jpg 2x" data-src'
    '="l.jpg"><a rel="license" href="//creativecommons.org/licenses/by/4.0">by</a><span itemprop="author">A</span>'
    '</figure><div class="c"></div><a class="next" href="?page=2">Next</a></body></html>'
)
_ROBOTS = b"User-agent: *\nDisallow: /private*\nAllow: /a$\nCrawl-delay: 2\n# text\nUseragent: b\nDisallow /x\n"


def _picture(form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(photo_bytes("happy", 1))).resize((64, 48))
    if form == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    image.save(out, form, **options)
    return out.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif.tobytes()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("happy/é.jpg", _picture("JPEG"))
        archive.writestr("labels.csv", "name,label\nhappy/a.jpg,sad\n")
        archive.writestr("sad/b.png", _picture("PNG"))
    return out.getvalue()


def _cifar() -> bytes:
    import gzip
    import pickle

    batch = pickle.dumps({b"labels": [3, 5], b"data": bytes(6144), b"filenames": [b"a", b"b"]}, protocol=2)
    header = bytearray(512)
    header[:12] = b"data_batch_1"
    header[124:136] = b"%011o\0" % len(batch)
    header[156:157] = b"0"
    header[148:156] = b"%06o\0 " % (sum(header) + 256)
    # Uncompressed, because a change in compressed data ends at its checksum.
    return gzip.compress(bytes(header) + batch + bytes(-len(batch) % 512 + 1024), compresslevel=0)


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pictures = [{"bytes": _picture("PNG"), "path": "a.png"}] * 3
    pq.write_table(pa.table({"image": pictures, "label": [0, 1, 0]}), out)
    return out.getvalue()


def seeds() -> dict[str, tuple[str, bytes]]:
    """Return the name of a reader and a sound file for each kind of file."""
    pixels = " ".join(["7"] * 2304)
    return {
        "jpeg": ("picture", _picture("JPEG", exif=_exif(), comment=b"text")),
        "progressive jpeg": ("picture", _picture("JPEG", progressive=True)),
        "png": ("picture", _picture("PNG", exif=_exif())),
        "webp": ("picture", _picture("WEBP")),
        "gif": ("picture", _picture("GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))])),
        "bmp": ("picture", _picture("BMP")),
        "tiff": ("picture", _picture("TIFF", compression="tiff_lzw")),
        "avif": ("picture", _picture("AVIF")),
        "heic": ("picture", _picture("HEIF")),
        "zip": ("x.zip", _zip()),
        "cifar": ("c.tar.gz", _cifar()),
        "csv": ("t.csv", b'name,label\n"a.jpg",happy\nb.jpg,"sad"\n' * 3),
        "pixels": ("t.csv", f"emotion,pixels,Usage\n3,{pixels},Training\n4,{pixels},PublicTest\n".encode()),
        "jsonl": ("t.jsonl", b'{"file": "a.jpg", "label": "happy"}\n' * 3),
        "parquet": ("t.parquet", _parquet()),
        "page": ("page", _PAGE.encode()),
        "srcset": ("srcset", b"a.jpg 1x, (b).jpg 2.5x, data:image/png;base64,AAAA 300w, c,d.jpg 4x 100h"),
        "search results": ("json", json.dumps({"results": [{"url": "https://e.org/a.jpg", "id": "1"}]}).encode()),
        "robots": ("robots", _ROBOTS),
    }


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return a file with a few random changes.

    Args:
        data: the sound file.
        rng: decides about the changes.
    """
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(6)
        if kind == 0 and made:
            made[at % len(made)] = rng.randrange(256)
        elif kind == 1:
            made[at : at + rng.choice((1, 2, 4))] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80"))
        elif kind == 2:
            del made[at : at + rng.randrange(1, 64)]
        elif kind == 3:
            made[at:at] = made[at : at + rng.randrange(1, 64)] * rng.choice((1, 2, 200))
        elif kind == 4:
            made[at:at] = rng.choice((b"<", b'"', b"[" * 999, b"{", b"\\ud800", b"&#x", b",", b"\n", b"%", b"(", b"\0"))
        else:
            del made[at:]
    return bytes(made)


def read(reader: str, data: bytes) -> None:
    """Read a file as the app does.

    Args:
        reader: ``picture``, ``page``, ``json``, ``srcset``, ``robots``, or the name of an uploaded file.
        data: the file.

    Raises:
        EmotionError: it cannot be read.
    """
    if reader in ("page", "json", "srcset"):
        content_type = "application/json" if reader == "json" else "text/html"
        text = decode_html(data, content_type)
        text = f"<img srcset='{text}'>" if reader == "srcset" else text
        read_page(Page("https://example.org/a/", text, len(data), content_type))
    elif reader == "picture":
        sandbox.decode(data)
    elif reader == "robots":
        rules_text(data, "bot")
    else:
        survey_files([(reader, data)])


def outcome_of(read_once: Callable[[], None]) -> tuple[str, str]:
    """Return how one reading ended, in one word or two, and the message.

    Args:
        read_once: reads a file.
    """
    try:
        read_once()
    except EmotionError as error:
        message = str(error)
        return next((name for text, name in OUTCOMES.items() if text in message), "refused"), message
    except Exception as error:
        return "uncaught", repr(error)
    return "read", ""


def _strangers(folder: Path) -> list[str]:
    """Return what a file may have left outside its reader: files in the working folder, and further processes."""
    processes = [child.name() for reader in psutil.Process().children() for child in reader.children(recursive=True)]
    return processes + [path.name for path in folder.iterdir()]


def fuzz(count: int, seed: int, seconds: float, report: Callable[[str], None] = print) -> Counter[str]:
    """Read changed files of all kinds in turn, and return how often each outcome came.

    Args:
        count: number of inputs.
        seed: start of the random changes.
        seconds: when to stop, even before ``count``.
        report: called with a line about each failure.
    """
    kinds, totals, ends = seeds(), Counter[str](), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            if time.monotonic() > ends:
                break
            kind = list(kinds)[number % len(kinds)]
            reader, sound = kinds[kind]
            data = changed(sound, random.Random(f"{seed}-{number}"))
            outcome, message = outcome_of(lambda reader=reader, data=data: read(reader, data))  # type: ignore[misc]
            if outcome in OUTCOMES.values():
                report(f"{outcome}: {kind}, --seed {seed} --only {number}: {message}")
            totals[outcome] += 1
        strangers = _strangers(Path(folder))
        totals["escaped"] += len(strangers)
    return totals


def main() -> int:
    """Run the command; the exit code is 1 if anything happened that must never be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--only", type=int, help="number of one input, whose message is printed")
    options = parser.parse_args()
    if options.only is not None:
        kinds = seeds()
        reader, sound = kinds[list(kinds)[options.only % len(kinds)]]
        data = changed(sound, random.Random(f"{options.seed}-{options.only}"))
        print(*outcome_of(lambda: read(reader, data)))
        return 0
    logging.disable()
    begun = time.monotonic()
    totals = fuzz(options.inputs, options.seed, options.seconds)
    print(f"{sum(totals.values()):,} inputs in {time.monotonic() - begun:.0f} s: {dict(totals)}")
    return int(any(totals[name] for name in (*OUTCOMES.values(), "escaped")))


if __name__ == "__main__":
    sys.exit(main())
