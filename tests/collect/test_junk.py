"""Telling decoration from photos by name."""

import pytest

from emotion_core.collect.junk import is_decoration, looks_like_address, never_a_photo


@pytest.mark.parametrize(
    "name",
    [
        "spacer.gif",
        "blank.png",
        "1x1.jpg",
        "lazy-placeholder.jpg",
        "logo@2x.png",
        "cleardot.gif",
        "icon-search.webp",
        "site-logo.jpg",
        "default_image_placeholder.png",
    ],
)
def test_decoration_is_recognised(name: str) -> None:
    """A name that says spacer, placeholder, logo or icon and nothing else is decoration."""
    assert is_decoration(f"https://a.example/x/{name}?v=1")


@pytest.mark.parametrize(
    "name",
    [
        "image.jpg",
        "small.jpg",
        "iconic-smile.jpg",
        "woman-loading-a-truck.jpg",
        "pixel-art-of-a-sad-cat.png",
        "man-with-logo-on-his-shirt.png",
        "12345",
        "",
        "photo-1x1.jpg",
    ],
)
def test_photos_are_not_decoration(name: str) -> None:
    """A name that also says something else, or nothing at all, may be a photo's."""
    assert not is_decoration(f"https://a.example/icons/{name}")


def test_drawings_and_films_are_never_photos() -> None:
    """The ending of the path decides, not of the query."""
    assert never_a_photo("https://a.example/a.SVG?x=1")
    assert never_a_photo("https://a.example/a.mp4")
    assert not never_a_photo("https://a.example/a.jpg?from=a.svg")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", False), ("", False), ('{"1x": "/a.jpg"}', False), ("/a", True), ("a.jpg?x=1", True), ("lazy", False)],
)
def test_script_attributes_hold_addresses_or_not(value: str, expected: bool) -> None:
    """Switches and JSON in lazy attributes are not taken for addresses."""
    assert looks_like_address(value) is expected
