"""What is taken away from a comparison: one HTML file that stands on its own, and tables of the numbers."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

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
    """Sentence, snapshot, settings, environment and drawn figures are in it; no address is fetched on opening it."""
    text = html_report(studied, together)
    [run] = together.runs
    for word in (together.comparison.reason, together.study.snapshot, run.name, "learning_rate", "tensorflow"):
        assert word in text
    assert text.count("Plotly.newPlot(") >= 7
    body = text[: text.index("<script>")] + text[text.rindex("</style>") :].split("</script>", 1)[1]
    assert re.findall(r"""(?:src|href)=["'](?!#)""", body) == []
    assert text.count("plotly.js v") == 1


def test_report_shows_names_as_text(studied: Workspace, together: ComparedStudies) -> None:
    """Markup in the name of a network is shown and not run."""
    run = replace(together.runs[0], name="<script>alert(1)</script>")
    text = html_report(studied, replace(together, runs=(run,)))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_report_without_finished_runs_is_refused(studied: Workspace, together: ComparedStudies) -> None:
    """Where nothing has finished there is nothing to report, and that is said."""
    with pytest.raises(JobUnusable, match="nothing to report yet"):
        html_report(studied, replace(together, runs=()))


def test_report_to_a_place_that_is_none_is_refused(
    studied: Workspace, together: ComparedStudies, tmp_path: Path
) -> None:
    """A file where a folder was named is no place to write to."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written"):
        write_report(studied, together, tmp_path / "file" / "report.html")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_tables_hold_the_numbers_unrounded(together: ComparedStudies) -> None:
    """The AUC that is drawn comes out of the scores, curves run from corner to corner, every epoch has a row."""
    [run] = together.runs
    scores = _rows(scores_csv(together.runs))
    found = auc([int(row["label"]) for row in scores], [float(row["p_sad"]) for row in scores])
    assert found == run.numbers.test_auc
    curve = _rows(curves_csv(together.runs))
    ends = [(row["false_positive_rate"], row["true_positive_rate"]) for row in (curve[0], curve[-1])]
    assert ends == [("0.0", "0.0"), ("1.0", "1.0")]
    assert [row["epoch"] for row in _rows(epochs_csv(together.runs))] == ["1", "2"]


def test_tables_hold_no_formula(together: ComparedStudies) -> None:
    """A network's name that begins like a formula is a text in a spreadsheet too."""
    run = replace(together.runs[0], name="=1+1")
    assert {row["network"] for row in _rows(scores_csv([run]))} == {"'=1+1"}
