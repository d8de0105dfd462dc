"""Downloads of a comparison: the HTML report and CSV files."""

from emotion_core.evaluation.report.csv_files import answer_csv, cells_csv, curves_csv, epochs_csv, scores_csv
from emotion_core.evaluation.report.html_report import html_report, write_report

__all__ = [
    "answer_csv",
    "cells_csv",
    "curves_csv",
    "epochs_csv",
    "html_report",
    "scores_csv",
    "write_report",
]
