"""Names of the files in a zip, in the encoding that they were written in.

A zip says by a flag that a name is UTF-8, or adds a UTF-8 copy of it (Info-ZIP's Unicode path, field 0x7075). Without
either, macOS and most programs of Linux write UTF-8, and Windows writes the encoding of its language.
"""

import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from emotion_core.collect.imports.encodings import encoding_name, guess_encoding, is_utf8

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_MAX_FIELDS = 100
# No system has longer paths, but a zip can: with 65,535 characters, each may take a second to compose.
_MAX_NAME_CHARACTERS = 4096


@dataclass(frozen=True)
class ZipNames:
    """The names of a zip's files.

    Attributes:
        names: the names in the archive's order, with ``/`` between folders and a ``/`` at the end of a folder's own.
        encoding: encoding in which names that do not say it were read; empty if all do, or are ASCII or UTF-8.
        is_guess: whether the encoding was guessed.
    """

    names: list[str]
    encoding: str = ""
    is_guess: bool = False

    @property
    def note(self) -> str:
        """A sentence about the guess; empty if there was none."""
        if not self.is_guess:
            return ""
        name = encoding_name(self.encoding)
        return f"Names in the archive were read as {name}; choose another encoding if they look wrong."


def read_names(archive: zipfile.ZipFile, encoding: str | None = None) -> ZipNames:
    """Return the names of an archive's files, composed as in NFC.

    Args:
        archive: the archive.
        encoding: encoding of names that do not say theirs; None for UTF-8 if they are valid UTF-8, else a guess.
    """
    raw = [_raw_name(info) for info in archive.infolist()]
    unclear = [name for name in raw if isinstance(name, bytes) and not name.isascii()]
    legacy, is_guess = encoding or "", False
    # Some programs mix both when they add to an archive; then the majority decides.
    is_mostly_utf8 = sum(map(is_utf8, unclear)) * 2 > len(unclear)
    rest = [name for name in unclear if not is_utf8(name)]
    if not encoding and rest:
        legacy, is_guess = guess_encoding(rest), True
    names = [name if isinstance(name, str) else _decoded(name, legacy, is_mostly_utf8 and not encoding) for name in raw]
    return ZipNames([_normal(name) for name in names], legacy if unclear and (rest or encoding) else "", is_guess)


def _raw_name(info: zipfile.ZipInfo) -> str | bytes:
    """Return a name as text if the archive says its encoding, else its bytes."""
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    # zipfile reads all other names as CP437, which keeps every byte.
    raw = info.orig_filename.encode("cp437")
    return _unicode_path(info.extra, raw) or raw


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in an extra field 0x7075, unless the archive was renamed since it was written."""
    position = 0
    for _ in range(_MAX_FIELDS):
        if position + 4 > len(extra):
            break
        kind, size = struct.unpack_from("<HH", extra, position)
        content = extra[position + 4 : position + 4 + size]
        position += 4 + size
        if kind == _UNICODE_PATH and len(content) > 5 and content[0] == 1 and is_utf8(content[5:]):
            return content[5:].decode() if struct.unpack_from("<L", content, 1)[0] == zlib.crc32(raw) else None
    return None


def _decoded(name: bytes, legacy: str, prefers_utf8: bool) -> str:
    if name.isascii() or (is_utf8(name) and (prefers_utf8 or not legacy)):
        return name.decode()
    return name.decode(legacy or "utf-8", "replace")


def _normal(name: str) -> str:
    # Bytes after a zero byte were never part of a name; macOS decomposes accented letters.
    return unicodedata.normalize("NFC", name[-_MAX_NAME_CHARACTERS:].partition("\0")[0].replace("\\", "/"))
