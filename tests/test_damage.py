"""A workspace of format 1 opens as it was written, and no changed byte in it changes an answer without a word."""

import json
import zipfile
from pathlib import Path

import pytest

from benchmarks.damage import answers, trials
from tests.stored_answers import like

STORED = Path(__file__).parent / "stored_workspaces"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stored workspace of format 1, unpacked somewhere else than where it was made."""
    folder = tmp_path_factory.mktemp("format-1")
    with zipfile.ZipFile(STORED / "format-1.zip") as packed:
        packed.extractall(folder)
    return folder


def test_workspace_of_format_1_answers_as_then(workspace: Path) -> None:
    """Photos, runs, comparison and prediction are those of the version that wrote it."""
    expected = json.loads((STORED / "format-1.json").read_text(encoding="utf8"))
    [photo, *_] = sorted(path for path in (workspace / "photos").rglob("*") if path.is_file())
    received = answers(workspace, photo)
    for verb in ("photos", "runs", "predict"):
        assert like(expected[verb], received[verb]) == expected[verb]
    for study_id, compared in expected["compare"].items():
        assert like(compared, received[f"compare {study_id}"]) == compared


def test_changed_bytes_are_told(workspace: Path, tmp_path: Path) -> None:
    """A changed bit, digit or byte, and a cut end give the same answers or a sentence, never a traceback."""
    outcomes = list(trials(workspace, tmp_path / "copy", 25, seed=5))
    assert len(outcomes) > 15
    assert [trial for trial in outcomes if trial.outcome == "uncaught"] == []
    assert [trial for trial in outcomes if trial.outcome == "silent" and trial.kind != "json"] == []
