"""Every page in every state that a workspace can be in: no page breaks, and each says what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.documents import read_document, write_document
from emotion_core.files import write_json
from emotion_core.settings import WORKSPACE_VARIABLE, Workspace
from emotion_core.training import Study
from pages.components.common.markdown import escape_markdown

pytestmark = pytest.mark.slow

PAGES = {
    "start/home": "What does a network see in a face?",
    "data/collect": "Collect",
    "data/review": "Review",
    "study/configure": "Configure",
    "study/train": "Train",
    "study/compare": "Compare",
    "use/predict": "Predict",
    "learn/activations": "Activations",
    "learn/lesson": "Lesson",
}
NEEDS_A_NETWORK = {
    "study/train": "There is no study yet",
    "study/compare": "There is no study yet",
}
NOT_AN_ID = "../../etc/passwd"

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
every_page = pytest.mark.parametrize("page", PAGES)


def _delete_first_run(workspace: Workspace, study: Study) -> None:
    shutil.rmtree(workspace.runs / study.run_ids[0])


def _delete_all_runs(workspace: Workspace, study: Study) -> None:
    shutil.rmtree(workspace.runs)


def _damage_first_run(workspace: Workspace, study: Study) -> None:
    (workspace.runs / study.run_ids[0] / "settings.json").write_text('{"study": "x", "conf')


def _damage_scores(workspace: Workspace, study: Study) -> None:
    (workspace.runs / study.run_ids[0] / "scores.json").write_text('{"photo_ids": [')


def _damage_records(workspace: Workspace, study: Study) -> None:
    with (workspace.runs / study.run_ids[0] / "records.jsonl").open("ab") as stream:
        stream.write(b'\xff\xfe\n{"event": "epo')


def _kill_first_run(workspace: Workspace, study: Study) -> None:
    run = workspace.runs / study.run_ids[0]
    (run / "status.json").unlink()
    write_json(run / "process.json", {"pid": 1, "started": 0.0})


def _damage_study(workspace: Workspace, study: Study) -> None:
    (workspace.studies / f"{study.study_id}.json").write_bytes(b"\x00\xff{")


def _delete_snapshots(workspace: Workspace, study: Study) -> None:
    shutil.rmtree(workspace.snapshots)


DAMAGES = (
    _delete_first_run,
    _delete_all_runs,
    _damage_first_run,
    _damage_scores,
    _damage_records,
    _kill_first_run,
    _damage_study,
    _delete_snapshots,
)
every_damage = pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__.strip("_") for damage in DAMAGES])


@every_page
def test_every_page_opens_in_an_empty_workspace(page: str, visit: Visit) -> None:
    """Each page draws its heading in an empty workspace."""
    assert [title.value for title in visit(page).title] == [PAGES[page]]


@pytest.mark.parametrize("page", NEEDS_A_NETWORK)
def test_a_page_that_needs_a_network_says_where_to_get_one(page: str, visit: Visit) -> None:
    """If nothing has been trained, the page says so and how to start."""
    message = visit(page).info[0].value
    assert NEEDS_A_NETWORK[page] in message
    assert "guided study on the Home page" in message


def test_review_without_photos_leads_to_collect(visit: Visit) -> None:
    """Without photos, Review says so and links to Collect."""
    at = visit("data/review")
    assert "There are no photos yet" in at.info[0].value
    assert [link.proto.page for link in at.main.get("page_link")] == ["collect"]


@every_page
@pytest.mark.parametrize(("happy", "sad"), [(4, 0), (2, 1)])
def test_every_page_opens_with_few_photos(
    page: str, happy: int, sad: int, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Each page draws its heading, and the sidebar counts, with one class only and with three photos."""
    add_photos(workspace, happy=happy, sad=sad)
    at = visit(page)
    assert [title.value for title in at.title] == [PAGES[page]]
    assert at.sidebar.caption[0].value == f"{happy} happy, {sad} sad photos"


@pytest.mark.parametrize(("happy", "sad"), [(0, 0), (12, 0), (2, 1)])
def test_a_study_of_too_few_photos_is_refused(
    happy: int, sad: int, workspace: Workspace, add_photos: Callable[..., list[str]], visit: Visit
) -> None:
    """Start with too few photos says how many are needed and how many there are, and starts nothing."""
    add_photos(workspace, happy=happy, sad=sad)
    at = visit("study/configure")
    at.button(key="start_study").click().run()
    assert not at.exception
    assert "too few photos" in at.error[0].value
    assert escape_markdown(f"Received: {happy} happy, {sad} sad") in at.error[0].value
    assert not workspace.runs.exists()


@every_page
def test_every_page_opens_with_a_finished_and_a_failed_run(page: str, study: Study, visit: Visit) -> None:
    """Each page draws its heading if one run has finished and one has failed."""
    assert [title.value for title in visit(page).title] == [PAGES[page]]


@every_damage
@every_page
def test_no_page_breaks_over_a_damaged_workspace(
    page: str,
    damage: Callable[[Workspace, Study], None],
    workspace: Workspace,
    study: Study,
    visit: Visit,
) -> None:
    """Each page still draws its heading if files of a run, a study or a snapshot are deleted or damaged."""
    damage(workspace, study)
    assert [title.value for title in visit(page, study=study.study_id).title] == [PAGES[page]]


@pytest.mark.parametrize("study_id", ["261122-000000-abcdef", NOT_AN_ID])
@pytest.mark.parametrize("page", ["study/train", "study/compare"])
def test_an_address_with_an_unknown_study_is_said_and_kept(
    page: str, study_id: str, study: Study, visit: Visit
) -> None:
    """``?study=`` with an id that does not exist shows no other study in its place; the user can choose one."""
    at = visit(page, study=study_id)
    assert escape_markdown(f"The study {study_id}") + " was not found." in at.warning[0].value
    assert at.query_params["study"] == study_id
    at.selectbox[0].set_value(study.study_id).run()
    assert not at.exception
    assert not [warning for warning in at.warning if "was not found" in warning.value]
    assert at.query_params["study"] == study.study_id


@pytest.mark.parametrize("page", ["study/train", "study/compare"])
def test_a_study_that_was_deleted_while_it_was_shown_is_followed_by_the_newest(
    page: str, workspace: Workspace, study: Study, visit: Visit
) -> None:
    """The address named it because the page had put it there."""
    at = visit(page)
    stored = workspace.studies / f"{study.study_id}.json"
    newer = stored.with_name("991231-235959-ffffff.json")
    write_document(newer, {**read_document(stored), "study_id": newer.stem})
    stored.unlink()
    at.run()
    assert not at.exception
    assert not [warning for warning in at.warning if "was not found" in warning.value]
    assert at.query_params["study"] == newer.stem


def test_an_address_with_an_unknown_run_is_said_on_train(study: Study, visit: Visit) -> None:
    """``?run=`` alone leads to the run's study, if there is such a run."""
    at = visit("study/train", run="gone")
    assert at.warning[0].value.startswith("The run gone was not found.")
    assert at.query_params["run"] == "gone"
    assert visit("study/train", run=study.run_ids[0]).selectbox[0].value == study.study_id


@pytest.mark.parametrize("page", ["study/train", "study/compare"])
def test_an_address_with_a_study_and_no_study_there_is_explained(page: str, visit: Visit) -> None:
    """``?study=`` in an empty workspace leads to the hint how to start a study."""
    assert "There is no study yet" in visit(page, study="261122-000000-abcdef").info[0].value


@every_page
def test_a_damaged_catalog_is_named_on_every_page(page: str, workspace: Workspace, visit: Visit, words: Words) -> None:
    """If the catalog is no database, each page still opens, and the sidebar or the page names the file."""
    workspace.catalog.write_bytes(b"this is not a database, but it is long enough to be looked at" * 20)
    at = visit(page)
    text = words(at) + "".join(caption.value for caption in (*at.sidebar.caption, *at.sidebar.error))
    assert "The catalog of photos cannot be used" in text
    assert escape_markdown(workspace.catalog) in text


@every_page
def test_a_workspace_that_cannot_be_made_is_named(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Visit
) -> None:
    """If the workspace is a file, each page says that it cannot be made and how to choose another."""
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(file))
    message = visit(page).error[0].value
    assert "The workspace folder cannot be created" in message
    assert escape_markdown("EMOTION_WORKSPACE") in message


@every_page
def test_the_app_opens_whatever_folder_it_was_started_from(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Visit
) -> None:
    """No page depends on the folder from which the server was started."""
    monkeypatch.chdir(tmp_path)
    assert [title.value for title in visit(page).title] == [PAGES[page]]
