"""The spread over seeds, measured on finished runs of a workspace."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from emotion_core.documents import read_document, write_document
from emotion_core.evaluation.answer import DEFAULT_SEED_SD
from emotion_core.evaluation.outlook import SeedSpread, seed_spread
from emotion_core.settings import Workspace
from emotion_core.training import RunConfig, Study, list_studies
from emotion_core.training.store import save_study

PHOTOS = 150
SD = 0.05


@pytest.fixture
def workspace(tmp_path: Path, studied: Workspace) -> Workspace:
    """Return a workspace whose only study has one finished run and a failed one."""
    shutil.copytree(studied.root, tmp_path / "w")
    return Workspace(tmp_path / "w")


def copy_runs(workspace: Workspace, configs: list[RunConfig], study_id: str, preset: str = "controlled") -> Study:
    """Add a study whose finished runs have simulated scores: their true AUCs vary by .05, photos are shared."""
    [first, *_] = list_studies(workspace)
    rng, labels = np.random.default_rng(0), np.repeat([0, 1], PHOTOS)
    shared = rng.normal(size=len(labels))
    run_ids = [f"{study_id}-r{number:03d}" for number in range(1, len(configs) + 1)]
    for run_id, config in zip(run_ids, configs, strict=True):
        folder = workspace.runs / run_id
        shutil.copytree(workspace.runs / first.run_ids[0], folder)
        settings = read_document(folder / "settings.json")
        write_document(
            folder / "settings.json", {**settings, "study": study_id, "config": config.model_dump(mode="json")}
        )
        area = np.clip(0.85 + SD * rng.normal(), 0.02, 0.98)
        noise = np.sqrt(0.55) * shared + np.sqrt(0.45) * rng.normal(size=len(labels))
        scores = labels * np.sqrt(2) * ndtri(area) + noise
        write_document(
            folder / "scores.json",
            {
                "photo_ids": [str(number) for number in range(len(labels))],
                "labels": labels.tolist(),
                "splits": ["test"] * len(labels),
                "p_sad": (1 / (1 + np.exp(-scores))).tolist(),
            },
        )
    config = first.config.model_copy(update={"runs": tuple(configs), "preset": preset})
    study = replace(first, study_id=study_id, run_ids=tuple(run_ids), config=config)
    save_study(workspace, study)
    return study


def seeds_of(number: int, **settings: object) -> list[RunConfig]:
    """Return configs of one network that differ in their seed alone."""
    return [RunConfig(seed=seed, image_size=16, filters=(4,), kernel_size=3, **settings) for seed in range(number)]


def test_without_earlier_seeds_the_spread_is_assumed(workspace: Workspace) -> None:
    """One run per network says nothing of seeds; the text says that the value is an assumption."""
    spread = seed_spread(workspace, "controlled")
    assert spread == SeedSpread(DEFAULT_SEED_SD)
    assert spread.text.startswith(".035 (assumed: ")


def test_spread_is_measured_within_networks_and_without_luck_in_photos(workspace: Workspace) -> None:
    """The true spread comes out, pooled over two networks, whatever their mean and the number of photos."""
    copy_runs(workspace, seeds_of(20) + seeds_of(20, learning_rate=0.01), "aaaa")
    spread = seed_spread(workspace, "controlled")
    assert spread.sd == pytest.approx(SD, rel=0.25)
    assert (spread.networks, spread.preset) == (40, "controlled")
    assert spread.text.endswith("(measured on 40 networks of earlier studies with the preset controlled)")


def test_networks_of_the_same_preset_are_preferred(workspace: Workspace) -> None:
    """Those of other presets count where the preset has too few of its own."""
    copy_runs(workspace, seeds_of(7), "aaaa", preset="modern")
    assert seed_spread(workspace, "modern").preset == "modern"
    other = seed_spread(workspace, "controlled")
    assert (other.networks, other.preset) == (7, None)
    assert other.source == "measured on 7 networks of earlier studies"


@pytest.mark.parametrize(
    "configs",
    [
        seeds_of(6),
        seeds_of(10, split="reshuffled"),
        [config for fold in (1, 2) for config in seeds_of(5, folds=2, fold=fold)],
        [RunConfig(learning_rate=rate) for rate in np.linspace(0.001, 0.01, 10)],
    ],
    ids=["too few", "leaking", "cross-validated", "no two alike"],
)
def test_networks_that_say_nothing_of_seeds_are_left_out(workspace: Workspace, configs: list[RunConfig]) -> None:
    """Too few seeds, scores of known photos, means over trainings, and networks that differ in more than the seed."""
    copy_runs(workspace, configs, "aaaa")
    assert seed_spread(workspace, "controlled").networks == 0


def test_seeds_that_agree_are_not_taken_to_agree_always(workspace: Workspace) -> None:
    """Networks with the same scores give the least spread, not none."""
    study = copy_runs(workspace, seeds_of(8), "aaaa")
    scores = read_document(workspace.runs / study.run_ids[0] / "scores.json")
    for run_id in study.run_ids:
        write_document(workspace.runs / run_id / "scores.json", scores)
    assert seed_spread(workspace, "controlled").sd == pytest.approx(0.01)


def test_damaged_scores_are_left_out(workspace: Workspace) -> None:
    """A run without readable scores does not count, and one class alone gives no AUC."""
    study = copy_runs(workspace, seeds_of(8), "aaaa")
    (workspace.runs / study.run_ids[0] / "scores.json").write_text("{")
    assert seed_spread(workspace, "controlled").networks == 7
    for run_id in study.run_ids[1:]:
        scores = read_document(workspace.runs / run_id / "scores.json")
        write_document(workspace.runs / run_id / "scores.json", {**scores, "labels": [0] * len(scores["labels"])})
    assert seed_spread(workspace, "controlled").networks == 0
