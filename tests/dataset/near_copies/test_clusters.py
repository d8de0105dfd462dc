"""Near copies: found despite the changes that web sites make, and never between different images."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from emotion_core import images
from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.dataset import Catalog, Origin, find_duplicates
from emotion_core.dataset.near_copies import clusters, near_copy_clusters
from emotion_core.jobs import StopRequested
from emotion_core.settings import Workspace, open_workspace

Change = Callable[[Image.Image], Image.Image]


def _saved(image: Image.Image, image_format: str = "JPEG", **options: object) -> bytes:
    """Return the image as a file."""
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def _clusters_of(catalog: Catalog, files: list[bytes]) -> list[int | None]:
    """Add files and return the position of the first file in each one's cluster, or None without near copies."""
    ids = [catalog.add(data, label="sad", origin=Origin(f"{number}")).photo_id for number, data in enumerate(files)]
    clusters = find_duplicates(catalog).clusters
    names = [clusters.get(photo_id) for photo_id in ids]
    return [None if name is None else names.index(name) for name in names]


def watermarked(image: Image.Image) -> Image.Image:
    """Write a line of text on the image."""
    marked = image.copy()
    ImageDraw.Draw(marked).text((30, 180), "photos.example", fill="white", font=ImageFont.load_default(22))
    return marked


CHANGES: dict[str, Change] = {
    "smaller": lambda image: image.resize((96, 96), Image.Resampling.LANCZOS),
    "larger": lambda image: image.resize((400, 400), Image.Resampling.BICUBIC),
    "stretched": lambda image: image.resize((272, 256)),
    "mirrored": ImageOps.mirror,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "border": lambda image: ImageOps.expand(image, 20, "white"),
    "cut": lambda image: image.crop((5, 25, 230, 250)),
    "a third of the width cut": lambda image: image.crop((image.width // 6, 0, image.width * 5 // 6, image.height)),
    "a third of the height cut": lambda image: image.crop((0, 0, image.width, image.height * 2 // 3)),
    "caption below": lambda image: ImageOps.expand(image, (0, 0, 0, 60), "white"),
    "cut and mirrored": lambda image: ImageOps.mirror(image.crop((0, 0, 230, 230))),
    "watermark": watermarked,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_in_one_cluster_with_its_original(catalog: Catalog, change: Change) -> None:
    """Two changed copies and their original are in one cluster; other photos are not."""
    first, second, third = draw_photo("happy", 3), draw_photo("happy", 4), draw_photo("sad", 5)
    files = [
        _saved(first),
        _saved(second),
        _saved(change(first), quality=70),
        _saved(third),
        _saved(change(second), "WEBP"),
    ]
    assert _clusters_of(catalog, files) == [0, 1, 0, None, 1]


def test_cards_of_one_template_are_no_copies_and_a_smaller_card_is(catalog: Catalog) -> None:
    """Different words on the same ground are different images."""

    def card(words: str) -> Image.Image:
        picture = Image.new("RGB", (400, 400), "teal")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((12, 12, 388, 388), outline="white", width=4)
        for line, word in enumerate(words.split()):
            draw.text((60, 90 + 50 * line), word * 2, fill="white", font=ImageFont.load_default(34))
        return picture

    cards = [card("smile because it happened"), card("never cry over yesterday"), card("tomorrow comes the sun")]
    assert _clusters_of(catalog, [*map(_saved, cards), _saved(cards[1].resize((220, 220)))]) == [None, 1, None, 1]


@pytest.mark.slow
def test_no_two_different_gallery_photos_count_as_near_copies(tmp_path: Path) -> None:
    """None of the sample gallery's photos, all in one style, are matched by accident."""
    for label in ("happy", "sad"):
        for index in range(120):
            (tmp_path / f"{label}-{index}").write_bytes(images.thumbnail(draw_photo(label, index)))
    assert near_copy_clusters(Workspace(tmp_path), [path.name for path in tmp_path.iterdir()], tmp_path.joinpath) == {}


def test_blank_pictures_are_like_nothing(catalog: Catalog) -> None:
    """Plain colors do not match, nor does a photo without its thumbnail."""
    ids = [
        catalog.add(_saved(Image.new("RGB", (80, 80), name)), label="sad", origin=Origin(name)).photo_id
        for name in ("red", "tan")
    ]
    lost = [
        catalog.add(_saved(draw_photo("sad", 1).resize((side,) * 2)), label="sad", origin=Origin("x")).photo_id
        for side in (90, 120)
    ]
    catalog.thumbnail_path(lost[0]).unlink()
    catalog.thumbnail_path(lost[1]).write_bytes(b"damaged")
    assert len({*ids, *lost}) == 4
    assert find_duplicates(catalog).clusters == {}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_photos_have_no_near_copies(
    catalog: Catalog, noise_photo: Callable[..., bytes], count: int
) -> None:
    """Having nothing to compare is no error."""
    assert _clusters_of(catalog, [noise_photo(1)][:count]) == [None] * count


def test_label_and_status_play_no_part(catalog: Catalog, noise_photo: Callable[..., bytes]) -> None:
    """A rejected copy under the other label is still a copy, and clusters are named after their smallest id."""
    ids = [
        catalog.add(noise_photo(1, side), label=label, origin=Origin(label)).photo_id
        for label, side in (("happy", 128), ("sad", 96))
    ]
    catalog.mark(ids[1:], status="rejected")
    assert find_duplicates(catalog).clusters == dict.fromkeys(ids, min(ids))


def test_photos_that_came_later_are_found_as_if_all_had_come_at_once(tmp_path: Path) -> None:
    """Stored comparisons change no result, whichever copy was added first or removed."""
    originals = [draw_photo("sad", index) for index in range(6)]
    changed = [change(image) for change, image in zip(CHANGES.values(), originals, strict=False)]
    for number, image in enumerate([*originals, *changed]):
        (tmp_path / f"{number:02d}").write_bytes(images.thumbnail(image))
    names = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / "apart").mkdir()
    expected = near_copy_clusters(open_workspace(tmp_path / "apart"), names, tmp_path.joinpath)
    assert expected == {f"{number:02d}": f"{number % 6:02d}" for number in range(12)}
    steps = [names[9:], [*names[:2], *names[6:]], names, names[3:], names]
    for step in steps:
        clusters = near_copy_clusters(open_workspace(tmp_path), step, tmp_path.joinpath)
        pairs = {frozenset((f"{number:02d}", f"{number + 6:02d}")) for number in range(6)}
        assert {frozenset((photo_id, cluster)) for photo_id, cluster in clusters.items() if photo_id != cluster} == {
            pair for pair in pairs if pair <= set(step)
        }


def test_what_was_found_is_kept_until_photos_come_or_go(catalog: Catalog, noise_photo: Callable[..., bytes]) -> None:
    """A second call compares nothing and leaves the file as it is; a damaged file is rebuilt."""
    files = [noise_photo(1, 128), noise_photo(1, 96), noise_photo(2, 128)]
    assert _clusters_of(catalog, files) == [0, 0, None]
    kept = catalog.workspace.root / "near_copies.npz"
    before = kept.stat().st_mtime_ns
    assert _clusters_of(catalog, files) == [0, 0, None]
    assert kept.stat().st_mtime_ns == before
    for damage in (b"", b"PK\x03\x04 damaged", kept.read_bytes()[:2000]):
        kept.write_bytes(damage)
        assert _clusters_of(catalog, files) == [0, 0, None]


def test_interrupted_search_goes_on_and_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparisons before the interruption are kept, and the rest gives the result of a single search."""
    for number in range(9):
        (tmp_path / f"{number}").write_bytes(images.thumbnail(draw_photo("sad", number % 6)))
    names = sorted(path.name for path in tmp_path.iterdir())
    expected = near_copy_clusters(open_workspace(tmp_path / "apart"), names, tmp_path.joinpath)
    assert expected == {name: f"{int(name) % 6}" for name in names if int(name) % 6 < 3}
    monkeypatch.setattr(clusters, "_PHOTOS_PER_SAVE", 4)
    workspace = open_workspace(tmp_path / "interrupted")
    shares: list[float] = []

    def on_progress(share: float) -> None:
        shares.append(share)
        if 0.5 < share < 0.9:
            raise StopRequested

    with pytest.raises(StopRequested):
        near_copy_clusters(workspace, names, tmp_path.joinpath, on_progress)
    assert dict(clusters.known_near_copies(workspace)) == dict.fromkeys("0123", "")
    shares.clear()
    assert near_copy_clusters(workspace, names, tmp_path.joinpath, shares.append) == expected
    assert shares == sorted(shares)
    assert (shares[0] > 0, shares[-1]) == (True, 1)


def test_one_weak_likeness_does_not_join_two_large_groups() -> None:
    """A weak pair joins two photos, but not two groups in which no other pair matches."""
    from emotion_core.dataset.near_copies.clusters import _clusters, _Known
    from emotion_core.dataset.near_copies.matching import Pairs

    def clusters(pairs: dict[tuple[int, int], float]) -> list[str]:
        first, second = np.array(list(pairs)).T
        known = Pairs(first, second, np.array(list(pairs.values()), dtype=np.float32))
        return _clusters(_Known(np.array(list("abcdefg")), np.zeros((7, 32, 32), np.uint8), known)).tolist()

    groups = {(0, 1): 0.95, (1, 2): 0.95, (3, 4): 0.95, (4, 5): 0.95}
    assert clusters(groups) == ["a", "a", "a", "d", "d", "d", ""]
    assert clusters({**groups, (2, 3): 0.7, (5, 6): 0.7}) == ["a", "a", "a", "d", "d", "d", "d"]
    assert clusters({**groups, (2, 3): 0.7, (1, 4): 0.72, (0, 5): 0.7}) == ["a"] * 6 + [""]
    assert clusters({**groups, (2, 3): 0.95}) == ["a"] * 6 + [""]
    # Photos joined by a weak pair count as one group for the next: two of seven pairs across are too few.
    assert clusters({**groups, (5, 6): 0.8, (2, 3): 0.7, (2, 6): 0.7}) == ["a", "a", "a", "d", "d", "d", "d"]
    three = {(0, 1): 0.95, (2, 3): 0.95, (0, 4): 0.84, (1, 4): 0.83, (2, 4): 0.8}
    assert clusters(three) == ["a", "a", "c", "c", "a", "", ""]
    assert clusters({**three, (1, 2): 0.7}) == ["a"] * 5 + ["", ""]
