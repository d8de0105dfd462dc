"""Queries: filters, orders and counts of photos."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from emotion_core.dataset import Catalog, Face, Origin, PhotoFilter, PhotoGroup, find_duplicates
from emotion_core.errors import DataError

Noise = Callable[..., bytes]
HOSTS = ("https://A.example:8443/", "https://b.example/", None, "https://b.example/")


@pytest.fixture
def four(catalog: Catalog, noise_photo: Noise) -> list[str]:
    """Return the ids of four photos: three happy, one sad, of two hosts and a file."""
    return [
        catalog.add(
            noise_photo(number, 128),
            label="sad" if number == 1 else "happy",
            origin=Origin(f"{number}", source_url=host and f"{host}{number}.png"),
        ).photo_id
        for number, host in enumerate(HOSTS)
    ]


def test_every_field_of_a_filter_must_hold(catalog: Catalog, four: list[str]) -> None:
    """Label, status and source narrow the photos down, together and each by itself."""
    catalog.mark([four[3]], status="kept")
    assert catalog.query(PhotoFilter()) == four
    assert catalog.query(PhotoFilter(label="sad")) == [four[1]]
    assert catalog.query(PhotoFilter(status="new")) == four[:3]
    assert catalog.query(PhotoFilter(source="a.example")) == [four[0]]
    assert catalog.query(PhotoFilter(source="files")) == [four[2]]
    assert catalog.query(PhotoFilter(source="b.example")) == [four[1], four[3]]
    assert catalog.query(PhotoFilter(source="b.example", label="happy", status="kept")) == [four[3]]
    assert catalog.query(PhotoFilter(source="nowhere.example")) == []


def test_photos_are_selected_by_the_split_of_their_data_set(catalog: Catalog, noise_photo: Noise) -> None:
    """Photos that came without a split match none of its parts."""
    splits = ("train", "test", None)
    ids = [
        catalog.add(noise_photo(number), label="sad", origin=Origin("x"), split=split).photo_id
        for number, split in enumerate(splits)
    ]
    assert [catalog.query(PhotoFilter(split=split)) for split in ("train", "validation", "test")] == [
        [ids[0]],
        [],
        [ids[1]],
    ]
    assert catalog.query(PhotoFilter()) == ids


def test_a_flag_is_a_whole_word(catalog: Catalog, four: list[str]) -> None:
    """A flag that is part of another's name is not that flag."""
    with closing(sqlite3.connect(catalog.workspace.catalog)) as connection, connection:
        connection.execute("UPDATE photos SET flags = 'small greyish' WHERE photo_id = ?", (four[0],))
        connection.execute("UPDATE photos SET flags = 'grey text' WHERE photo_id = ?", (four[1],))
    assert catalog.query(PhotoFilter(flag="grey")) == [four[1]]
    assert catalog.query(PhotoFilter(flag="small")) == [four[0]]
    assert catalog.query(PhotoFilter(flag="ll")) == []


def test_faces_count_only_where_photos_were_checked(
    catalog: Catalog, four: list[str], note_faces: Callable[..., None]
) -> None:
    """No face is not the same as not checked; the size of the largest face counts, on the stored photo."""
    large, small = Face(0.1, 0.1, 0.5, 0.5, 0.9), Face(0.1, 0.1, 0.2, 0.2, 0.9)
    note_faces(catalog, {four[0]: [], four[1]: [small], four[2]: [large, small]})
    matching = {name: catalog.query(PhotoFilter(faces=name)) for name in ("none", "one", "several", "small")}
    assert matching == {"none": [four[0]], "one": [four[1]], "several": [four[2]], "small": [four[1]]}


def test_a_face_is_small_below_32_pixels_of_its_shorter_side(
    catalog: Catalog, four: list[str], note_faces: Callable[..., None]
) -> None:
    """The photos are 128 pixels wide and high: a quarter is just large enough."""
    just, narrow, low = Face(0, 0, 0.25, 0.25, 1), Face(0, 0, 0.249, 0.5, 1), Face(0, 0, 0.5, 0.249, 1)
    note_faces(catalog, {four[0]: [just], four[1]: [narrow], four[2]: [low]})
    assert catalog.query(PhotoFilter(faces="small")) == four[1:3]


def test_orders(catalog: Catalog, four: list[str]) -> None:
    """Oldest, newest, by label, or in a given order: unnamed photos come last, and only matches are returned."""
    assert catalog.query(PhotoFilter(), "newest") == four[::-1]
    assert catalog.query(PhotoFilter(), "label") == [four[0], four[2], four[3], four[1]]
    assert catalog.query(PhotoFilter(label="happy"), [four[3], "unknown", four[1]]) == [four[3], four[0], four[2]]


def test_near_copies_stand_side_by_side_and_conflicts_first(catalog: Catalog, noise_photo: Noise) -> None:
    """Sorted by cluster, a copy is next to its original; photos under both labels come first."""
    offered = [(1, 128, "happy"), (2, 128, "happy"), (3, 128, "happy"), (2, 96, "happy"), (3, 96, "sad")]
    alone, copied, disputed, copy, other_side = (
        catalog.add(noise_photo(number, side), label=label, origin=Origin("x")).photo_id
        for number, side, label in offered
    )
    assert catalog.query(PhotoFilter(), "cluster", find_duplicates(catalog)) == [
        disputed,
        other_side,
        copied,
        copy,
        alone,
    ]
    assert catalog.query(PhotoFilter(kind="near copies"), findings=find_duplicates(catalog)) == [
        copied,
        disputed,
        copy,
        other_side,
    ]
    assert catalog.query(PhotoFilter(kind="conflicts"), findings=find_duplicates(catalog)) == [disputed, other_side]
    assert catalog.query(PhotoFilter(kind="conflicts", label="sad"), findings=find_duplicates(catalog)) == [other_side]


@pytest.mark.parametrize("wrong", [{"label": "angry"}, {"status": "gone"}, {"faces": "two"}, {"kind": "copies"}])
def test_unknown_values_are_refused(wrong: dict[str, str]) -> None:
    """A filter that can match nothing is an error that names the choices."""
    with pytest.raises(DataError, match=f"The {next(iter(wrong))} is unknown. Expected one of"):
        PhotoFilter(**wrong)


def test_unknown_order_is_refused(catalog: Catalog) -> None:
    """An unknown order is an error."""
    with pytest.raises(DataError, match="sort='best'"):
        catalog.query(PhotoFilter(), "best")


def test_a_filter_is_no_way_into_the_database(catalog: Catalog, four: list[str]) -> None:
    """Values from a page are compared, never executed."""
    assert catalog.query(PhotoFilter(source="' OR 1=1 --", flag="'; DROP TABLE photos; --")) == []
    assert len(catalog.query(PhotoFilter())) == 4


def test_sources_are_counted_the_most_first(catalog: Catalog, four: list[str]) -> None:
    """By host, with imported photos as files."""
    assert json.dumps(catalog.sources()) == '{"b.example": 2, "a.example": 1, "files": 1}'
    assert catalog.sources().keys() == {photo.source for photo in catalog.photos()}


def test_photos_of_a_study_are_counted_by_source_and_label(catalog: Catalog, four: list[str]) -> None:
    """Rejected photos are not counted, nor a source that has only those."""
    catalog.mark([four[2]], status="rejected")
    assert catalog.usable_groups() == [
        PhotoGroup("a.example", "happy", 1, 128 * 128),
        PhotoGroup("b.example", "happy", 1, 128 * 128),
        PhotoGroup("b.example", "sad", 1, 128 * 128),
    ]


def test_numbers_of_photos_are_those_of_the_photos(
    catalog: Catalog, four: list[str], note_faces: Callable[..., None]
) -> None:
    """In the order of the ids, with faces counted if the photo was checked; unknown ids are skipped."""
    note_faces(catalog, {four[0]: [], four[3]: [Face(0.1, 0.1, 0.5, 0.5, 0.9)] * 2})
    asked = [four[3], "unknown", *four[:3]]
    numbers, photos = catalog.numbers_of(asked), catalog.photos_of(asked)
    assert [row.faces for row in numbers] == [2, 0, None, None]
    assert [row.source for row in numbers] == ["b.example", "a.example", "b.example", "files"]
    for row, photo in zip(numbers, photos, strict=True):
        known = row._asdict()
        del known["faces"]
        assert known == {name: getattr(photo, name) for name in known}


def test_state_changes_with_what_is_written_and_not_with_what_is_read(catalog: Catalog, four: list[str]) -> None:
    """A mark and its undo each change it, even while another connection has the catalog open."""
    seen = [catalog.state]
    with closing(sqlite3.connect(catalog.workspace.catalog)) as other:
        other.execute("SELECT COUNT(*) FROM photos").fetchone()
        Catalog(catalog.workspace).photos()
        assert catalog.state == seen[0]
        for change in (lambda: catalog.mark(four[:1], status="kept"), catalog.undo):
            change()
            catalog.photos()
            assert catalog.state not in seen
            seen.append(catalog.state)
