"""A comparison as one HTML file that opens offline: figures, tables, settings, photos, environment.

The page itself is ``report.html.j2`` beside this module; autoescaping makes every name and sentence in it plain text.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from emotion_core.dataset import LABELS, load_snapshot
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import DataError, JobUnusable, SettingsError
from emotion_core.evaluation.comparison import ComparedStudies, study_baseline
from emotion_core.evaluation.figures import (
    MAX_CALIBRATIONS,
    alt_text,
    best_networks,
    calibration_sentence,
    calibration_table,
    cell_table,
    champion_table,
    confusion_figure,
    contrast_details,
    contrast_table,
    diagnosis_table,
    forest_figure,
    has_grid,
    has_interaction_figure,
    interaction_figure,
    named_scores,
    network_table,
    pair_table,
    precision_recall_figure,
    rates_table,
    reliability_figure,
    score_histograms,
    study_curves_figure,
    study_grid_figure,
    study_roc_figure,
    study_table,
    table_text,
)
from emotion_core.files import write_bytes
from emotion_core.settings import Workspace

_TEMPLATE = "report.html.j2"
INK = "#1c2430"  # text on the white page
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
        note=together.study.note,
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
        "forest_figure": _figure(
            forest_figure(answer), f"Means and differences with their intervals. {answer.sentence}"
        ),
        "interaction_figure": _figure(interaction_figure(answer), "Mean test AUC over depth")
        if has_interaction_figure(answer)
        else None,
        "contrast_table": _table(contrast_table(answer)) if answer.contrasts else None,
        "contrast_details": _table(contrast_details(answer)) if answer.contrasts else None,
        "cell_table": _table(cell_table(answer)),
    }


def _networks(workspace: Workspace, together: ComparedStudies) -> Context:
    baseline = study_baseline(workspace, together.study)
    tables = {
        "Every run": study_table(together),
        "Every run at its threshold": rates_table(together.runs),
        "Every network, with the mean over its seeds": network_table(together.runs),
        "Differences from the champion": champion_table(together),
        "Pair by pair": pair_table(together),
    }
    return {
        "roc_figure": _figure(study_roc_figure(together.runs, baseline=baseline), "ROC curves on the test photos"),
        "network_tables": {heading: _table(rows) for heading, rows in tables.items() if rows},
        "diagnosis_table": _table(diagnosis_table(together.runs)),
        "grid_figure": _figure(study_grid_figure(together.runs), "Mean test AUC by activation and depth")
        if has_grid(together.runs)
        else None,
        "curves_figure": _figure(study_curves_figure(together.runs), "Accuracy and loss over the epochs"),
    }


def _scores(together: ComparedStudies) -> Context:
    champion, scores = together.champion, named_scores(together.runs, by="activation")
    confusion = champion.numbers.confusion if champion is not None else None
    few = named_scores(best_networks(together.runs, together.comparison.champion, MAX_CALIBRATIONS))
    figures: dict[str, Callable[[], go.Figure]] = {
        "Precision over recall on the test photos": lambda: precision_recall_figure(scores, draw_single=False),
        "Share of sad photos over the mean P(sad) of their bin": lambda: reliability_figure(few),
        "Histograms of P(sad) of happy and of sad test photos": lambda: score_histograms(scores),
    }
    return {
        "confusion_figure": _figure(confusion_figure(confusion, champion.name), f"Confusion of {champion.name}")
        if champion and confusion
        else None,
        "score_figures": [_figure(draw(), title) for title, draw in figures.items()] if scores else [],
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


def _figure(figure: go.Figure, title: str) -> Markup:
    """Return a figure with its height, so that nothing below covers it, and with its text for screen readers."""
    figure = go.Figure(figure).update_layout(font={"color": INK})
    plot = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True},
        default_height=f"{figure.layout.height}px",
    )  # fmt: skip
    return Markup('<figure role="img" aria-label="{}">{}</figure>').format(alt_text(figure, title), Markup(plot))


def _table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the rows as an HTML table in the page's style of number; every cell is escaped."""
    texts = table_text(rows)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(title) for title in texts[0])
    body = (Markup("").join(Markup("<td>{}</td>").format(text) for text in row.values()) for row in texts)
    lines = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in body)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, lines)
