"""Quality measures and flags, on drawn photos that were damaged in known ways."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset.catalog import quality

GREY_CARD = (128, 128, 128)
TEXT = "Smile while you\nstill have teeth,\nsaid the man who\nsold them, and\nhe sold a lot"


def _drawn(number: int, label: str = "happy") -> Image.Image:
    """Return one photo of the sample gallery."""
    return Image.open(io.BytesIO(photo_bytes(label, number))).convert("RGB")


def _card(ground: tuple[int, int, int] = (250, 240, 220), ink: tuple[int, int, int] = (30, 30, 60)) -> Image.Image:
    """Return a quote card."""
    image = Image.new("RGB", (500, 400), ground)
    ImageDraw.Draw(image).multiline_text((40, 40), TEXT, ink, ImageFont.load_default(size=46))
    return image


def _noisy(image: Image.Image, deviation: float = 12) -> Image.Image:
    """Return a photo with camera noise, which drawings lack."""
    noise = np.random.default_rng(0).normal(0, deviation, (image.height, image.width, 1))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def _moved(image: Image.Image, pixels: int) -> Image.Image:
    """Return a photo with horizontal motion blur."""
    return image.filter(ImageFilter.BoxBlur((pixels / 2, 0)))


def logo() -> Image.Image:
    """Return a large disc: hard edges on an even ground, as in text, and few of them."""
    image = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 340, 340), (20, 40, 160))
    return image


@pytest.mark.parametrize("label", ["happy", "sad"])
def test_drawn_photos_of_the_gallery_have_no_flag(label: str) -> None:
    """The photos that ship with the app are usable."""
    assert {number: quality.measure(_drawn(number, label)).flags for number in range(30)} == dict.fromkeys(
        range(30), ()
    )


SPOILT: dict[str, Callable[[Image.Image], Image.Image]] = {
    "out of focus": lambda image: image.filter(ImageFilter.GaussianBlur(min(image.size) * 0.02)),
    "moved": lambda image: _moved(_noisy(image), image.width // 10),
    "moved upwards": lambda image: _moved(_noisy(image), image.width // 10).transpose(Image.Transpose.ROTATE_90),
    "enlarged": lambda image: image.resize((28, 28), Image.Resampling.BOX).resize((512, 512), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_blurred_photos_are_flagged(spoil: Callable[[Image.Image], Image.Image]) -> None:
    """Out of focus, blurred by motion in one direction, or enlarged from a few pixels: all have lost their detail."""
    for number in range(5):
        sharp, spoilt = quality.measure(_drawn(number)), quality.measure(spoil(_drawn(number)))
        assert "blurred" in spoilt.flags
        assert spoilt.sharpness < sharp.sharpness


def test_sharpness_is_told_at_one_size() -> None:
    """Detail lost in shrinking a photo to the size that networks use does not count as blur."""
    photo = _drawn(1)
    larger = photo.resize((photo.width * 6, photo.height * 6), Image.Resampling.BICUBIC)
    assert quality.measure(larger).sharpness == pytest.approx(quality.measure(photo).sharpness, abs=0.1)
    assert "blurred" not in quality.measure(larger).flags


@pytest.mark.parametrize(
    "image", [_card(), _card(ground=(20, 20, 40), ink=(240, 240, 240)), ImageOps.expand(_card(), 12, (200, 30, 30))]
)
def test_quote_cards_are_text(image: Image.Image) -> None:
    """Letters on an even ground are detected in any colors, in a frame, at other sizes or qualities."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=60)
    for version in (image, Image.open(out).convert("RGB"), image.resize((200, 160), Image.Resampling.LANCZOS)):
        assert "text" in quality.measure(version).flags


@pytest.mark.parametrize(
    "image",
    [logo(), _noisy(Image.new("RGB", (300, 300), GREY_CARD)), _noisy(_drawn(2), 30)],
    ids=["logo", "noisy card", "noisy portrait"],
)
def test_hard_edges_or_noise_alone_are_no_text(image: Image.Image) -> None:
    """A disc has edges but no strokes; noise has strokes but no even ground."""
    assert "text" not in quality.measure(image).flags


def test_blank_dark_grey_and_small_photos_are_flagged_as_that() -> None:
    """Each flag is for its own fault; a plain color is neither blurred nor text."""
    assert quality.measure(Image.new("RGB", (300, 300), (200, 60, 60))).flags == ("blank",)
    assert quality.measure(_drawn(3).point(lambda value: value // 8)).flags == ("dark",)
    assert quality.measure(_drawn(3).convert("L").convert("RGB")).flags == ("grey",)
    assert quality.measure(_noisy(_drawn(3).resize((60, 300)))).flags == ("small",)


def test_brightness_and_saturation_are_what_they_say() -> None:
    """Brightness is the mean of all values, saturation the mean range within a pixel."""
    image = Image.new("RGB", (80, 40), (250, 100, 40))
    image.paste((10, 10, 10), (0, 0, 40, 40))
    seen = quality.measure(image)
    assert seen.brightness == pytest.approx((130 + 10) / 2, abs=0.1)
    assert seen.saturation == pytest.approx(210 / 2, abs=0.1)


def test_colourfulness_is_that_of_hasler_and_suesstrunk() -> None:
    """Half red and half green, computed by hand: the spread of both opponent colors plus 0.3 of their mean."""
    image = Image.new("RGB", (64, 64), (255, 0, 0))
    image.paste((0, 255, 0), (0, 0, 32, 64))
    # Red minus green is +-255; their mean minus blue is 127.5 everywhere.
    assert quality.measure(image).colourfulness == pytest.approx(255 + 0.3 * 127.5, abs=0.1)
    assert quality.measure(Image.new("RGB", (64, 64), GREY_CARD)).colourfulness == 0


@pytest.mark.parametrize("size", [(16, 16), (16, 2048), (2048, 17), (1, 1), (3, 700)])
def test_photos_of_any_shape_can_be_measured(size: tuple[int, int]) -> None:
    """Long, narrow and tiny images can be measured."""
    seen = quality.measure(_noisy(Image.new("RGB", size, GREY_CARD)))
    assert "small" in seen.flags
    assert all(np.isfinite(getattr(seen, name)) for name in quality.NUMBERS)
