"""Home, Review, Train and Compare over a workspace in which something has been trained."""

import shutil
from collections.abc import Callable

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import photo_bytes
from emotion_core.documents import read_document, write_document
from emotion_core.errors import JobUnusable
from emotion_core.files import write_json
from emotion_core.jobs import MAX_ATTEMPTS, JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import Study, find_run
from emotion_core.training.queue.queue import DISPATCHER_MODULE
from pages.components.common.markdown import escape_markdown

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
OLDER = "250101-000000-abcdef"
HOSTILE = "![x](http://192.168.1.1/) :red[x]"


def _add_older_study(workspace: Workspace, study: Study, **changed: str) -> None:
    stored = read_document(workspace.studies / f"{study.study_id}.json")
    run_id = f"{OLDER}-r001"
    shutil.copytree(workspace.runs / study.run_ids[0], workspace.runs / run_id)
    settings = workspace.runs / run_id / "settings.json"
    write_document(settings, {**read_document(settings), "study": OLDER, **changed})
    changes = {"study_id": OLDER, "run_ids": [run_id], **changed}
    write_document(workspace.studies / f"{OLDER}.json", {**stored, **changes})


def test_home_counts_photos_studies_and_names_the_champion(study: Study, visit: Visit) -> None:
    """The three figures on Home are those of the workspace."""
    figures = {metric.label: metric.value for metric in visit("start/home").metric}
    assert figures == {"Photos": "32", "Studies": "1", "Champion": "relu"}


def _guided_job(workspace: Workspace) -> JobFolder:
    job = JobFolder(workspace.jobs / "260101-000000-abcdef")
    job.create({"kind": "guided", "workspace": str(workspace.root)})
    return job


def test_home_says_that_the_guided_study_was_deleted(workspace: Workspace, visit: Visit) -> None:
    """If the file of the guided study is deleted, Home says so and offers to run it again."""
    job = _guided_job(workspace)
    job.append({"event": "study", "study_id": OLDER})
    job.finish("finished")
    at = visit("start/home")
    assert "was deleted" in at.info[0].value
    assert not at.button(key="guided").disabled


def test_home_comes_to_rest_while_runs_of_a_deleted_guided_study_continue(
    workspace: Workspace, study: Study, visit: Visit
) -> None:
    """While a run of the deleted study is under way, Home says that it was deleted, and does not loop."""
    job = _guided_job(workspace)
    job.append({"event": "study", "study_id": study.study_id})
    job.finish("finished")
    for name in ("status.json", "process.json"):
        (workspace.runs / study.run_ids[0] / name).unlink(missing_ok=True)
    (workspace.studies / f"{study.study_id}.json").unlink()
    at = visit("start/home")
    assert "was deleted" in at.info[0].value
    assert at.button(key="guided").disabled


def test_home_shows_why_the_guided_study_failed_as_text(workspace: Workspace, visit: Visit) -> None:
    """Markup in the message of the guided study makes neither a picture nor a color."""
    _guided_job(workspace).finish("failed", HOSTILE)
    assert escape_markdown(HOSTILE) in visit("start/home").error[0].value


def test_home_says_why_the_guided_study_cannot_start(monkeypatch: pytest.MonkeyPatch, visit: Visit) -> None:
    """If the study cannot be started, the reason is shown, and the page does not wait for it."""

    def refuse(_workspace: Workspace) -> None:
        raise JobUnusable(HOSTILE)

    monkeypatch.setattr("emotion_core.guided.start_guided_study", refuse)
    at = visit("start/home")
    at.button(key="guided").click().run()
    assert not at.exception
    assert at.error[0].value == escape_markdown(HOSTILE)
    assert "watching_guided" not in at.session_state


def test_train_shows_the_state_of_each_run_and_why_one_failed(study: Study, visit: Visit, words: Words) -> None:
    """A finished and a failed run are told apart, with the failed one's reason; both can be changed, not stopped."""
    at = visit("study/train")
    text = words(at)
    assert "badge[finished]" in text
    assert "badge[failed]" in text
    assert "snapshot is missing" in at.error[0].value
    labels = [*["Change and rerun"] * 2, "Delete this study", "Compare these networks"]
    assert [button.label for button in at.button] == labels


def test_train_counts_missing_runs(workspace: Workspace, study: Study, visit: Visit) -> None:
    """A run whose folder was deleted under its study is counted, and the others are shown."""
    shutil.rmtree(workspace.runs / study.run_ids[1])
    at = visit("study/train")
    assert at.warning[0].value.startswith("**1 run damaged, missing or of a newer version**")
    assert study.run_ids[1] in at.warning[0].value
    assert len(at.main.get("progress")) == 1


def test_train_shows_a_lost_run(workspace: Workspace, study: Study, visit: Visit, words: Words) -> None:
    """A run whose process ended without a message is lost, and the page says what may have happened."""
    run = find_run(workspace, study.run_ids[0])
    (run.path / "status.json").unlink()
    write_json(run.path / "process.json", {"pid": 1, "started": 0.0})
    write_json(run.path / "tries.json", MAX_ATTEMPTS)
    at = visit("study/train")
    assert "badge[lost]" in words(at)
    assert "Its process ended unexpectedly" in at.error[0].value


def test_compare_shows_the_finished_run_and_names_the_failed_one(study: Study, visit: Visit) -> None:
    """The comparison holds the finished run alone, and says which one it leaves out and why."""
    at = visit("study/compare")
    assert "not finished: tanh · depth 1 · seed 0 (failed)" in at.info[0].value
    assert "relu" in at.success[0].value
    at.session_state["compare_views"] = "Networks"
    at.run()
    networks = [list(table.value["network"]) for table in at.table if "network" in table.value]
    assert networks
    assert all(len(names) == 1 and names[0].startswith("relu · depth 1") for names in networks), networks


def test_compare_says_what_one_number_reaches_without_a_network(study: Study, visit: Visit, words: Words) -> None:
    """Below the curves, Compare shows the AUC of the strongest shortcut on the test photos."""
    at = visit("study/compare")
    assert "Without any network, " in words(at)
    assert any("alone" in str(chart.proto.spec) for chart in at.main.get("plotly_chart"))


def test_compare_of_a_study_without_runs_is_explained(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """If every run of a study was deleted, Compare says that there is nothing to compare."""
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
    """One unreadable study file does not hide the other studies; a link to it says that it cannot be read."""
    _add_older_study(workspace, study)
    (workspace.studies / f"{study.study_id}.json").write_text("{")
    at = visit("study/train", study=study.study_id)
    assert [at.selectbox[0].value, len(at.selectbox[0].options)] == [None, 1]
    assert "was not found. It cannot be read" in at.warning[-1].value
    assert visit("study/train").selectbox[0].value == OLDER


def test_review_of_a_filter_that_matches_nothing_says_so(study: Study, visit: Visit) -> None:
    """A filter without photos gets a hint what to change."""
    at = visit("data/review")
    at.segmented_control(key="review_status").set_value("rejected").run()
    assert not at.exception
    assert "No photo matches" in at.info[0].value


@pytest.mark.usefixtures("end_processes")
def test_train_page_revives_a_queue_whose_process_was_killed(
    workspace: Workspace,
    visit: Visit,
    add_photos: Callable[..., list[str]],
    start_tiny_study: Callable[..., Study],
    wait_until: Callable[[Callable[[], object], str], object],
) -> None:
    """Opening Train resumes queued runs whose dispatcher was killed."""
    add_photos(workspace, happy=10, sad=10)
    visit("study/train")
    study = start_tiny_study(workspace, activations=("relu", "tanh"))
    second = JobFolder(workspace.runs / study.run_ids[1])
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if DISPATCHER_MODULE in words and str(workspace.root) in words:
            process.kill()
    assert second.state().name == "queued"
    wait_until(lambda: visit("study/train") and second.state().name == "finished", "the second run has finished")


def test_leaking_run_is_marked_in_red_on_every_page_with_its_results(
    workspace: Workspace, study: Study, visit: Visit
) -> None:
    """Train and Predict put a red badge beside its name, Compare an error above the curves; there is no champion."""
    path = workspace.runs / study.run_ids[0] / "settings.json"
    settings = read_document(path)
    settings["config"]["split"] = "reshuffled"
    write_document(path, settings)
    label = find_run(workspace, study.run_ids[0]).config.label
    assert any(label in text.value and ":red-badge" in text.value for text in visit("study/train").markdown)
    compare = visit("study/compare")
    assert any("not valid results" in error.value and label in error.value for error in compare.error)
    assert "There is no champion" in compare.warning[0].value
    at = visit("use/predict", run=study.run_ids[0])
    at.file_uploader[0].upload("face.jpg", photo_bytes("sad", 100)).run()
    assert any(label in text.value and ":red-badge" in text.value for text in at.markdown)
