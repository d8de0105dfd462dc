"""The model card of a run: purpose, photos, accuracy, known gaps, training.

Its sections follow Mitchell et al. 2019, *Model Cards for Model Reporting*. The text is ``model_card.md.j2`` beside
this module.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion_core.dataset import LABELS, Catalog, Snapshot, load_snapshot
from emotion_core.errors import DataError, StatisticsError
from emotion_core.evaluation.comparison import RunComparison, StudyComparison, compare, run_scores_record
from emotion_core.evaluation.diagnosis import Baseline
from emotion_core.formatting import count_text
from emotion_core.jobs import Record
from emotion_core.network import parameter_count
from emotion_core.prediction.decision import Decision, decision_of
from emotion_core.prediction.learned_from import learned_from_faces
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig, Scores

MAX_ROWS = 12
_TEMPLATE, _STARTER_TEMPLATE = "model_card.md.j2", "starter_card.md.j2"
_MARKUP = re.compile(r"[\\`*\[\]<>|#]")


class Markdown(str):
    """Text that is Markdown already, so the template inserts it unchanged."""

    __slots__ = ()


def model_card(
    workspace: Workspace,
    run: Run,
    compared: StudyComparison,
    baseline: Baseline | None,
    shipped: Scores | None = None,
) -> str:
    """Return a description of the network for its later users, as Markdown.

    Args:
        workspace: that holds the run's photos.
        run: a finished run.
        compared: the comparison of the run's study.
        baseline: the best single number on the study's test photos, where it is known.
        shipped: scores of the network as it is delivered, where they differ from the run's: its figures and threshold.
    """
    own = shipped or run.scores()
    scores = None if own is None else run_scores_record(run, own)
    # Compared alone: in a cross-validated study the comparison pools the numbers of several networks.
    numbers = compare([scores], diagnoses={}).runs[0] if scores is not None else None
    begun = [time.strftime("%d %B %Y", time.gmtime(record["time"])) for record in run.records("begin")[:1]]
    return _rendered(
        _TEMPLATE,
        config=run.config,
        learned_from_faces=learned_from_faces(run),
        depth_text=count_text(run.config.depth, "convolution block"),
        parameters=f"{parameter_count(run.config):,}",
        is_champion=compared.comparison.champion == run.run_id,
        input=run.config.input_spec,
        snapshot=run.snapshot,
        photos=_photos(workspace, run),
        numbers=numbers,
        auc=_auc_text,
        decision=None if own is None else _decision(own),
        rates=_rates(numbers) if numbers else None,
        comparison=compared.comparison,
        networks=_networks(run, compared),
        more_networks=max(len(compared.comparison.runs) - MAX_ROWS, 0),
        gaps=_gaps(run, compared, baseline),
        begun=begun[0] if begun else "",
        epochs=len(run.epochs),
        kept_epoch=run.kept_epoch,
        has_renewed_statistics=run.has_renewed_statistics,
        settings=_settings(run),
        environment=_environment(run),
    )


def _decision(scores: Scores) -> Decision | None:
    try:
        return decision_of(scores)
    except StatisticsError:  # the note on the validation AUC says why
        return None


def starter_card(config: RunConfig, about: str, counts: Mapping[str, int], answers: Mapping[str, Any]) -> str:
    """Return a description of the starter for its users, as Markdown.

    Args:
        config: of its network.
        about: one sentence on its photos and its AUC.
        counts: number of faces that it was trained on: ``happy and sad`` and, if it has learned them, ``neither``.
        answers: content of its ``answers.json``.
    """
    return _rendered(
        _STARTER_TEMPLATE,
        about=about,
        input=config.input_spec,
        counts=counts,
        answers=answers,
        titles={"all": "all", "small": "cut-out faces, at most 96 pixels", "large": "larger photos"},
    )


def _rendered(template: str, **values: Any) -> str:
    # Imported here: a page that only offers the export need not wait for it.
    import jinja2

    # Every value is escaped for Markdown; HTML escaping would show as &lt; in a plain text view.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        finalize=_escape_markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(**values)


def _photos(workspace: Workspace, run: Run) -> dict[str, Any] | str:
    """Return what the card says about the photos, or why the snapshot cannot be read."""
    try:
        snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold, run.config.seed)
    except DataError as error:
        return str(error)
    counts = snapshot.counts()
    labels = {item.photo_id: item.label for item in snapshot.items}
    photos = Catalog(workspace).photos_of(list(labels))
    return {
        "training": sum(counts["train"].values()),
        "validation": sum(counts["validation"].values()),
        "test": sum(counts["test"].values()),
        "split": f". {snapshot.predefined.sentence}" if snapshot.predefined else f", drawn with seed {snapshot.seed}.",
        "near_copies": _near_copies(snapshot),
        "parts": _table(["part", *LABELS], [[part, *row.values()] for part, row in counts.items()]),
        "sources": _sources(Counter((photo.source, labels[photo.photo_id]) for photo in photos)),
        "deleted": len(labels) - len(photos),
    }


def _near_copies(snapshot: Snapshot) -> str:
    if snapshot.clusters is None:
        return "Near copies were not looked for."
    if not snapshot.clusters:
        return "No near copies were found among them."
    return f"Near copies stay in one part; there are {count_text(snapshot.clusters, 'group')} of them."


def _sources(counts: Counter[tuple[str, str]]) -> Markdown:
    """Return the number of photos by source and label, with the label as it was in training."""
    totals: Counter[str] = Counter()
    for (source, _), count in counts.items():
        totals[source] += count
    sources = [source for source, _ in totals.most_common(MAX_ROWS)]
    rows: list[list[object]] = [[source, *(counts[source, label] for label in LABELS)] for source in sources]
    others = [source for source in totals if source not in sources]
    if others:
        rows.append([f"{len(others)} others", *(sum(counts[source, label] for source in others) for label in LABELS)])
    return _table(["source", *LABELS], rows)


def _rates(row: RunComparison) -> Markdown | None:
    """Return the rates on the test photos at the threshold; the intervals are Wilson's (1927, JASA 22:209)."""
    counts = row.confusion
    if counts is None:
        return None
    happy, sad = counts.true_happy + counts.false_sad, counts.true_sad + counts.false_happy
    rates = {
        "accuracy": (counts.true_happy + counts.true_sad, happy + sad),
        "sensitivity (sad photos called sad)": (counts.true_sad, sad),
        "specificity (happy photos called happy)": (counts.true_happy, happy),
        "precision (photos called sad that are)": (counts.true_sad, counts.true_sad + counts.false_sad),
    }
    rows = [[name, f"{correct} of {n}", *_share_texts(correct, n)] for name, (correct, n) in rates.items()]
    return _table(["on the test photos", "count", "share", "95 % interval"], rows)


def _share_texts(correct: int, n: int) -> list[str]:
    if not n:
        return ["unknown", ""]
    # Imported here: it takes a second, and a page that only offers the export need not wait for it.
    from scipy.stats import binomtest

    interval = binomtest(correct, n).proportion_ci(method="wilson")
    return [f"{correct / n:.3f}", f"{interval.low:.3f} to {interval.high:.3f}"]


def _networks(run: Run, compared: StudyComparison) -> Markdown:
    rows = [
        [
            Markdown(f"**{_escape_markdown(row.name)}**") if row.run_id == run.run_id else row.name,
            _auc_text(row.validation_auc),
            _auc_text(row.test_auc),
            f"{_auc_text(row.test_auc_low)} to {_auc_text(row.test_auc_high)}",
        ]
        for row in sorted(compared.comparison.runs, key=lambda row: -(row.validation_auc or 0))[:MAX_ROWS]
    ]
    return _table(["network", "validation AUC", "test AUC", "95 % interval"], rows)


def _gaps(run: Run, compared: StudyComparison, baseline: Baseline | None) -> list[str]:
    gaps = [f"{finding.sentence} {finding.evidence}".strip() for finding in compared.diagnoses.get(run.run_id, ())]
    if baseline is not None:
        gaps.append(f"Without any network, on the same test photos: {baseline.shortcut.sentence}")
    return gaps


def _settings(run: Run) -> Markdown:
    defaults = {name: field.get_default() for name, field in RunConfig.model_fields.items()}
    rows = [
        [Markdown(f"`{name}`"), value, defaults[name]]
        for name, value in dict(run.config).items()
        if value != defaults[name] and name != "name"
    ]
    return _table(["setting", "value", "default"], rows)


def _environment(run: Run) -> Markdown | None:
    known: Record = next((record.get("environment", {}) for record in run.records("begin")), {})
    rows = [[name, value] for name, value in known.items() if name != "seed" and value != []]
    return _table(["what", "value"], rows) if rows else None


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Markdown:
    lines: list[Sequence[object]] = [heads, ["---"] * len(heads), *rows]
    return Markdown("\n".join(f"| {' | '.join(map(_escape_markdown, line))} |" for line in lines))


def _auc_text(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _escape_markdown(value: object) -> str:
    r"""Return the value on one line, escaped so that Markdown shows every character and renders no markup.

    >>> print(_escape_markdown("![x](a) <b>"))
    !\[x\](a) \<b\>
    """
    return value if isinstance(value, Markdown) else _MARKUP.sub(r"\\\g<0>", " ".join(str(value).split()))
