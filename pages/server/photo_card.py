"""The card of one photo: where it came from, what was found on it, how it was marked."""

import datetime
from urllib.parse import urlsplit

from emotion_core.dataset import Catalog, Mark, Photo, sightings

Fact = tuple[str, str, str | None]
DELETION = (
    "The photo, its thumbnail and its pixels in every cache are deleted, and it is not collected again. "
    "Studies that used it keep their scores. This cannot be undone."
)


def card_of(catalog: Catalog, photo: Photo) -> dict[str, object]:
    """Return what the enlarged view shows beside a photo, for JSON.

    Returns:
        ``facts``: name, text, and a link or None, of each; ``faces``: left, top, width, height as shares of it;
        ``history``: a sentence for each mark, newest first; ``delete``: what deleting means.
    """
    return {
        "facts": [*_facts(photo), *_offers(catalog, photo)],
        "faces": [[face.x, face.y, face.width, face.height] for face in photo.faces or ()],
        "history": [_line(mark) for mark in catalog.history(photo.photo_id)],
        "delete": DELETION,
    }


def _facts(photo: Photo) -> list[Fact]:
    size = f"{photo.width} × {photo.height}"
    if photo.original_width and photo.original_height:
        size += f" kept, {photo.original_width} × {photo.original_height} original"
    texts = {
        "Licence": photo.licence,
        "Author": photo.author,
        "Size": f"{size}, {photo.original_bytes / 1000:,.0f} kB",
        "Faces": _faces(photo),
        "Noticed": ", ".join(photo.flags) or "nothing",
        "Added": _time(photo.added_at),
        "SHA-256": photo.original_sha256,
    }
    addresses = {"Picture": photo.source_url, "Page": photo.page_url, "Described": photo.landing_url}
    links: list[Fact] = [(name, url, _link(url)) for name, url in addresses.items() if url]
    return [*links, *((name, text, None) for name, text in texts.items() if text)]


def _offers(catalog: Catalog, photo: Photo) -> list[Fact]:
    """Tell under which label, and where, the same picture was met, if that was more than once."""
    met = list(
        dict.fromkeys((offer.label, offer.page_url or offer.name) for offer in sightings(catalog, [photo.photo_id]))
    )
    return [(f"Offered as {label}", where, _link(where)) for label, where in met] if len(met) > 1 else []


def _link(url: str) -> str | None:
    """Return the address where it is one that a browser may be led to; others could run a script."""
    return url if urlsplit(url).scheme in ("http", "https") else None


def _faces(photo: Photo) -> str:
    if photo.faces is None:
        return "nobody looked yet"
    return f"{len(photo.faces)} found" if photo.faces else "none found"


def _line(mark: Mark) -> str:
    verb = "taken back" if mark.undo else "marked"
    return f"{_time(mark.marked_at)}: {verb}, {mark.before} → {mark.after}"


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
