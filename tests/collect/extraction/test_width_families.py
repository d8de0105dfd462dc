"""Files that differ by a width at the end of their name."""

import pytest

from emotion_core.collect import find_image_urls


def _found(*names: str) -> list[str]:
    html = "".join(f'<p><img src="{name}"></p>' for name in names)
    return [url.removeprefix("https://a.example/") for url in find_image_urls(html, "https://a.example/")]


def test_one_picture_in_several_widths_is_returned_once() -> None:
    """The largest of the widths that the page names stands for all, in the place of the first."""
    assert _found("p/woman-320.jpg", "p/man.jpg", "p/woman-1280.jpg", "p/woman-800.jpg") == [
        "p/woman-1280.jpg",
        "p/man.jpg",
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("p/lamp-400.jpg", "p/lamp-600.jpg"),
        ("p/photo-101.jpg", "p/photo-102.jpg"),
        ("p/woman-320.jpg", "q/woman-1280.jpg"),
        ("p/woman-320.jpg", "p/man-1280.jpg"),
        ("p/room-320.jpg", "p/room-1280.jpg", "p/room-321.jpg"),
        ("p/a-320.jpg", "p/a-1280.png"),
    ],
)
def test_other_numbers_tell_pictures_apart(names: tuple[str, ...]) -> None:
    """Numbers of products and counters, other folders, names and formats mean other pictures."""
    assert _found(*names) == list(names)
