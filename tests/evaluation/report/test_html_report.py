"""Downloads of a comparison: one self-contained HTML file, and CSV tables of the numbers."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import escape

from emotion_core.errors import JobUnusable, SettingsError
from emotion_core.evaluation import auc
from emotion_core.evaluation.comparison import ComparedStudies, compare_studies, study_baseline
from emotion_core.evaluation.report import curves_csv, epochs_csv, html_report, scores_csv, write_report
from emotion_core.settings import Workspace
from emotion_core.training import list_studies


@pytest.fixture(scope="module")
def together(studied: Workspace) -> ComparedStudies:
    """Return the comparison of the study that was trained."""
    [study] = list_studies(studied)
    return compare_studies(studied, [study], study_baseline(studied, study))


def test_report_holds_what_the_page_says_and_refers_to_nothing_outside(
    studied: Workspace, together: ComparedStudies
) -> None:
    """It holds conclusion, snapshot, settings, environment and figures, and loads no address when opened."""
    text = html_report(studied, together)
    [run] = together.runs
    for word in (together.comparison.reason, together.study.snapshot, run.name, "learning_rate", "tensorflow"):
        assert word in text
    assert text.count("Plotly.newPlot(") >= 7
    body = text[: text.index("<script>")] + text[text.rindex("</style>") :].split("</script>", 1)[1]
    assert re.findall(r"""(?:src|href)=["'](?!#)""", body) == []
    assert text.count("plotly.js v") == 1


def test_report_says_where_the_split_came_from(studied: Workspace, together: ComparedStudies) -> None:
    """A random split has its seed, and that of the data set is called so."""
    study = together.study
    assert f"</code>, split seed {study.config.split_seed}." in html_report(studied, together)
    own = replace(study, config=study.config.model_copy(update={"split_source": "predefined"}))
    assert "</code>, the data set&#39;s own split." in html_report(studied, replace(together, study=own))


def test_report_concludes_with_the_shortcut_and_reads_the_calibration(
    studied: Workspace, together: ComparedStudies
) -> None:
    """What one number reaches stands in the conclusion, once; the calibration error beside what calibration shows."""
    text = html_report(studied, together)
    baseline = together.comparison.baseline
    assert baseline is not None
    conclusion = text[text.index("<h2>The champion") : text.index("<h2>ROC curves")]
    assert escape(baseline.sentence) in conclusion
    assert text.count(f"Without any network, {baseline.name} alone") == 1
    assert "a perfectly calibrated network would show" in text
    assert "95 % limit if calibrated" in text


def test_report_shows_names_as_text(studied: Workspace, together: ComparedStudies) -> None:
    """Markup in the name of a network is shown as text."""
    run = replace(together.runs[0], name="<script>alert(1)</script>")
    text = html_report(studied, replace(together, runs=(run,)))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_report_without_finished_runs_is_refused(studied: Workspace, together: ComparedStudies) -> None:
    """Without a finished run the report is refused."""
    with pytest.raises(JobUnusable, match="nothing to report yet"):
        html_report(studied, replace(together, runs=()))


def test_report_below_a_file_is_refused(studied: Workspace, together: ComparedStudies, tmp_path: Path) -> None:
    """A path whose folder is a file cannot be written."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written"):
        write_report(studied, together, tmp_path / "file" / "report.html")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_tables_hold_the_numbers_unrounded(together: ComparedStudies) -> None:
    """The scores give the test AUC exactly, curves run from corner to corner, every epoch has a row."""
    [run] = together.runs
    scores = _rows(scores_csv(together.runs))
    test_auc = auc([int(row["label"]) for row in scores], [float(row["p_sad"]) for row in scores])
    assert test_auc == run.numbers.test_auc
    curve = _rows(curves_csv(together.runs))
    ends = [(row["false_positive_rate"], row["true_positive_rate"]) for row in (curve[0], curve[-1])]
    assert ends == [("0.0", "0.0"), ("1.0", "1.0")]
    assert [row["epoch"] for row in _rows(epochs_csv(together.runs))] == ["1", "2"]


def test_tables_hold_no_formula(together: ComparedStudies) -> None:
    """A network's name that starts like a formula stays text in a spreadsheet."""
    run = replace(together.runs[0], name="=1+1")
    assert {row["network"] for row in _rows(scores_csv([run]))} == {"'=1+1"}
