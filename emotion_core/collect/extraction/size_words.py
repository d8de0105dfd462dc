"""Sizes stated in URLs, as numbers and as words."""

import re

# Typical width in pixels of files whose URL states the size as a word.
NAMED_WIDTHS = {
    **dict.fromkeys(("square", "tiny", "mini", "thumb", "thumbs", "tn", "th", "q", "s", "t", "xs", "xxs"), 100.0),
    **dict.fromkeys(("thumbnail", "thumbnails", "small", "default", "compact", "sm"), 150.0),
    **dict.fromkeys(("preview", "teaser", "mqdefault", "normal", "n", "m"), 320.0),
    **dict.fromkeys(("medium", "med", "md", "hqdefault", "z"), 500.0),
    **dict.fromkeys(("sddefault", "articlelarge", "grande", "c"), 640.0),
    **dict.fromkeys(("hq720", "sample"), 720.0),
    **dict.fromkeys(("large", "lg", "big", "jumbo", "exlarge", "thickbox", "b", "l"), 1024.0),
    **dict.fromkeys(("xlarge", "xxlarge", "xl", "xxl", "maxresdefault", "superjumbo", "h"), 1600.0),
    **dict.fromkeys(("hires", "highres", "retina", "zoom", "k"), 3800.0),
    **dict.fromkeys(("full", "fullsize", "original", "originals", "orig", "source", "master", "o"), 4000.0),
    "raw": 4500.0,
}
WORDS = "|".join(sorted((word for word in NAMED_WIDTHS if len(word) > 1 and word != "default"), key=len, reverse=True))
LETTERS = "".join(sorted(word for word in NAMED_WIDTHS if len(word) == 1))
# A file without a size in its URL counts as the original of those with one.
UNSIZED_WIDTH = 3500.0
# Digits 13 to 16 of the ids of Spotify's pictures.
SPOTIFY_WIDTHS = {"b273": "640", "1e02": "300", "4851": "64", "e5eb": "640", "5174": "320", "f178": "160"}
_SCALED_WIDTH = 2560.0  # WordPress makes "-scaled" files at most this wide.
_ASPECT_RATIO = 1.3  # Width over height, where only the height is known.
_NUMBER = re.compile(r"(?<!\d)\d{2,4}(?!\d)")
_LETTERS = re.compile(r"[^\W\d_]+")
_PRESET_WIDTH = 500.0


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, to write long sets as running text."""
    return frozenset(text.split())


class SizeHints:
    """Collects the sizes found while a URL is taken apart."""

    def __init__(self) -> None:
        self._widths: list[float] = []
        self._heights: list[float] = []
        self._named_widths: list[float] = []
        self._density = 1.0

    def note(self, match: re.Match[str]) -> None:
        """Add the sizes in the groups of a match: w... is a width, h... a height, n... a word."""
        for group, text in match.groupdict().items():
            if not text:
                continue
            if group.startswith("density"):
                self._density = float(text)
            elif group == "kept":
                continue
            elif group == "preset":
                self.note_preset(text)
            elif group == "scaled":
                self._widths.append(_SCALED_WIDTH)
            elif group[0] == "n":
                self._named_widths.append(NAMED_WIDTHS[text.lower()])
            elif float(text):
                (self._widths if group[0] == "w" else self._heights).append(float(text))

    def note_box(self, width: str | None, height: str | None) -> None:
        """Add the sides of a box.

        Args:
            width: digits, in pixels; None or empty if missing.
            height: digits, in pixels; None or empty if missing.
        """
        self._widths += [float(width)] if width else []
        self._heights += [float(height)] if height else []

    def note_preset(self, name: str) -> None:
        """Add the size in the name of an image preset; an unknown name still means a reduced size of 500 pixels."""
        number = _NUMBER.search(name)
        named = (NAMED_WIDTHS.get(word) for word in _LETTERS.findall(name.lower()))
        width = float(number.group()) if number else next(filter(None, named), _PRESET_WIDTH)
        self._named_widths.append(width)

    def width(self) -> float:
        """Return the width in pixels, or ``UNSIZED_WIDTH`` if no size was found."""
        # The smaller of two sizes is the file's; the larger is that of a bounding box or of its source.
        widths = self._widths or [height * _ASPECT_RATIO for height in self._heights] or self._named_widths
        return min(widths, default=UNSIZED_WIDTH) * self._density
