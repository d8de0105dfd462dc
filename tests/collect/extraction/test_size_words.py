"""The sizes that URLs state."""

import re

from emotion_core.collect.extraction.size_words import UNSIZED_WIDTH, SizeHints


def noted(pattern: str, text: str) -> SizeHints:
    """Return the sizes noted from one match."""
    sizes = SizeHints()
    match = re.fullmatch(pattern, text)
    assert match is not None
    sizes.note(match)
    return sizes


def test_numbers_count_before_words() -> None:
    """A width counts before a height, a height before a word, and the smaller of two; no hint means no size."""
    assert SizeHints().width() == UNSIZED_WIDTH
    assert noted(r"(?P<n>\w+)", "LARGE").width() == 1024
    sizes = noted(r"(?P<h>\d+)", "100")
    sizes.note_preset("large")
    assert sizes.width() == 130
    sizes.note_box("400", None)
    sizes.note_box("300", "20")
    assert sizes.width() == 300


def test_a_density_multiplies_the_width() -> None:
    """Twice the density is twice the width; a width of 0 is ignored."""
    assert noted(r"(?P<w>\d+)@(?P<density>\d)x", "300@2x").width() == 600
    assert noted(r"(?P<w>\d+)", "0").width() == UNSIZED_WIDTH


def test_the_name_of_a_preset_states_its_size() -> None:
    """A number in it counts, then a word, then 500 pixels."""
    widths = []
    for name in ("/styles/teaser_300/public", "/cache/crop_large", "/cache/rc"):
        sizes = SizeHints()
        sizes.note_preset(name)
        widths.append(sizes.width())
    assert widths == [300, 1024, 500]
