"""Home, Review, Train and Compare over a workspace in which something has been trained."""

import shutil
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from emotion_core.jobs import read_json, write_json
from emotion_core.settings import Workspace
from emotion_core.training import Study, find_run

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
OLDER = "250101-000000-abcdef"


def _add_older_study(workspace: Workspace, study: Study) -> None:
    stored = read_json(workspace.studies / f"{study.study_id}.json")
    write_json(workspace.studies / f"{OLDER}.json", {**stored, "study_id": OLDER, "run_ids": [study.run_ids[0]]})


def test_home_counts_photos_studies_and_names_the_champion(study: Study, visit: Visit) -> None:
    """The three figures on Home are those of the workspace."""
    figures = {metric.label: metric.value for metric in visit("start/home").metric}
    assert figures == {"Photos": "32", "Studies": "1", "Champion": "relu"}


def test_train_shows_the_state_of_each_run_and_why_one_failed(study: Study, visit: Visit, words: Words) -> None:
    """A finished and a failed run are told apart, with the failed one's reason and without a Stop button."""
    at = visit("study/train")
    said = words(at)
    assert "badge[finished]" in said
    assert "badge[failed]" in said
    assert "snapshot is missing or damaged" in at.error[0].value
    assert [button.label for button in at.button] == ["Compare these networks"]


def test_train_tells_how_many_runs_are_gone(workspace: Workspace, study: Study, visit: Visit) -> None:
    """A run whose folder was deleted under its study is counted, and the others are shown."""
    shutil.rmtree(workspace.runs / study.run_ids[1])
    at = visit("study/train")
    assert at.warning[0].value.startswith("1 of 2 runs are not shown")
    assert len(at.main.get("progress")) == 1


def test_train_tells_a_lost_run(workspace: Workspace, study: Study, visit: Visit, words: Words) -> None:
    """A run whose process is gone without a word is called lost, with what may have happened."""
    run = find_run(workspace, study.run_ids[0])
    (run.path / "status.json").unlink()
    at = visit("study/train")
    assert "badge[lost]" in words(at)
    assert "Its process ended without a word" in at.error[0].value


def test_compare_shows_the_finished_run_and_names_the_failed_one(study: Study, visit: Visit) -> None:
    """The comparison holds the finished run alone, and says which one it leaves out and why."""
    at = visit("study/compare")
    assert "not finished: tanh · depth 1 · seed 0 (failed)" in at.info[0].value
    assert list(at.dataframe[0].value["network"]) == ["relu · depth 1 · seed 0"]
    assert "relu" in at.success[0].value


def test_compare_of_a_study_without_runs_is_explained(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """Where every run of a study was deleted, Compare says that there is nothing to compare."""
    shutil.rmtree(workspace.runs)
    at = visit("study/compare")
    assert not at.dataframe
    assert [*at.info, *at.warning, *at.error]


def test_a_study_that_is_chosen_stays_chosen(workspace: Workspace, study: Study, visit: Visit) -> None:
    """Choosing another study shows it, puts it into the address, and survives going to another page."""
    _add_older_study(workspace, study)
    at = visit("study/train")
    assert at.selectbox[0].value == study.study_id
    at.selectbox[0].set_value(OLDER).run()
    assert at.selectbox[0].value == OLDER
    assert at.query_params["study"] == OLDER
    at.run()
    assert at.selectbox[0].value == OLDER
    at.switch_page("pages/study/compare.py").run()
    assert not at.exception
    assert at.selectbox[0].value == OLDER


def test_a_damaged_study_is_left_out_and_the_others_stay(workspace: Workspace, study: Study, visit: Visit) -> None:
    """One unreadable study file does not hide the other studies."""
    _add_older_study(workspace, study)
    (workspace.studies / f"{study.study_id}.json").write_text("{")
    at = visit("study/train", study=study.study_id)
    assert [at.selectbox[0].value, len(at.selectbox[0].options)] == [OLDER, 1]


def test_review_of_a_filter_that_matches_nothing_says_so(study: Study, visit: Visit) -> None:
    """A filter without photos is answered with what to change."""
    at = visit("data/review")
    at.segmented_control(key="review_status").set_value("rejected").run()
    assert not at.exception
    assert "No photo matches" in at.info[0].value
