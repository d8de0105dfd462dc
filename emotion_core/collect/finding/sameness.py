"""Whether two addresses are one picture in two sizes, and what an address tells of the size.

Sites write the size of a file into its address in a few dozen ways. Taken away, what remains names the picture: the
same for all of its sizes, and different for different pictures.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

RASTER_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic")

# Where an address names a size in words: about how wide such files are, in pixels.
_NAMED_WIDTHS = {
    **dict.fromkeys(("square", "tiny", "mini", "thumb", "thumbs", "tn", "q", "s", "t"), 100.0),
    **dict.fromkeys(("thumbnail", "thumbnails", "small", "default"), 150.0),
    **dict.fromkeys(("preview", "teaser", "mqdefault", "n", "m"), 320.0),
    **dict.fromkeys(("medium", "med", "hqdefault", "z"), 500.0),
    **dict.fromkeys(("sddefault", "articlelarge", "c"), 640.0),
    **dict.fromkeys(("large", "big", "jumbo", "exlarge", "b"), 1024.0),
    **dict.fromkeys(("xlarge", "xxlarge", "maxresdefault", "superjumbo", "h"), 1600.0),
    **dict.fromkeys(("hires", "highres", "retina", "zoom", "k"), 3800.0),
    **dict.fromkeys(("full", "fullsize", "original", "originals", "orig", "source", "o"), 4000.0),
}
_WORDS = "|".join(
    sorted((word for word in _NAMED_WIDTHS if len(word) > 1 and word != "default"), key=len, reverse=True)
)
# A file without any size in its address is taken for the original of those with one.
UNSIZED_WIDTH = 3500.0
_SCALED_WIDTH = 2560.0  # WordPress makes "-scaled" files at most this wide.
_WIDTH_OF_HEIGHT = 1.3

# The names of groups say what they hold: w... a width, h... a height, n... a word.
_SIDES = r"(?P<w>\d{2,4})?x(?P<h>\d{2,4})?"
_SEGMENT = re.compile(
    rf"{_SIDES}(?:[-_:,][^\W_]+)*|w_?(?P<w2>\d{{2,4}})(?:-h\d+)?(?:-\w+)*|h_?(?P<h2>\d{{2,4}})(?:-\w+)*|s(?P<w3>\d{{2,4}})(?:-\w+)*|"
    rf"(?P<n>{_WORDS})|fit-in|smart|unsafe|filters:.*",
    re.IGNORECASE,
)
# Settings as Cloudinary, Wix and Cloudflare write them: w_300,h_200,c_fill and width=300,quality=75.
_SETTING = r"[a-z]{1,7}[_=][^,/]*"
_SETTINGS = re.compile(rf"{_SETTING}(?:,{_SETTING})*")
_SURE_SETTING = re.compile(
    r"(?:^|,)(?:[wh]_\d|c_[a-z]|q_(?:auto|\d)|f_auto|(?:width|height|quality|format|fit|w|h|q|f)=)"
)
_SETTING_WIDTH = re.compile(r"(?:^|,)(?:w_|width=|w=)(?P<w>\d{2,5})")
_STEM_END = re.compile(
    rf"(?:[-_.]{_SIDES}(?:[-_](?:crop[^\W_]*|center|c|max|q\d+))*|[-_](?P<w2>\d{{2,4}})(?:px|w)|[-_]w(?P<w3>\d{{2,4}})|"
    rf"[-_.](?P<n>{_WORDS})|[-_](?P<scaled>scaled)|@(?P<density>[1-4](?:\.\d+)?)x|\.progressive|"
    r"\._(?:\w*?[SU][XLYR](?P<w4>\d{2,4}))?[\w,.%-]*_|=[swh](?P<w5>\d+)(?:-\w+)*)$",
    re.IGNORECASE,
)
_STEM_START = re.compile(r"(?:(?P<w>\d{2,4})px-|(?P<w2>\d{2,4})x\d{2,4}[-_]|(?P<n>thumb|tn|small|large)[-_])(?=.)")
_FLICKR_END = re.compile(r"(?<=_[0-9a-f]{10})_(?P<n>[a-z])$")
_ONLY_SIZE = re.compile(rf"{_SIDES}|s-l(?P<w2>\d{{2,4}})|(?P<n>(?:maxres|sd|hq|mq)?default|{_WORDS})", re.IGNORECASE)
# Folders that Drupal and Symfony call after settings of theirs.
_PRESET = re.compile(r"/styles/[^/]+/public(?=/)|/imagecache/[^/]+(?=/)|/media/cache/(?:resolve/)?[^/]+(?=/)")
_MAGENTO_CACHE, _MAGENTO_END = "/product/cache/", re.compile(r"(?:/\w){2}/[^/]{1,200}$")
_PRESET_WIDTH, _PRESET_DEFAULT_WIDTH = re.compile(r"(?<!\d)\d{2,4}(?!\d)"), 500.0
_JETPACK = re.compile(r"https?://i\d\.wp\.com/")
_INNER_ADDRESS = re.compile(r"(?<=.)https?(?::|%3a)(?:/|%2f)+", re.IGNORECASE)

_WIDTH_NAME = re.compile("w|width|wid|imwidth|mw|max-?width|max-w|s|sz|size|resize|name")
_FORMAT_NAME = re.compile(
    "h|height|hei|mh|max-?height|max-h|q|quality|qlt|crop|auto|fm|fmt|format|dpr|scale|strip|ssl|rect|ar|usm|bg|cs|fit|"
    "sharp|op_sharpen|ixlib|ixid|itok|mode|zoom|smart|downsize|optimize|compress|enlarge|disable|upscale|webp"
)
_IDENTIFYING = re.compile(r"\w*id|n|nr|num|number|index|name|img|image|photo|pic|picture|file|src|url|path|page")
_SIZE_VALUE = re.compile(rf"(?P<w>\d{{1,4}})(?:px)?(?:[x,*](?P<h>\d{{0,4}}).*)?|x(?P<h2>\d{{2,4}})|(?P<n>{_WORDS})")

# A long number or a hash; digits of dates and of cameras' counters are the same in many names.
_TELLING = re.compile(r"\d{7}|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_DATE_OR_COUNTER = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d|^[a-z]{0,4}[-_]?\d{1,8}$", re.IGNORECASE)


@dataclass(frozen=True)
class Identity:
    """What an address tells of its picture.

    Attributes:
        picture: the same for all sizes of one picture.
        width: in pixels, an estimate where the address has a word for it; ``UNSIZED_WIDTH`` where it tells no size.
    """

    picture: str
    width: float

    @property
    def is_sized(self) -> bool:
        """Whether the address tells a size."""
        return self.width != UNSIZED_WIDTH


class _Sizes:
    """The sizes met while an address is taken apart."""

    def __init__(self) -> None:
        self._widths: list[float] = []
        self._named_widths: list[float] = []
        self._density = 1.0

    def note(self, found: re.Match[str]) -> None:
        for group, text in found.groupdict().items():
            if text and group[0] == "w":
                self._widths.append(float(text))
            elif text and group[0] == "h" and not found.groupdict().get("w"):
                self._widths.append(float(text) * _WIDTH_OF_HEIGHT)
            elif text and group[0] == "n":
                self._named_widths.append(_NAMED_WIDTHS[text.lower()])
            elif group == "scaled" and text:
                self._widths.append(_SCALED_WIDTH)
            elif group == "density" and text:
                self._density = float(text)

    def note_preset(self, name: str) -> None:
        """Take the size from the name of a site's own setting; whatever its name, such files are no originals."""
        number = _first(_PRESET_WIDTH, name)
        self._named_widths.append(float(number) if number else _PRESET_DEFAULT_WIDTH)

    def width(self) -> float:
        # Of two sizes the smaller is the file's, the larger that of a box or of what it was made from.
        return min(self._widths or self._named_widths, default=UNSIZED_WIDTH) * self._density


@lru_cache(maxsize=4096)
def identify(url: str) -> Identity:
    """Return which picture an absolute address names, and in which size.

    >>> identify("https://a.example/man-300x200.jpg")
    Identity(picture='a.example/man', width=300.0)
    >>> identify("https://a.example/man.jpg?id=1&w=640")
    Identity(picture='a.example/man?id=1', width=640.0)
    """
    sizes = _Sizes()
    parts = urlsplit(_resized_address(url, sizes))
    *folders, name = _without_presets(unquote(parts.path), sizes).split("/")
    stem, dot, suffix = name.rpartition(".")
    is_file = dot + suffix.lower() in RASTER_SUFFIXES
    stem = _bare_stem(stem if is_file else name, sizes)
    if "thumb" in folders and "." in folders[-1]:  # MediaWiki: thumb/a/ab/Man.jpg/120px-Man.jpg.
        stem = folders.pop().rpartition(".")[0]
    folders = _without_sizes(folders, sizes)
    kept = [stem] if _is_telling(stem) else [parts.netloc, *folders, stem]
    rest = _other_parameters(parts.query, is_file, sizes)
    return Identity("/".join(filter(None, kept)) + rest, sizes.width())


def _resized_address(url: str, sizes: _Sizes) -> str:
    """Return the address inside that of a service which resizes pictures of others; any other as it is."""
    jetpack = _JETPACK.match(url)
    if jetpack:
        return f"https://{url[jetpack.end() :]}"
    inner = [found.start() for found in _INNER_ADDRESS.finditer(url)][-1:]
    if not inner:
        return url
    address = url[inner[0] :].partition("&")[0]
    address = unquote(address) if "%" in address[:9] else address
    try:
        urlsplit(address)
    except ValueError:
        return url
    service = urlsplit(url)
    _without_sizes(service.path.split("/"), sizes)
    _other_parameters(service.query, False, sizes)
    return address


def _without_presets(path: str, sizes: _Sizes) -> str:
    end = _MAGENTO_END.search(path[-210:])
    before, cache, after = path.partition(_MAGENTO_CACHE)
    found, rest = (after, before + end.group()) if cache and end else (_first(_PRESET, path), _PRESET.sub("", path))
    if found:
        sizes.note_preset(found)
    return rest


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _without_sizes(folders: list[str], sizes: _Sizes) -> list[str]:
    kept = []
    for folder in folders:
        if _SURE_SETTING.search(folder) and _SETTINGS.fullmatch(folder):
            found = _SETTING_WIDTH.search(folder)
        else:
            found = _SEGMENT.fullmatch(folder) if folder else None
            if found is None or folder == "x":
                kept.append(folder)
                continue
        if found:
            sizes.note(found)
    return kept


def _bare_stem(stem: str, sizes: _Sizes) -> str:
    only = _ONLY_SIZE.fullmatch(stem)
    if only and stem != "x":
        sizes.note(only)
        return ""
    for pattern in (_STEM_END, _STEM_END, _STEM_END, _FLICKR_END, _STEM_START):
        found = pattern.search(stem[-80:]) if pattern is not _STEM_START else pattern.match(stem)
        if found and found.group() != stem:
            sizes.note(found)
            stem = stem[len(found.group()) :] if pattern is _STEM_START else stem[: -len(found.group())]
    return stem


def _is_telling(stem: str) -> bool:
    """Whether a name alone, whatever the folder, can only be that of one picture."""
    return _TELLING.search(_DATE_OR_COUNTER.sub("", stem)) is not None


def _other_parameters(query: str, is_file: bool, sizes: _Sizes) -> str:
    """Return the parameters that say which picture it is."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        lower = name.lower()
        size = _SIZE_VALUE.fullmatch(value)
        if size and _WIDTH_NAME.fullmatch(lower):
            sizes.note(size)
        elif is_file:
            # Behind the name of a file are settings, versions and signatures; seldom what file it is.
            if _IDENTIFYING.fullmatch(lower):
                kept.append(f"{name}={value}")
        elif not _FORMAT_NAME.fullmatch(lower):
            kept.append(f"{name}={value}")
    return f"?{'&'.join(sorted(kept))}" if kept else ""
