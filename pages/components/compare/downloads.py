"""What a person takes away from Compare: the report, the numbers, the format of pictures."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.report import curves_csv, epochs_csv, scores_csv
from emotion_core.settings import Workspace
from pages.components.compare.selection import PICTURE_KEY, PICTURES


def show_export(workspace: Workspace, together: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    """Draw the downloads; nothing is put together before somebody asks for it.

    Args:
        workspace: that holds the photos.
        together: all that is compared, which the report holds.
        runs: those that are drawn, which the tables hold.
    """

    def report() -> str:
        # It loads all figures; the page should not wait for that.
        from emotion_core.evaluation.report import html_report

        return html_report(workspace, together)

    name = f"compare-{together.study.study_id}"
    files = {
        "Report (HTML)": (report, f"{name}.html", "text/html"),
        "ROC curves (CSV)": (lambda: curves_csv(runs), f"{name}-curves.csv", "text/csv"),
        "Scores (CSV)": (lambda: scores_csv(runs), f"{name}-scores.csv", "text/csv"),
        "Epochs (CSV)": (lambda: epochs_csv(runs), f"{name}-epochs.csv", "text/csv"),
    }
    with st.container(horizontal=True):
        for title, (make, file_name, kind) in files.items():
            st.download_button(title, make, file_name, kind, icon=":material/download:", on_click="ignore")
    st.caption("The report is one file with all networks, which opens without the internet. CSV: the networks above.")
    st.segmented_control(
        "Pictures as",
        PICTURES,
        default=PICTURES[0],
        required=True,
        key=PICTURE_KEY,
        help="What the camera above each figure saves: PNG for a screen, SVG for print.",
    )
