"""The photos that are asked about: files, folders, zips and addresses; and keeping one under its label."""

import io
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from PIL import Image

from emotion_core import images
from emotion_core.collect import Download, Fetcher
from emotion_core.collect.imports import (
    ImportEntry,
    Member,
    archive_members,
    bytes_member,
    file_member,
    folder_members,
    looks_like_zip,
    open_archive,
    read_member,
)
from emotion_core.dataset import Catalog, Origin
from emotion_core.errors import CollectError, EmotionError, FetchFailed

# A photo to answer for, by its name; an error where it cannot be read.
Readable = tuple[str, Image.Image | EmotionError]


def read_uploads(files: Iterable[tuple[str, bytes]]) -> Iterator[Readable]:
    """Give each photo among uploaded files, one at a time.

    Args:
        files: name and bytes of each; a zip counts as its photos, within the limits of an import.
    """
    for name, data in files:
        path = PurePosixPath(name.replace("\\", "/"))
        if looks_like_zip(data[:4]):
            yield from _read_archive(data, name)
        else:
            yield name, _decoded(bytes_member(data, path))


def count_uploads(name: str, data: bytes) -> int:
    """Return how many photos ``read_uploads`` gives for one file, without reading them.

    Args:
        name: of the file.
        data: its bytes.
    """
    if not looks_like_zip(data[:4]):
        return 1
    try:
        with open_archive(data, name) as archive:
            return max(1, len(archive_members(archive)))
    except CollectError:
        return 1


def read_paths(paths: Iterable[Path]) -> Iterator[Readable]:
    """Give each photo among files, folders and zips on the disk, one at a time; a folder's links are left alone."""
    for path in paths:
        if path.is_dir():
            yield from _read_folder(path)
        elif _begins_like_zip(path):
            yield from _read_archive(path, str(path))
        else:
            yield str(path), _decoded(file_member(path, PurePosixPath(path)))


def _read_folder(folder: Path) -> Iterator[Readable]:
    members = folder_members(folder)
    if not members:
        yield str(folder), CollectError(f"The folder is empty. Expected photos in it. Received: {str(folder)!r}.")
    for member in members:
        yield str(folder.parent / member.path), _decoded(member)


def _read_archive(source: bytes | Path, name: str) -> Iterator[Readable]:
    try:
        with open_archive(source, name) as archive:
            members = archive_members(archive)
            if not members:
                yield name, CollectError(f"The archive is empty. Expected photos in it. Received: {name!r}.")
            for member in members:
                yield f"{name}/{member.path}", _decoded(member)
    except CollectError as error:
        yield name, error


def _begins_like_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return looks_like_zip(stream.read(4))
    except OSError:
        return False


def _decoded(member: Member) -> Image.Image | EmotionError:
    offered = read_member(member, ImportEntry(str(member.path)))
    if offered.problem:
        return CollectError(offered.problem)
    try:
        return images.decode(offered.data).image
    except EmotionError as error:
        return error


def read_url(url: str, allow_hosts: Collection[str] = ()) -> tuple[str, Image.Image]:
    """Return the photo at an address, under the address it was found at.

    Args:
        url: of a picture.
        allow_hosts: ``host:port`` pairs that may be private.

    Raises:
        CollectError: the address is refused, does not answer, or is a page.
        UnreadableImage: what it answers is no picture.
    """
    with Fetcher(allowed_hosts=allow_hosts) as fetcher:
        found = fetcher.get(url)
    if not isinstance(found, Download):
        raise FetchFailed(
            f"This is the address of a web page. Expected the address of a picture. Received: url={url!r}. "
            "Open the page, and copy the picture's own address."
        )
    return found.url, images.decode(found.data).image


def add_to_photos(
    catalog: Catalog, name: str, photo: bytes | Image.Image, label: str, source_url: str | None = None
) -> str:
    """Keep a photo in the catalog under the label that a person confirmed, and return its id.

    Args:
        catalog: where it is kept; a picture that is there already stays as it is.
        name: of the photo.
        photo: the file's bytes, or the picture where they are gone.
        label: ``happy`` or ``sad``.
        source_url: the address it came from, if any.

    Raises:
        DataError: it is no picture, or the label is unknown.
    """
    data = photo if isinstance(photo, bytes) else _as_file(photo)
    return catalog.add(data, label=label, origin=Origin(name, source_url=source_url)).photo_id


def _as_file(photo: Image.Image) -> bytes:
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=100, subsampling=0)
    return out.getvalue()


def uploaded_file(name: str, data: bytes, index: int) -> bytes:
    """Return the bytes of one of the photos that ``read_uploads`` gives for a file, without reading the others.

    Args:
        name: of the file.
        data: the file.
        index: of the photo, from 0.

    Raises:
        CollectError: it cannot be read.
    """
    if not looks_like_zip(data[:4]):
        return data
    with open_archive(data, name) as archive:
        member = archive_members(archive)[index]
        offered = read_member(member, ImportEntry(str(member.path)))
    if offered.problem:
        raise CollectError(offered.problem)
    return offered.data
