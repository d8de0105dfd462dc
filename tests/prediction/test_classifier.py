"""The classifier: LiteRT answers as Keras does, alone or in a batch, and bad photos become rows that say why."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_core import images
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, to_pixels
from emotion_core.documents import hashes_of, read_document, write_document
from emotion_core.errors import JobUnusable
from emotion_core.evaluation import balanced_threshold
from emotion_core.jobs import JobFolder
from emotion_core.network import build
from emotion_core.network.export import LITERT_FILE, save_network
from emotion_core.prediction import Classifier, band_of, read_paths, threshold_of, uncertainty_band
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import Run, RunConfig, find_run, list_runs
from emotion_core.training.store import FILES

# Photos that the network has not been trained on: numbers from 0 to 15 are in the workspace.
UNSEEN = [(label, number) for label in ("happy", "sad") for number in range(100, 120)]


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """Return photos of several sizes and shapes."""
    decoded = [images.decode(photo_bytes(label, number)).image for label, number in UNSEEN]
    return [photo.resize((100 + 7 * row, 240 - 3 * row)) for row, photo in enumerate(decoded)]


@pytest.fixture
def copy(studied: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of the studied workspace that may be changed."""
    shutil.copytree(studied.root, tmp_path / "copy")
    return open_workspace(tmp_path / "copy")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_litert_answers_as_keras_does(finished: Run, classifier: Classifier, photos: list[Image.Image]) -> None:
    """On photos of any size both networks agree to five digits."""
    import keras

    pixels = np.stack([to_pixels(photo, finished.config.input_spec) for photo in photos])
    wanted = np.asarray(keras.models.load_model(finished.path / "model.keras")(pixels.astype(np.float32))).reshape(-1)
    answered = classifier.predict(photos)
    assert (answered.shape, answered.dtype) == ((len(photos),), np.dtype(np.float32))
    np.testing.assert_allclose(answered, wanted, atol=1e-5)
    assert np.ptp(answered) > 1e-4, "A network that says the same of every photo would prove nothing here."


def test_photo_gets_the_same_answer_alone_and_in_a_batch(classifier: Classifier, photos: list[Image.Image]) -> None:
    """Batches of any length, smaller and larger than the classifier's own, change no answer."""
    alone = np.concatenate([classifier.predict([photo]) for photo in photos])
    for count in (1, 2, 32, 33, len(photos)):
        np.testing.assert_allclose(classifier.predict(photos[:count]), alone[:count], atol=1e-6)


def test_no_photos_have_no_answers(classifier: Classifier) -> None:
    """An empty list is answered with an empty array."""
    assert classifier.predict([]).shape == (0,)


def test_answers_of_photos_in_the_catalog_are_the_runs_scores(studied: Workspace, finished: Run) -> None:
    """Predicting a photo of the study gives the score that the ROC curve was drawn from."""
    catalog, scores, classifier = Catalog(studied), finished.scores(), Classifier(finished)
    kept = [catalog.read(catalog.photo(photo_id)) for photo_id in scores.photo_ids]
    np.testing.assert_allclose(classifier.predict(kept), scores.p_sad, atol=1e-5)


def test_classifier_may_be_shared_between_threads(classifier: Classifier, photos: list[Image.Image]) -> None:
    """Several visitors at once get the answers that each would get alone."""
    wanted = classifier.predict(photos)
    wrong: list[int] = []

    def visit(start: int) -> None:
        for count in (1, 3, 5) * 5:
            p_sad = classifier.predict(photos[start : start + count])
            if not np.allclose(p_sad, wanted[start : start + count], atol=1e-6):
                wrong.append(start)

    visitors = [threading.Thread(target=visit, args=(start,)) for start in (0, 9, 18, 27)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert wrong == []


def test_threshold_is_chosen_on_the_validation_photos(finished: Run, classifier: Classifier) -> None:
    """The threshold comes from the validation scores alone."""
    labels, p_sad = finished.scores().of("validation")
    assert classifier.threshold == threshold_of(finished.scores()) == balanced_threshold(labels, p_sad)
    assert 0 <= classifier.threshold <= 1
    assert (
        classifier.uncertainty_band
        == band_of(finished.scores())
        == uncertainty_band(labels, p_sad, classifier.threshold)
    )
    assert classifier.with_limit(50).uncertainty_band == uncertainty_band(
        labels, p_sad, classifier.threshold, one_in=50
    )


@pytest.mark.parametrize(("above", "label"), [(0.1, "sad"), (0.0, "sad"), (-0.001, "happy")])
def test_photo_at_the_threshold_counts_as_sad(
    above: float, label: str, folder_with: Callable[..., Path], classifier: Classifier, photos: list[Image.Image]
) -> None:
    """At the threshold and above it is sad, below it happy."""
    p_sad = float(classifier.predict(photos[:1])[0])
    folder = folder_with(threshold=p_sad - above, needs_face=False)
    assert Classifier.of_folder(folder).answer("a.jpg", photos[0]).label == label


def test_row_of_a_photo_on_disk(classifier: Classifier, finished: Run, tmp_path: Path) -> None:
    """A photo on disk becomes a row with path, P(sad), label, threshold and run."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_bytes("sad", 100))
    [answer] = classifier.answer_each(read_paths([path]))
    row = answer.as_json()
    assert row.keys() >= {"photo", "p_sad", "label", "threshold", "run_id", "sure", "faces", "note"}
    assert (row["photo"], row["run_id"], row["threshold"]) == (str(path), finished.run_id, classifier.threshold)
    assert row["p_sad"] == pytest.approx(float(classifier.predict([images.read(path).image])[0]))
    assert row["label"] == ("sad" if row["p_sad"] >= classifier.threshold else "happy")


def test_alpha_and_rotation_are_seen_as_a_person_sees_them(classifier: Classifier, tmp_path: Path) -> None:
    """A photo stored turned and one stored upright get the same answer."""
    upright = images.decode(photo_bytes("sad", 101)).image
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.save(tmp_path / "upright.png")
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    answers = list(classifier.answer_each(read_paths([tmp_path / "upright.png", tmp_path / "turned.png"])))
    assert answers[0].p_sad == answers[1].p_sad


def test_unfinished_run_cannot_answer(studied: Workspace) -> None:
    """A failed run is refused by name and state."""
    [failed] = [run for run in list_runs(studied) if run.state.name == "failed"]
    with pytest.raises(JobUnusable, match=rf"no trained network.*{failed.run_id}.*'failed'"):
        Classifier(failed)


@pytest.mark.parametrize("damage", [b"", b"not a network", "half"])
def test_damaged_network_is_told_in_words(copy: Workspace, finished: Run, damage: bytes | str) -> None:
    """A LiteRT file that cannot be read is an error of ours, never a crash."""
    run = find_run(copy, finished.run_id)
    whole = run.model_path.read_bytes()
    run.model_path.write_bytes(whole[: len(whole) // 2] if damage == "half" else damage)
    with pytest.raises(JobUnusable, match=r"cannot be used.*model\.tflite is damaged.*Restore it from a backup"):
        Classifier(run)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_relu_output_above_one_counts_as_one(tmp_path: Path, finished: Run, photos: list[Image.Image]) -> None:
    """P(sad) stays a probability for the source study's second network, whose output has no upper end."""
    folder = JobFolder(tmp_path / "run-relu")
    config = finished.config.model_copy(update={"output_activation": "relu"})
    folder.create({"study": "s", "snapshot": "f", "config": config.model_dump(mode="json")})
    model = build(config)
    model.layers[-1].set_weights([np.zeros((8, 1), np.float32), np.array([3.0], np.float32)])
    save_network(model, config, folder.path)
    scores = read_document(finished.path / "scores.json")
    write_document(folder.path / "scores.json", {**scores, FILES: hashes_of(folder.path, [LITERT_FILE])})
    assert Classifier(Run(folder)).predict(photos[:2]).tolist() == [1.0, 1.0]


def test_network_in_a_folder_answers_as_the_run_it_was_copied_from(
    folder_with: Callable[..., Path], classifier: Classifier, photos: list[Image.Image]
) -> None:
    """The settings tell how photos are seen, the answers file tells name, threshold and band."""
    copied = Classifier.of_folder(folder_with(), "starter")
    assert (copied.run_id, copied.name, copied.threshold, copied.needs_face) == ("starter", "Starter", 0.5, True)
    assert [copied.uncertainty_band.contains(p_sad) for p_sad in (0.39, 0.4, 0.6, 0.61)] == [False, True, True, False]
    assert copied.predict(photos).tolist() == classifier.predict(photos).tolist()


@pytest.mark.parametrize("name", ["settings.json", "answers.json", "model.tflite"])
@pytest.mark.parametrize("data", [None, b"{}", b"[1, 2]"], ids=["missing", "without a key", "no object"])
def test_damaged_folder_is_told_in_words(name: str, data: bytes | None, folder_with: Callable[..., Path]) -> None:
    """Whatever is missing or wrong in an exported folder, the sentence says what was expected."""
    folder = folder_with()
    if data is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data)
    if (name, data) == ("settings.json", b"{}"):  # every setting has a default
        assert Classifier.of_folder(folder).input_spec.size_px == 64
        return
    with pytest.raises(JobUnusable, match=r"Expected.*((Export|Train) (the run|it)|make it) again"):
        Classifier.of_folder(folder)


@pytest.fixture(scope="module")
def three_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a network that learned neither and says P(sad) .8 and P(neither) .6 of every photo."""
    folder = tmp_path_factory.mktemp("three") / "network"
    folder.mkdir()
    config = RunConfig(image_size=16, filters=(2,), dense_units=(), output_activation="softmax", neither=True)
    model = build(config)
    kernel = model.get_layer("output").get_weights()[0]
    model.get_layer("output").set_weights([np.zeros_like(kernel), np.log([0.08, 0.32, 0.6])])
    save_network(model, config, folder)
    write_document(folder / "settings.json", config.model_dump(mode="json"))
    return folder


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(("neither_from", "words", "sure"), [(0.5, "neither clearly", False), (0.7, "looks sad", True)])
def test_a_face_of_neither_label_is_told_so(three_kinds: Path, neither_from: float, words: str, sure: bool) -> None:
    """From the network's limit on it names no label, and P(sad) stays that between the two."""
    answers = {"name": "three", "threshold": 0.5, "not_sure_low": 1.0, "not_sure_high": 0.0, "needs_face": False}
    write_document(three_kinds / "answers.json", {**answers, "neither_from": neither_from, "mirrored": True})
    [answer] = Classifier.of_folder(three_kinds).answer_many([("photo", Image.new("RGB", (40, 40)))])
    assert (answer.words, answer.sure, answer.label) == (words, sure, "sad")
    face = answer.faces[0].as_json()
    assert (face["p_sad"], face["p_neither"]) == pytest.approx((0.8, 0.6), abs=1e-5)
    assert answer.as_table_row()["answer"].startswith(words)
    assert answer.note == (None if sure else "Neither happy nor sad: P(neither) 0.600 is at least 0.500.")


def test_a_network_of_two_labels_says_nothing_of_neither(classifier: Classifier, photos: list[Image.Image]) -> None:
    """Its rows stay as they were."""
    [face] = classifier.answer("photo", photos[0], input_mode="whole").faces
    assert face.as_json().keys() == {"box", "turned", "p_sad", "label", "sure", "calibrated"}
