"""Pictures inside ``data:`` addresses."""

import base64
import io
from urllib.parse import quote

import numpy as np
from PIL import Image

from emotion_core.collect import find_image_urls
from emotion_core.collect.extraction import inline_file, inline_type, short_name
from emotion_core.collect.extraction.inline_data import inline_photo

PAGE = "https://a.example/"


def photo(side_px: int, file_format: str = "JPEG", seed: int = 0) -> bytes:
    """Return a file of colored noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side_px, side_px, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, file_format)
    return file.getvalue()


def address(data: bytes, media_type: str = "image/jpeg") -> str:
    """Return the data address of a file."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def test_a_file_is_decoded_as_browsers_do() -> None:
    """Base64 with line breaks, escapes or without its end, and plain text, all hold the file."""
    data = photo(90)
    digits = base64.b64encode(data).decode()
    for text in (digits, digits[:60] + "\n " + digits[60:], quote(digits, safe=""), digits.rstrip("=")):
        assert inline_file(f"data:image/jpeg;base64,{text}") == data
    assert inline_file("DATA:image/svg+xml;charset=utf8,%3Csvg%3E") == b"<svg>"
    assert inline_file("data:text/html,x") == inline_file("data:image/png") == b""
    assert inline_file("data:image/png;base64,A") == b""
    assert inline_type("data:IMAGE/PNG;base64,AAAA") == "image/png"


def test_only_pictures_of_photo_size_count() -> None:
    """Previews, icons, broken files and drawings are left out."""
    assert inline_photo(f" {address(photo(100))}\n") == address(photo(100))
    assert inline_photo(address(photo(100, "WEBP"), "image/webp")) is not None
    assert inline_photo(address(photo(48, "PNG"), "image/png")) is None
    assert inline_photo(address(b"x" * 5000)) is None
    assert inline_photo("data:image/svg+xml," + "x" * 5000) is None
    assert inline_photo("https://a.example/" + "x" * 5000) is None


def test_a_page_shows_its_inline_photos_once() -> None:
    """Each counts once, also as a background; a preview gives way to the file that a script loads."""
    first, second = address(photo(100, seed=1)), address(photo(100, seed=2))
    html = f'<img src="{first}"><img src="{first}"><p style="background: url({second})"></p>'
    assert find_image_urls(html, PAGE) == [first, second]
    assert find_image_urls(f'<img src="{first}" data-src="/a.jpg">', PAGE) == ["https://a.example/a.jpg"]


def test_a_name_stands_for_a_long_address() -> None:
    """Lists and records hold a short name; other addresses keep theirs."""
    assert short_name(address(photo(100))).startswith("data:image/jpeg;sha256,")
    assert len(short_name(address(photo(100)))) < 64
    assert short_name("https://a.example/a.jpg") == "https://a.example/a.jpg"
