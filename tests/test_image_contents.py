"""Faults beside the pixels, colors and content: a photo is read as a browser shows it."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from benchmarks.decoding import (
    Made,
    chunk,
    encoded,
    faults,
    profile,
    raw_png,
    scene,
    turned,
    with_chunks,
    with_segment,
)
from emotion_core import images
from emotion_core.errors import UnreadableImage

pillow_heif.register_heif_opener()
SCENE = scene(0)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(images.decode(data).image).astype(int)


def _is_like(data: bytes, expected: Image.Image, levels: float = 2) -> bool:
    pixels = _pixels(data)
    return pixels.shape[:2] == expected.size[::-1] and float(np.abs(pixels - np.asarray(expected)).mean()) <= levels


@pytest.mark.parametrize("made", list(faults(0)), ids=lambda made: f"{made.kind}: {made.name}")
def test_a_fault_beside_the_pixels_does_not_refuse_the_picture(made: Made) -> None:
    """Damaged EXIF data, texts, profiles, chunks and ends leave the picture whole; missing pixels refuse it."""
    if made.cut:
        with pytest.raises(UnreadableImage, match="damaged, incomplete"):
            images.decode(made.data)
    elif made.name not in {"JPEG far offset", "JPEG wrong type"}:
        assert images.decode(made.data).image.size in {SCENE.size, SCENE.size[::-1]}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_is_whole_only_if_no_pixel_is_missing(progressive: bool, share: float) -> None:
    """A file that lacks just the end marker has the pixels of the whole file; one that was cut before is refused."""
    data = encoded(SCENE, "JPEG", quality=90, progressive=progressive)
    assert np.array_equal(_pixels(data[:-2]), _pixels(data))
    with pytest.raises(UnreadableImage):
        images.decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("level", range(10))
def test_a_sound_png_is_read_to_the_bit(level: int) -> None:
    """Whatever its pixels and however they are compressed, none is lost and none refused."""
    for step in range(1, 40):
        values = (np.arange(48 * 48) * step % 256).astype(np.uint8).reshape(48, 48)
        assert np.array_equal(_pixels(encoded(Image.fromarray(values), "PNG", compress_level=level))[..., 0], values)


def test_a_png_text_that_unpacks_to_a_gigabyte_costs_nothing() -> None:
    """Texts are never unpacked, and a profile is unpacked to 4 MB at most."""
    packer, parts = zlib.compressobj(9), []
    for _ in range(1000):
        parts.append(packer.compress(b" " * 1_000_000))
    bomb = b"".join([*parts, packer.flush()])
    png = encoded(SCENE, "PNG")
    for fault in (chunk(b"zTXt", b"note\0\0" + bomb), chunk(b"iCCP", b"name\0\0" + bomb)):
        assert _is_like(with_chunks(png, fault), SCENE, 0)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
def test_a_color_profile_is_applied(image_format: str) -> None:
    """A profile that exchanges red, green and blue exchanges them in the photo; without it nothing would."""
    options = (
        {"quality": 95} if image_format in {"JPEG", "AVIF"} else {"lossless": True} if image_format == "WEBP" else {}
    )
    data = encoded(SCENE, image_format, icc_profile=profile("swapped"), **options)
    red, green, blue = SCENE.split()
    # The profile's red is green in truth, its green is blue and its blue is red.
    assert _is_like(data, Image.merge("RGB", (blue, red, green)), 4)


@pytest.mark.parametrize("made", [SCENE, SCENE.convert("L"), SCENE.quantize(32), SCENE.convert("RGBA")])
def test_a_profile_keeps_the_brightness_of_every_mode(made: Image.Image) -> None:
    """A wide-gamut profile makes colors stronger, gray photos stay gray, and transparency stays."""
    plain, wide = _pixels(encoded(made, "PNG")), _pixels(encoded(made, "PNG", icc_profile=profile("p3")))
    assert abs(plain.mean() - wide.mean()) < 10
    is_gray = made.mode == "L"
    assert (np.ptp(wide, axis=2).mean() > np.ptp(plain, axis=2).mean()) != is_gray
    assert not is_gray or np.ptp(wide, axis=2).max() == 0


@pytest.mark.parametrize("broken", [profile("damaged"), b"", b"no profile", profile("gray")])
def test_a_profile_that_cannot_be_applied_counts_as_none(broken: bytes) -> None:
    """A damaged profile, and one for other channels than the photo has, change nothing."""
    assert np.array_equal(_pixels(encoded(SCENE, "PNG", icc_profile=broken)), np.asarray(SCENE))


def test_the_profile_of_nearly_all_photos_changes_nothing() -> None:
    """A photo in sRGB keeps its values to the bit, with a profile or with the gamma that most PNG files name."""
    named = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    srgb = encoded(SCENE, "PNG", icc_profile=named)
    gamma = with_chunks(encoded(SCENE, "PNG"), chunk(b"gAMA", struct.pack(">I", 45455)))
    assert np.array_equal(_pixels(srgb), np.asarray(SCENE))
    assert np.array_equal(_pixels(gamma), np.asarray(SCENE))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ((chunk(b"gAMA", struct.pack(">I", 100_000)),), 188),
        ((chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000))), 128),
        ((chunk(b"cICP", bytes((1, 8, 0, 1))),), 188),
        ((chunk(b"cICP", bytes((1, 99, 0, 1))),), 128),
        ((chunk(b"cHRM", b"\0" * 32), chunk(b"gAMA", struct.pack(">I", 100_000))), 128),
    ],
)
def test_colors_that_a_png_names_are_applied(chunks: tuple[bytes, ...], expected: int) -> None:
    """Half the light is 188 of 255 in sRGB; sRGB goes before gAMA, and what makes no sense counts as missing."""
    gray = encoded(Image.new("RGB", (32, 32), (128, 128, 128)), "PNG")
    assert _pixels(with_chunks(gray, *chunks))[0, 0].tolist() == [expected] * 3


@pytest.mark.parametrize(("white", "dtype"), [(1, "f4"), (255, "f4"), (1023, "u2"), (4095, "u2"), (65535, "u2")])
def test_deep_tiffs_are_as_bright_as_their_white(white: int, dtype: str) -> None:
    """Floating-point files to 1 or 255, and 10, 12 and 16 bits in 16, all give the same gray photo."""
    gray = np.tile(np.arange(256, dtype=np.float64), (32, 1))
    data = encoded(Image.fromarray((gray / 255 * white).astype(dtype)), "TIFF")
    assert np.abs(_pixels(data)[..., 0] - gray).max() <= 1


def test_a_dark_16_bit_png_stays_dark() -> None:
    """A PNG uses all its bits, as browsers show it."""
    data = encoded(Image.fromarray(np.full((32, 32), 1023, np.uint16)), "PNG")
    assert _pixels(data).max() == 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_in_xmp_data_is_ignored(image_format: str) -> None:
    """Browsers do not read it, and programs that write it have often turned the pixels already."""
    if image_format == "JPEG":
        data = with_segment(encoded(SCENE, "JPEG"), 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    elif image_format == "PNG":
        data = with_chunks(encoded(SCENE, "PNG"), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))
    else:
        data = encoded(SCENE, image_format, **({"xmp": XMP} if image_format == "WEBP" else {"tiffinfo": {700: XMP}}))
    assert images.decode(data).image.size == SCENE.size


def test_exif_orientation_turns_what_browsers_turn() -> None:
    """JPEG and PNG files are turned by their EXIF data, WebP files are not."""
    across = SCENE.size[::-1]
    sizes = {kind: images.decode(encoded(SCENE, kind, exif=turned(6))).image.size for kind in ("JPEG", "PNG", "WEBP")}
    assert sizes == {"JPEG": across, "PNG": across, "WEBP": SCENE.size}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_a_picture_is_recognized_by_its_first_bytes(image_format: str) -> None:
    """Every format that is decoded looks like an image."""
    assert images.looks_like_image(encoded(SCENE, image_format)[: images.HEAD_BYTES])


@pytest.mark.parametrize(
    "head", [b"", b"BM", b"BMW is a maker of cars, as this text says", b"RIFF\0\0\0\0WAVE", b"<svg", b"PK\3\4", b"II"]
)
def test_other_files_are_not_taken_for_pictures(head: bytes) -> None:
    """A text, a sound, a drawing, an archive and an empty file do not look like images; nor does a film."""
    assert not images.looks_like_image(head)
    assert not images.looks_like_image(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 32)


def test_a_stored_photo_keeps_no_profile() -> None:
    """What is stored is sRGB and says nothing of where it came from."""
    picture = images.decode(encoded(SCENE, "JPEG", icc_profile=profile("p3"), exif=turned(6)))
    stored, _ = images.encode(picture)
    assert set(Image.open(io.BytesIO(stored)).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def _markers(jpeg: bytes, *kinds: int) -> list[int]:
    return [at for at in range(2, len(jpeg) - 1) if jpeg[at] == 0xFF and jpeg[at + 1] in kinds]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [({"progressive": True}, (0xDA,)), ({"restart_marker_blocks": 8}, tuple(range(0xD0, 0xD8)))],
    ids=["scans", "restart intervals"],
)
def test_a_jpeg_cut_between_two_parts_is_refused(options: dict[str, object], kinds: tuple[int, ...]) -> None:
    """Where a scan or a restart interval ends, nothing looks cut off, but the parts behind it are missing."""
    data = encoded(SCENE, "JPEG", quality=90, **options)
    parts = _markers(data, *kinds)[1:]
    assert parts
    for part in parts:
        for end in (part, part + 2):
            with pytest.raises(UnreadableImage):
                images.decode(data[:end])


@pytest.mark.parametrize("progressive", [False, True])
def test_zeros_for_missing_pixels_are_no_pixels(progressive: bool) -> None:
    """A stopped download is filled up with zeros: refused where pixels are missing, read where only the end is."""
    data = encoded(SCENE, "JPEG", quality=90, progressive=progressive)
    assert np.array_equal(_pixels(data[:-2] + bytes(300)), _pixels(data))
    for missing in (10, 100, len(data) // 3):
        with pytest.raises(UnreadableImage):
            images.decode(data[:-missing] + bytes(missing))


def test_a_wrong_checksum_behind_whole_png_pixels_refuses_nothing() -> None:
    """Some programs write no checksum behind the compressed pixels; the chunk's own says that they arrived whole."""
    png = encoded(SCENE, "PNG")
    start = png.index(b"IDAT") + 4
    end = start + struct.unpack_from(">I", png, start - 8)[0]
    packed = png[start : end - 4] + bytes(4)
    assert _is_like(png[: start - 8] + chunk(b"IDAT", packed) + png[end + 4 :], SCENE, 0)
    with pytest.raises(UnreadableImage):
        images.decode(png[: start - 8] + chunk(b"IDAT", packed[:-60]) + png[end + 4 :])


def test_an_animated_png_shows_its_first_frame() -> None:
    """A still image for programs that cannot animate is not the first frame; browsers show the frame."""
    frames = [Image.new("RGB", SCENE.size, color) for color in ("blue", "red")]
    data = encoded(SCENE, "PNG", save_all=True, append_images=frames, default_image=True)
    assert _is_like(data, frames[0], 0)
    assert images.decode(data).animated


@pytest.mark.parametrize(
    "late",
    [chunk(b"gAMA", struct.pack(">I", 100_000)), chunk(b"iCCP", b"name\0\0" + zlib.compress(profile("swapped")))],
)
def test_png_chunks_behind_the_pixels_change_nothing(late: bytes) -> None:
    """Colors and orientation count only in front of the pixels, as in browsers."""
    png = encoded(SCENE, "PNG")
    assert _is_like(png[:-12] + late + png[-12:], SCENE, 0)


def test_gamma_counts_where_the_profile_is_damaged() -> None:
    """A profile that cannot be read is none, so the colors that the file names are applied."""
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    broken = chunk(b"iCCP", b"name\0\0" + zlib.compress(b"no profile" * 20))
    png = encoded(SCENE, "PNG")
    assert np.array_equal(_pixels(with_chunks(png, broken, gamma)), _pixels(with_chunks(png, gamma)))


def test_a_transparency_chunk_of_the_wrong_length_is_none() -> None:
    """A damaged transparent color leaves the picture opaque."""
    assert _is_like(with_chunks(encoded(SCENE, "PNG"), chunk(b"tRNS", b"\0")), SCENE, 0)


def test_a_webp_profile_counts_only_where_the_header_promises_it() -> None:
    """Browsers read the profile chunk by the header's flag."""
    webp = bytearray(encoded(SCENE, "WEBP", lossless=True, icc_profile=profile("swapped")))
    webp[20] &= 0b11011111
    assert _is_like(bytes(webp), SCENE, 0)


def _exif(kind: int, count: int) -> bytes:
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHHI", 0x0112, kind, count, 6, 0, 0)


@pytest.mark.parametrize(
    ("segment", "turned_over"),
    [
        (b"Exif\0\0" + _exif(3, 1), True),
        (b"Exif\0\xff" + _exif(3, 1), True),
        (b"Exif\0\0" + _exif(3, 1)[:-4], True),
        (b"Exif\0\0" + _exif(4, 1), False),
        (b"Exif\0\0" + _exif(3, 2), False),
        (b"Exif\0\0Exif\0\0" + _exif(3, 1), False),
        (_exif(3, 1), False),
    ],
    ids=["short", "other header", "no next directory", "long", "two values", "header twice", "no header"],
)
def test_orientation_is_one_short_number(segment: bytes, turned_over: bool) -> None:
    """Only what browsers take for an orientation turns a photo."""
    data = with_segment(encoded(SCENE, "JPEG"), 0xE1, segment)
    assert images.decode(data).image.size == (SCENE.size[::-1] if turned_over else SCENE.size)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("color_type", "depth", "value"), [(0, 2, 1), (0, 4, 9), (0, 8, 77), (0, 16, 12_345), (2, 8, 77), (2, 16, 0x4D12)]
)
def test_transparent_values_of_any_depth_become_white(
    color_type: int, depth: int, value: int, interlaced: bool
) -> None:
    """The left half of a PNG file is declared transparent by its value; the black right half stays."""
    samples = np.zeros((20, 21, 3 if color_type else 1), np.int64)
    samples[:, :10] = value
    transparency = chunk(b"tRNS", struct.pack(f">{samples.shape[2]}H", *[value] * samples.shape[2]))
    pixels = _pixels(raw_png(samples, color_type, depth, transparency, interlaced=interlaced))
    assert pixels[:, :10].min() == 255
    assert pixels[:, 10:].max() == 0


def test_black_ink_goes_to_the_profile_as_three_colors() -> None:
    """Browsers print black ink with the three colors before they apply a profile for CMYK, so both look alike."""
    black, colors = (Image.new("CMYK", (32, 32), ink) for ink in ((0, 0, 0, 200), (200, 200, 200, 0)))
    in_profile = [_pixels(encoded(ink, "JPEG", quality=95, icc_profile=profile("inks"))) for ink in (black, colors)]
    assert np.abs(in_profile[0] - in_profile[1]).max() <= 2
    assert np.abs(in_profile[0] - _pixels(encoded(black, "JPEG", quality=95))).max() > 20
