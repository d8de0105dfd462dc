"""Pictures that style sheets and ``style`` attributes name."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from emotion_core.collect.extraction.candidates import Candidate, address_candidates

# url("a.jpg") or, in an image-set(), a plain string; then the density that an image-set() gives it.
_ADDRESS = re.compile(
    r"""(?:url\(\s*(?P<quoted>"[^"]*"|'[^']*'|[^'")\s]*)\s*\)|(?P<plain>"[^"]*"|'[^']*'))"""
    r"""(?:\s*type\([^)]*\))?(?:\s+(?P<number>\d{1,4}(?:\.\d{1,3})?)(?P<unit>x|dppx|dpi|dpcm)\b)?""",
    re.IGNORECASE,
)
_SET = re.compile(r"image-set\(", re.IGNORECASE)
_DOTS_PER_PX = {"x": 1.0, "dppx": 1.0, "dpi": 96.0, "dpcm": 96.0 / 2.54}
_MAX_ADDRESSES = 10  # Per element.

_DECLARATION = re.compile(r"(?:^|;)\s*background(?:-image)?\s*:([^;]*(?:;base64[^;]*)*)", re.IGNORECASE)
# Photos among the backgrounds of a style sheet are JPEG, WebP or AVIF; PNG and GIF are patterns and buttons.
_PHOTO = re.compile(r"\.(?:jpe?g|jfif|webp|avif)\b|data:image/(?:jpe?g|webp|avif)", re.IGNORECASE)
_STATE = re.compile(r":(?:hover|focus|active|visited|checked|target)", re.IGNORECASE)
_PSEUDO_ELEMENT = re.compile(r"::?(?:before|after)$", re.IGNORECASE)
# The last part of a selector, as in "section .hero": a tag, an id and classes in any order.
_SUBJECT = re.compile(r"(?:^|[\s>+~])(?P<tag>[a-z][\w-]*)?(?P<names>(?:[.#][\w-]+)*)$", re.IGNORECASE)
_PAGE_ITSELF = frozenset({"html", "body"})  # Their backgrounds are patterns.
_MAX_SHEET_CHARACTERS = 2_000_000
_MAX_RULES = 200
_MAX_BACKGROUNDS = 5  # Per element; browsers show one.


def background_candidates(base_url: str, style: str) -> Iterator[Candidate]:
    """Yield the candidates that a CSS declaration names, also those of an ``image-set()``.

    Args:
        base_url: URL that relative references are resolved against.
        style: text of a ``style`` attribute or of a declaration.
    """
    has_set = _SET.search(style) is not None
    matches = (match for match in _ADDRESS.finditer(style) if match["quoted"] is not None or has_set)
    for match in islice(matches, _MAX_ADDRESSES):
        density = float(match["number"]) / _DOTS_PER_PX[match["unit"].lower()] if match["number"] else 1.0
        address = (match["quoted"] or match["plain"] or "").strip("'\"")
        yield from address_candidates(base_url, address, density, is_declared=has_set)


def first_address(style: str) -> str:
    """Return the first ``url()`` of a CSS declaration, or the text itself if it has none."""
    match = next((match for match in _ADDRESS.finditer(style) if match["quoted"] is not None), None)
    return match["quoted"].strip("'\"") if match else style


def stylesheet_backgrounds(tree: HtmlElement) -> dict[HtmlElement, list[str]]:
    """Return the elements whose background is a photo by the style sheets in the page, with the declarations.

    Only the last part of a selector is compared, so that the time is linear in the size of the page.
    """
    # By the rarest name of the subject, which is its first; a page may repeat one rule thousands of times.
    rules: dict[str, dict[frozenset[str], dict[str, None]]] = {}
    for selector, declaration in islice(dict.fromkeys(_photo_rules(tree)), _MAX_RULES):
        subject = _subject(selector)
        if subject:
            rules.setdefault(subject[0], {}).setdefault(frozenset(subject), {})[declaration] = None
    backgrounds: dict[HtmlElement, list[str]] = {}
    for element in tree.iter("*") if rules else ():
        names = _names(element)
        declarations = [
            declaration
            for name in names & rules.keys()
            for needed, declarations in rules[name].items()
            if needed <= names
            for declaration in islice(declarations, _MAX_BACKGROUNDS)
        ]
        if declarations:
            backgrounds[element] = declarations[:_MAX_BACKGROUNDS]
    return backgrounds


def _photo_rules(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    for sheet in tree.iter("style"):
        text = (sheet.text or "")[:_MAX_SHEET_CHARACTERS]
        if "url(" not in text and "image-set(" not in text:
            continue
        for rule in _without_comments(text).split("}"):
            head, _, body = rule.rpartition("{")
            for declaration in _DECLARATION.findall(body) if _PHOTO.search(body) else ():
                if _PHOTO.search(declaration):
                    # Before the selectors may stand "@media (...) {" or "@import ...;".
                    for selector in head.rpartition("{")[2].rpartition(";")[2].split(","):
                        yield selector.strip(), declaration


def _without_comments(sheet: str) -> str:
    before, *comments = sheet.split("/*")
    return before + "".join(comment.partition("*/")[2] for comment in comments)


def _subject(selector: str) -> list[str]:
    """Return the tag, id and classes that a selector asks of its element, as ``.class``; empty if it asks for more."""
    match = None if _STATE.search(selector) else _SUBJECT.search(_PSEUDO_ELEMENT.sub("", selector))
    if match is None or (match["tag"] or "").lower() in _PAGE_ITSELF:
        return []
    names = re.findall(r"[.#][\w-]+", match["names"])
    return [*names, *([match["tag"].lower()] if match["tag"] else [])]


def _names(element: HtmlElement) -> set[str]:
    names = {f".{name}" for name in (element.get("class") or "").split()}
    return names | {str(element.tag), f"#{element.get('id')}"}
