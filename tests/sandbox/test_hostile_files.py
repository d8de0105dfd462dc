"""Small files that are made to cost much: each is refused by a count, before the work is done."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.fuzzing import ESCAPED, OUTCOMES, fuzz, seed_of_the_day
from emotion_core import images
from emotion_core.collect import survey, survey_files
from emotion_core.collect.imports import cifar
from emotion_core.collect.imports.archives import open_archive
from emotion_core.collect.imports.batch_pickles import read_batch
from emotion_core.collect.imports.classes import ClassMapping
from emotion_core.collect.sources.next_links import next_page_url
from emotion_core.errors import CollectError, UnreadableImage
from tests import hostile_files as hostile

PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "scans": (lambda: hostile.jpeg_of_many_scans(8000, 1024), "too many scans. Expected at most 1,430 at its size"),
    "segments": (lambda: hostile.jpeg_of_many_segments(200_000), "too many parts"),
    "chunks": (lambda: hostile.png_of_many_chunks(200_000), "too many parts"),
    "tiles of one pixel": (lambda: hostile.tiff_of_tiles(400), "too many parts"),
    "WebP chunks": (lambda: hostile.webp_of_many_chunks(200_000), "too many parts"),
    "AVIF items": (lambda: hostile.avif_of_many_items(200_000), "too many parts"),
}


@pytest.mark.parametrize(("made", "sentence"), PICTURES.values(), ids=PICTURES)
def test_parts_of_pictures_are_counted_before_they_are_decoded(made: Callable[[], bytes], sentence: str) -> None:
    """The decoder is not asked: this process reads the file, without the limits of a reader."""
    with pytest.raises(UnreadableImage, match=sentence):
        images.decode(made())


def test_usual_numbers_of_scans_and_parts_are_read() -> None:
    """A small picture may have many scans, because each takes no time, and an AVIF may be wrong about its size."""
    assert images.decode(hostile.jpeg_of_many_scans(500)).original_size == (64, 64)
    assert images.decode(hostile.avif_with_other_size(96, 64)).image.size == (64, 64)


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a nested tuple as a key": (lambda: hostile.tar_of("data_batch_1", hostile.pickle_of_nested_tuples()), "not CIFAR"),
    "copies of a text": (lambda: hostile.tar_of("data_batch_1", hostile.pickle_that_copies(1, 5000)), "not CIFAR"),
    "operations": (
        lambda: hostile.tar_of("data_batch_1", b"\x80\x02" + b"]" * 400_000 + b"."),
        "too many steps",
    ),
    "members": (lambda: hostile.tar_of_many(1000), "too large"),
    "a long comment": (lambda: hostile.tar_with_long_header(8, b"x"), "too large"),
    "a long name": (lambda: hostile.tar_with_long_header(8, b"L"), "too large"),
    "links": (lambda: hostile.tar_of_many(1000, b"2"), "too large"),
}


@pytest.mark.parametrize(("made", "sentence"), ARCHIVES.values(), ids=ARCHIVES)
def test_tars_are_counted_and_their_pickles_only_make_plain_values(
    made: Callable[[], bytes], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members, headers, operations and copies are bounded, in this process too."""
    monkeypatch.setattr(cifar, "MAX_TOTAL_BYTES", 6_000_000)
    with pytest.raises(CollectError, match=sentence):
        cifar.cifar_source(made(), "c.tar.gz", ClassMapping({}))


@pytest.mark.parametrize("data", [b"\x80\x02]N\x85.", b"(i", b"\x80\x04\x94.", b"a.", b"\x80\x02}]Ns.", b"h\x07."])
def test_a_damaged_pickle_does_nothing(data: bytes) -> None:
    """Whatever is wrong raises, or gives a value that is no batch."""
    try:
        value = read_batch(data)
    except Exception:
        return
    assert not isinstance(value, dict)


def test_entries_of_a_zip_are_counted_in_its_directory() -> None:
    """Not what the archive claims counts, and the count ends at the limit."""
    with pytest.raises(CollectError, match="with more than 100,000 files"):
        open_archive(hostile.zip_of_entries(300_000), "x.zip")


TABLES = {
    "commas": ("t.csv", b",", "no column"),
    "quotes": ("t.csv", b'"', "no column"),
    "letters": ("t.csv", b"a", "no column"),
    "objects": ("t.jsonl", b'{"a":', "no column"),
}


@pytest.mark.parametrize(("name", "unit", "sentence"), TABLES.values(), ids=TABLES)
def test_an_endless_line_is_cut(name: str, unit: bytes, sentence: str) -> None:
    """The survey says why the table was not used, and takes no memory for its line."""
    found = survey_files([("x.zip", hostile.zip_of_one(name, unit, 20))])
    assert any(sentence in note for note in found.notes)


def test_tables_are_counted(tmp_path: Path) -> None:
    """A thousand tables are opened, and the others are told of in one sentence."""
    for number in range(1005):
        (tmp_path / f"{number:04}.csv").write_text("x\n", encoding="utf8")
    notes = survey(tmp_path).notes
    assert len(notes) == 1001
    assert "more than 1,000 files may be tables" in notes[-1]


def test_a_page_of_many_links_takes_time_in_proportion() -> None:
    """Ten thousand links in one element are read without counting its children for each."""
    assert next_page_url(
        "<div>" + "<a href=/x>y</a>" * 10_000 + "</div><a rel=next href=/2>n</a>", "https://e.org/"
    ) == ("https://e.org/2")


def test_a_share_of_the_fuzzing() -> None:
    """Damaged files of all kinds for 8 seconds: nothing uncaught, nothing over the limits, nothing escaped.

    Every day has its own; the command of a failure repeats it.
    """
    failures: list[str] = []
    totals = fuzz(10**9, seed_of_the_day(), seconds=8, report=failures.append)
    assert failures == [], "\n".join(failures)
    assert not any(totals[name] for name in (*OUTCOMES.values(), ESCAPED))
    assert totals["read"] and totals["refused"]
