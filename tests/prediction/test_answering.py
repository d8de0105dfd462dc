"""What of a photo is answered for: each face on its own, the whole, or nothing, and never without saying so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_core.dataset import Catalog, face_box, find_faces, part_to_pixels, shows_upright_face, to_pixels
from emotion_core.errors import UnreadableImage
from emotion_core.prediction import (
    Answer,
    Classifier,
    FaceAnswer,
    NetworkAnswers,
    PhotoInput,
    UncertaintyBand,
    study_answers,
)
from emotion_core.prediction import photo_input as photo_input_module
from emotion_core.prediction.answers import UNCLEAR_NOTE
from emotion_core.prediction.learned_from import learned_from_faces
from emotion_core.settings import Workspace
from emotion_core.training import Run

Draw = Callable[..., Image.Image]
MEADOW = Image.new("RGB", (200, 150), (90, 140, 80))
TWO = ((420, 200, 160), (20, 20, 400))


@pytest.fixture
def starter(folder_with: Callable[..., Path]) -> Classifier:
    """Return a network that was trained on faces only."""
    return Classifier.of_folder(folder_with())


@pytest.fixture
def cropping(folder_with: Callable[..., Path]) -> Classifier:
    """Return a network that was trained with the face crop, and a margin of its own."""
    return Classifier.of_folder(folder_with({"face_crop": True, "face_margin": 0.1}, needs_face=False))


def test_every_face_is_answered_on_its_own_the_largest_first(starter: Classifier, group: Draw) -> None:
    """Two people are two boxes, and each box's answer is that of the part cut out by hand."""
    photo = group(*TWO)
    answer = starter.answer("two.jpg", photo)
    assert len(answer.faces) == 2
    sides = [face.box[2] - face.box[0] for face in answer.faces]
    assert sides == sorted(sides, reverse=True)
    assert sides[0] != sides[1]
    by_hand = starter.predict_pixels([part_to_pixels(photo, starter.input_spec, face.box) for face in answer.faces])
    assert [face.p_sad for face in answer.faces] == pytest.approx(by_hand.tolist(), abs=1e-6)
    assert len({face.p_sad for face in answer.faces}) == 2
    assert (answer.p_sad, answer.label) == (answer.faces[0].p_sad, answer.faces[0].label)
    assert (answer.note or "").startswith("Not sure: P(sad) 0.") == (not answer.sure)


def test_training_and_prediction_see_the_same_pixels(cropping: Classifier, group: Draw) -> None:
    """What a network is asked about is byte for byte what training would have shown it, face or no face."""
    for photo in (group(*TWO), group((330, 140, 300)), MEADOW):
        subject = PhotoInput("x", photo)
        [box, *_], _note = cropping.input_boxes(subject)
        assert np.array_equal(cropping.input_pixels(subject, box), to_pixels(photo, cropping.input_spec))
        assert cropping.answer("x", photo).p_sad == pytest.approx(float(cropping.predict([photo])[0]), abs=1e-6)


def test_box_has_the_margin_that_the_network_was_trained_with(
    cropping: Classifier, starter: Classifier, group: Draw
) -> None:
    """A network's own margin cuts its faces, also where several networks answer for one photo."""
    photo = group((40, 30, 240))
    first, second = study_answers([cropping, starter], "x", photo).answers
    assert first.faces[0].box == face_box(photo, 0.1)
    assert second.faces[0].box == face_box(photo, starter.input_spec.face_margin)
    assert first.faces[0].box != second.faces[0].box


def test_whole_photo_is_seen_where_it_is_asked_for_or_was_trained_on(
    classifier: Classifier, starter: Classifier, group: Draw
) -> None:
    """A network of whole photos answers for the whole unless it is asked for faces, one of faces the other way."""
    photo = group(*TWO)
    assert [face.box for face in classifier.answer("x", photo).faces] == [None]
    assert len(classifier.answer("x", photo, input_mode="faces").faces) == 2
    whole = starter.answer("x", photo, input_mode="whole")
    assert [face.box for face in whole.faces] == [None]
    assert whole.p_sad == pytest.approx(float(classifier.predict([photo])[0]), abs=1e-6)
    assert "trained on faces only" in whole.note


def test_network_of_faces_declines_where_there_is_none(starter: Classifier) -> None:
    """No label and no P(sad) is made up: the row says that no face was found."""
    row = starter.answer("meadow.jpg", MEADOW).as_json()
    assert (row["p_sad"], row["label"], row["sure"], row["faces"]) == (None, None, None, [])
    assert row["note"].startswith("No face found")
    assert row.keys() >= {"photo", "threshold", "run_id"}
    assert starter.answer("meadow.jpg", MEADOW).words == "no face found"


@pytest.mark.parametrize("side_px", [96, 97])
def test_small_picture_is_searched_for_a_face_and_used_whole(side_px: int, starter: Classifier, group: Draw) -> None:
    """A face that was cut out is not cropped again up to 96 pixels; a small picture of something else is no face."""
    photo = group((200, 60, 360))
    cut = photo.crop(face_box(photo, 0.1)[:4]).resize((side_px, side_px))
    [face] = starter.answer("x", cut).faces
    assert (face.box is None) is (side_px <= 96)
    assert starter.answer("x", MEADOW.resize((side_px, side_px))).note.startswith("No face found")


@pytest.mark.parametrize(("roll", "words"), [(90, "lies on its side"), (180, "is upside down"), (315, "is tilted")])
def test_photo_that_lies_turned_is_read_upright_and_says_so(
    roll: int, words: str, starter: Classifier, group: Draw
) -> None:
    """The answer is that of the upright photo, with a note, and its box tells how far it was turned."""
    photo = group((200, 60, 360))
    upright = starter.answer("x", photo)
    turned = starter.answer("x", photo.rotate(-roll, expand=True, fillcolor=(90, 140, 80)))
    assert words in turned.note
    assert turned.as_json()["faces"][0]["turned"] == roll
    assert turned.label == upright.label
    if roll % 90 == 0:
        assert turned.p_sad == pytest.approx(upright.p_sad, abs=0.02)


def test_answer_is_not_sure_where_it_is_unclear_which_way_up_the_face_is(
    starter: Classifier, group: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks of nearly the same score leave the answer in doubt."""
    photo = group((200, 60, 360))
    found = find_faces(photo)
    monkeypatch.setattr(Classifier, "uncertainty_band", UncertaintyBand(1.0, 0.0))
    monkeypatch.setattr(photo_input_module, "find_faces", lambda _: tuple(face._replace(lead=0.01) for face in found))
    doubtful = starter.answer("x", photo)
    assert (doubtful.sure, doubtful.note) == (False, UNCLEAR_NOTE)


def test_network_of_whole_photos_that_learned_from_faces_declines_without_one(
    folder_with: Callable[..., Path], group: Draw
) -> None:
    """It classifies the whole of a photo of a face, turned upright, and nothing else."""
    network = Classifier.of_folder(folder_with(needs_face=False, learned_from_faces=True))
    photo = group((200, 60, 360))
    assert [face.box for face in network.answer("x", photo).faces] == [None]
    [turned] = network.answer("x", photo.rotate(180)).faces
    assert turned.box == (0, 0, *photo.size, 180)
    assert network.answer("x", MEADOW).words == "no face found"
    assert network.answer("x", MEADOW, input_mode="whole").note.startswith("No face found")


def test_what_a_network_learned_from_is_told_from_its_training_photos(studied: Workspace, finished: Run) -> None:
    """Photos that were not searched for faces are searched now; those that were are taken at the catalog's word."""
    catalog = Catalog(studied)
    with catalog.connection() as connection:
        connection.execute("DELETE FROM faces")
    found = [shows_upright_face(catalog.read(photo)) for photo in catalog.photos()]
    assert learned_from_faces(finished) is (sum(found) >= 0.9 * len(found))
    ids = catalog.photo_ids()
    for boxes, learned in (("[[0.1, 0.1, 0.5, 0.5, 0.9]]", True), ("[]", False)):
        with catalog.connection() as connection:
            rows = [(photo_id, boxes, 0.0, "test") for photo_id in ids]
            columns = "faces (photo_id, boxes, found_at, detector)"
            connection.executemany(f"INSERT OR REPLACE INTO {columns} VALUES (?, ?, ?, ?)", rows)
        assert learned_from_faces(finished) is learned
    with catalog.connection() as connection:
        connection.execute("DELETE FROM faces")


def test_network_trained_with_the_face_crop_says_when_it_looked_at_the_whole(cropping: Classifier) -> None:
    """In training it saw whole photos where no face was found, so it answers, with a note."""
    answer = cropping.answer("x", MEADOW)
    assert [face.box for face in answer.faces] == [None]
    assert answer.note.startswith("No face found, so the whole photo was classified.")


def test_answer_within_the_band_is_not_sure(folder_with: Callable[..., Path]) -> None:
    """The label stays, so that nothing is hidden, but the words say that the network is not sure."""
    sure = Classifier.of_folder(folder_with(not_sure_low=1.0, not_sure_high=0.0, needs_face=False)).answer("x", MEADOW)
    unsure = Classifier.of_folder(folder_with(not_sure_low=0.0, not_sure_high=1.0, needs_face=False)).answer(
        "x", MEADOW
    )
    assert (sure.sure, unsure.sure) == (True, False)
    assert sure.words == f"looks {sure.label}"
    assert unsure.words == "not sure"
    assert sure.label == unsure.label
    assert (sure.as_json()["sure"], unsure.as_json()["faces"][0]["sure"]) == (True, False)


def test_answers_come_in_the_order_of_the_photos_the_unreadable_among_them(starter: Classifier, group: Draw) -> None:
    """Photos with two faces, one and none, and files that are no photos, each get the row of their own."""
    photos = {"two": group(*TWO), "none": MEADOW, "one": group((40, 30, 240))}
    items = [(f"{name}{number}", photo) for number in range(4) for name, photo in photos.items()]
    items.insert(5, ("bad", UnreadableImage("It is damaged.")))
    rows = list(starter.answer_each(items))
    assert [row.photo for row in rows] == [name for name, _ in items]
    assert rows[5].as_json() == {"photo": "bad", "error": "It is damaged."}
    alone = {name: starter.answer(name, photo) for name, photo in photos.items()}
    for row in rows[:5] + rows[6:]:
        wanted = alone[row.photo[:-1]]
        assert [face.box for face in row.faces] == [face.box for face in wanted.faces]
        assert [face.p_sad for face in row.faces] == pytest.approx([face.p_sad for face in wanted.faces], abs=1e-6)
    photos_alone = [item for item in items if item[0] != "bad"]
    assert [answer.p_sad for answer in starter.answer_many(photos_alone)] == pytest.approx(
        [row.p_sad for row in rows if row.photo != "bad"], abs=1e-6, nan_ok=True
    )


def test_rows_are_made_a_few_at_a_time(classifier: Classifier) -> None:
    """The first answer comes before the last photo is read: a long list is never held in memory."""
    read = []

    def photos() -> "list[tuple[str, Image.Image]]":
        for number in range(40):
            read.append(number)
            yield str(number), MEADOW

    assert next(classifier.answer_each(photos())).photo == "0"
    assert len(read) < 20


def _says(p_sad: float | None, sure: bool = True) -> Answer:
    faces = () if p_sad is None else (FaceAnswer(None, p_sad, "sad" if p_sad >= 0.5 else "happy", sure),)
    return Answer("x", "run", "network", 0.5, faces)


@pytest.mark.parametrize(
    ("answers", "words", "share"),
    [
        ((_says(0.9), _says(0.8), _says(0.7)), "all 3 say sad", 1.0),
        ((_says(0.1), _says(0.2)), "all 2 say happy", 0.0),
        ((_says(0.9), _says(0.8), _says(0.1)), "2 say sad, 1 says happy", 2 / 3),
        ((_says(0.9), _says(0.6, sure=False), _says(0.55, sure=False)), "2 are not sure, 1 says sad", 1.0),
        ((_says(None), _says(None)), "all 2 find no face", None),
        ((_says(None), _says(0.9)), "1 finds no face, 1 says sad", 1.0),
        ((_says(0.9),), "1 says sad", 1.0),
        (
            (_says(0.1), _says(0.2), replace(_says(0.9), has_learned=False)),
            "all 2 say happy; 1 did not learn and is not counted",
            0.0,
        ),
        ((replace(_says(0.9), has_learned=False),) * 2, "no answer: none of 2 networks learned", None),
    ],
)
def test_agreement_of_several_networks_is_said_in_words(
    answers: tuple[Answer, ...], words: str, share: float | None
) -> None:
    """Who is not sure or finds no face is counted for itself; the share is of those that answer."""
    study_answer = NetworkAnswers(answers)
    assert (study_answer.agreement, study_answer.share_sad) == (words, share)


def test_photo_in_the_catalog_gets_the_score_of_its_training(studied: Workspace, cropping: Classifier) -> None:
    """The pixels that training keeps on disk are those that prediction makes of the same photo."""
    from emotion_core.dataset import Catalog, list_snapshots, snapshot_pixels

    catalog, [snapshot, *_] = Catalog(studied), list_snapshots(studied)
    cached = snapshot_pixels(catalog, snapshot, cropping.input_spec)
    for row in (0, 5, len(snapshot.items) - 1):
        subject = PhotoInput("x", catalog.read(catalog.photo(snapshot.items[row].photo_id)))
        [box, *_], _note = cropping.input_boxes(subject)
        assert box is not None, "A photo without a face would not show how faces are cut."
        assert np.array_equal(cropping.input_pixels(subject, box), cached[row])
