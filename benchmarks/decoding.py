"""Decoding against a browser: ``python -m benchmarks.decoding [--seeds N]``.

Makes small pictures of every kind that Pillow, libheif and libavif write: modes, bit depths, subsamplings, color
profiles and chunks, orientations, animations, and faults beside the pixels. Headless Chromium draws each of them on a
white canvas. Formats that it does not show (TIFF, HEIC) are held against the picture that they were made from.
Prints for each kind how many pictures have another size, have colors apart (more than 1 % of the values by more than 2
of 255 levels), or are refused although Chromium shows them; then the pictures themselves. Pictures whose pixels are
cut off are made too: those must be refused.
"""

import argparse
import base64
import io
import random
import shutil
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import Page, sync_playwright

from emotion_core import images
from emotion_core.errors import UnreadableImage

LEVELS, SHARE = 2, 0.01
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
_DRAW = """async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes]));
  try { await image.decode(); } catch { return null; }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let i = 0; i < pixels.length; i += 32768) text += String.fromCharCode(...pixels.subarray(i, i + 32768));
  URL.revokeObjectURL(image.src);
  return [canvas.width, canvas.height, btoa(text)];
}"""
Pixels = npt.NDArray[np.uint8]

# Red, green and blue as XYZ adapted to D50, and gamma.
PROFILES = {
    "srgb": (((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)), 2.2),
    "p3": (((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)), 2.2),
    "adobe": (((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)), 2.2),
    "prophoto": (((0.7977, 0.2880, 0), (0.1352, 0.7119, 0), (0.0313, 0.0001, 0.8249)), 1.8),
    "swapped": (((0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141), (0.4361, 0.2225, 0.0139)), 2.2),
}


class Made(NamedTuple):
    """A picture file.

    Attributes:
        kind: what it is made to try, for the table.
        name: what it is.
        data: the file.
        source: pixels that it was made from, where Chromium does not show the format; otherwise None.
        cut: whether pixels are missing, so that it must be refused.
    """

    kind: str
    name: str
    data: bytes
    source: Pixels | None = None
    cut: bool = False


def scene(seed: int) -> Image.Image:
    """Return a picture of soft and hard edges in seeded colors, with sides from 40 to 160 pixels."""
    rng = random.Random(seed)
    width, height = rng.randrange(40, 160), rng.randrange(40, 160)
    across, down = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    shades = [rng.randrange(256) * across * (1 - down) + rng.randrange(256) * down * across + 60 for _ in range(3)]
    picture = Image.fromarray(np.stack(shades, axis=-1).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(4):
        x, y = rng.randrange(width), rng.randrange(height)
        draw.ellipse((x - 15, y - 9, x + 15, y + 9), fill=tuple(rng.randrange(256) for _ in range(3)))
    return picture


def encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """Return the picture as a file."""
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def profile(name: str) -> bytes:
    """Return a color profile: of ``PROFILES``, or of gray with a gamma of 1.8, or damaged."""
    if name == "damaged":
        return profile("swapped")[:200]
    if name == "inks":
        return _icc(b"CMYK", {b"wtpt": _xyz((0.9642, 1, 0.8249)), b"A2B0": _ink_table()}, b"prtr", b"Lab ")
    if name == "gray":
        return _icc(b"GRAY", {b"wtpt": _xyz((0.9642, 1, 0.8249)), b"kTRC": _curve(1.8)})
    primaries, gamma = PROFILES[name]
    columns = {tag: _xyz(values) for tag, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _icc(b"RGB ", {b"wtpt": _xyz((0.9642, 1, 0.8249)), **columns, **curves})


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)


def _ink_table() -> bytes:
    """Return the Lab values of the 16 combinations of whole inks, in eight bits, as printers' profiles have them."""
    paper, dark = np.array((250, 128, 128)), np.array((60, 128, 128))
    inks = np.array(((-70, -37, -45), (-90, 70, -5), (-15, -5, 90), (-190, 0, 0)))
    colors = [np.maximum(paper + inks[list(chosen)].sum(axis=0), dark) for chosen in _subsets(4)]
    straight = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    return head + straight * 4 + np.array(colors).clip(0, 255).astype(np.uint8).tobytes() + straight * 3


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for bits in product((0, 1), repeat=count):
        yield tuple(index for index, bit in enumerate(bits) if bit)


def _icc(space: bytes, tags: dict[bytes, bytes], device: bytes = b"mntr", connection: bytes = b"XYZ ") -> bytes:
    text = b"made"
    words = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * 79,
        b"cprt": b"text\0\0\0\0none",
    }
    table, body, start = b"", b"", 132 + 12 * (len(tags) + 2)
    for tag, content in (words | tags).items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, device, space, connection)
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + _fixed((0.9642, 1, 0.8249))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags) + 2) + table + body


def chunk(kind: bytes, body: bytes, *, wrong: bool = False) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body) ^ wrong)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Return a PNG file with further chunks behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """Return a JPEG file with a further segment at its beginning."""
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def turned(orientation: int) -> bytes:
    """Return EXIF data that ask for an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


# Of Adam7's seven passes: the first column and row, and the steps between columns and between rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def raw_png(samples: npt.NDArray[np.int64], color_type: int, depth: int, *chunks: bytes, interlaced: bool) -> bytes:
    """Return a PNG file of any color type and depth, which Pillow cannot write; each row has the next filter.

    Args:
        samples: values below ``2**depth`` of shape ``(height, width, channels)``.
        color_type: 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha.
        depth: bits of a value.
        *chunks: chunks before the pixels, such as a palette.
        interlaced: whether the pixels are written in Adam7's passes.
    """
    height, width, channels = samples.shape
    passes = [samples[y::down, x::across] for x, y, across, down in _PASSES] if interlaced else [samples]
    step = max(1, channels * depth // 8)
    rows = b"".join(_filtered_rows(part, depth, step) for part in passes if part.size)
    head = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks) + body + chunk(b"IEND", b"")


def _filtered_rows(samples: npt.NDArray[np.int64], depth: int, step: int) -> bytes:
    values = samples.reshape(len(samples), -1)
    if depth == 16:
        packed = values.astype(">u2").view(np.uint8)
    else:
        bits = values[..., None] >> np.arange(depth - 1, -1, -1) & 1
        packed = np.packbits(bits.reshape(len(values), -1).astype(np.uint8), axis=1)
    out, above = [], np.zeros(packed.shape[1], np.int64)
    for number, row in enumerate(packed.astype(np.int64)):
        left, corner = (np.concatenate((np.zeros(step, np.int64), line))[: len(line)] for line in (row, above))
        guess = _paeth(left, above, corner)
        kind = number % 5
        filtered = row - (np.zeros_like(row), left, above, (left + above) // 2, guess)[kind]
        out.append(bytes([kind]) + (filtered % 256).astype(np.uint8).tobytes())
        above = row
    return b"".join(out)


def _paeth(
    left: npt.NDArray[np.int64], above: npt.NDArray[np.int64], corner: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    guess = left + above - corner
    by_left, by_above, by_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    is_left = (by_left <= by_above) & (by_left <= by_corner)
    return np.where(is_left, left, np.where(by_above <= by_corner, above, corner))


def interlaced_pngs(seed: int) -> Iterator[Made]:
    """Yield PNG files of every color type and depth, in one pass and in Adam7's seven, also with odd sides."""
    image = scene(seed)
    if seed % 2:
        image = image.crop((0, 0, 16 + seed % 9, 16 + seed // 2 % 9))
    soft = image.copy()
    soft.putalpha(image.getchannel("R"))
    palette = image.quantize(256)
    makes = {0: image.convert("L"), 2: image, 3: palette, 4: soft.convert("LA"), 6: soft}
    for color_type, made in makes.items():
        values = np.asarray(made).astype(np.int64).reshape(image.height, image.width, -1)
        for depth, interlaced in product(_DEPTHS[color_type], (False, True)):
            samples = values * 257 if depth == 16 else values >> (8 - depth)
            # The low bytes of 16 bits must not count as pixels of their own.
            samples = np.minimum(samples + seed, 65535) if depth == 16 else samples
            chunks = [chunk(b"PLTE", bytes((palette.getpalette() or [])[: 3 * 2**depth]))] if color_type == 3 else []
            colors, counts = np.unique(samples.reshape(-1, samples.shape[2]), axis=0, return_counts=True)
            frequent = colors[counts.argmax()]
            transparent = {
                0: struct.pack(">H", frequent[0]),
                2: struct.pack(">3H", *frequent.repeat(3)[:: len(frequent)][:3]),
                3: bytes((0, 128, 255)[: 2**depth]),
            }
            name = f"type {color_type}, {depth} bits, interlaced {interlaced}"
            yield Made("PNG types", name, raw_png(samples, color_type, depth, *chunks, interlaced=interlaced))
            if color_type in transparent:
                further = [*chunks, chunk(b"tRNS", transparent[color_type])]
                data = raw_png(samples, color_type, depth, *further, interlaced=interlaced)
                yield Made("PNG types", f"{name}, transparent", data)


def with_black(image: Image.Image) -> Image.Image:
    """Return a picture in CMYK with much black ink, which Pillow's own conversion does not use."""
    return Image.merge("CMYK", [*ImageOps.invert(image).split(), image.convert("L")])


def without_adobe(jpeg: bytes) -> bytes:
    """Return a JPEG file without the segment that tells how its colors are meant."""
    start = jpeg.index(b"\xff\xee")
    return jpeg[:start] + jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big") :]


def inks(seed: int) -> Iterator[Made]:
    """Yield JPEG files in CMYK: with black ink, with and without Adobe's segment, of both of its color transforms."""
    image = scene(seed)
    for name, made in {"plain": image.convert("CMYK"), "black": with_black(image)}.items():
        data = encoded(made, "JPEG", quality=95, progressive=bool(seed % 2))
        adobe = data.index(b"Adobe")
        yield Made("CMYK", f"{name}, Adobe 0", data)
        yield Made("CMYK", f"{name}, Adobe 2", data[: adobe + 11] + b"\2" + data[adobe + 12 :])
        yield Made("CMYK", f"{name}, no Adobe", without_adobe(data))
        yield Made("CMYK", f"{name}, RGB profile", encoded(made, "JPEG", quality=95, icc_profile=profile("p3")))
        yield Made(
            "CMYK", f"{name}, damaged profile", encoded(made, "JPEG", quality=95, icc_profile=profile("damaged"))
        )
        yield Made("CMYK", f"{name}, profile", encoded(made, "JPEG", quality=95, icc_profile=profile("inks")))
        yield Made("CMYK", f"{name}, turned", encoded(made, "JPEG", quality=95, exif=turned(1 + seed % 8)))


def jpegs(seed: int) -> Iterator[Made]:
    """Yield JPEG files."""
    image, rng = scene(seed), random.Random(seed)
    for subsampling, progressive in product((0, 1, 2), (False, True)):
        quality = rng.randrange(40, 98)
        data = encoded(image, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive)
        yield Made("JPEG", f"subsampling {subsampling}, progressive {progressive}, quality {quality}", data)
    yield Made("JPEG", "gray", encoded(image.convert("L"), "JPEG", quality=90))
    yield Made("JPEG", "CMYK", encoded(image.convert("CMYK"), "JPEG", quality=95))
    yield Made("JPEG", "restarts", encoded(image, "JPEG", quality=90, restart_marker_rows=1))
    orientation = 1 + seed % 8
    yield Made("orientation", f"JPEG {orientation}", encoded(image, "JPEG", quality=90, exif=turned(orientation)))
    for name in (*PROFILES, "damaged"):
        yield Made("profile", f"JPEG {name}", encoded(image, "JPEG", quality=90, icc_profile=profile(name)))
    yield Made("profile", "JPEG gray", encoded(image.convert("L"), "JPEG", quality=90, icc_profile=profile("gray")))
    yield Made("profile", "RGB for gray", encoded(image, "JPEG", quality=90, icc_profile=profile("gray")))


def pngs(seed: int) -> Iterator[Made]:
    """Yield PNG files."""
    image = scene(seed)
    soft = image.copy()
    soft.putalpha(image.getchannel("R"))
    deep = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    palette = image.quantize(16)
    modes = {mode: image.convert(mode) for mode in ("1", "L", "RGB")}
    for name, made in {**modes, "RGBA": soft, "LA": soft.convert("LA"), "P": palette, "16 bits": deep}.items():
        yield Made("PNG", name, encoded(made, "PNG"))
    yield Made("PNG", "P with a transparent entry", encoded(palette, "PNG", transparency=seed % 16))
    yield Made("PNG", "L with a transparent value", encoded(modes["L"], "PNG", transparency=60))
    frames = {"save_all": True, "append_images": [image.transpose(Image.Transpose.ROTATE_180)], "duration": 900}
    yield Made("animation", "PNG", encoded(image, "PNG", **frames))
    yield Made("orientation", f"PNG {1 + seed % 8}", encoded(image, "PNG", exif=turned(1 + seed % 8)))
    for name in (*PROFILES, "damaged"):
        yield Made("profile", f"PNG {name}", encoded(image, "PNG", icc_profile=profile(name)))
    yield Made("profile", "PNG P p3", encoded(palette, "PNG", icc_profile=profile("p3")))
    yield Made("profile", "PNG RGBA p3", encoded(soft, "PNG", icc_profile=profile("p3")))
    yield Made("profile", "PNG LA gray", encoded(soft.convert("LA"), "PNG", icc_profile=profile("gray")))
    plain = encoded(image, "PNG")
    gamma = chunk(b"gAMA", struct.pack(">I", 30_000 + 5000 * (seed % 12)))
    p3 = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
    yield Made("named colors", "gAMA", with_chunks(plain, gamma))
    yield Made("named colors", "cHRM alone", with_chunks(plain, p3))
    yield Made("named colors", "gAMA, cHRM", with_chunks(plain, gamma, p3))
    yield Made("named colors", "gAMA, cHRM of gray", with_chunks(encoded(modes["L"], "PNG"), gamma, p3))
    yield Made("named colors", "sRGB before gAMA", with_chunks(plain, chunk(b"sRGB", b"\0"), gamma, p3))
    for primaries, transfer in ((1, 13), (12, 13), (9, 1), (5, 5), (11, 8)):
        data = with_chunks(plain, chunk(b"cICP", bytes((primaries, transfer, 0, 1))))
        yield Made("named colors", f"cICP {primaries} {transfer}", data)


def others(seed: int) -> Iterator[Made]:
    """Yield WebP, GIF, BMP, AVIF, TIFF and HEIC files."""
    image, orientation = scene(seed), 1 + seed % 8
    soft = image.copy()
    soft.putalpha(image.getchannel("G"))
    for name in ("RGB", "RGBA"):
        made = soft if name == "RGBA" else image
        for lossless in (True, False):
            yield Made("WebP", f"{name}, lossless {lossless}", encoded(made, "WEBP", lossless=lossless, quality=85))
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield Made("AVIF", subsampling, encoded(image, "AVIF", quality=80, subsampling=subsampling, speed=10))
    # Chromium darkens Pillow's AVIF files with transparency or frames: values of 66 are shown as 58.
    on_white = np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), soft).convert("RGB"))
    exact = {"quality": 100, "subsampling": "4:4:4", "speed": 10}
    yield Made("AVIF", "RGBA", encoded(soft, "AVIF", **exact), on_white)
    yield Made("AVIF", "gray", encoded(image.convert("L"), "AVIF", quality=80, speed=10))
    yield Made("orientation", f"WebP {orientation}", encoded(image, "WEBP", lossless=True, exif=turned(orientation)))
    yield Made("orientation", f"AVIF {orientation}", encoded(image, "AVIF", speed=10, exif=turned(orientation)))
    for name in (*PROFILES, "damaged"):
        yield Made("profile", f"WebP {name}", encoded(image, "WEBP", lossless=True, icc_profile=profile(name)))
        yield Made("profile", f"AVIF {name}", encoded(image, "AVIF", speed=10, icc_profile=profile(name)))
    avif = encoded(image, "AVIF", speed=10)
    colors = avif.index(b"colrnclx") + 8
    for primaries, transfer in ((12, 13), (9, 14), (1, 1), (5, 4)):
        data = avif[:colors] + struct.pack(">HH", primaries, transfer) + avif[colors + 4 :]
        yield Made("named colors", f"AVIF {primaries} {transfer}", data)
    frames = {"save_all": True, "append_images": [image.transpose(Image.Transpose.ROTATE_180)], "duration": 900}
    for image_format in ("GIF", "WEBP"):
        yield Made("animation", image_format, encoded(image, image_format, **frames))
    yield Made("animation", "AVIF", encoded(image, "AVIF", **frames, **exact), np.asarray(image))
    palette = image.quantize(32)
    yield Made("GIF", "plain", encoded(palette, "GIF"))
    yield Made("GIF", "interlaced", encoded(palette, "GIF", interlace=1))
    yield Made("GIF", "transparent", encoded(palette, "GIF", transparency=seed % 32))
    for mode in ("1", "L", "P", "RGB"):
        yield Made("BMP", mode, encoded(image.convert(mode), "BMP"))
    grey = image.convert("L")
    values = np.asarray(grey)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        data = encoded(image, "TIFF", compression=compression)
        yield Made("TIFF", compression, data, np.asarray(image))
    full = Image.fromarray(np.maximum(values, 255 * (np.indices(values.shape).sum(0) == 0)).astype(np.uint8))
    deep = np.asarray(full).astype(np.float64)
    shown = np.asarray(full.convert("RGB"))
    for white, dtype in ((1, np.float32), (255, np.float32), (4095, np.uint16), (1023, np.uint16), (65535, np.uint16)):
        made = Image.fromarray((deep / 255 * white).astype(dtype))
        yield Made("TIFF", f"{np.dtype(dtype)} to {white}", encoded(made, "TIFF"), shown)
    yield Made("HEIC", "RGB", encoded(image, "HEIF", quality=-1, chroma=444), np.asarray(image))


def faults(seed: int) -> Iterator[Made]:
    """Yield files with faults beside their pixels."""
    image, rng = scene(seed), random.Random(seed)
    jpeg, png = encoded(image, "JPEG", quality=90, progressive=bool(seed % 2)), encoded(image, "PNG")
    webp, gif = encoded(image, "WEBP", lossless=True), encoded(image.quantize(32), "GIF")
    noise = rng.randbytes(rng.randrange(1, 200))
    exif = turned(6)
    for name, broken in {
        "empty": b"",
        "noise": noise,
        "cut": exif[: rng.randrange(7, len(exif))],
        "no offset": exif[:10],
        "text": b"Exif\0\0http://ns.adobe.com/xap/1.0/\0",
        "wrong type": exif[:18] + b"\0\7" + exif[20:],
        "far offset": exif[:10] + b"\xff\xff\xff\0" + exif[14:],
        "many entries": exif[:14] + b"\xff\xff" + exif[16:],
    }.items():
        body = broken if broken[:4] == b"Exif" else b"Exif\0\0" + broken
        yield Made("EXIF", f"JPEG {name}", with_segment(jpeg, 0xE1, body))
        yield Made("EXIF", f"PNG {name}", with_chunks(png, chunk(b"eXIf", broken.removeprefix(b"Exif\0\0"))))
        yield Made("EXIF", f"WebP {name}", encoded(image, "WEBP", lossless=True, exif=body))
        yield Made("EXIF", f"AVIF {name}", _avif_with_exif(image, body))
    for marker in (0xE0, 0xE1, 0xE2, 0xE3, 0xED, 0xEE, 0xFE):
        for body in (b"", noise, b"JFIF\0", b"Adobe", b"MPF\0" + noise, b"ICC_PROFILE\0", b"Photoshop 3.0\0" + noise):
            yield Made("segments", f"JPEG {marker:x} {body[:12]!r}", with_segment(jpeg, marker, body))
    spaces = zlib.compress(b" " * 3_000_000, 9)
    for name, chunks in {
        "iTXt of 3 MB": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + spaces),
        "zTXt of 3 MB": chunk(b"zTXt", b"note\0\0" + spaces),
        "tEXt of 3 MB": chunk(b"tEXt", b"note\0" + b" " * 3_000_000),
        "iCCP of 3 MB of spaces": chunk(b"iCCP", b"name\0\0" + spaces),
        "iCCP of noise": chunk(b"iCCP", b"name\0\0" + noise),
        "tEXt, wrong sum": chunk(b"tEXt", b"note\0hello", wrong=True),
        "gAMA, wrong sum": chunk(b"gAMA", struct.pack(">I", 90_000), wrong=True),
        "eXIf, wrong sum": chunk(b"eXIf", exif[6:], wrong=True),
        **{
            f"{kind.decode()} of one byte": chunk(kind, b"\1") for kind in (b"gAMA", b"cHRM", b"pHYs", b"tIME", b"bKGD")
        },
        **{
            f"{kind.decode()} empty": chunk(kind, b"")
            for kind in (b"sRGB", b"cICP", b"sBIT", b"hIST", b"zTXt", b"iCCP")
        },
        "unknown": chunk(b"abCd", noise),
        "acTL of no frames": chunk(b"acTL", b"\0" * 8),
    }.items():
        yield Made("chunks", f"PNG {name}", with_chunks(png, chunks))
    yield Made("chunks", "PNG length beyond the end", png[:-12] + b"\0\xff\xff\xfftEXtnote\0cut")
    yield Made("chunks", "WebP size of 0", webp[:4] + b"\0\0\0\0" + webp[8:])
    yield Made("chunks", "WebP unknown chunk", webp[:12] + webp[12:] + b"abcd\4\0\0\0none")
    for name, data in {"JPEG": jpeg, "PNG": png, "WebP": webp, "GIF": gif}.items():
        yield Made("ends", f"{name}, junk behind", data + noise)
        for share in (0.3, 0.5, 0.7, 0.9, 0.97):
            yield Made("cut", f"{name} at {share:.0%}", data[: int(len(data) * share)], cut=True)
    # Chromium leaves out the last rows of these.
    whole = np.asarray(Image.open(io.BytesIO(jpeg)))
    yield Made("ends", "JPEG, no end", jpeg[:-2], whole)
    yield Made("ends", "JPEG, half an end", jpeg[:-1], whole)
    yield Made("ends", "PNG, no end", png[:-12])
    yield Made("ends", "PNG, half an end", png[: -rng.randrange(1, 12)])
    yield Made("ends", "GIF, no end", gif[:-1])


def _avif_with_exif(image: Image.Image, exif: bytes) -> bytes:
    """Return an AVIF file whose EXIF item is replaced, because the writer checks what it is given."""
    sound = Image.Exif()
    sound[0x010F] = "maker of cameras" * 4
    content = sound.tobytes().removeprefix(b"Exif\0\0")
    data = encoded(image, "AVIF", speed=10, exif=sound)
    broken = exif.removeprefix(b"Exif\0\0")[: len(content)].ljust(len(content), b"\1")
    return data.replace(content, broken)


def drawn(page: Page, data: bytes) -> Pixels | None:
    """Return what Chromium draws, or None if it shows nothing."""
    answer = page.evaluate(_DRAW, base64.b64encode(data).decode())
    if answer is None:
        return None
    width, height, text = answer
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]


def verdict(made: Made, draw: Callable[[bytes], Pixels | None]) -> str:
    """Return what is wrong with how a file is decoded, or nothing."""
    try:
        ours = np.asarray(images.decode(made.data).image)
    except UnreadableImage:
        if made.cut:
            return ""
        return "refused" if made.source is not None or draw(made.data) is not None else ""
    if made.cut:
        return "pixels are missing"
    right = draw(made.data) if made.source is None else made.source
    if right is None:
        return ""
    if ours.shape != right.shape:
        return "size"
    return "colors" if (np.abs(ours.astype(int) - right) > LEVELS).mean() > SHARE else ""


def main() -> None:
    """Make, decode and draw the pictures, and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=8, help="about 270 pictures each")
    seeds = options.parse_args().seeds
    pillow_heif.register_heif_opener()
    counts, wrong = Counter[str](), defaultdict[str, list[str]](list)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page()
        for seed, make in product(range(seeds), (jpegs, inks, pngs, interlaced_pngs, others, faults)):
            for made in make(seed):
                counts[made.kind] += 1
                if problem := verdict(made, lambda data: drawn(page, data)):
                    wrong[made.kind].append(f"{problem}: {made.name} (seed {seed})")
        browser.close()
    for kind, count in counts.items():
        print(f"{kind:14s} {count:5d} pictures, {len(wrong[kind])} wrong")
    print(f"{'all':14s} {counts.total():5d} pictures, {sum(map(len, wrong.values()))} wrong")
    for kind, problems in wrong.items():
        print("\n".join(f"  {kind}: {problem}" for problem in problems))


if __name__ == "__main__":
    main()
