"""The starter: trained by its script from a folder of photos, and the one that the project ships."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.collect.samples import photo_bytes
from emotion_core.collect.samples.gallery import draw_photo
from emotion_core.files import read_json
from emotion_core.network import NEITHER_STARTER, STARTER, NetworkConfig, build
from emotion_core.network.starter import load_weights
from emotion_core.prediction import STARTER_FOLDER, Classifier, mean_outputs
from emotion_core.settings import open_workspace
from emotion_core.training import list_runs

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

MOST_BYTES = 6_000_000


def train(photos: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run the script on a folder of photos, for an epoch of each network."""
    command = [sys.executable, "-m", "emotion_core.starter_training", str(photos)]
    command += ["--epochs", "1", "--second-epochs", "1"]
    command += ["--neither", str(photos.parent / "neither")]
    command += ["--workspace", str(root / "workspace"), "--destination", str(root / "starter")]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"EMOTION_WARM": "off"}
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with photos, the workspace and the starter that the script wrote."""
    root = tmp_path_factory.mktemp("starter")
    for folder, first, count in (("photos", 0, 30), ("neither/calm", 200, 20)):
        for label in ("happy", "sad"):
            target = root / folder if folder.startswith("neither") else root / folder / label
            target.mkdir(parents=True, exist_ok=True)
            for number in range(first, first + count):
                (target / f"{label}{number}.jpg").write_bytes(photo_bytes(label, number))
    ended = train(root / "photos", root)
    assert ended.returncode == 0, ended.stderr
    return root


def config_in(folder: Path) -> NetworkConfig:
    """Return the network's settings in a folder; a starter from before a setting existed lacks it."""
    stored = read_json(folder / "settings.json")
    return NetworkConfig(**{name: stored[name] for name in NetworkConfig.model_fields if name in stored})


def test_script_writes_a_network_that_answers(trained: Path) -> None:
    """Settings, network, card and limits are there, and they are those of the second run that it trained."""
    first, second = sorted(list_runs(open_workspace(trained / "workspace")), key=lambda run: run.config.neither)
    classifier = Classifier.of_folder(trained / "starter")
    assert classifier.needs_face
    assert (classifier.name, classifier.config) == ("Starter", second.config)
    assert config_in(trained / "starter") == NEITHER_STARTER
    answers = read_json(trained / "starter" / "answers.json")
    assert answers["trained_on"].startswith(f"Trained on {first.scores().splits.count('train')} happy and sad faces")
    pixels = np.random.default_rng(0).integers(0, 256, (8, 48, 48, 1), dtype=np.uint8)
    wanted = mean_outputs(Classifier(second).network, list(pixels), mirrored=True)
    outputs = mean_outputs(classifier.network, list(pixels), mirrored=True)
    np.testing.assert_allclose(outputs.p_sad, wanted.p_sad, atol=5e-3)
    assert outputs.p_neither is not None
    np.testing.assert_allclose(outputs.p_neither, wanted.p_neither, atol=5e-3)


def test_weights_for_other_networks_are_those_of_the_first_run(trained: Path) -> None:
    """They are the network that tells happy from sad, but for half precision."""
    first = next(run for run in list_runs(open_workspace(trained / "workspace")) if not run.config.neither)
    model = build(STARTER)
    model.set_weights(load_weights(trained / "starter" / "weights.npz"))
    pixels = np.random.default_rng(0).integers(0, 256, (8, 48, 48, 1), dtype=np.uint8)
    wanted = mean_outputs(Classifier(first).network, list(pixels), mirrored=False)
    answered = np.asarray(model(pixels.astype(np.float32), training=False)).reshape(-1)
    np.testing.assert_allclose(answered, wanted.p_sad, atol=5e-3)


def test_card_answers_and_app_say_one_threshold(trained: Path) -> None:
    """The limits on the card are those that the app and the exported script read."""
    answers, classifier = read_json(trained / "starter" / "answers.json"), Classifier.of_folder(trained / "starter")
    card = (trained / "starter" / "model_card.md").read_text("utf8")
    assert card.startswith("# Starter\n")
    assert classifier.threshold == answers["threshold"]
    assert f"| looks sad | from P(sad) = {classifier.threshold:.3f} |" in card
    assert f"P(neither) is {classifier.neither_from:.3f} or more" in card
    assert (classifier.neither_from, classifier.mirrored) == (answers["neither_from"], True)
    figures = answers["measured"]["sets"]
    assert f"{figures['all']['balanced_accuracy']:.3f}" in card
    assert f"with AUC {figures['all']['neither_auc']:.3f}" in card


def test_script_started_again_trains_nothing_anew(trained: Path) -> None:
    """The run that has finished is written once more, byte for byte."""
    before = (trained / "starter" / "model.tflite").read_bytes()
    assert train(trained / "photos", trained).returncode == 0
    assert len(list_runs(open_workspace(trained / "workspace"))) == 2
    assert (trained / "starter" / "model.tflite").read_bytes() == before


def test_script_says_in_a_sentence_what_is_wrong_with_its_photos(tmp_path: Path) -> None:
    """A folder that is not there ends it without a traceback."""
    ended = train(tmp_path / "nowhere", tmp_path)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "nowhere" in ended.stderr


def test_shipped_starter_is_whole_and_small() -> None:
    """Its settings are those of the project, and its weights fit the network that others begin with."""
    assert config_in(STARTER_FOLDER) == NEITHER_STARTER
    assert sum(path.stat().st_size for path in STARTER_FOLDER.iterdir()) < MOST_BYTES
    build(STARTER).set_weights(load_weights(STARTER_FOLDER / "weights.npz"))


def test_photo_and_its_mirror_image_get_the_same_answer() -> None:
    """The starter's answer is the mean of both."""
    classifier, pixels = Classifier.of_folder(STARTER_FOLDER), np.random.default_rng(1).integers(0, 256, (4, 48, 48, 1))
    seen = list(pixels.astype(np.uint8))
    p_sad = classifier.predict_pixels(seen)
    np.testing.assert_allclose(classifier.predict_pixels([image[:, ::-1] for image in seen]), p_sad, atol=1e-6)
    assert np.ptp(p_sad) > 1e-4


def test_shipped_starter_reads_drawn_faces_better_than_chance() -> None:
    """It has never seen a drawing; that it tells smiles from sorrow in them shows that the whole path works."""
    from sklearn.metrics import roc_auc_score

    drawn = [(label, draw_photo(label, number)) for label in ("happy", "sad") for number in range(40)]
    answers = Classifier.of_folder(STARTER_FOLDER).answer_many([(label, photo) for label, photo in drawn])
    scores = [(answer.photo == "sad", answer.p_sad) for answer in answers if answer.p_sad is not None]
    assert len(scores) > 60
    assert roc_auc_score(*zip(*scores, strict=True)) > 0.6
