"""Photos to classify, read from files, folders, zips and web addresses; and adding one to the catalog."""

import contextlib
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from PIL import Image

from emotion_core import sandbox
from emotion_core.collect import Download, Fetcher
from emotion_core.collect.imports import (
    ImportEntry,
    Member,
    archive_file,
    archive_names,
    archive_picture,
    bytes_member,
    file_member,
    folder_members,
    looks_like_zip,
    read_member,
)
from emotion_core.dataset import Catalog, Origin
from emotion_core.disk_space import check_quota
from emotion_core.errors import CollectError, EmotionError, FetchFailed
from emotion_core.jobs import rejection_reason

# Name and photo, or the error where the photo cannot be read.
Readable = tuple[str, Image.Image | EmotionError]
# Content of an uploaded file, or where it lies.
Content = bytes | Path


def read_uploads(files: Iterable[tuple[str, Content]]) -> Iterator[Readable]:
    """Yield the photos of uploaded files one at a time; they are decoded in a reader process.

    Args:
        files: name and content of each file; a zip yields each of its photos, within the limits of an import.
    """
    for name, content in files:
        if _is_zip(content):
            with _on_disk(content) as path:
                yield from _read_archive(path, name)
        else:
            yield name, _decoded(_member(name, content))


def _member(name: str, content: Content) -> Member:
    shown = PurePosixPath(name.replace("\\", "/"))
    return file_member(content, shown) if isinstance(content, Path) else bytes_member(content, shown)


@contextlib.contextmanager
def _on_disk(content: Content) -> Iterator[Path]:
    """Yield the path of a file; one that is in memory lies in a private folder until the end of the context."""
    if isinstance(content, Path):
        yield content
        return
    with tempfile.TemporaryDirectory(prefix="emotion-upload-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "upload")
        path.write_bytes(content)
        yield path


def count_photos_in_upload(name: str, content: Content) -> int:
    """Return how many photos ``read_uploads`` yields for one file, without decoding them.

    Args:
        name: the file's name, for error messages.
        content: the file.
    """
    if not _is_zip(content):
        return 1
    try:
        with _on_disk(content) as path:
            return max(1, len(archive_names(path, name)))
    except CollectError:
        return 1


def read_paths(paths: Iterable[Path]) -> Iterator[Readable]:
    """Yield the photos of files, folders and zips one at a time; links inside a folder are not followed."""
    for path in paths:
        if path.is_dir():
            yield from _read_folder(path)
        elif _is_zip(path):
            yield from _read_archive(path, str(path))
        else:
            yield str(path), _decoded(file_member(path, PurePosixPath(path)))


def _read_folder(folder: Path) -> Iterator[Readable]:
    members = folder_members(folder)
    if not members:
        yield (
            str(folder),
            CollectError(
                f"The folder is empty. Expected photos in it. Received: folder={str(folder)!r}. Choose another folder."
            ),
        )
    for member in members:
        yield str(folder.parent / member.path), _decoded(member)


def _read_archive(path: Path, name: str) -> Iterator[Readable]:
    try:
        names = archive_names(path, name)
    except Exception as error:
        yield name, CollectError(rejection_reason(error, name))
        return
    if not names:
        yield (
            name,
            CollectError(f"The archive is empty. Expected photos in it. Received: file={name!r}. Choose another file."),
        )
    for index, member in enumerate(names):
        try:
            yield f"{name}/{member}", archive_picture(path, name, index).image
        except Exception as error:
            yield f"{name}/{member}", CollectError(rejection_reason(error, member))


def _is_zip(content: Content) -> bool:
    if isinstance(content, bytes):
        return looks_like_zip(content[:4])
    try:
        with content.open("rb") as stream:
            return looks_like_zip(stream.read(4))
    except OSError:
        return False


def _decoded(member: Member) -> Image.Image | EmotionError:
    offered = read_member(member, ImportEntry(str(member.path)))
    if offered.problem:
        return CollectError(offered.problem)
    try:
        return sandbox.decode(offered.data).image
    except Exception as error:
        return CollectError(rejection_reason(error, str(member.path)))


def read_url(url: str, allow_hosts: Collection[str] = ()) -> tuple[str, Image.Image]:
    """Return the final address, after redirects, and the photo at a web address.

    Args:
        url: address of an image.
        allow_hosts: ``host:port`` pairs that may be private.

    Raises:
        CollectError: the address is refused, does not respond, or is a web page.
        UnreadableImage: the response is no image.
    """
    with Fetcher(allowed_hosts=allow_hosts) as fetcher:
        response = fetcher.get(url)
    if not isinstance(response, Download):
        raise FetchFailed(
            f"This is the address of a web page. Expected the address of an image. Received: url={url!r}. "
            "Open the page, and copy the address of the image itself."
        )
    return response.url, sandbox.decode(response.data).image


def add_to_photos(
    catalog: Catalog, name: str, photo: bytes | Image.Image, label: str, source_url: str | None = None
) -> str:
    """Add a photo to the catalog under the label that the user confirmed, and return its id.

    Args:
        catalog: that receives the photo; a photo that it already holds stays unchanged.
        name: the photo's file name.
        photo: the file's bytes, or the decoded image where they are no longer at hand.
        label: ``happy`` or ``sad``.
        source_url: address of the photo, if it came from the web.

    Raises:
        DataError: the bytes are no image, or the label is unknown.
        DiskFull: the workspace is full.
    """
    check_quota(catalog.workspace.root)
    data = photo if isinstance(photo, bytes) else _as_jpeg(photo)
    return catalog.add(data, label=label, origin=Origin(name, source_url=source_url)).photo_id


def _as_jpeg(photo: Image.Image) -> bytes:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=100, subsampling=0)
    return buffer.getvalue()


def uploaded_file(name: str, content: Content, index: int) -> bytes:
    """Return the bytes of one of the photos that ``read_uploads`` yields for a file, without reading the others.

    Args:
        name: the file's name, for error messages.
        content: the file.
        index: of the photo among those of the file, from 0.

    Raises:
        CollectError: the photo cannot be read.
    """
    if _is_zip(content):
        with _on_disk(content) as path:
            return archive_file(path, name, index)
    offered = read_member(_member(name, content), ImportEntry(name))
    if offered.problem:
        raise CollectError(offered.problem)
    return offered.data
