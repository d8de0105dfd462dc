"""A comparison as one HTML file that opens without a network: figures, tables, settings, photos, environment."""

import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from emotion_core.dataset import LABELS, load_snapshot
from emotion_core.errors import DataError, JobUnusable, SettingsError
from emotion_core.evaluation.comparison import ComparedStudies, baseline_verdict, study_baseline
from emotion_core.evaluation.figures import (
    calibration_table,
    champion_table,
    confusion_figure,
    diagnosis_table,
    named_scores,
    network_table,
    pair_table,
    precision_recall_figure,
    reliability_figure,
    score_histograms,
    study_curves_figure,
    study_grid_figure,
    study_roc_figure,
    study_table,
)
from emotion_core.files import write_bytes
from emotion_core.settings import Workspace

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430;
  background: #fff }
table { border-collapse: collapse; font-size: .85rem; display: block; overflow-x: auto }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #d9dfe7; text-align: left; vertical-align: top }
blockquote { margin: 1rem 0; padding: .6rem 1rem; background: #f3f5f8; border-left: 4px solid #0b63b0 }
.leaking { border-color: #D62728; color: #B01F20 }
.keep { margin: 0 .4rem 1rem 0 }
"""
# Plotly's own camera writes one format; these buttons write either.
_KEEP = """
document.querySelectorAll('.js-plotly-plot').forEach((plot, number) => ['png', 'svg'].forEach(format => {
  const button = document.createElement('button');
  button.className = 'keep';
  button.textContent = 'Save as ' + format.toUpperCase();
  button.onclick = () => Plotly.downloadImage(plot, { format, scale: 2, filename: 'figure-' + (number + 1) });
  plot.after(button);
}));
"""


def write_report(workspace: Workspace, together: ComparedStudies, path: Path) -> None:
    """Write the report to a file.

    Args:
        workspace: that holds the photos.
        together: what is compared.
        path: a file, which is written anew where it exists.

    Raises:
        JobUnusable: no run has finished.
        SettingsError: the file cannot be written.
    """
    text = html_report(workspace, together)
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        raise SettingsError(
            f"The report cannot be written: {error.strerror}. A file in a folder that exists was expected. "
            f"Received: file={str(path)!r}. Choose another."
        ) from error


def html_report(workspace: Workspace, together: ComparedStudies) -> str:
    """Return the report as one HTML document, plotly.js included, which refers to nothing outside itself.

    Args:
        workspace: that holds the photos.
        together: what is compared.

    Raises:
        JobUnusable: no run has finished.
    """
    if not together.runs:
        raise JobUnusable(
            "There is nothing to report yet. A study with a finished run was expected. "
            f"Received: study={together.study.study_id!r}. Wait for its runs, or see what they say on the Train page."
        )
    sections = {
        "What can be concluded": _conclusion,
        "ROC curves on the test photos": _roc,
        "Networks": _tables,
        "Diagnosis": _diagnosis,
        "Confusion of the champion": _confusion,
        "Activation and depth": lambda _, found: _figure(study_grid_figure(found.runs)),
        "Learning curves": lambda _, found: _figure(study_curves_figure(found.runs)),
        "Precision, calibration, scores": _scores,
        "Photos": _photos,
        "Settings": _settings,
        "Environment": _environment,
    }
    body = "".join(f"<h2>{escape(title)}</h2>{draw(workspace, together)}" for title, draw in sections.items())
    title = f"Comparison: {escape(together.study.title)}"
    written = f"<p>Written {time.strftime('%d %b %Y, %H:%M')} by Emotion Classifier.</p>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<script>{get_plotlyjs()}</script></head><body><h1>{title}</h1>{written}{body}"
        f"<script>{_KEEP}</script></body></html>"
    )


def _conclusion(_: Workspace, together: ComparedStudies) -> str:
    comparison, design = together.comparison, together.study.config.design
    leaking = [run.name for run in together.runs if run.config.leaks]
    red = f"Trained on photos that they were tested on, so their curves are no result: {', '.join(leaking)}."
    states = ", ".join(f"{name} ({state})" for name, state in together.unfinished)
    return (
        f"<blockquote><p>{escape(comparison.reason)}</p><p>{escape(comparison.conclusion)}</p></blockquote>"
        + (f"<p>{escape(design.sentence)}</p>" if design.confounded or design.crossed else "")
        + (f'<blockquote class="leaking">{escape(red)}</blockquote>' if leaking else "")
        + (f"<p>Not compared, because not finished: {escape(states)}.</p>" if states else "")
    )


def _roc(workspace: Workspace, together: ComparedStudies) -> str:
    baseline = study_baseline(workspace, together.study)
    verdict = f"<p>{escape(baseline_verdict(together.champion, baseline))}</p>" if baseline else ""
    return _figure(study_roc_figure(together.runs, baseline=baseline)) + verdict


def _tables(_: Workspace, together: ComparedStudies) -> str:
    tables = {
        "Every run": study_table(together),
        "Every network, with the mean over its seeds": network_table(together.runs),
        "Differences from the champion": champion_table(together),
        "Pair by pair": pair_table(together),
    }
    return "".join(f"<h3>{title}</h3>{_table(rows)}" for title, rows in tables.items() if rows)


def _diagnosis(_: Workspace, together: ComparedStudies) -> str:
    return _table(diagnosis_table(together.runs))


def _confusion(_: Workspace, together: ComparedStudies) -> str:
    champion = together.champion
    if champion is None or champion.numbers.confusion is None:
        return "<p>There is no champion with test photos.</p>"
    return _figure(confusion_figure(champion.numbers.confusion, champion.name))


def _scores(_: Workspace, together: ComparedStudies) -> str:
    scores = named_scores(together.runs)
    if not scores:
        return "<p>The test photos do not hold both labels.</p>"
    figures = (precision_recall_figure(scores), reliability_figure(scores), score_histograms(scores))
    return "".join(map(_figure, figures)) + _table(calibration_table(together.runs))


def _photos(workspace: Workspace, together: ComparedStudies) -> str:
    study = together.study
    named = f"<p>Snapshot <code>{escape(study.snapshot)}</code>, split seed {study.config.split_seed}.</p>"
    try:
        counts = load_snapshot(workspace, study.snapshot).counts()
    except DataError as error:
        return f"{named}<p>{escape(str(error))}</p>"
    return named + _table([{"part": split, **{label: row[label] for label in LABELS}} for split, row in counts.items()])


def _settings(_: Workspace, together: ComparedStudies) -> str:
    settings = [run.config.model_dump(mode="json") for run in together.runs]
    shared = {name: value for name, value in settings[0].items() if all(one[name] == value for one in settings)}
    differing = [
        {"network": run.name, **{name: str(value) for name, value in one.items() if name not in shared}}
        for run, one in zip(together.runs, settings, strict=True)
    ]
    same = [{"setting": name, "value": str(value)} for name, value in shared.items()]
    return f"<h3>The same for all</h3>{_table(same)}<h3>What differs</h3>{_table(differing)}"


def _environment(_: Workspace, together: ComparedStudies) -> str:
    found: dict[str, list[str]] = {}
    for run in together.runs:
        for name, value in run.environment.items():
            if name != "seed" and str(value) not in found.setdefault(name, []):
                found[name].append(str(value))
    rows = [{"what": name, "value": "; ".join(values)} for name, values in found.items()]
    return _table(rows) if rows else "<p>Not recorded.</p>"


def _figure(figure: go.Figure) -> str:
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False}))


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    return str(pd.DataFrame(rows).to_html(index=False, border=0, na_rep="", float_format="{:.3f}".format))
