"""What the catalog knows of a photo."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

LABELS = ("happy", "sad")
STATUSES = ("new", "kept", "rejected")
FILES = "files"
SAMPLES = "sample gallery"
# The gallery's port is another one each time.
_SAMPLE = re.compile(r"http://127\.0\.0\.1:\d+/photos/(?:happy|sad)/\d{4}\.jpg")
# A face that a network of 64 pixels still sees more of than a few pixels, once the photo is cut to it.
SMALL_FACE_PX = 32


class Face(NamedTuple):
    """A face that was found in a photo.

    Attributes:
        x: its left edge, as a share of the photo's width.
        y: its upper edge, as a share of the photo's height.
        width: as a share of the photo's width.
        height: as a share of the photo's height.
        score: how sure the detector is, 0 to 1.
    """

    x: float
    y: float
    width: float
    height: float
    score: float


@dataclass(frozen=True)
class Photo:
    """One photo of the catalog.

    Attributes:
        photo_id: opaque, usable as a file name.
        label: ``happy`` or ``sad``.
        status: ``new`` (not reviewed), ``kept`` or ``rejected``; studies use all but the rejected.
        name: the file name or address it came from.
        source_url: address of the picture after redirects, if it came from the web.
        page_url: address of the page that showed it.
        licence: that the page stated.
        content_type: what the server called it.
        sha256: of the file as it is kept.
        original_sha256: of the file as it came.
        width: of the photo as it is kept, in pixels.
        height: of the photo as it is kept, in pixels.
        original_bytes: size of the file as it came.
        flags: what the machine noticed, for instance ``grey``, ``small`` or ``animated``.
        added_at: seconds since 1970.
        author: whom the page named as its author.
        landing_url: address of the page that describes it, which attribution names.
        original_width: of the picture as it came, upright, in pixels; None where it came before this was recorded.
        original_height: likewise.
        brightness: mean of all values, 0 to 255.
        colourfulness: of Hasler and Suesstrunk, 0 for grey to above 100.
        saturation: mean distance between the largest and the smallest of a pixel's three values, 0 to 255.
        sharpness: how much contrast one more blur takes away, 0 for blurred to 1.
        faces: those that were found, the largest first; None where nobody looked yet.
    """

    photo_id: str
    label: str
    status: str
    name: str
    source_url: str | None
    page_url: str | None
    licence: str | None
    content_type: str | None
    sha256: str
    original_sha256: str
    suffix: str
    width: int
    height: int
    original_bytes: int
    flags: tuple[str, ...]
    added_at: float
    author: str | None = None
    landing_url: str | None = None
    original_width: int | None = None
    original_height: int | None = None
    brightness: float | None = None
    colourfulness: float | None = None
    saturation: float | None = None
    sharpness: float | None = None
    faces: tuple[Face, ...] | None = None

    @property
    def face_flags(self) -> tuple[str, ...]:
        """What its faces say: any of ``no face``, ``several faces``, ``small face``; nothing where nobody looked."""
        if self.faces is None:
            return ()
        if not self.faces:
            return ("no face",)
        largest = self.faces[0]
        checks = {
            "several faces": len(self.faces) > 1,
            "small face": min(largest.width * self.width, largest.height * self.height) < SMALL_FACE_PX,
        }
        return tuple(name for name, holds in checks.items() if holds)

    @property
    def source(self) -> str:
        """Host that served the photo, ``sample gallery``, or ``files`` where it was imported."""
        return source_of(self.source_url)


def source_of(source_url: str | None) -> str:
    """Return the host of an address, ``sample gallery`` for its photos, or ``files`` where there is no address."""
    if source_url and _SAMPLE.fullmatch(source_url):
        return SAMPLES
    # What stands before the path says it, and is the same for many: its parts are remembered.
    return urlsplit("/".join(source_url.split("/", 3)[:3])).hostname or FILES if source_url else FILES


class PhotoGroup(NamedTuple):
    """Photos of one label from one source, counted.

    Attributes:
        source: host that served them, ``sample gallery`` or ``files``.
        label: ``happy`` or ``sad``.
        number: how many there are.
        pixels: of all of them, as they are kept.
    """

    source: str
    label: str
    number: int
    pixels: int


class PhotoNumbers(NamedTuple):
    """What is known of a photo without looking at it; each field is that of ``Photo`` but for ``faces``.

    Attributes:
        faces: how many were found; None where nobody looked yet.
    """

    photo_id: str
    label: str
    name: str
    source: str
    content_type: str | None
    width: int
    height: int
    original_bytes: int
    original_width: int | None
    original_height: int | None
    brightness: float | None
    colourfulness: float | None
    saturation: float | None
    sharpness: float | None
    faces: int | None


@dataclass(frozen=True)
class Origin:
    """Where a photo was found.

    Attributes:
        name: file name or address, shown to the person.
        source_url: address of the picture after redirects, if it came from the web.
        page_url: address of the page that showed it.
        licence: licence that the page stated.
        content_type: what the server called it.
        author: whom the page named as its author.
        landing_url: address of the page that describes it, which attribution names.
    """

    name: str
    source_url: str | None = None
    page_url: str | None = None
    licence: str | None = None
    content_type: str | None = None
    author: str | None = None
    landing_url: str | None = None


@dataclass(frozen=True)
class Addition:
    """What became of a photo that was offered to the catalog.

    Attributes:
        photo_id: the photo's id, also where it was there already.
        duplicate: whether the same picture was there already.
    """

    photo_id: str
    duplicate: bool


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        clusters: ``photo_id`` to its near-copy cluster (the smallest ``photo_id`` in it), for photos that have near
            copies.
        conflicts: groups of photos that are one picture, or nearly, under both labels: first those that were offered
            under both and that nobody has decided on, then near copies with different labels, oldest first.
    """

    clusters: dict[str, str]
    conflicts: tuple[tuple[str, ...], ...]
