"""Adding seeds to a study, and the mark of those that were added after a look, without a dispatcher."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from emotion_core.dataset import Snapshot
from emotion_core.documents import read_document, write_document
from emotion_core.errors import DataError, JobNotFound, SettingsError
from emotion_core.settings import Workspace, open_workspace
from emotion_core.training import (
    Study,
    StudyPlan,
    add_seeds,
    delete_run,
    delete_study,
    find_run,
    list_runs,
    load_study,
    record_look,
    restart_run,
    runs_of,
    start_study,
    usual_addition,
)
from emotion_core.training.queue import QUEUE_LOCK_FILE
from emotion_core.training.store import merged_study, save_study

TINY = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,), "epochs": 1}


@pytest.fixture
def workspace(tmp_path: Path, add_photos: Callable[..., list[str]], end_processes: None) -> Iterator[Workspace]:
    """Return a workspace whose runs stay queued."""
    workspace = open_workspace(tmp_path)
    add_photos(workspace, happy=10, sad=10)
    with FileLock(workspace.root / QUEUE_LOCK_FILE):
        yield workspace


def start(workspace: Workspace, **plan: object) -> Study:
    """Start a study of two tiny networks."""
    vary = {"hidden_activation": ("relu", "tanh")}
    return start_study(workspace, StudyPlan(**{"vary": vary, "settings": TINY, **plan}).study())


def test_every_network_gets_the_same_new_seeds_on_the_same_photos(workspace: Workspace) -> None:
    """The study grows by a run per network and seed, queued on its snapshot, with ids that follow the others."""
    study = start(workspace)
    added = add_seeds(workspace, study, 2)
    grown = load_study(workspace, study.study_id)
    assert grown.run_ids == (*study.run_ids, *(run.run_id for run in added))
    assert [(run.hidden_activation, run.seed) for run in grown.config.runs] == [
        (name, seed) for seed in (0, 1, 2) for name in ("relu", "tanh")
    ]
    assert {run.snapshot for run in added} == {study.snapshot}
    assert {run.state.name for run in added} == {"queued"}
    assert {run.config.network_settings for run in added} == {run.network_settings for run in study.config.runs}
    assert (
        grown.config == StudyPlan(vary={"hidden_activation": ("relu", "tanh")}, seeds=3, settings=TINY).study()
    )  # as if it had been started with three seeds


def test_without_a_number_five_seeds_are_reached_then_two_are_added(workspace: Workspace) -> None:
    """Up to five in all, and two more where there are five."""
    study = start(workspace)
    assert usual_addition(study) == 4
    add_seeds(workspace, study)
    study = load_study(workspace, study.study_id)
    assert {run.seed for run in study.config.runs} == set(range(5))
    assert usual_addition(study) == 2


def test_a_new_seed_is_trained_in_every_fold(workspace: Workspace) -> None:
    """Cross-validated networks get all folds of the new seed, also where a fold's run was deleted."""
    study = start(workspace, folds=3)
    delete_run(workspace, find_run(workspace, study.run_ids[1]))
    added = add_seeds(workspace, study, 1)
    assert sorted((run.config.hidden_activation, run.config.fold, run.config.seed) for run in added) == [
        (name, fold, 1) for name in ("relu", "tanh") for fold in (1, 2, 3)
    ]


def test_folds_of_a_new_seed_are_drawn_before_anything_is_queued(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folds of one of the seeds cannot be drawn, no run is added."""
    study = start(workspace, folds=2)

    def draw(self: Snapshot, fold: int, seed: int = 0) -> Snapshot:
        if seed == 2:
            raise DataError("The test part of fold 1 of 2 would have only one class.")
        return self

    monkeypatch.setattr(Snapshot, "of_fold", draw)
    with pytest.raises(DataError, match="only one class"):
        add_seeds(workspace, study, 2)
    assert load_study(workspace, study.study_id) == study


def test_new_seeds_follow_the_highest_of_the_study(workspace: Workspace) -> None:
    """Networks with seeds of their own get seeds that no network has yet."""
    study = start(workspace, settings={**TINY, "seed": 40})
    restart_run(workspace, find_run(workspace, study.run_ids[0]), 50)
    assert {run.config.seed for run in add_seeds(workspace, study, 2)} == {51, 52}


def test_seeds_added_before_a_look_are_not_marked(workspace: Workspace) -> None:
    """A study that was never compared may grow; so may one whose single finished network was looked at."""
    study = start(workspace)
    record_look(workspace, study, study.config.runs[:1])
    add_seeds(workspace, study, 1)
    study = load_study(workspace, study.study_id)
    assert (study.first_look, study.added_after_look, study.seeds_added_after_look) == (None, (), 0)


def test_seeds_added_after_a_look_are_marked_for_good(workspace: Workspace) -> None:
    """The first look stays the first; seeds added later are counted, those of a menu's new seed too."""
    study = start(workspace)
    record_look(workspace, study, study.config.runs)
    looked_at = load_study(workspace, study.study_id).first_look
    assert looked_at is not None
    record_look(workspace, study, study.config.runs)
    added = add_seeds(workspace, study, 2)
    restart_run(workspace, find_run(workspace, study.run_ids[0]), 9)
    marked = load_study(workspace, study.study_id)
    assert marked.first_look == looked_at
    assert set(marked.added_after_look) > {run.run_id for run in added}
    assert marked.seeds_added_after_look == 3
    for run in runs_of(workspace, marked)[2:]:
        delete_run(workspace, run)
    assert load_study(workspace, study.study_id).seeds_added_after_look == 0


def test_seeds_added_after_single_seeds_were_seen_leave_the_first_p_values_valid(workspace: Workspace) -> None:
    """Single seeds have no p-value; only seeds that are added after one was seen invalidate it."""
    study = start(workspace)
    record_look(workspace, study, study.config.runs)
    add_seeds(workspace, study, 2)
    study = load_study(workspace, study.study_id)
    assert (study.seeds_added_after_look, study.seeds_added_after_test, study.first_test) == (2, 0, None)
    record_look(workspace, study, study.config.runs[:3])  # relu has two finished seeds, tanh one
    assert load_study(workspace, study.study_id).first_test is None
    record_look(workspace, study, study.config.runs[:4])
    add_seeds(workspace, study, 1)
    study = load_study(workspace, study.study_id)
    assert (study.seeds_added_after_look, study.seeds_added_after_test) == (3, 1)
    assert study.first_look is not None
    assert study.first_test is not None
    assert study.first_look < study.first_test


def test_folds_of_one_seed_are_no_seeds(workspace: Workspace) -> None:
    """Two folds of two networks are a look without a p-value."""
    study = start(workspace, folds=2)
    record_look(workspace, study, study.config.runs)
    study = load_study(workspace, study.study_id)
    assert study.first_look is not None
    assert study.first_test is None


def test_a_study_of_an_earlier_version_has_not_been_looked_at(workspace: Workspace) -> None:
    """Files without the two fields are read, and can be marked from then on."""
    study = start(workspace)
    stored = read_document(study.file(workspace))
    new = ("first_look", "first_test", "added_after_look", "added_after_test")
    write_document(study.file(workspace), {key: value for key, value in stored.items() if key not in new})
    old = load_study(workspace, study.study_id)
    assert (old.first_look, old.seeds_added_after_look) == (None, 0)
    record_look(workspace, old, old.config.runs)
    assert load_study(workspace, study.study_id).first_look is not None


def test_a_deleted_study_can_be_looked_at_but_not_grow(workspace: Workspace) -> None:
    """A look at what another tab deleted is not recorded and breaks nothing; adding seeds says that it is gone."""
    study = start(workspace)
    delete_study(workspace, study)
    record_look(workspace, study, study.config.runs)
    assert not study.file(workspace).exists()
    with pytest.raises(JobNotFound):
        add_seeds(workspace, study, 1)


@pytest.mark.parametrize(("number", "message"), [(0, "number=0"), (100, "at most 200 items")])
def test_impossible_numbers_are_refused_and_nothing_is_queued(workspace: Workspace, number: int, message: str) -> None:
    """No seed, and more runs than a study may have."""
    study = start(workspace)
    with pytest.raises(SettingsError, match=message):
        add_seeds(workspace, study, number)
    assert load_study(workspace, study.study_id) == study
    assert len(list_runs(workspace)) == 2


def test_studies_that_are_merged_keep_their_marks(workspace: Workspace) -> None:
    """A study started after another one with the same networks was looked at counts as added; other networks do not."""
    first = start(workspace)
    save_study(workspace, replace(first, first_look=first.created_at + 1))
    first = load_study(workspace, first.study_id)
    later = replace(start(workspace, settings={**TINY, "seed": 1}), created_at=first.created_at + 2)
    other = replace(start(workspace, settings={**TINY, "dropout": 0.5}), created_at=first.created_at + 2)
    before = replace(later, created_at=first.created_at - 1)
    assert merged_study([first, later]).added_after_look == later.run_ids
    assert merged_study([first, later]).seeds_added_after_look == 1
    assert merged_study([first, later]).added_after_test == ()
    assert merged_study([replace(first, first_test=first.first_look), later]).added_after_test == later.run_ids
    assert merged_study([first, other]).added_after_look == ()
    assert merged_study([first, before]).added_after_look == ()
    assert merged_study([replace(first, added_after_look=first.run_ids[:1]), before]).seeds_added_after_look == 1
