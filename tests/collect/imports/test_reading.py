"""A file that ends the process that reads it is left out with its reason; everything else is imported."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion_core import sandbox
from emotion_core.collect import import_files, import_path, survey_files
from emotion_core.collect.imports import reading
from emotion_core.collect.imports.reading import MAX_LEFT_OUT, Plan, carefully
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.sandbox import Allowance, ReadingEnded
from emotion_core.sandbox.announcing import announcing
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def deadly_items(arguments: list[Any], limit: int | None, read: list[str]) -> Iterator[dict[str, Any]]:
    """Read as an import does, in a reader that ends at any file called deadly."""
    from emotion_core.sandbox import announcing as module

    tell = module._tell

    def end(name: str) -> None:
        if tell is not None:
            tell(name)
        if "deadly" in name:
            os._exit(3)

    with announcing(end, module._left_out):
        yield from reading.items_of(arguments, limit, read)


def test_files_that_end_their_reader_are_rejected_and_the_others_imported(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos after and before two deadly ones are added once each, and the deadly ones are named with the reason."""
    for name in ("a", "deadly", "b", "deadly too", "c"):
        path = tmp_path / "set" / "happy" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(len(name)) if name.startswith("d") else jpeg(ord(name)))
    monkeypatch.setattr(reading, "items_of", deadly_items)
    seen: list[int | None] = []
    summary = import_path(catalog, tmp_path / "set", on_progress=lambda progress: seen.append(progress.total))

    assert (summary.added, summary.duplicates) == (3, 0)
    assert {Path(rejection.name).stem for rejection in summary.rejected} == {"deadly", "deadly too"}
    assert all("makes the program crash" in rejection.reason for rejection in summary.rejected)
    assert set(seen) == {5}


def test_a_table_that_ends_its_reader_does_not_end_the_import(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photos beside it are imported by their folders, and a note says why it was not used."""
    folder = tmp_path / "set" / "sad"
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg(1))
    (folder / "deadly.csv").write_text("name,label\na.jpg,happy\n", encoding="utf8")
    monkeypatch.setattr(reading, "items_of", deadly_items)
    summary = import_path(catalog, tmp_path / "set")
    assert summary.added == 1
    assert "The table 'set/sad/deadly.csv' was not used: The file makes the program crash" in " ".join(summary.notes)
    summary = import_files(catalog, [("a.jpg", jpeg(2)), ("deadly.zip", b"PK\x03\x04")], label="happy")
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["deadly.zip"])


def test_reading_does_not_begin_again_for_ever() -> None:
    """It ends where the file is not known, comes again, or is the eleventh."""

    def read(plan: Plan, at: str | None = None) -> Iterator[int]:
        plans.append((plan.is_careful, len(plan.left_out)))
        yield 1
        raise ReadingEnded("It crashed.", f"{len(plan.left_out)}" if at is None else at)

    for at, number in ((None, MAX_LEFT_OUT + 2), ("", 2), ("same", 3)):
        plans: list[tuple[bool, int]] = []
        with pytest.raises(CollectError, match="It crashed"):
            list(carefully(lambda plan, at=at: read(plan, at)))  # type: ignore[misc]
        assert len(plans) == number
        assert plans[0] == (False, 0)


def test_memory_and_time_are_those_of_a_reader(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that takes longer than its size allows is a sentence for the survey and for the import."""
    rows = "".join(f"{number}.jpg,happy\n" for number in range(200_000))
    (tmp_path / "labels.csv").write_text(f"name,label\n{rows}", encoding="utf8")
    monkeypatch.setattr(reading, "_allowance", lambda _size: Allowance(seconds=0.01))
    with pytest.raises(CollectError, match="takes too long to read"):
        import_path(catalog, tmp_path / "labels.csv")
    with pytest.raises(CollectError, match="takes too long to read"):
        survey_files([("labels.csv", tmp_path / "labels.csv")])
    sandbox.close()
