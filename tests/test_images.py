"""Images: every supported format, files that pretend to be one, and what is stored."""

import io
import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from emotion_core import images
from emotion_core.errors import UnreadableImage
from emotion_core.images import limits

ORIENTATION = 0x0112
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
# For writing test files; reading registers the format by itself, as a test below shows.
pillow_heif.register_heif_opener()


def scene(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return an image that is red on the left and blue on the right, dark at the top."""
    width, height = size
    shade = np.linspace(60, 255, height)[:, None]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[:, : width // 2, 0] = shade
    pixels[:, width // 2 :, 2] = shade
    return Image.fromarray(pixels)


def _encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    """Return the image as a file of a format."""
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header declares a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", zlib.compress(b"\0" * 100)) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _mean_difference(first: Image.Image, second: Image.Image) -> float:
    """Return the mean difference of two images, in gray levels."""
    return float(np.abs(np.asarray(first, np.float64) - np.asarray(second, np.float64)).mean())


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_promised_format_decodes_to_the_same_picture(image_format: str) -> None:
    """Each format named in the error messages is decoded, upright, in RGB and with its colors."""
    picture = images.decode(_encoded(scene(), image_format))
    assert (picture.image.mode, picture.image.size) == ("RGB", (64, 48))
    assert _mean_difference(picture.image, scene()) < 6
    assert picture.lossless == (image_format in {"PNG", "GIF", "BMP", "TIFF"})


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_first_frame_of_an_animation_is_the_photo(image_format: str) -> None:
    """The first frame of an animated file is used, and the image is marked as animated."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    options = {"lossless": True} if image_format == "WEBP" else {}
    data = _encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50, **options)
    picture = images.decode(data)
    red, green, blue = picture.image.getpixel((16, 16))
    assert red > 250
    assert max(green, blue) < 5
    assert picture.animated
    assert not images.decode(_encoded(frames[0], image_format)).animated


def test_first_picture_of_a_camera_file_with_several_is_the_photo() -> None:
    """MPO files, which some cameras write, are JPEGs with more images behind the first."""
    data = _encoded(
        Image.new("RGB", (32, 32), "white"), "MPO", save_all=True, append_images=[Image.new("RGB", (32, 32))]
    )
    picture = images.decode(data)
    assert picture.image.getpixel((16, 16)) == (255, 255, 255)
    assert not picture.animated


def test_cmyk_is_converted_to_the_colours_a_browser_would_show() -> None:
    """A print-ready JPEG keeps its red red."""
    red, green, blue = images.decode(_encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG")).image.getpixel(
        (9, 9)
    )
    assert red > 240
    assert max(green, blue) < 15


def test_transparent_entry_of_a_palette_becomes_white() -> None:
    """A transparent palette color is drawn on white, not in the hidden color."""
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 200, 30, 30])
    image.paste(0, (0, 0, 16, 32))
    decoded = images.decode(_encoded(image, "PNG", transparency=0)).image
    assert decoded.getpixel((4, 16)) == (255, 255, 255)
    assert decoded.getpixel((28, 16)) == (200, 30, 30)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_half_transparent_pixels_are_mixed_with_white(mode: str) -> None:
    """Alpha is respected in color and in gray images."""
    black = (0,) * (len(mode) - 1)
    decoded = images.decode(_encoded(Image.new(mode, (32, 32), (*black, 128)), "PNG")).image
    assert decoded.mode == "RGB"
    assert all(abs(value - 127) <= 1 for value in decoded.getpixel((5, 5)))


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_sixteen_bits_a_pixel_are_scaled_not_clipped(image_format: str) -> None:
    """A 16-bit photo keeps its grays: half of 65535 is 127, not white."""
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    data = _encoded(Image.fromarray(np.tile(ramp, (32, 1))), image_format)
    grey = np.asarray(images.decode(data).image)[16, :, 0].astype(int)
    assert np.abs(grey - np.linspace(0, 255, 64)).max() <= 1


def test_one_bit_pictures_become_black_and_white() -> None:
    """A bitmap of one bit a pixel is read as 0 and 255."""
    image = Image.new("1", (32, 32), 0)
    image.paste(1, (16, 0, 32, 32))
    decoded = images.decode(_encoded(image, "PNG")).image
    assert (decoded.getpixel((2, 2)), decoded.getpixel((30, 2))) == ((0, 0, 0), (255, 255, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    """A photo taken with the camera turned comes out upright, in each of the eight positions."""
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turn = turns[orientation]
    as_taken = scene() if turn is None else scene().transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = images.decode(_encoded(as_taken, "PNG", exif=exif))
    assert _mean_difference(picture.image, scene()) == 0
    assert picture.original_size == (64, 48)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_phones_photo_is_turned_once(orientation: int) -> None:
    """HEIC stores the rotation in two places; it is applied once, and the size is that of the upright image."""
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}.get(orientation)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    as_taken = scene() if turn is None else scene().transpose(turn)
    data = _encoded(as_taken, "HEIF", exif=exif.tobytes())
    assert (b"irot" in data) == (orientation != 1)
    picture = images.decode(data)
    assert (picture.image.size, picture.original_size) == ((64, 48), (64, 48))
    assert _mean_difference(picture.image, scene()) < 6


def test_the_reader_of_heic_is_loaded_by_the_first_such_file(tmp_path: Path) -> None:
    """Importing the module and reading a JPEG do not load the HEIC reader."""
    (tmp_path / "a.jpg").write_bytes(_encoded(scene(), "JPEG"))
    (tmp_path / "a.heic").write_bytes(_encoded(scene(), "HEIF"))
    code = (
        "import sys\nfrom pathlib import Path\nfrom emotion_core import images\n"
        "for name in ('a.jpg', 'a.heic'):\n"
        "    print(images.read(Path(name)).image.size, 'pillow_heif' in sys.modules)\n"
    )
    search = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=search
    )
    assert done.stdout.splitlines() == ["(64, 48) False", "(64, 48) True"]


def test_heic_without_its_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the command that installs the reader; other formats, AVIF among them, need none."""
    heic, avif = _encoded(scene(), "HEIF"), _encoded(scene(), "AVIF")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadableImage, match="pip install pillow-heif"):
        images.decode(heic)
    assert images.decode(avif).image.size == scene().size


def test_a_heic_that_lies_about_its_size_is_refused() -> None:
    """A small size in the header does not get a large image decoded."""
    data = _encoded(Image.new("RGB", (3000, 2000)), "HEIF")
    stated = data.index(b"ispe") + 8
    lie = data[:stated] + struct.pack(">II", 64, 48) + data[stated + 8 :]
    with pytest.raises(UnreadableImage, match="damaged, incomplete or not an image"):
        images.decode(lie)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file_is_unreadable(image_format: str, share: float) -> None:
    """An incomplete download is an error rather than a half-gray photo."""
    noise = Image.effect_noise((64, 48), 60).convert("RGB")
    data = _encoded(noise, image_format)
    with pytest.raises(UnreadableImage, match="damaged, incomplete or not an image"):
        images.decode(data[: int(len(data) * share)])


@pytest.mark.parametrize(
    "text",
    [
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\n  <html><body>denied</body></html>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    ],
)
def test_web_page_or_drawing_named_jpg_is_told_apart(text: bytes, tmp_path: Path) -> None:
    """The error says that a web page or an SVG with a photo's name is one."""
    (tmp_path / "photo.jpg").write_bytes(text)
    with pytest.raises(UnreadableImage, match="web page or a vector drawing"):
        images.read(tmp_path / "photo.jpg")


def test_empty_file_is_called_empty() -> None:
    """An empty file has an error of its own."""
    with pytest.raises(UnreadableImage, match="empty"):
        images.decode(b"")


@pytest.mark.parametrize("size", [(8_000, 8_000), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bomb_is_refused_for_its_size(size: tuple[int, int]) -> None:
    """A few bytes that declare a huge image are rejected by the header, below and above Pillow's own limits."""
    with pytest.raises(UnreadableImage, match="too many pixels"):
        images.decode(_png_that_claims(*size))


@pytest.mark.parametrize("size", [(15, 40), (40, 15), (1, 1)])
def test_tiny_picture_is_refused(size: tuple[int, int]) -> None:
    """Tracking pixels and icons are too small to hold a face."""
    with pytest.raises(UnreadableImage, match=f"too small.*{size[0]} x {size[1]}"):
        images.decode(_encoded(Image.new("RGB", size), "PNG"))


def test_smallest_allowed_picture_is_read() -> None:
    """The limit itself is allowed."""
    side = images.MIN_SIDE_PX
    assert images.decode(_encoded(Image.new("RGB", (side, side)), "PNG")).image.size == (side, side)


def test_too_many_bytes_are_refused_before_decoding(tmp_path: Path) -> None:
    """A file over the limit is rejected by its length, in memory and on disk."""
    heavy = _encoded(scene(), "PNG") + b"\0" * images.MAX_BYTES
    (tmp_path / "heavy.png").write_bytes(heavy)
    with pytest.raises(UnreadableImage, match="too large"):
        images.decode(heavy)
    with pytest.raises(UnreadableImage, match=r"too large.*heavy\.png"):
        images.read(tmp_path / "heavy.png")


def test_missing_file_and_folder_are_unreadable(tmp_path: Path) -> None:
    """A file that cannot be opened is an UnreadableImage with its name."""
    with pytest.raises(UnreadableImage, match=r"cannot be opened.*gone\.jpg"):
        images.read(tmp_path / "gone.jpg")
    with pytest.raises(UnreadableImage, match="cannot be opened"):
        images.read(tmp_path)


@pytest.mark.parametrize("image_format", ["PNG", "BMP", "GIF", "TIFF"])
def test_lossless_source_is_kept_without_loss(image_format: str) -> None:
    """Pixels of a lossless source are stored as they were decoded."""
    picture = images.decode(_encoded(scene(), image_format))
    stored, suffix = images.encode(picture)
    assert suffix == ".png"
    assert _mean_difference(images.decode(stored).image, picture.image) == 0


def test_lossy_source_is_kept_as_a_good_jpeg() -> None:
    """A JPEG stays a JPEG, hardly changed by re-encoding."""
    picture = images.decode(_encoded(scene(), "JPEG", quality=90))
    stored, suffix = images.encode(picture)
    assert suffix == ".jpg"
    assert _mean_difference(images.decode(stored).image, picture.image) < 2


@pytest.mark.parametrize(
    ("image_format", "extra"),
    [("JPEG", {"comment": b"SECRET"}), ("GIF", {"comment": b"SECRET"}), ("PNG", {}), ("TIFF", {}), ("WEBP", {})],
)
def test_nothing_but_pixels_is_kept(image_format: str, extra: dict[str, bytes]) -> None:
    """Camera data, comments, profiles and trailing bytes reach neither the photo nor its thumbnail."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    data = _encoded(scene(), image_format, exif=exif, icc_profile=b"SECRET profile", **extra) + b"<script>SECRET"
    assert b"SECRET" in data
    picture = images.decode(data)
    for kept in (images.encode(picture)[0], images.thumbnail(picture.image)):
        opened = Image.open(io.BytesIO(kept))
        assert b"SECRET" not in kept
        assert not opened.getexif()
        assert opened.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_huge_photo_is_kept_smaller_with_its_aspect_ratio(image_format: str, orientation: int) -> None:
    """Larger photos shrink to the stored side on decoding, upright, and storing them does not change their size."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    large = scene((4096, 1024)) if orientation == 1 else scene((4096, 1024)).transpose(Image.Transpose.ROTATE_90)
    picture = images.decode(_encoded(large, image_format, exif=exif))
    stored, _ = images.encode(picture)
    assert picture.image.size == images.decode(stored).image.size == (2048, 512)
    assert _mean_difference(picture.image, scene((2048, 512))) < 2
    assert picture.original_size == (4096, 1024)


def test_the_side_that_photos_shrink_to_can_be_chosen(tmp_path: Path) -> None:
    """A photo keeps its resolution up to the given side, and is read as it is stored."""
    data = _encoded(scene((3000, 1500)), "PNG")
    for side_px, size in ((256, (256, 128)), (4096, (3000, 1500))):
        stored, suffix = images.encode(images.decode(data, side_px))
        path = tmp_path / f"kept{suffix}"
        path.write_bytes(stored)
        assert images.read_kept(path).size == size


def test_a_kept_photo_is_read_whatever_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size limits do not apply to stored photos, and a damaged one is named in the error."""
    path = tmp_path / "kept.png"
    path.write_bytes(_encoded(scene(), "PNG"))
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    assert _mean_difference(images.read_kept(path), scene()) == 0
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadableImage, match=r"cannot be opened: its file is damaged.*kept\.png"):
        images.read_kept(path)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "L", "1", "I;16"])
def test_large_picture_shrinks_as_if_it_were_converted_whole(mode: str) -> None:
    """Working in bands leaves no seams: every pixel is as if the whole image were drawn on white, then shrunk."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (700, 2500, 4), dtype=np.uint8))
    if mode == "I;16":
        deep = np.linspace(0, 65535, 2500 * 700).reshape(700, 2500).astype(np.uint16)
        image, whole = Image.fromarray(deep), Image.fromarray((deep * (255 / 65535)).astype(np.uint8)).convert("RGB")
    else:
        image = noise if mode == "RGBA" else noise.convert("RGB" if mode == "P" else mode)
        image = image.convert(mode)
        white = Image.new("RGBA", image.size, "white")
        whole = Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    expected = whole.resize((2048, 573), Image.Resampling.LANCZOS)
    decoded = images.decode(_encoded(image, "PNG")).image
    assert np.abs(np.asarray(decoded, int) - np.asarray(expected, int)).max() <= 1


PEAK = """
import sys
from pathlib import Path
from emotion_core import images
images.encode(images.decode(Path(sys.argv[1]).read_bytes()))
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of one process is read from Linux")
@pytest.mark.parametrize(
    ("image_format", "mode", "side_px"),
    [("PNG", "RGBA", 7000), ("PNG", "I;16", 7000), ("WEBP", "RGBA", 4470), ("HEIF", "RGBA", 5000)],
)
def test_the_largest_pictures_take_limited_memory(tmp_path: Path, image_format: str, mode: str, side_px: int) -> None:
    """A small file with the largest allowed number of pixels is decoded and encoded in less than 400 MB."""
    path = tmp_path / "large"
    colour = (200, 30, 30, 128) if mode == "RGBA" else 40_000
    path.write_bytes(_encoded(Image.new(mode, (side_px, side_px), colour), image_format))
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 400_000_000


@pytest.mark.parametrize(
    ("image_format", "mode", "allowed"),
    [
        ("WEBP", "RGB", False),
        ("AVIF", "RGB", False),
        ("TIFF", "RGB", False),
        ("JPEG", "CMYK", False),
        ("JPEG", "RGB", True),
        ("PNG", "RGB", True),
    ],
)
def test_decoders_that_hold_copies_get_fewer_pixels(
    monkeypatch: pytest.MonkeyPatch, image_format: str, mode: str, allowed: bool
) -> None:
    """Formats whose decoders need several copies in memory have a lower limit, which the error states."""
    monkeypatch.setattr(limits, "MAX_PIXELS_IN_COPIES", 3000)
    data = _encoded(scene().convert(mode), image_format, progressive=True)
    if allowed:
        assert images.decode(data).image.size == (64, 48)
    else:
        with pytest.raises(UnreadableImage, match=r"too many pixels. Expected at most 3,000\. Received: 64 x 48"):
            images.decode(data)


def test_heic_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos from phones are within the limit, which the error states."""
    assert limits.MAX_PIXELS_HEIC >= 5712 * 4284
    monkeypatch.setattr(limits, "MAX_PIXELS_HEIC", 3000)
    with pytest.raises(UnreadableImage, match=r"Expected at most 3,000\. Received: 64 x 48"):
        images.decode(_encoded(scene(), "HEIF"))


def test_long_and_narrow_picture_is_refused() -> None:
    """An image that would be too small after shrinking is rejected."""
    with pytest.raises(UnreadableImage, match="too small"):
        images.decode(_encoded(Image.new("RGB", (5000, 20)), "PNG"))


@pytest.mark.parametrize("byteorder", [b"II", b"MM"])
def test_sixteen_bits_of_either_byte_order_keep_their_gradient(byteorder: bytes) -> None:
    """A large 16-bit TIFF keeps its grays from black to white, in either byte order."""
    ramp = np.tile(np.linspace(0, 65535, 3000).astype(np.uint16), (40, 1))
    mode = "I;16" if byteorder == b"II" else "I;16B"
    stored = ramp.astype("<u2" if byteorder == b"II" else ">u2").tobytes()
    data = _encoded(Image.frombytes(mode, (3000, 40), stored), "TIFF")
    assert data.startswith(byteorder)
    grey = np.asarray(images.decode(data).image)[16, :, 0].astype(int)
    assert np.abs(grey - np.linspace(0, 255, 2048)).max() < 1.5


def test_thumbnail_is_a_small_square_jpeg() -> None:
    """Thumbnails are square JPEGs of one size, whatever the photo's shape."""
    opened = Image.open(io.BytesIO(images.thumbnail(scene((300, 40)))))
    assert (opened.format, opened.size) == ("JPEG", (images.THUMBNAIL_SIDE_PX,) * 2)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.sampled_from([b"", *(_encoded(scene(), image_format)[:64] for image_format in FORMATS)]),
    rest=st.binary(max_size=400),
)
def test_random_bytes_only_ever_raise_unreadable_image(start: bytes, rest: bytes) -> None:
    """Random bytes after a valid start give an image or an UnreadableImage, nothing else."""
    try:
        picture = images.decode(start + rest)
    except UnreadableImage as error:
        assert str(error)
    else:
        assert picture.image.mode == "RGB"


@pytest.mark.parametrize("image_format", FORMATS)
def test_damaged_bytes_only_ever_raise_unreadable_image(image_format: str) -> None:
    """A real file with some bytes overwritten gives an image or an UnreadableImage, nothing else."""
    whole, rng = _encoded(scene(), image_format), random.Random(0)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 12)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            outcomes.add(images.decode(bytes(damaged)).image.mode)
        except UnreadableImage:
            outcomes.add("refused")
    assert outcomes <= {"RGB", "refused"}
    assert "refused" in outcomes
