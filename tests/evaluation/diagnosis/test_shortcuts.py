"""Shortcuts: what one number gives away of the labels, without taking luck for knowledge."""

from collections.abc import Callable

import numpy as np
import pytest

from emotion_core.dataset import PhotoNumbers
from emotion_core.evaluation.diagnosis import MEASURES, shortcuts
from emotion_core.evaluation.diagnosis.shortcuts import file_format
from tests.evaluation.diagnosis.photo_numbers import PLAIN, drawn, photos


def test_a_darker_class_is_found_whichever_it_is() -> None:
    """Dark sad photos and dark happy photos give the same AUC, and the words say which are dark."""
    noise = drawn(0)
    darker = shortcuts(photos(brightness=lambda sad, number: noise(sad, number) - 25 * sad))[0]
    brighter = shortcuts(photos(brightness=lambda sad, number: 25 * sad - noise(sad, number)))[0]
    assert (darker.name, brighter.name) == ("brightness", "brightness")
    assert darker.auc == brighter.auc > 0.7
    assert 0.5 < darker.low < darker.auc < darker.high < 1
    assert darker.sentence.endswith("on 60 photos: sad photos are darker.")
    assert brighter.sentence.endswith("sad photos are brighter.")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("brightness", {"brightness": lambda sad, _: 80.0 + sad}),
        ("colourfulness", {"colourfulness": lambda sad, _: 30.0 - sad}),
        ("greyness", {"saturation": lambda sad, _: 30.0 - sad}),
        ("sharpness", {"sharpness": lambda sad, _: 30.0 - sad}),
        ("size in pixels", {"original_width": lambda sad, _: 900 + sad, "original_height": lambda sad, _: 900 + sad}),
        ("size in pixels", {"width": lambda sad, _: 90 + sad, "height": lambda sad, _: 90 + sad}),
        ("size of the file", {"original_bytes": lambda sad, _: 900 + sad}),
        ("shape", {"width": lambda sad, _: 200 - 100 * sad, "height": lambda sad, _: 100 + 100 * sad}),
        ("no face found", {"faces": lambda sad, _: 0 if sad else 1}),
        ("file format", {"content_type": lambda sad, _: "image/png" if sad else "image/jpeg; q=1"}),
        ("file format", {"name": lambda sad, _: "https://a.example/x.PNG?y" if sad else "x.jpg"}),
        ("source", {"source": lambda sad, _: f"{'sad' if sad else 'happy'}.example"}),
    ],
)
def test_each_number_that_separates_the_labels_is_found(name: str, fields: dict[str, Callable]) -> None:
    """Whatever is known of a photo, where it alone tells the labels apart it comes first with AUC 1."""
    measured = shortcuts(photos(**fields))
    assert (measured[0].name, measured[0].auc) == (name, 1.0)


@pytest.mark.parametrize("kinds", [2, 10, 100])
def test_kinds_that_say_nothing_stay_at_guessing(kinds: int) -> None:
    """A host that has nothing to do with the label is no shortcut, were there a host for each second photo."""
    reached = []
    for seed in range(30):
        host = np.random.default_rng(seed).integers(0, kinds, 200)
        made = photos(200, source=lambda _, number, host=host: f"host{host[number]}.example")
        reached.append(next(shortcut for shortcut in shortcuts(made) if shortcut.name == "source").auc)
    assert np.mean(reached) == pytest.approx(0.5, abs=0.03)


def test_kinds_that_say_something_reach_what_they_say() -> None:
    """Where 70 % of one host's photos are sad and 30 % of the other's, the host reaches AUC .7."""
    made = photos(400, source=lambda sad, number: f"{'a' if (number // 2 % 10 < 7) == sad else 'b'}.x")
    [shortcut] = [shortcut for shortcut in shortcuts(made) if shortcut.name == "source"]
    assert shortcut.auc == pytest.approx(0.7, abs=0.02)
    assert shortcut.direction == ""


def test_chance_is_called_chance() -> None:
    """A number without meaning has an interval that holds .5, and its sentence says so."""
    [shortcut] = [shortcut for shortcut in shortcuts(photos(brightness=drawn(3))) if shortcut.name == "brightness"]
    assert shortcut.low < 0.5 <= shortcut.auc
    assert "may be chance" in shortcut.sentence


def test_what_is_not_known_is_left_out_and_the_known_photos_are_counted() -> None:
    """Photos that were not measured yet take no part, and a number known of too few is not listed."""
    half = shortcuts(photos(brightness=lambda sad, number: 50.0 + sad if number < 30 else None))
    assert [(shortcut.name, shortcut.n_photos) for shortcut in half] == [("brightness", 30)]
    assert shortcuts(photos(brightness=lambda sad, number: 50.0 + sad if number < 6 else None)) == []


def test_photos_that_are_alike_give_no_shortcut() -> None:
    """One host, one format and one size tell nothing, and no photos are no error."""
    assert shortcuts(photos()) == []
    assert shortcuts([]) == []


def test_the_strongest_come_first() -> None:
    """The list falls from the number that gives most away."""
    made = photos(brightness=drawn(1), sharpness=lambda sad, _: float(sad), colourfulness=drawn(2))
    areas = [shortcut.auc for shortcut in shortcuts(made)]
    assert areas == sorted(areas, reverse=True)
    assert len(areas) == 3


NULLS = ("brightness", "colourfulness", "saturation", "sharpness", "original_bytes", "width", "faces")


def meaningless(seed: int, per_class: int) -> list[PhotoNumbers]:
    """Return photos of which seven numbers are known, none of which has to do with the label."""
    rng = np.random.default_rng(seed)
    values = {name: rng.normal(100, 20, 2 * per_class) for name in NULLS[:-1]}
    values["faces"] = rng.integers(0, 2, 2 * per_class)
    return photos(2 * per_class, **{name: lambda _, k, of=of: of[k].item() for name, of in values.items()})


def test_seven_numbers_that_say_nothing_rarely_give_a_sentence() -> None:
    """However many numbers are examined, at most 8 % of 300 catalogs are told that sad photos differ; it was 25 %."""
    catalogs = [shortcuts(meaningless(seed, 24)) for seed in range(300)]
    assert {len(catalog) for catalog in catalogs} == {8}  # the width makes a size and a shape
    claims = np.mean([any("sad photos are" in one.sentence for one in catalog) for catalog in catalogs])
    unadjusted = np.mean([any(one.p_value < 0.05 for one in catalog) for catalog in catalogs])
    assert claims < 0.08 < 0.18 < unadjusted


def test_sentence_interval_and_p_value_agree() -> None:
    """A number is called chance exactly where its adjusted p-value is .05 or more, and its interval holds .5."""
    seen = set()
    for seed in range(60):
        made = [
            photo._replace(brightness=photo.brightness - 14 * (photo.label == "sad")) for photo in meaningless(seed, 24)
        ]
        for one in shortcuts(made):
            assert one.p_adjusted is not None
            assert ("may be chance" in one.sentence) == one.may_be_chance == (one.p_adjusted >= 0.05)
            assert (one.low > 0.5) != one.may_be_chance
            assert one.p_value <= one.p_adjusted
            seen.add((one.name == "brightness", one.may_be_chance))
    assert {(True, True), (True, False)} <= seen


def test_sentence_says_how_many_numbers_were_examined() -> None:
    """The adjusted p-value stands beside the interval with the size of its family, also for a kind of two."""
    fields = {"brightness": lambda sad, number: 50 + 10 * sad + number % 7, "source": lambda _, n: f"{n // 2 % 2}.x"}
    first, other = shortcuts(photos(80, **fields))
    assert (first.examined, other.examined) == (2, 2)
    assert "(p < .001, adjusted for 2 numbers) on 80 photos: sad photos are brighter." in first.sentence
    assert "adjusted for 2 numbers) on 80 photos, which may be chance." in other.sentence


def test_every_number_says_what_sad_photos_are() -> None:
    """A number has words for both directions, a kind for none."""
    assert all(bool(measure.more) == bool(measure.less) for measure in MEASURES.values())


def test_file_format_is_that_of_the_file_as_it_came() -> None:
    """The server's word counts before the name's, and a name without a suffix states nothing."""
    named = PLAIN._replace(name="photo.TIF")
    assert file_format(named) == "tiff"
    assert file_format(named._replace(content_type="image/webp; x")) == "webp"
    assert file_format(named._replace(content_type="application/octet-stream")) == "tiff"
    assert file_format(PLAIN._replace(name="row 12")) == "not stated"
