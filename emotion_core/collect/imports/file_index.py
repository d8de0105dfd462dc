"""Find the files that tables name: by path, by the end of the path, or by a name that only one file has."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from emotion_core.collect.imports.classes import is_named_like_picture
from emotion_core.collect.imports.members import Member
from emotion_core.collect.imports.splits import split_of_path

_MAX_NAME_LENGTH = 1000
# Comparing every row with every file of its name takes too long where all files have one name.
_MAX_SAME_NAME = 50


class Companions:
    """The names of the pictures in each folder, which other files may belong to."""

    def __init__(self, members: list[Member]) -> None:
        """Note the names of the pictures among files."""
        self._names: dict[PurePosixPath, set[str]] = defaultdict(set)
        for path in (member.path for member in members if is_named_like_picture(member.path.name)):
            self._names[path.parent] |= {path.name.casefold(), path.stem.casefold()}

    def has_picture_of(self, path: PurePosixPath) -> bool:
        """Whether there is a picture of the same name, as beside the film of a live photo or its caption."""
        return bool({path.name.casefold(), path.stem.casefold()} & self._names[path.parent])


class FileIndex:
    """The files of an import, by their paths and names."""

    def __init__(
        self, members: Callable[[], Iterable[Member]], at: Callable[[PurePosixPath], Member | None] | None = None
    ) -> None:
        """Remember where the files come from; they are listed when a name is first looked up.

        Args:
            members: lists the files.
            at: returns the file at a path below the import's root, or None; None to find it among the listed files.
        """
        self._members = members
        self._at = at or (lambda path: self._by_path.get(_key(path)))

    @cached_property
    def _listed(self) -> list[Member]:
        return list(self._members())

    @cached_property
    def _by_path(self) -> dict[str, Member]:
        return {_key(member.path): member for member in self._listed}

    @cached_property
    def _by_name(self) -> dict[str, list[Member]]:
        by_name: dict[str, list[Member]] = defaultdict(list)
        for member in self._listed:
            by_name[_key(member.path.name).casefold()].append(member)
        return by_name

    @cached_property
    def _by_tail(self) -> dict[tuple[str, ...], list[Member]]:
        by_tail: dict[tuple[str, ...], list[Member]] = defaultdict(list)
        for member in self._listed:
            by_tail[_tail(member.path.parts[-2:])].append(member)
        return by_tail

    @cached_property
    def _by_stem(self) -> dict[str, list[Member]]:
        by_stem: dict[str, list[Member]] = defaultdict(list)
        for member in self._listed:
            if is_named_like_picture(member.path.name):
                by_stem[_key(member.path.stem).casefold()].append(member)
        return by_stem

    def find(self, name: str, folders: Sequence[PurePosixPath], split: str | None = None) -> list[Member]:
        """Return the files that a table may mean by a name: one if it is clear, none, or several.

        Args:
            name: name or path of the file, as the table writes it; it may be the path on another machine.
            folders: folders that it may be relative to, the most likely first.
            split: split of the row, which decides between files of the same name.
        """
        parts, is_relative = _parts_of(name)
        if not parts:
            return []
        if is_relative:
            for folder in folders:
                if member := self._at(folder.joinpath(*parts)):
                    return [member]
        elif not is_named_like_picture(parts[-1]):
            return []
        candidates = self._candidates(parts[-1])
        if len(candidates) > _MAX_SAME_NAME and len(parts) > 1:
            candidates = self._by_tail.get(_tail(parts[-2:]), candidates)
        if len(candidates) > _MAX_SAME_NAME:
            return candidates
        return _closest(candidates, parts, folders[0], split)

    def _candidates(self, name: str) -> list[Member]:
        key = _key(name).casefold()
        if key in self._by_name:
            return self._by_name[key]
        # A table may leave the suffix out, as in a column image_id.
        return [] if is_named_like_picture(name) else self._by_stem.get(key, [])


def is_possible_name(name: str) -> bool:
    """Whether a cell can be the name of a file below the import's root, or of a picture on another machine."""
    parts, is_relative = _parts_of(name)
    return bool(parts) and (is_relative or is_named_like_picture(parts[-1]))


def _parts_of(name: str) -> tuple[list[str], bool]:
    r"""Return the parts of a path that say where a file is below some root, and whether that root is the import's.

    >>> _parts_of("C:\\photos\\a.jpg"), _parts_of("./x/../a.jpg"), _parts_of("../a.jpg")
    ((['photos', 'a.jpg'], False), (['a.jpg'], True), (['a.jpg'], False))
    """
    if not name or len(name) > _MAX_NAME_LENGTH:
        return [], False
    path = re.sub(r"^file:/*", "/", name.replace("\\", "/"), flags=re.IGNORECASE)
    is_relative = not re.match(r"/|[a-zA-Z]:", path)
    parts: list[str] = []
    for part in re.sub(r"^[a-zA-Z]:", "", path).split("/"):
        if part == "..":
            is_relative = is_relative and bool(parts)
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return parts, is_relative


def _key(path: PurePosixPath | str) -> str:
    # macOS decomposes accented letters in file names; a table may have them composed.
    return unicodedata.normalize("NFC", str(path))


def _tail(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_key(part).casefold() for part in parts)


def _closest(candidates: list[Member], parts: list[str], folder: PurePosixPath, split: str | None) -> list[Member]:
    """Return the candidates that agree most with a path: in the folders at its end, then in where they lie."""

    def common_end(member: Member) -> int:
        pairs = zip(reversed(member.path.parts[:-1]), reversed(parts[:-1]), strict=False)
        count = 0
        for ours, theirs in pairs:
            if _key(ours).casefold() != _key(theirs).casefold():
                break
            count += 1
        return count

    rules: tuple[Callable[[Member], int], ...] = (
        common_end,
        lambda member: _key(member.path.name) == _key(parts[-1]),
        lambda member: member.path.is_relative_to(folder),
        lambda member: split is not None and split_of_path(member.path) == split,
    )
    for rule in rules:
        if len(candidates) > 1:
            best = max(map(rule, candidates))
            candidates = [member for member in candidates if rule(member) == best]
    return candidates
