"""Records of the catalog: photos, faces, origins and counts."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from emotion_core.files import WriteBatch
from emotion_core.formatting import encodable

LABELS = ("happy", "sad")
STATUSES = ("new", "kept", "rejected")
SPLITS = ("train", "validation", "test")
FILES = "files"
SAMPLES = "sample gallery"
# The sample gallery runs on a free port, which differs each time.
_SAMPLE = re.compile(r"http://127\.0\.0\.1:\d+/photos/(?:happy|sad)/\d{4}\.jpg")


class Face(NamedTuple):
    """A face detected in a photo.

    Attributes:
        x: left edge, as a share of the photo's width.
        y: upper edge, as a share of the photo's height.
        width: share of the photo's width.
        height: share of the photo's height.
        score: confidence of the detector, 0 to 1.
        roll: how far the face is turned clockwise, in degrees: 0, 45, 90 and so on; the box is that of the photo as it
            is, around the middle of the face.
        lead: how far the score lies above that of the photo turned otherwise; 1 where the photo was not turned.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    roll: float = 0.0
    lead: float = 1.0


@dataclass(frozen=True)
class Photo:
    """One photo of the catalog.

    Attributes:
        photo_id: opaque id, safe as a file name.
        label: ``happy`` or ``sad``.
        status: ``new`` (not reviewed), ``kept`` or ``rejected``; studies use all but the rejected photos.
        name: file name or address that the photo came from.
        source_url: address of the image after redirects, if it came from the web.
        page_url: address of the page that showed it.
        licence: license stated on the page.
        content_type: content type sent by the server.
        sha256: hash of the stored file.
        original_sha256: hash of the original file.
        suffix: suffix of the stored file, ``.jpg`` or ``.png``.
        width: width of the stored photo, in pixels.
        height: height of the stored photo, in pixels.
        original_bytes: size of the original file.
        flags: quality flags, for instance ``grey``, ``small`` or ``animated``.
        added_at: time of adding, in seconds since 1970.
        author: author named on the page.
        landing_url: address of the page that describes the photo, for attribution.
        split: part of its data set's own split, ``train``, ``validation`` or ``test``; None if it came without one.
        original_width: width of the original, upright, in pixels; None for photos added before this was recorded.
        original_height: height of the original, likewise.
        brightness: mean of all values, 0 to 255; None until measured, as for the following three.
        colourfulness: colorfulness by Hasler and Suesstrunk, from 0 for gray to above 100.
        saturation: mean difference between a pixel's largest and smallest channel, 0 to 255.
        sharpness: share of the contrast that one more blur removes, from 0 for a blurred photo to 1.
        faces: detected faces, largest first; None if the photo was not checked for faces.
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
    split: str | None = None
    original_width: int | None = None
    original_height: int | None = None
    brightness: float | None = None
    colourfulness: float | None = None
    saturation: float | None = None
    sharpness: float | None = None
    faces: tuple[Face, ...] | None = None

    @property
    def source(self) -> str:
        """Host that served the photo, ``sample gallery``, or ``files`` if it was imported."""
        return source_of(self.source_url)


def source_of(source_url: str | None) -> str:
    """Return the host of an address, ``sample gallery`` for photos of the gallery, or ``files`` without an address."""
    if source_url and _SAMPLE.fullmatch(source_url):
        return SAMPLES
    # Without the path, many addresses are the same string, and `urlsplit` caches its recent results.
    try:
        return urlsplit("/".join(source_url.split("/", 3)[:3])).hostname or FILES if source_url else FILES
    except ValueError:  # a bracket in the host
        return FILES


class PhotoGroup(NamedTuple):
    """A count of the photos with one label from one source.

    Attributes:
        source: host that served them, ``sample gallery`` or ``files``.
        label: ``happy`` or ``sad``.
        number: number of photos.
        pixels: total number of pixels of the stored photos.
    """

    source: str
    label: str
    number: int
    pixels: int


class PhotoNumbers(NamedTuple):
    """The numbers recorded for a photo; all fields but ``faces`` are as in ``Photo``.

    Attributes:
        faces: number of detected faces; None if the photo was not checked for faces.
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
    """Where a photo came from.

    Attributes:
        name: file name or address, as shown to the user.
        source_url: address of the image after redirects, if it came from the web.
        page_url: address of the page that showed it.
        licence: license stated on the page.
        content_type: content type sent by the server.
        author: author named on the page.
        landing_url: address of the page that describes the photo, for attribution.
    """

    name: str
    source_url: str | None = None
    page_url: str | None = None
    licence: str | None = None
    content_type: str | None = None
    author: str | None = None
    landing_url: str | None = None

    def __post_init__(self) -> None:
        # JSON in pages can hold half characters, which SQLite does not store.
        for name, text in vars(self).items():
            object.__setattr__(self, name, text and encodable(text))


class StoredFile(NamedTuple):
    """What the catalog knows of the file of a photo: hash, suffix, and width and height in pixels."""

    sha256: str
    suffix: str
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo that is decoded and written beside its place, but not in the catalog yet.

    Attributes:
        photo_id: id of the photo.
        original_sha256: hash of the original file.
        label: ``happy`` or ``sad``.
        origin: where the photo came from.
        split: part of its data set's own split; None if it came without one.
        row: the photo's row; None if the catalog knew the file already.
        files: photo and thumbnail; none if the catalog has them already.
        repair: the file that is written in place of a known photo's missing or damaged one; None otherwise.
        replaces_damaged: whether another file with the same pixels is in the catalog, and its stored file is damaged.
    """

    photo_id: str
    original_sha256: str
    label: str
    origin: Origin
    split: str | None
    row: dict[str, object] | None = None
    files: WriteBatch = field(default_factory=WriteBatch)
    repair: StoredFile | None = None
    replaces_damaged: bool = False


@dataclass(frozen=True)
class Addition:
    """The result of adding a photo to the catalog.

    Attributes:
        photo_id: id of the photo, new or existing.
        duplicate: whether the catalog had the same image already.
        split_conflict: whether it had come with another part of a split before; the later part stays, test last.
        repaired: whether the photo was known, and its missing or damaged file is whole again by this addition.
    """

    photo_id: str
    duplicate: bool
    split_conflict: bool = False
    repaired: bool = False


@dataclass(frozen=True)
class Findings:
    """Near copies and label conflicts among the photos of a catalog.

    Attributes:
        clusters: near-copy cluster (the smallest ``photo_id`` in it) of each ``photo_id`` that has near copies.
        conflicts: groups of photos that show the same image under both labels: first images added under both labels
            that are not reviewed yet, then near copies with different labels, oldest first.
    """

    clusters: dict[str, str]
    conflicts: tuple[tuple[str, ...], ...]
