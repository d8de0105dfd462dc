"""The command line as users and scripts run it: real processes, their output, their exit status."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from filelock import FileLock
from PIL import Image

from emotion_core.__main__ import main
from emotion_core.collect.samples import SampleServer, photo_bytes
from emotion_core.command_line import parser
from emotion_core.command_line.studies import _split_note, plan_of
from emotion_core.dataset import Catalog, freeze
from emotion_core.dataset.snapshots import neither_catalog
from emotion_core.errors import SettingsError
from emotion_core.jobs import JobFolder
from emotion_core.prediction import WRONG_ONE_IN, Classifier
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import (
    PRESETS,
    Study,
    StudyPlan,
    find_run,
    freeze_photos,
    list_runs,
    list_studies,
    load_study,
    record_look,
)
from emotion_core.training.queue import QUEUE_LOCK_FILE
from emotion_core.training.store import save_study

pytestmark = pytest.mark.slow


CHECKOUT = Path(__file__).resolve().parents[1]
TIMEOUT_SECONDS = 240
ONE_RUN = ("--activations", "relu", "--depths", "1", "--image-size", "16", "--batch-size", "8")
PHOTO_KEYS = {
    *("photo_id", "name", "label", "status", "source_url", "sha256", "cluster", "faces", "flags"),
    *("page_url", "landing_url", "licence", "author", "content_type", "added_at"),
    *("original_sha256", "original_bytes", "original_width", "original_height"),
}
RUN_KEYS = {"run_id", "state", "epoch", "epochs", "activation", "depth", "seed"}
COMPARED_KEYS = {"run_id", "activation", "depth", "seed", "validation_auc", "test_auc", "test_auc_low"}
COMPARED_KEYS |= {"test_auc_high", "diagnosis"}


def command(*words: object) -> list[str]:
    """Return the whole command of a verb with its arguments; warnings are errors in it too.

    One warning is allowed: that a subprocess still runs, because the queue is meant to outlive the command.
    """
    strict = ("-W", "error", "-W", "ignore:subprocess:ResourceWarning")
    return [sys.executable, *strict, "-m", "emotion_core", *map(str, words)]


def run(*words: object, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """Run a verb and wait for its end."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        command(*words), capture_output=True, text=True, cwd=cwd, timeout=TIMEOUT_SECONDS, env=environment
    )


def answer(workspace: Workspace | Path, *words: object) -> Any:
    """Run a verb that succeeds, and return the one JSON document on its stdout."""
    root = workspace.root if isinstance(workspace, Workspace) else workspace
    ended = run(*words, "--workspace", root, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def complaint(workspace: Workspace | Path, *words: object) -> str:
    """Run a verb that fails, and return its one line on stderr."""
    root = workspace.root if isinstance(workspace, Workspace) else workspace
    ended = run(*words, "--workspace", root, "--json")
    assert ended.returncode == 1, (ended.stdout, ended.stderr)
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("Error: ")
    return ended.stderr


@pytest.fixture(scope="module")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with happy/ and sad/, ten photos each, one of them twice and one that is none."""
    root = tmp_path_factory.mktemp("photos")
    for label in ("happy", "sad"):
        (root / label).mkdir()
        for number in range(10):
            (root / label / f"{number}.jpg").write_bytes(photo_bytes(label, number))
    (root / "sad" / "again.jpg").write_bytes(photo_bytes("sad", 3))
    (root / "sad" / "page.jpg").write_text("<html>gone</html>")
    return root


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, photo_folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return a workspace into which the folder was imported, and what ``import`` answered."""
    workspace = tmp_path_factory.mktemp("imported")
    return workspace, answer(workspace, "import", photo_folder)


@pytest.fixture(scope="module")
def waited(imported: tuple[Path, dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    """Return that workspace after ``study --wait``, and what ``study`` answered."""
    workspace, _ = imported
    return workspace, answer(workspace, "study", *ONE_RUN, "--epochs", 2, "--wait")


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[None]:
    """End, after the test, what still works in its folder."""
    yield
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or ()):
            process.kill()


def test_import_answers_with_what_became_of_each_photo(imported: tuple[Path, dict[str, Any]]) -> None:
    """Twenty photos are added, the copy is a duplicate, the page is rejected with its name and a reason."""
    _, imported_summary = imported
    assert (imported_summary["added"], imported_summary["duplicates"]) == (20, 1)
    [rejected] = imported_summary["rejected"]
    assert rejected["name"].endswith("page.jpg")
    assert "web page" in rejected["reason"]


def test_import_takes_other_classes_for_happy_and_sad(tmp_path: Path, photo_folder: Path) -> None:
    """Classes that are mapped are imported, those that are not are counted."""
    for name, number in (("smile", 1), ("big=grin", 2), ("fear", 3)):
        (tmp_path / "set" / name).mkdir(parents=True)
        shutil.copy(photo_folder / "happy" / f"{number}.jpg", tmp_path / "set" / name)
    words = ("import", tmp_path / "set", "--map", "Smile=happy", "--map", "big=grin=happy")
    summary = answer(tmp_path / "w", *words)
    assert (summary["added"], summary["skipped"]) == (2, {"fear": 1})
    assert "label='glad'" in complaint(tmp_path / "w", *words, "--map", "fear=glad")


def test_faces_of_neither_label_are_kept_apart(tmp_path: Path, photo_folder: Path) -> None:
    """They are counted as they come in, and are none of the photos that studies are made of."""
    summary = answer(tmp_path / "w", "import", photo_folder / "happy", "--label", "neither")
    assert summary["added"] == len(neither_catalog(open_workspace(tmp_path / "w")).photo_ids()) > 0
    assert answer(tmp_path / "w", "photos") == []


def test_photos_lists_the_catalog(imported: tuple[Path, dict[str, Any]]) -> None:
    """Each photo has the promised keys, and filters restrict the list."""
    workspace, _ = imported
    listed = answer(workspace, "photos")
    assert len(listed) == 20
    assert all(photo.keys() >= PHOTO_KEYS for photo in listed)
    assert all(re.fullmatch(r"[0-9a-f]{64}", photo["sha256"]) for photo in listed)
    assert {photo["cluster"] for photo in listed} == {None}
    sad = answer(workspace, "photos", "--label", "sad", "--status", "new")
    assert {photo["photo_id"] for photo in sad} == {p["photo_id"] for p in listed if p["label"] == "sad"}
    assert answer(workspace, "photos", "--status", "rejected") == []


def test_photos_names_the_cluster_of_near_copies(tmp_path: Path, photo_folder: Path) -> None:
    """Copies under another compression share a cluster, also where a filter hides some of them."""
    with Image.open(photo_folder / "sad" / "1.jpg") as photo:
        photo.save(tmp_path / "copy.jpg", quality=60)
    for path, label in ((photo_folder / "sad" / "1.jpg", "sad"), (tmp_path / "copy.jpg", "happy")):
        assert answer(tmp_path / "w", "import", path, "--label", label)["added"] == 1
    clusters = [photo["cluster"] for photo in answer(tmp_path / "w", "photos")]
    assert clusters[0] == clusters[1] is not None
    assert [photo["cluster"] for photo in answer(tmp_path / "w", "photos", "--label", "sad")] == clusters[:1]


def test_scrape_collects_from_a_page_that_was_allowed(tmp_path: Path) -> None:
    """The sample gallery is scraped over HTTP up to the limit, with the sources noted."""
    with SampleServer() as gallery:
        words = ("scrape", gallery.url("happy", 1), "--label", "happy", "--limit", 4, "--select", "img.photo")
        summary = answer(tmp_path, *words, "--allow-host", gallery.host_port)
        refused = run(*words, "--workspace", tmp_path / "other", "--json")
        address = f"http://{gallery.host_port}/"
    assert (summary["added"], summary["duplicates"], summary["rejected"]) == (4, 0, [])
    listed = answer(tmp_path, "photos")
    assert [photo["source_url"].startswith(address) for photo in listed] == [True] * 4
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")
    assert refused.stderr.count("\n") == 1


def test_study_with_wait_returns_when_its_runs_have_finished(waited: tuple[Path, dict[str, Any]]) -> None:
    """The answer names study, snapshot and runs, and by then the runs are finished."""
    workspace, started = waited
    assert started.keys() >= {"study_id", "snapshot", "run_ids"}
    [listed] = answer(workspace, "runs", "--study", started["study_id"])
    assert listed.keys() >= RUN_KEYS
    assert (listed["run_id"], listed["state"]) == (started["run_ids"][0], "finished")
    assert (listed["epoch"], listed["epochs"], listed["activation"], listed["depth"]) == (2, 2, "relu", 1)


def planned(*words: str) -> StudyPlan:
    """Return the plan that ``study`` makes of these words."""
    return plan_of(parser().parse_args(["study", *words]), Workspace(Path("unused")))


def test_study_takes_a_settings_file_and_flags_beside_it_win(tmp_path: Path) -> None:
    """A file says what it says, a flag or ``--set`` replaces that field, and everything else stays."""
    file = tmp_path / "my study.toml"
    plan = StudyPlan(preset="modern", seeds=2, vary={"depth": [1, 2]}, settings={"epochs": 3, "flip": True})
    file.write_text(plan.to_toml(), encoding="utf8")
    assert planned("--settings", str(file)) == plan
    words = (
        "--settings",
        str(file),
        "--seeds",
        "4",
        "--epochs",
        "8",
        "--set",
        "epochs=9",
        "--set",
        "depth=3",
        "--set",
        "crop=0,0.1",
    )
    assert planned(*words) == StudyPlan(
        preset="modern", seeds=4, vary={"crop": [0, 0.1]}, settings={"epochs": 9, "depth": 3, "flip": True}
    )


def test_photos_come_and_go_with_their_own_split(tmp_path: Path, photo_folder: Path) -> None:
    """Folders called train and test are listed with each photo and are the folders of an export."""
    for number, part in enumerate(("train", "test", "test"), start=1):
        for label in ("happy", "sad"):
            (tmp_path / "set" / part / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo_folder / label / f"{number}.jpg", tmp_path / "set" / part / label)
    workspace = tmp_path / "w"
    answer(workspace, "import", tmp_path / "set")
    assert Counter(photo["split"] for photo in answer(workspace, "photos")) == {"train": 2, "test": 4}
    exported = answer(workspace, "export-photos", tmp_path / "out", "--split", "own", "--include-new")
    assert exported["counts"] == {"train": {"happy": 1, "sad": 1}, "test": {"happy": 2, "sad": 2}}
    assert len(list((tmp_path / "out" / "test").glob("*/*.jpg"))) == 4
    assert "something at the place" in complaint(workspace, "export-photos", tmp_path / "out", "--include-new")
    assert "--snapshot alone" in complaint(workspace, "export-photos", "x", "--split", "own", "--snapshot", "0" * 16)
    assert planned("--split-source", "predefined").study().is_predefined
    assert "too few photos" in complaint(workspace, "study", "--split-source", "predefined")


def test_study_says_what_became_of_the_split(tmp_path: Path, add_photos: Callable[..., None]) -> None:
    """A note says that photos came with a split that is not used, or what was drawn or left out of the one that is."""
    workspace = open_workspace(tmp_path / "w")
    add_photos(workspace, happy=8, sad=8)
    study = Study("s", StudyPlan().study(), freeze(Catalog(workspace)).fingerprint, (), 0.0)
    assert _split_note(workspace, study) == ""
    with Catalog(workspace).connection() as connection:
        connection.execute("UPDATE photos SET split = iif(rowid % 4 < 2, 'train', 'test') WHERE rowid < 16")
    assert "15 photos came with a split of their own" in _split_note(workspace, study)
    config = StudyPlan(settings={"split_source": "predefined"}).study()
    study = Study("s", config, freeze_photos(workspace, config).fingerprint, (), 0.0)
    assert "1 photo without a split is left out." in _split_note(workspace, study)


def test_study_takes_a_run_that_was_there_before_and_flags_beside_it_win(waited: tuple[Path, dict[str, Any]]) -> None:
    """Its settings are those of the run but for what is changed; a run and a file together are refused."""
    workspace, started = waited
    words = ["study", "--like", started["run_ids"][0]]
    run = find_run(Workspace(workspace), started["run_ids"][0])
    config = dict(run.config) | {"learning_rate": 0.5}
    plan = plan_of(parser().parse_args([*words, "--learning-rate", "0.5"]), Workspace(workspace))
    assert [dict(planned_run) for planned_run in plan.study().runs] == [config]
    assert find_run(Workspace(workspace), run.run_id).config == run.config
    with pytest.raises(SettingsError, match="one set of settings"):
        plan_of(parser().parse_args([*words, "--settings", "a.toml"]), Workspace(workspace))


def test_study_varies_any_setting_that_is_given_several_values() -> None:
    """Flags and ``--set`` say the same, lists of numbers are written with dashes, lists of sources with commas."""
    words = ("--activations", "relu,elu", "--depths", "1,2", "--image-size", "96", "--sources", "files,a.example")
    words += ("--set", "dense_units=8-4,16,", "--set", "dense_activation=hidden,tanh", "--set", "flip=true")
    assert planned(*words) == StudyPlan(
        vary={
            "hidden_activation": ("relu", "elu"),
            "depth": (1, 2),
            "dense_units": ((8, 4), (16,), ()),
            "dense_activation": (None, "tanh"),
        },
        settings={"image_size": 96, "sources": ("files", "a.example"), "flip": True},
    )
    assert planned("--set", "sources=files,a.example") == planned("--sources", "files,a.example")


def test_study_takes_some_of_a_presets_networks() -> None:
    """One of the notebook's networks can be trained by itself, by its name or by its activation."""
    by_name, by_activation = (
        planned("--preset", "published", *words) for words in (("--network", "Model 3"), ("--activations", "tanh"))
    )
    assert by_name == by_activation
    assert [run.name for run in by_name.study().runs] == ["Model 3"]


def test_study_on_nothing_but_near_copies_says_so(tmp_path: Path) -> None:
    """Where all photos are copies of one, the study is refused with that reason, in one line."""
    (tmp_path / "photo.jpg").write_bytes(photo_bytes("sad", 1))
    with Image.open(tmp_path / "photo.jpg") as photo:
        for label, qualities in (("happy", range(80, 86)), ("sad", range(90, 96))):
            (tmp_path / "photos" / label).mkdir(parents=True)
            for quality in qualities:
                photo.save(tmp_path / "photos" / label / f"{quality}.jpg", quality=quality)
    workspace = tmp_path / "workspace"
    assert answer(workspace, "import", tmp_path / "photos")["added"] == 12
    assert "All 12 photos are near copies of one another" in complaint(workspace, "study")


def test_report_writes_one_file(studied: Workspace, tmp_path: Path) -> None:
    """The comparison of a study is one HTML file, whose place is told."""
    study = list_studies(studied)[0]
    path = tmp_path / "report.html"
    assert answer(studied, "report", study.study_id, path) == {"study_id": study.study_id, "file": str(path)}
    assert study.snapshot in path.read_text(encoding="utf8")


def test_compare_answers_with_champion_runs_and_pairs(studied: Workspace) -> None:
    """A finished and a failed run are both listed; what is unknown is null, which strict JSON can say."""
    [study] = list_studies(studied)
    compared = answer(studied, "compare", study.study_id)
    assert compared.keys() >= {"champion", "runs", "pairs"}
    assert all(row.keys() >= COMPARED_KEYS for row in compared["runs"])
    assert [row["run_id"] for row in compared["runs"]] == list(study.run_ids)
    assert compared["champion"] == study.run_ids[0]
    assert compared["runs"][1]["test_auc"] is None
    assert compared["shortcut"].keys() == {"name", "auc", "low", "high"}
    assert compared["baseline"].keys() >= {"name", "auc", "low", "high", "sentence"}
    assert compared["baseline"]["sentence"].startswith(f"Without any network, {compared['baseline']['name']} alone")
    assert "NaN" not in json.dumps(compared)


def test_compare_says_in_text_what_one_number_reaches(studied: Workspace) -> None:
    """Without --json the sentence on the shortcut is a line of its own."""
    [study] = list_studies(studied)
    shown = run("compare", study.study_id, "--workspace", studied.root)
    [line] = [line for line in shown.stdout.splitlines() if line.startswith("baseline: ")]
    assert "Without any network, " in line
    assert "The champion is" in line


def test_predict_answers_a_row_for_each_photo_bad_ones_too(
    waited: tuple[Path, dict[str, Any]], photo_folder: Path
) -> None:
    """A damaged and a missing photo are rows with an error between rows with P(sad), and the exit status is 0."""
    workspace, started = waited
    paths = [photo_folder / "sad" / name for name in ("0.jpg", "page.jpg", "missing.jpg", "1.jpg")]
    rows = answer(workspace, "predict", "--run", started["run_ids"][0], *paths)
    assert [row["photo"] for row in rows] == [str(path) for path in paths]
    assert [row.keys() >= {"photo", "error"} for row in rows] == [False, True, True, False]
    for row in (rows[0], rows[3]):
        assert row.keys() >= {"photo", "p_sad", "label", "threshold", "run_id"}
        assert 0 <= row["p_sad"] <= 1
        assert row["label"] == ("sad" if row["p_sad"] >= row["threshold"] else "happy")
        assert row["run_id"] == started["run_ids"][0]


def test_predict_says_why_the_starter_answers_in_place_of_a_champion_that_learned_from_drawings(
    waited: tuple[Path, dict[str, Any]], photo_folder: Path
) -> None:
    """Without --run the starter classifies, and a line on standard error names the champion and how to use it."""
    workspace, started = waited
    told = run("predict", photo_folder / "sad" / "0.jpg", "--workspace", str(workspace), "--json")
    [row] = json.loads(told.stdout)
    assert row["run_id"] == "starter"
    assert "learned from drawn faces" in told.stderr
    assert f"--run {started['run_ids'][0]}" in told.stderr


def test_predict_looks_into_folders_at_faces_or_the_whole(
    waited: tuple[Path, dict[str, Any]], photo_folder: Path
) -> None:
    """A folder counts as its photos; each row tells what was looked at, for a person in words."""
    workspace, started = waited
    network = ("--run", started["run_ids"][0])
    whole = answer(workspace, "predict", *network, photo_folder / "sad")
    assert {Path(row["photo"]).name for row in whole} == {path.name for path in (photo_folder / "sad").iterdir()}
    good = next(row for row in whole if "error" not in row)
    assert good["sure"] in (True, False)
    assert [face["box"] for face in good["faces"]] == [None]
    assert answer(workspace, "predict", *network, good["photo"], "--look", "as-trained") == [good]
    [faces] = answer(workspace, "predict", *network, good["photo"], "--look", "faces")
    assert all(len(face["box"]) == 4 for face in faces["faces"])
    words = run("predict", *network, good["photo"], "--workspace", str(workspace)).stdout
    assert "looks " in words or "not sure" in words


@pytest.mark.parametrize("one_in", WRONG_ONE_IN)
def test_predict_keeps_to_the_limit_of_wrong_sure_answers(
    waited: tuple[Path, dict[str, Any]], photo_folder: Path, one_in: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each limit that Predict offers is one of the command line, and decides which answers are sure."""
    workspace, started = waited
    [run_id, *_] = started["run_ids"]
    words = ["predict", str(photo_folder / "sad"), "--run", run_id, "--wrong-one-in", str(one_in)]
    assert main([*words, "--workspace", str(workspace), "--json"]) == 0
    rows = [row for row in json.loads(capsys.readouterr().out) if "error" not in row]
    band = Classifier(find_run(open_workspace(workspace), run_id)).with_limit(one_in).uncertainty_band
    assert [row["sure"] for row in rows] == [not band.contains(row["p_sad"]) for row in rows]


def test_export_writes_a_folder_once(waited: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """The files are named in the answer; a second export to the same folder is refused in one line."""
    workspace, started = waited
    exported = answer(workspace, "export", started["run_ids"][0], tmp_path / "out")
    assert sorted(Path(path).name for path in exported["files"]) == sorted(p.name for p in (tmp_path / "out").iterdir())
    assert {"model.keras", "model.tflite", "model_card.md"} <= {Path(path).name for path in exported["files"]}
    assert "is not empty" in complaint(workspace, "export", started["run_ids"][0], tmp_path / "out")


@pytest.fixture
def idle(tmp_path: Path, add_photos: Callable[..., list[str]]) -> Iterator[Workspace]:
    """Return a workspace with photos, in which no queued run is started."""
    workspace = open_workspace(tmp_path / "idle")
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):
        yield workspace


def act(workspace: Workspace, *words: object) -> Any:
    """Return what a verb answers, in this process."""
    options = parser().parse_args([str(word) for word in words])
    return options.action(workspace, options)


def test_study_of_one_seed_says_what_that_means(idle: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """The note is on stderr and names the verb that adds seeds; one network, or several seeds, need no note."""
    started = act(idle, "study", "--activations", "relu,tanh")
    out, err = capsys.readouterr()
    assert out == ""
    assert "another seed may turn their order" in err
    assert f"python -m emotion_core add-seeds {started['study_id']}" in err
    act(idle, "study", "--activations", "relu,tanh", "--seeds", 2)
    act(idle, "study", "--activations", "relu")
    assert "another seed" not in capsys.readouterr().err


def test_add_seeds_adds_runs_and_says_when_p_values_were_seen(
    idle: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer names study, snapshot and the new runs; after a look at p-values a note says what that does."""
    started = act(idle, "study", "--activations", "relu,tanh")
    added = act(idle, "add-seeds", started["study_id"], "--number", 1)
    assert (added["study_id"], added["snapshot"]) == (started["study_id"], started["snapshot"])
    assert (len(added["run_ids"]), added["after_look"]) == (2, False)
    study = load_study(idle, started["study_id"])
    record_look(idle, study, study.config.runs)
    assert "no longer hold" not in capsys.readouterr().err
    assert act(idle, "add-seeds", started["study_id"])["after_look"] is True
    assert "these no longer hold as written" in capsys.readouterr().err
    assert {run.seed for run in load_study(idle, started["study_id"]).config.runs} == set(range(5))


@pytest.mark.usefixtures("ending")
def test_worker_shows_its_run_id_and_stop_ends_it(
    tmp_path: Path, photo_folder: Path, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """``study`` returns at once, the worker is seen under its run's id, and ``stop`` stops it and those that wait."""
    answer(tmp_path, "import", photo_folder)
    started = answer(tmp_path, "study", *ONE_RUN[:-1], 1, "--epochs", 1000, "--seeds", 2)
    first, second = started["run_ids"]
    folder = JobFolder(tmp_path / "runs" / first)
    wait_until(lambda: folder.state().name == "running", "the first run runs")
    shown = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert [words for words in shown if any(first in word for word in words)]
    assert not [words for words in shown if any(second in word for word in words)]
    assert [row["state"] for row in answer(tmp_path, "runs")] == ["running", "queued"]
    assert answer(tmp_path, "stop", second)["state"] == "stopped"
    assert answer(tmp_path, "stop", first).keys() >= RUN_KEYS
    wait_until(lambda: not folder.state().active, "the first run has ended")
    assert [row["state"] for row in answer(tmp_path, "runs")] == ["stopped", "stopped"]


@pytest.mark.parametrize("verb", ["runs", "queue"])
def test_listing_wakes_the_queue(
    tmp_path: Path, verb: str, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """After a reboot or a killed dispatcher, no page need be open for queued runs to start."""
    config = StudyPlan().study()
    study = Study("260101-000000-abcdef", config, "no-such-snapshot", ("260101-000000-abcdef-r001",), 0.0)
    save_study(open_workspace(tmp_path), study)
    folder = JobFolder(tmp_path / "runs" / study.run_ids[0])
    settings = {"study": study.study_id, "snapshot": study.snapshot, "config": config.runs[0].model_dump(mode="json")}
    folder.create(settings)
    assert folder.state().name == "queued"
    answer(tmp_path, verb)
    wait_until(lambda: folder.state().name == "failed", "the run was started, and found no snapshot")


def _killed(job: JobFolder) -> bool:
    """End the process that works on a job, if one does."""
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
        psutil.Process(json.loads((job.path / "process.json").read_text())["pid"]).kill()
    return True


@pytest.mark.usefixtures("ending")
def test_wait_ends_with_an_error_where_a_run_was_lost(
    tmp_path: Path, photo_folder: Path, wait_until: Callable[[Callable[[], Any], str], Any]
) -> None:
    """The exit status shows that a run did not finish, stderr names it, and stdout still holds the ids."""
    answer(tmp_path, "import", photo_folder)
    words = ("study", *ONE_RUN[:-1], 1, "--epochs", 1000, "--wait", "--workspace", tmp_path, "--json")
    with subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as waiting:
        [job] = wait_until(lambda: JobFolder.all_in(tmp_path / "runs"), "the run is there")
        # A killed run is started again a few times; each new process is killed before it gets any further.
        wait_until(lambda: _killed(job) and job.state().name == "lost", "the run is lost")
        stdout, stderr = waiting.communicate(timeout=TIMEOUT_SECONDS)
    assert waiting.returncode == 1
    assert json.loads(stdout)["run_ids"] == [job.id]
    assert f"{job.id} lost" in stderr.splitlines()[-1]
    assert "Traceback" not in stderr


@pytest.mark.usefixtures("interruptible")
def test_samples_serves_until_interrupted(tmp_path: Path) -> None:
    """The gallery answers at the announced address; Ctrl+C ends it with status 0 and one JSON document."""
    words = ("samples", "--port", 0, "--workspace", tmp_path, "--json")
    with subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as serving:
        try:
            address = re.search(r"http://127\.0\.0\.1:[1-9]\d*/", serving.stderr.readline())[0]
            page = requests.get(f"{address}happy?page=1", timeout=300)
            assert page.status_code == 200
            assert page.text.count("<img") >= 60
            serving.send_signal(signal.SIGINT)
            stdout, stderr = serving.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            serving.kill()
    assert serving.returncode == 0
    assert stderr == ""
    json.loads(stdout)


def test_samples_on_a_taken_port_is_an_error(tmp_path: Path) -> None:
    """A port in use is reported in one line."""
    with SampleServer() as other:
        assert f"port={other.port}" in complaint(tmp_path, "samples", "--port", other.port)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("compare", "nothing"), "no such study"),
        (("stop", "../x"), "no such run"),
        (("study", "--seeds", "0"), "expected 1 to 200"),
        (("study", "--epochs", "-1"), "epochs"),
    ],
    ids=lambda value: "_".join(value).replace("/", "|") if isinstance(value, tuple) else None,
)
def test_process_that_cannot_do_it_says_so_in_one_line_and_status_1(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    """No traceback and nothing on stdout: the sentence says what is wrong."""
    assert sentence in complaint(tmp_path, *words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("runs", "--study", "nothing"), "no such study"),
        (("runs", "--study", "../studies"), "no such study"),
        (("compare", ""), "no such study"),
        (("stop", "nothing"), "no such run"),
        (("pause", "nothing"), "no such run"),
        (("resume", "nothing"), "no such run"),
        (("restart", "nothing"), "no such run"),
        (("delete", "nothing"), "no such study"),
        (("queue", "--first", "nothing"), "no such run"),
        (("queue", "--runs-at-once", "0"), "Expected 1 to 1000"),
        (("queue", "--priority", "nothing=1"), "no such run"),
        (("export", "A/B", "out"), "no such run"),
        (("predict", "photo.jpg", "--run", "nothing"), "no such run"),
        (("import", "/nowhere/at/all"), "nothing to import at this path"),
        (("import", "/nowhere/at/all", "--label", "sad"), "nothing to import at this path"),
        (("study",), "too few photos"),
        (("study", "--seeds", "-3"), "expected 1 to 200"),
        (("study", "--folds", "1"), "folds: expected 2 to 10"),
        (("study", "--folds", "10"), "too few photos for 10 folds"),
        (("study", "--folds", "10", "--seeds", "7"), "3 networks times 7 seeds times 10 folds"),
        (("study", "--folds", "2", "--set", "validation_fraction=0.5"), "validation_fraction: expected below 0.5"),
        (("study", "--folds", "2", "--set", "split=reshuffled"), "split: "),
        (("study", "--epochs", "0"), "epochs"),
        (("study", "--batch-size", "-5"), "batch_size"),
        (("study", "--learning-rate", "nan"), "learning_rate"),
        (("study", "--optimizer", "lion"), "optimizer"),
        (("study", "--activations", "step"), "hidden_activation"),
        (("study", "--depths", "9"), "depth: "),
        (("study", "--image-size", "20"), "image_size"),
        (("study", "--preset", "fair"), "preset: "),
        (("study", "--sources", "nowhere.example"), "too few photos"),
        (("study", "--set", "colour=red"), "colour: "),
        (("study", "--set", "test_fraction=0.1,0.2"), "test_fraction: "),
        (("study", "--network", "Model 1"), "networks: "),
        (("study", "--preset", "published", "--activations", "gelu"), "has no network with such a hidden activation"),
        (("study", "--settings", "/nowhere/at/all"), "/nowhere/at/all"),
        (("scrape", "file:///etc/passwd", "--label", "sad"), "file"),
        (("scrape", "http://127.0.0.1:9/", "--label", "sad"), "127.0.0.1"),
        (("scrape", "http://127.0.0.1:9/", "--label", "sad", "--limit", "-1"), "limit"),
        (("scrape", "http://127.0.0.1:9/", "--label", "sad", "--pages", "4-1"), "pages"),
        (("samples", "--port", "-1"), "port=-1"),
    ],
    ids=lambda value: "_".join(value).replace("/", "|") if isinstance(value, tuple) else None,
)
def test_what_cannot_work_is_one_line_on_stderr_and_status_1(
    words: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every other way to go wrong, through the same function without a process for each."""
    assert main([*words, "--workspace", str(tmp_path), "--json"]) == 1
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert stderr.startswith("Error: ")
    assert stderr.count("\n") == 1
    assert sentence in stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("dance",),
        ("import",),
        ("import", ".", "--label", "angry"),
        ("photos", "--status", "gone"),
        ("import", "photos", "--map", "smile"),
        ("scrape", "http://a.example/"),
        ("study", "--depths", "two"),
        ("study", "--epochs", "many"),
        ("study", "--set", "epochs"),
        ("stop",),
        ("predict",),
        ("export", "run"),
        ("runs", "--colour", "red"),
    ],
    ids=lambda words: "_".join(words) or "nothing",
)
def test_bad_usage_is_status_2_with_the_usage(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Missing, unknown and malformed arguments are answered with how it goes."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    stdout, stderr = capsys.readouterr()
    assert (ended.value.code, stdout) == (2, "")
    assert stderr.startswith("usage: python -m emotion_core")


def test_process_with_bad_usage_ends_with_status_2() -> None:
    """The status reaches the shell, without a traceback."""
    ended = run("photos", "--label", "angry")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "invalid choice: 'angry'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_unknown_workspace_is_an_empty_one_and_an_impossible_one_an_error(tmp_path: Path) -> None:
    """A folder that does not exist yet is made; one that cannot be made is one line on stderr."""
    assert answer(tmp_path / "new", "runs") == []
    assert (tmp_path / "new").is_dir()
    (tmp_path / "file").write_text("")
    assert "workspace folder cannot be created" in complaint(tmp_path / "file", "runs")


def test_damaged_catalog_is_one_line_on_stderr(tmp_path: Path) -> None:
    """A catalog that is no database is reported with its path."""
    (tmp_path / "catalog.sqlite").write_bytes(b"no database " * 200)
    assert "catalog.sqlite" in complaint(tmp_path, "photos")


def test_workspace_comes_from_the_environment(
    imported: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --workspace the variable EMOTION_WORKSPACE is used."""
    monkeypatch.setenv("EMOTION_WORKSPACE", str(imported[0]))
    ended = run("photos", "--json")
    assert len(json.loads(ended.stdout)) == 20


def test_relative_paths_are_those_of_the_person(tmp_path: Path, photo_folder: Path) -> None:
    """Photos and workspace are looked for where the command was typed."""
    shutil.copytree(photo_folder / "sad", tmp_path / "sad")
    ended = run("import", "sad", "--workspace", "mine", "--json", cwd=tmp_path)
    assert json.loads(ended.stdout)["added"] == 10
    assert (tmp_path / "mine" / "catalog.sqlite").exists()


def test_tables_are_for_people(studied: Workspace) -> None:
    """Without --json the same verbs print something to read."""
    run_ids = [run.run_id for run in list_runs(studied)]
    listed = run("runs", "--workspace", studied.root)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(run_id in listed.stdout for run_id in run_ids)
    compared = run("compare", list_studies(studied)[0].study_id, "--workspace", studied.root)
    assert f"champion: {run_ids[0]}" in compared.stdout
    assert compared.returncode == 0


def test_empty_lists_are_said_to_be_empty(tmp_path: Path) -> None:
    """An empty table is not an empty screen."""
    assert run("photos", "--workspace", tmp_path).stdout == "(none)\n"


def test_reader_that_stops_reading_is_no_error(imported: tuple[Path, dict[str, Any]]) -> None:
    """``photos --json | head -1`` ends quietly."""
    words = " ".join(f"'{word}'" for word in command("photos", "--workspace", imported[0], "--json"))
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} | true"], capture_output=True, text=True, cwd=CHECKOUT, timeout=300
    )
    assert ended.stderr == ""


def test_runs_are_paused_resumed_restarted_reordered_and_deleted(
    tmp_path: Path,
    add_photos: Callable[..., list[str]],
    start_tiny_study: Callable[..., Study],
    end_processes: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each verb returns the run's new state; this test holds the queue's lock, so that no dispatcher interferes."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)

    def result_of(*words: str) -> Any:
        assert main([*words, "--workspace", str(tmp_path), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    with FileLock(workspace.root / "queue.lock"):
        study = start_tiny_study(workspace, ("relu", "tanh"))
        first, second = study.run_ids
        assert result_of("pause", first)["state"] == "paused"
        assert [row["run_id"] for row in result_of("queue")["runs"]] == [second]
        assert result_of("resume", first)["state"] == "queued"
        answered = result_of("queue", "--first", second, "--runs-at-once", "2")
        assert (answered["runs_at_once"], [row["run_id"] for row in answered["runs"]]) == (2, [second, first])
        answered = result_of("queue", "--priority", f"{first}=9", "--priority", f"{second}=-3")
        assert [(row["run_id"], row["priority"]) for row in answered["runs"]] == [(first, 9), (second, -3)]
        assert result_of("queue", "--all", "pause")["runs"] == []
        assert [row["state"] for row in result_of("runs")] == ["paused", "paused"]
        assert [row["run_id"] for row in result_of("queue", "--all", "resume")["runs"]] == [first, second]
        assert result_of("stop", first, "--at-epoch-end")["state"] == "stopped"
        assert result_of("restart", first)["state"] == "queued"
        added = result_of("restart", first, "--seed", "5")
        assert (added["seed"], added["study"]) == (5, study.study_id)
        assert result_of("delete", second) == {"deleted": [second]}
        assert result_of("delete", study.study_id) == {"deleted": [first, added["run_id"]]}
        assert result_of("runs") == []


def test_workspace_is_checked_repaired_backed_up_and_restored(
    tmp_path: Path, add_photos: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A check with problems left ends with status 1 and prints them all the same; a backup brings them back."""
    workspace = open_workspace(tmp_path / "workspace")
    photo_id, *_ = add_photos(workspace, happy=3)

    def verb(*words: object, root: Path = workspace.root) -> tuple[int, Any, str]:
        status = main([*map(str, words), "--workspace", str(root), "--json"])
        printed = capsys.readouterr()
        return status, json.loads(printed.out or "null"), printed.err

    status, backup, _ = verb("backup", tmp_path / "backup.zip")
    assert (status, backup["photos"], backup["missing_photos"]) == (0, 3, 0)
    catalog = Catalog(workspace)
    catalog.photo_path(catalog.photo(photo_id)).unlink()
    catalog.thumbnail_path(photo_id).unlink()
    for path in workspace.root.glob("catalog.sqlite*"):
        path.unlink()
    status, photos, error = verb("photos")
    assert (status, photos) == (1, None)
    assert "check --repair" in error
    status, report, error = verb("check")
    assert (status, [problem["kind"] for problem in report["problems"]]) == (1, ["catalog"])
    assert error.startswith("Error: 1 problem found.")
    assert error.count("\n") == 1
    status, report, _ = verb("check", "--repair")
    assert (status, [problem["kind"] for problem in report["problems"]]) == (1, ["photo"])
    assert [set(problem) for problem in report["repaired"]] == [{"path", "kind", "what"}]
    new = tmp_path / "new"
    assert verb("restore", tmp_path / "backup.zip", root=new)[1]["photos"] == 3
    assert verb("check", root=new)[:2] == (0, {**report, "problems": [], "repaired": []})
    assert {row["kind"] for row in verb("disk", root=new)[1]} >= {"photos", "catalog", "journal"}
    assert verb("clean", "--dry-run", root=new)[1] == {"bytes": 0, "would_remove": []}
    status, _, error = verb("restore", tmp_path / "backup.zip", root=new)
    assert (status, error.count("\n")) == (1, 1)


def test_every_verb_has_help() -> None:
    """Each verb is listed with a sentence and explains its own arguments."""
    verbs = ("import", "scrape", "samples", "photos", "study", "runs", "stop", "compare", "predict", "export")
    verbs += ("queue", "pause", "resume", "restart", "delete")
    overview = run("--help").stdout
    assert all(re.search(rf"^\s+{verb}\s+\S", overview, re.MULTILINE) for verb in verbs)
    helped = run("study", "--help").stdout
    options = ("preset", "activations", "depths", "seeds", "image-size", "epochs", "batch-size", "learning-rate")
    assert all(f"--{option}" in helped for option in (*options, "optimizer", "wait", "workspace", "json"))
    assert all(preset in helped for preset in PRESETS)


def test_usage_names_the_command_that_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed command's help names itself, and the module's help names the module."""
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/emotion-classifier", "--help"])
    assert parser().prog == "emotion-classifier"
    monkeypatch.setattr(sys, "argv", ["/srv/emotion_core/__main__.py", "--help"])
    assert parser().prog == "python -m emotion_core"
