"""The card of one photo: its source, what was detected on it, and its marks."""

import datetime

from emotion_core.dataset import Catalog, Mark, Photo, sightings

Fact = tuple[str, str, str | None]
DELETION = (
    "The photo, its thumbnail and its pixels in every cache are deleted, and it will not be collected again. "
    "Studies that used it keep their scores. This cannot be undone."
)


def card_of(catalog: Catalog, photo: Photo) -> dict[str, object]:
    """Return the content of the card as JSON values.

    Args:
        catalog: that holds the photo.
        photo: one of its photos.

    Returns:
        ``facts``: lists of name, text, and a link or None; ``faces``: left, top, width and height of each as shares of
        the photo; ``history``: one line per mark, newest first; ``delete``: what deleting the photo means.
    """
    return {
        "facts": [*_facts(photo), *_sightings(catalog, photo)],
        "faces": [[face.x, face.y, face.width, face.height] for face in photo.faces or ()],
        "history": [_mark_text(mark) for mark in catalog.history(photo.photo_id)],
        "delete": DELETION,
    }


def _facts(photo: Photo) -> list[Fact]:
    size = f"{photo.width} × {photo.height}"
    if photo.original_width and photo.original_height:
        size += f" kept, {photo.original_width} × {photo.original_height} original"
    texts = {
        "License": photo.licence,
        "Own split": photo.split,
        "Author": photo.author,
        "Size": f"{size}, {photo.original_bytes / 1000:,.0f} kB",
        "Faces": _faces_text(photo),
        "Flags": ", ".join(photo.flags) or "none",
        "Added": _time(photo.added_at),
        "SHA-256": photo.original_sha256,
    }
    addresses = {"Picture": photo.source_url, "Page": photo.page_url, "Details": photo.landing_url}
    links: list[Fact] = [(name, url, _link(url)) for name, url in addresses.items() if url]
    return [*links, *((name, text, None) for name, text in texts.items() if text)]


def _sightings(catalog: Catalog, photo: Photo) -> list[Fact]:
    """Return each label and place under which the same picture was offered, if there is more than one."""
    offers = list(
        dict.fromkeys((offer.label, offer.page_url or offer.name) for offer in sightings(catalog, [photo.photo_id]))
    )
    return [(f"Offered as {label}", where, _link(where)) for label, where in offers] if len(offers) > 1 else []


def _link(url: str) -> str | None:
    """Return the address if a browser may open it; addresses such as ``javascript:`` could run a script."""
    return url if url.lower().startswith(("http://", "https://")) else None


def _faces_text(photo: Photo) -> str:
    if photo.faces is None:
        return "not checked yet"
    return f"{len(photo.faces)} found" if photo.faces else "none found"


def _mark_text(mark: Mark) -> str:
    verb = "undone" if mark.undo else "marked"
    return f"{_time(mark.marked_at)}: {verb}, {mark.before} → {mark.after}"


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
