"""A comparison as one HTML file that opens offline: figures, tables, settings, photos, environment.

The page itself is ``report.html.j2`` beside this module; autoescaping makes every name and sentence in it plain text.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from emotion_core.dataset import LABELS, load_snapshot
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import DataError, JobUnusable, SettingsError
from emotion_core.evaluation.comparison import ComparedStudies, study_baseline
from emotion_core.evaluation.figures import (
    calibration_sentence,
    calibration_table,
    cell_table,
    champion_table,
    confusion_figure,
    contrast_table,
    diagnosis_table,
    forest_figure,
    has_interaction_figure,
    interaction_figure,
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

_TEMPLATE = "report.html.j2"
Context = dict[str, Any]


def write_report(workspace: Workspace, together: ComparedStudies, path: Path) -> None:
    """Write the report to a file.

    Args:
        workspace: that holds the photos.
        together: the compared studies.
        path: file to write; an existing file is replaced.

    Raises:
        JobUnusable: no run has finished.
        DiskFull: the disk is full.
        SettingsError: the file cannot be written.
    """
    text = html_report(workspace, together)
    try:
        with naming_full_disk(path):
            write_bytes(path, text.encode())
    except OSError as error:
        raise SettingsError(
            f"The report cannot be written: {error.strerror}. Expected a file in a folder that exists. "
            f"Received: file={str(path)!r}. Choose another file."
        ) from error


def html_report(workspace: Workspace, together: ComparedStudies) -> str:
    """Return the report as one HTML document that includes plotly.js and loads nothing from elsewhere.

    Args:
        workspace: that holds the photos.
        together: the compared studies.

    Raises:
        JobUnusable: no run has finished.
    """
    if not together.runs:
        raise JobUnusable(
            "There is nothing to report yet. Expected a study with a finished run. "
            f"Received: study={together.study.study_id!r}. Wait for its runs, or check them on the Train page."
        )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(_TEMPLATE).render(
        title=together.study.title,
        written=time.strftime("%d %b %Y, %H:%M"),
        plotly_js=Markup(get_plotlyjs()),
        **_conclusion(together),
        **_answer(together),
        **_networks(workspace, together),
        **_scores(together),
        **_photos(workspace, together),
        **_settings(together),
        environment_table=_environment(together),
    )


def _conclusion(together: ComparedStudies) -> Context:
    design = together.study.config.design
    return {
        "comparison": together.comparison,
        "design_sentence": design.sentence if design.confounded or design.crossed else "",
        "leaking": [run.name for run in together.runs if run.config.leaks],
        "unfinished": together.unfinished,
    }


def _answer(together: ComparedStudies) -> Context:
    answer = together.comparison.answer
    if answer is None:
        return {"answer": None, "no_answer": together.comparison.no_answer}
    return {
        "answer": answer,
        "forest_figure": _figure(forest_figure(answer)),
        "interaction_figure": _figure(interaction_figure(answer)) if has_interaction_figure(answer) else None,
        "contrast_table": _table(contrast_table(answer)) if answer.contrasts else None,
        "cell_table": _table(cell_table(answer)),
    }


def _networks(workspace: Workspace, together: ComparedStudies) -> Context:
    baseline = study_baseline(workspace, together.study)
    tables = {
        "Every run": study_table(together),
        "Every network, with the mean over its seeds": network_table(together.runs),
        "Differences from the champion": champion_table(together),
        "Pair by pair": pair_table(together),
    }
    return {
        "roc_figure": _figure(study_roc_figure(together.runs, baseline=baseline)),
        "network_tables": {heading: _table(rows) for heading, rows in tables.items() if rows},
        "diagnosis_table": _table(diagnosis_table(together.runs)),
        "grid_figure": _figure(study_grid_figure(together.runs)),
        "curves_figure": _figure(study_curves_figure(together.runs)),
    }


def _scores(together: ComparedStudies) -> Context:
    champion, scores = together.champion, named_scores(together.runs)
    confusion = champion.numbers.confusion if champion is not None else None
    draw = (precision_recall_figure, reliability_figure, score_histograms)
    return {
        "confusion_figure": _figure(confusion_figure(confusion, champion.name)) if champion and confusion else None,
        "score_figures": [_figure(figure(scores)) for figure in draw] if scores else [],
        "calibration_table": _table(calibration_table(together.runs)),
        "calibration_sentence": calibration_sentence(together.runs),
    }


def _photos(workspace: Workspace, together: ComparedStudies) -> Context:
    study = together.study
    table, problem, details = None, "", ""
    try:
        snapshot = load_snapshot(workspace, study.snapshot)
        counts = snapshot.counts()
        details = snapshot.predefined.changes if study.config.is_predefined and snapshot.predefined else ""
        table = _table([{"part": split, **{label: row[label] for label in LABELS}} for split, row in counts.items()])
    except DataError as error:
        problem = str(error)
    return {
        "snapshot": study.snapshot,
        "split_text": study.config.split_text,
        "split_details": details,
        "photo_table": table,
        "photo_problem": problem,
    }


def _settings(together: ComparedStudies) -> Context:
    configs = [run.config.model_dump(mode="json") for run in together.runs]
    shared = {name: value for name, value in configs[0].items() if all(config[name] == value for config in configs)}
    differing = [
        {"network": run.name, **{name: str(value) for name, value in config.items() if name not in shared}}
        for run, config in zip(together.runs, configs, strict=True)
    ]
    return {
        "shared_settings": _table([{"setting": name, "value": str(value)} for name, value in shared.items()]),
        "differing_settings": _table(differing),
    }


def _environment(together: ComparedStudies) -> Markup | None:
    values: dict[str, list[str]] = {}
    for run in together.runs:
        for name, value in run.environment.items():
            if name != "seed" and str(value) not in values.setdefault(name, []):
                values[name].append(str(value))
    return _table([{"what": name, "value": "; ".join(texts)} for name, texts in values.items()]) if values else None


def _figure(figure: go.Figure) -> Markup:
    return Markup(figure.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False}))


def _table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the rows as an HTML table; pandas escapes the cells."""
    return Markup(pd.DataFrame(rows).to_html(index=False, border=0, na_rep="", float_format="{:.3f}".format))
