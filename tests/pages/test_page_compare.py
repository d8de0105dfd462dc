"""Compare, run by Streamlit's own AppTest: choices, threshold, photos, views, exports."""

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.dataset import Catalog, freeze
from emotion_core.documents import read_document, write_document
from emotion_core.settings import Workspace
from emotion_core.training import Study
from pages.components.compare.threshold import CELL_KEY

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
Words = Callable[[AppTest], str]
OTHER = "250101-000000-abcdef"


def _add_study(workspace: Workspace, study: Study, **changed: Any) -> None:
    """Add an older study with a copy of the finished run; settings in ``config`` are changed in that run."""
    config = changed.pop("config", {})
    run_id = f"{OTHER}-r001"
    shutil.copytree(workspace.runs / study.run_ids[0], workspace.runs / run_id)
    settings = workspace.runs / run_id / "settings.json"
    stored = read_document(settings)
    write_document(settings, {**stored, "study": OTHER, **changed, "config": {**stored["config"], **config}})
    listed = read_document(workspace.studies / f"{study.study_id}.json")
    write_document(workspace.studies / f"{OTHER}.json", {**listed, "study_id": OTHER, "run_ids": [run_id], **changed})


def _compare_with_other(visit: Visit, study: Study) -> AppTest:
    at = visit("study/compare", study=study.study_id)
    next(box for box in at.multiselect if box.label == "Compare with other studies").set_value([OTHER])
    at.run()
    assert not at.exception
    return at


def _table(at: AppTest, column: str) -> Any:
    """Open the tab of the networks, and return the first table with a column, without Markdown's backslashes."""
    at.session_state["compare_views"] = "Networks"
    at.run()
    return _last_table(at, column)


def _last_table(at: AppTest, column: str) -> Any:
    """Return the last table with a column, without Markdown's backslashes."""
    tables = [table.value.map(lambda text: text.replace("\\", "")) for table in at.table]
    return [table for table in tables if column in table][-1]


def _roc(at: AppTest) -> str:
    """Return the legend of the ROC curves."""
    specs = [json.loads(chart.proto.spec) for chart in at.main.get("plotly_chart")]
    roc = next(spec for spec in specs if "False positive rate" in str(spec["layout"].get("xaxis")))
    return "\n".join(line.get("name", "") for line in roc["data"])


@pytest.fixture
def older(workspace: Workspace, study: Study) -> Study:
    """Return the study, beside which there is an older one on the same photos, with another activation."""
    _add_study(workspace, study, config={"hidden_activation": "elu"})
    return study


def test_networks_of_another_study_on_the_same_photos_are_compared_with_these(older: Study, visit: Visit) -> None:
    """They are drawn in the figure, listed in the table, and tested against the champion."""
    at = _compare_with_other(visit, older)
    assert "study 2: elu · depth 1" in _roc(at)
    names = ["relu · depth 1 · seed 0 (champion)", "study 2: elu · depth 1 · seed 0"]
    assert list(_table(at, "diagnosis")["network"]) == names
    (difference,) = _table(at, "Δ AUC vs. champion")["Δ AUC vs. champion"]
    assert difference == ".00"


def test_a_study_on_other_photos_is_refused_with_the_reason(workspace: Workspace, study: Study, visit: Visit) -> None:
    """A study on another snapshot is refused with the number of differing photos, and none of its curves is drawn."""
    catalog = Catalog(workspace)
    catalog.mark(catalog.photo_ids(label="happy")[:2], status="rejected")
    _add_study(workspace, study, snapshot=freeze(catalog).fingerprint)
    at = _compare_with_other(visit, study)
    assert any("2 only in this study" in warning.value for warning in at.warning)
    assert "study 2" not in _roc(at)


def test_only_the_chosen_networks_are_drawn_and_all_are_compared(older: Study, visit: Visit) -> None:
    """Choosing an activation removes the others from the figure; table and champion do not change."""
    at = _compare_with_other(visit, older)
    champion = at.success[0].value
    at.button_group(key=f"hidden_activation-{older.study_id}").set_value(["elu"]).run()
    assert not at.exception
    assert "study 2: elu" in _roc(at)
    assert "relu · depth 1" not in _roc(at)
    assert len(_table(at, "diagnosis")) == 2
    assert at.success[0].value == champion


def test_the_answer_comes_before_the_curves_and_asks_for_seeds(older: Study, visit: Visit, words: Words) -> None:
    """Two networks of one seed each are no answer about activations, and the page says so above everything drawn."""
    text = words(_compare_with_other(visit, older))
    assert "These are 2 trained networks, each from a single seed" in text
    order = ("The answer", "ROC curves on the test photos", "Learning curves", "Networks and photos", "Export")
    assert sorted(order, key=text.index) == list(order)


def test_threshold_moves_the_confusion_matrix_with_the_costs(study: Study, visit: Visit) -> None:
    """The higher the cost of a missed sad photo, the lower the threshold, and no more are missed."""
    at = visit("study/compare")
    at.segmented_control(key="threshold_rule").set_value("Costs").run()
    missed, thresholds = [], []
    for ratio in (0.1, 10.0):
        at.select_slider(key="cost_ratio").set_value(ratio).run()
        assert not at.exception
        missed.append(int(at.button(key="cell-sad-happy").label.split("*")[2]))
        [rule] = [text.value for text in at.markdown if text.value.startswith("A photo is called sad if")]
        thresholds.append(float(rule.split("**")[1]))
    assert missed[0] >= missed[1]
    assert thresholds[0] > thresholds[1]


def test_a_cell_shows_its_photos_the_most_wrongly_scored_first(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """A press on a cell draws its photos as thumbnails of the app's own route, ordered by score."""
    at = visit("study/compare")
    scores = read_document(workspace.runs / study.run_ids[0] / "scores.json")
    for label, sign in (("sad", 1), ("happy", -1)):
        shown = ""
        for called in ("sad", "happy"):
            at.button(key=f"cell-{label}-{called}").click().run()
            assert not at.exception
            assert at.session_state[CELL_KEY] == (label, called)
            part = at.main.get("html")[-1].proto.body
            numbers = [float(text.split("<")[0]) for text in part.split("P(sad) = ")[1:]]
            assert numbers == sorted(numbers, reverse=sign < 0)
            shown += part
        rows = zip(scores["photo_ids"], scores["labels"], scores["splits"], strict=True)
        tested = [photo for photo, number, split in rows if split == "test" and number == (label == "sad")]
        assert [photo for photo in tested if f"/photos/{photo}/thumbnail" in shown] == tested


def test_every_view_can_be_drawn(older: Study, visit: Visit) -> None:
    """Each tab has its own figure or table, and only the open tab is drawn."""
    at = _compare_with_other(visit, older)
    views = ("Precision and recall", "Calibration", "Scores", "Pairs")
    charts = len(at.main.get("plotly_chart"))
    figures = {str(at.main.get("plotly_chart")[-1].proto.spec)}
    for view in views[:-1]:
        at.session_state["compare_views"] = view
        at.run()
        assert not at.exception
        assert len(at.main.get("plotly_chart")) == charts + 1
        figures.add(str(at.main.get("plotly_chart")[-1].proto.spec))
    assert len(figures) == len(views)
    at.session_state["compare_views"] = views[-1]
    at.run()
    assert len(at.main.get("plotly_chart")) == charts
    assert list(_last_table(at, "against")["against"])


def test_a_heatmap_is_drawn_where_there_is_a_grid_alone(older: Study, visit: Visit) -> None:
    """Two activations at one depth are a table, not a heatmap of two cells in a row."""
    at = _compare_with_other(visit, older)
    at.session_state["compare_views"] = "Networks"
    at.run()
    assert not at.exception
    assert not [chart for chart in at.main.get("plotly_chart") if "heatmap" in chart.proto.spec]


def test_every_table_fits_a_page(older: Study, visit: Visit) -> None:
    """No table that is read has more than eight columns, nor a number with more than three decimals."""
    at = _compare_with_other(visit, older)
    for view in ("Networks", "Calibration", "Pairs"):
        at.session_state["compare_views"] = view
        at.run()
        assert at.table
        for table in at.table:
            assert len(table.value.columns) <= 8
            assert not re.search(r"\.\d{4}", table.value.to_string())


def test_calibration_errors_stand_beside_what_calibration_shows(study: Study, visit: Visit, words: Words) -> None:
    """The tab has the error, what a perfectly calibrated network shows on as many photos, and a sentence on both."""
    at = visit("study/compare")
    at.session_state["compare_views"] = "Calibration"
    at.run()
    [row] = _last_table(at, "Brier score").to_dict("records")
    assert 0 < float(row["mean if calibrated"]) < float(row["95 % limit if calibrated"])
    assert row["calibration error is"] in ("within it", "larger")
    assert "a perfectly calibrated network would show" in words(at)


def test_one_label_missing_among_the_test_photos_is_said(
    workspace: Workspace, study: Study, visit: Visit, words: Words
) -> None:
    """Without sad test photos no curve is drawn and no error raised; the table and the views say why."""
    path = workspace.runs / study.run_ids[0] / "scores.json"
    stored = read_document(path)
    rows = [(label, split) for label, split in zip(stored["labels"], stored["splits"], strict=True)]
    splits = ["train" if row == (1, "test") else row[1] for row in rows]
    write_document(path, {**stored, "splits": splits})
    at = visit("study/compare")
    assert "No test AUC" in _table(at, "diagnosis")["diagnosis"][0]
    for view in ("Precision and recall", "Calibration", "Scores"):
        at.session_state["compare_views"] = view
        at.run()
        assert not at.exception
        assert "both labels" in words(at)


def test_pictures_are_kept_in_the_format_that_was_chosen(study: Study, visit: Visit) -> None:
    """Every chart is saved in the format chosen under Export."""
    at = visit("study/compare")
    charts = [chart.proto.config for chart in at.main.get("plotly_chart")]
    assert all('"format": "png"' in config for config in charts)
    at.segmented_control(key="picture_format").set_value("SVG").run()
    assert all('"format": "svg"' in chart.proto.config for chart in at.main.get("plotly_chart"))


def test_downloads_are_offered(study: Study, visit: Visit) -> None:
    """Report, answer, means, curves, scores and epochs have download buttons."""
    titles = [button.label for button in visit("study/compare").get("download_button")]
    assert titles == [
        "Report (HTML)",
        "Answer (CSV)",
        "Means (CSV)",
        "ROC curves (CSV)",
        "Scores (CSV)",
        "Epochs (CSV)",
    ]
