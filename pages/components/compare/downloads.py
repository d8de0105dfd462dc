"""Downloads on Compare: the report, the numbers as CSV, and the image format of the charts."""

from collections.abc import Callable, Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.report import answer_csv, cells_csv, curves_csv, epochs_csv, scores_csv
from emotion_core.settings import Workspace
from pages.components.compare.selection import IMAGE_FORMAT_KEY, IMAGE_FORMATS


def show_export(workspace: Workspace, compared: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    """Draw the download buttons; a file is generated only when its button is pressed.

    Args:
        workspace: holds the photos shown in the report.
        compared: all compared runs, which the report covers.
        runs: the runs selected on the page, which the CSV files cover.
    """

    def report() -> str:
        # Imported on demand: the report loads every figure, and the page should not wait for that.
        from emotion_core.evaluation.report import html_report

        return html_report(workspace, compared)

    name, answer = f"compare-{compared.study.study_id}", compared.comparison.answer
    files: dict[str, tuple[Callable[[], str], str, str]] = {"Report (HTML)": (report, f"{name}.html", "text/html")}
    if answer is not None:
        files |= {
            "Answer (CSV)": (lambda: answer_csv(answer), f"{name}-answer.csv", "text/csv"),
            "Means (CSV)": (lambda: cells_csv(answer), f"{name}-means.csv", "text/csv"),
        }
    files |= {
        "ROC curves (CSV)": (lambda: curves_csv(runs), f"{name}-curves.csv", "text/csv"),
        "Scores (CSV)": (lambda: scores_csv(runs), f"{name}-scores.csv", "text/csv"),
        "Epochs (CSV)": (lambda: epochs_csv(runs), f"{name}-epochs.csv", "text/csv"),
    }
    with st.container(horizontal=True):
        for title, (make, file_name, kind) in files.items():
            st.download_button(title, make, file_name, kind, icon=":material/download:", on_click="ignore")
    st.caption(
        "The report is one file with all networks and opens offline. Answer and means cover all networks, the other "
        "CSV files the networks selected above."
    )
    st.segmented_control(
        "Chart download format (camera icon above each chart)",
        IMAGE_FORMATS,
        default=IMAGE_FORMATS[0],
        required=True,
        key=IMAGE_FORMAT_KEY,
        help="PNG for the screen, SVG for print.",
    )
