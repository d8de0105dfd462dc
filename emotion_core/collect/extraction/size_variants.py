"""Recognize URLs of the same picture in different sizes, and read the size from a URL.

Sites write the size of a file into its URL in a few dozen ways. Without that part, the URL names the picture: the same
for all sizes of one picture, and different for different pictures.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from emotion_core.collect.extraction import size_patterns as patterns
from emotion_core.collect.extraction.inline_data import is_inline, short_name
from emotion_core.collect.extraction.size_words import SPOTIFY_WIDTHS, UNSIZED_WIDTH, SizeHints
from emotion_core.collect.urls import url_parts


@dataclass(frozen=True)
class PictureIdentity:
    """The picture that a URL names, and its size.

    Attributes:
        picture: key that is the same for all sizes of one picture.
        width: width in pixels, an estimate if the URL states it as a word; ``UNSIZED_WIDTH`` if it states no size.
    """

    picture: str
    width: float

    @property
    def is_sized(self) -> bool:
        """Whether the URL states a size."""
        return self.width != UNSIZED_WIDTH


def identify_picture(url: str) -> PictureIdentity:
    """Return which picture an absolute URL names, and in which size.

    >>> identify_picture("https://a.example/man-300x200.jpg")
    PictureIdentity(picture='a.example/man', width=300.0)
    >>> identify_picture("https://a.example/man.jpg?id=1&w=640")
    PictureIdentity(picture='a.example/man?id=1', width=640.0)
    """
    # The cache keeps no files.
    return PictureIdentity(short_name(url), UNSIZED_WIDTH) if is_inline(url) else _identify(url)


@lru_cache(maxsize=4096)
def _identify(url: str) -> PictureIdentity:
    sizes = SizeHints()
    parts = url_parts(_resized_address(url, sizes))
    *folders, name = _bare_path(unquote(parts.path), sizes).split("/")
    if patterns.SURE_SETTING.search(name) and patterns.SETTINGS.fullmatch(name):  # Cloudflare: /id/w=300,h=200
        folders, name = [*folders, name], ""
    name = _strip_size(patterns.FORMAT_AT_END, _strip_size(patterns.NAME_AFTER_COLON, name, sizes), sizes)
    stem, dot, suffix = name.rpartition(".")
    is_file = dot + suffix.lower() in patterns.FILE_SUFFIXES
    stem = _bare_stem(stem if is_file else name, sizes)
    if "thumb" in folders and "." in folders[-1]:  # MediaWiki: thumb/a/ab/Man.jpg/120px-Man.jpg
        stem = folders.pop().rpartition(".")[0]
    folders = _without_sizes(folders, sizes)
    host = patterns.SERVER_NUMBER.sub(r"\1", parts.netloc)
    # Mirrors and resizing servers keep unique names, so host and folders would only set copies apart.
    kept = [stem] if _is_unique(stem) else [host, *folders, stem]
    query = _identifying_query(parts.query, is_file, sizes)
    return PictureIdentity("/".join(filter(None, kept)) + query, sizes.width())


def _strip_size(pattern: re.Pattern[str], text: str, sizes: SizeHints) -> str:
    """Return a text without the match of a pattern, whose size is noted; a text that is all match stays."""
    match = pattern.search(text)
    if match is None or match.group() == text:
        return text
    sizes.note(match)
    return text[: match.start()] + text[match.end() :]


def _strip_all(pattern: re.Pattern[str], path: str, sizes: SizeHints) -> str:
    """Return a path without the matches of a pattern, whose sizes are noted; what the group ``kept`` holds stays."""
    for match in pattern.finditer(path):
        sizes.note(match)
    return pattern.sub(lambda match: match.groupdict().get("kept") or "", path)


def _resized_address(url: str, sizes: SizeHints) -> str:
    """Return the original URL inside that of a resizing service; other URLs unchanged."""
    jetpack = patterns.JETPACK.match(url)
    if jetpack:
        return f"https://{url[jetpack.end() :]}"
    service = url_parts(url)
    inner_starts = [match.start() for match in patterns.INNER_ADDRESS.finditer(url)][-1:]
    path = None if inner_starts else patterns.INNER_PATH.search(url)
    if not inner_starts and path is None:
        return url
    try:
        if path is not None:
            inner = unquote(path["path"]).removeprefix("ssl:")
            is_site = patterns.SITE_AT_START.match(inner) is not None
            address = f"https://{inner}" if is_site else urljoin(url, inner)
        else:
            address = url[inner_starts[0] :].partition("&")[0]
            address = unquote(address) if "%" in address[:9] else address
        urlsplit(address)
    except ValueError:
        return url
    _without_sizes(_bare_path(service.path, sizes).split("/"), sizes)
    _identifying_query(service.query, False, sizes)
    return address


def _bare_path(path: str, sizes: SizeHints) -> str:
    """Return a path without the display settings that content management systems write into it."""
    path = patterns.GATSBY.sub("", path).replace("/vi_webp/", "/vi/")
    for pattern in patterns.IN_PATH:
        path = _strip_all(pattern, path, sizes)
    after = patterns.AFTER_FILE.search(path)
    if after:
        scaled = patterns.SCALED_TO.search(path, after.end("file"))
        if scaled:
            sizes.note(scaled)
        path = path[: after.end("file")]
    iiif = patterns.IIIF.search(path)
    if iiif:
        sizes.note_box(iiif["w"], iiif["h"])
        path = f"{path[: iiif.start()]}/{iiif['region'] or ''}"
    return _without_presets(path, sizes)


def _without_presets(path: str, sizes: SizeHints) -> str:
    end = patterns.MAGENTO_END.search(path[-210:])
    before, cache, after = path.partition(patterns.MAGENTO_CACHE)
    preset = patterns.PRESET.search(path)
    if cache and end:
        sizes.note_preset(after)
        return before + end.group()
    if preset:
        sizes.note_preset(preset.group())
    return patterns.PRESET.sub("", path)


def _without_sizes(folders: list[str], sizes: SizeHints) -> list[str]:
    kept = []
    for folder in folders:
        if patterns.SURE_SETTING.search(folder) and patterns.SETTINGS.fullmatch(folder):
            match = patterns.SETTING_WIDTH.search(folder)
        else:
            match = patterns.SEGMENT.fullmatch(folder) if folder else None
            if match is None:
                kept.append(folder)
                continue
        if match:
            sizes.note(match)
    return kept


def _bare_stem(stem: str, sizes: SizeHints) -> str:
    if patterns.SPOTIFY.match(stem):
        sizes.note_box(SPOTIFY_WIDTHS.get(stem[12:16]), None)
        return stem[16:]
    only = patterns.ONLY_SIZE.fullmatch(stem)
    if only:
        sizes.note(only)
        return ""
    if patterns.FLICKR_MEDIUM.fullmatch(stem):
        sizes.note_preset("medium")
    resized = patterns.TYPO3.fullmatch(stem)
    if resized:
        sizes.note_preset("")
        stem = resized["stem"]
    stem = _strip_size(patterns.STEM_START, stem, sizes)
    # Sizes stack, as in man_300x300_small@2x. Only the last 80 characters are searched: the pattern backtracks.
    for pattern in (patterns.STEM_END, patterns.STEM_END, patterns.STEM_END, patterns.STEM_OF_ID_END):
        stem = stem[:-80] + _strip_size(pattern, stem[-80:], sizes)
    return _strip_size(patterns.STOCK_SIZE, stem, sizes)


def _is_unique(stem: str) -> bool:
    """Whether a file name identifies a picture by itself, whatever the folder."""
    return patterns.UNIQUE_ID.search(patterns.DATE_OR_COUNTER.sub("", stem)) is not None


def _identifying_query(query: str, is_file: bool, sizes: SizeHints) -> str:
    """Return the query parameters that identify the picture; sizes are noted, other settings dropped."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        lower = name.lower()
        if _is_size(lower, value, sizes):
            continue
        is_id = patterns.IDENTIFYING.fullmatch(lower) is not None
        if not is_id and _note_processing(value or lower, sizes):
            continue
        # After a file name come settings, versions and signatures, and rarely an id.
        if is_id if is_file else not patterns.FORMAT_NAME.fullmatch(lower):
            kept.append(f"{name}={value}")
    return f"?{'&'.join(sorted(kept))}" if kept else ""


def _note_processing(value: str, sizes: SizeHints) -> bool:
    """Note the size among the commands to a resizing service; return whether there is one."""
    match = patterns.PROCESSING.search(value)
    if match:
        sizes.note(match)
    return match is not None


def _is_size(name: str, value: str, sizes: SizeHints) -> bool:
    if len(name) > 1 and name[0] == name[-1] == "$":  # Scene7's own settings: $thumb$.
        sizes.note_preset(name)
        return True
    name = name.strip("$")
    for names, values in (
        (patterns.WIDTH_NAME, patterns.SIZE_VALUE),
        (patterns.HEIGHT_NAME, patterns.HEIGHT_VALUE),
        (patterns.BOX_NAME, patterns.BOX_VALUE),
        (patterns.DENSITY_NAME, patterns.DENSITY_VALUE),
    ):
        match = values.fullmatch(value) if names.fullmatch(name) else None
        if match:
            sizes.note(match)
            return True
    return patterns.HEIGHT_NAME.fullmatch(name) is not None or name in ("size", "sz", "resize", "width", "height")
