"""The model card of a run: what it is, what it is for, what it learned from, how good it is, what is not known of it.

Its sections follow Mitchell et al. 2019, *Model Cards for Model Reporting*.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from emotion_core.dataset import LABELS, Catalog, Snapshot, load_snapshot
from emotion_core.errors import DataError
from emotion_core.evaluation import Baseline, RunComparison, compare
from emotion_core.evaluation.comparison import StudyComparison, run_scores
from emotion_core.formatting import count_text
from emotion_core.images import InputSpec
from emotion_core.jobs import Record
from emotion_core.network import parameter_count
from emotion_core.prediction.uncertainty_band import UncertaintyBand
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig

MOST_ROWS = 12
_MARKUP = re.compile(r"[\\`*\[\]<>|#]")


def model_card(
    workspace: Workspace, run: Run, compared: StudyComparison, baseline: Baseline | None, band: UncertaintyBand
) -> str:
    """Return a description of the network for whoever meets it later, as Markdown.

    Args:
        workspace: that holds its photos.
        run: a finished run.
        compared: its study.
        baseline: what one number alone reaches on the study's test photos, where that is known.
        band: where the network is not sure.
    """
    scores = run_scores(run)
    # Its own figures: those of a cross-validated study are of several networks.
    numbers = compare([scores], diagnoses={}).runs[0] if scores is not None else None
    sections = {
        "Intended use": _use(),
        "How photos reach it": _input(run.config.input_spec),
        "Photos": _photos(workspace, run),
        "How good it is": _figures(numbers, band) if numbers else "Not known.",
        "What it was compared with": _comparison(run, compared),
        "Diagnosis and known gaps": _gaps(run, compared, baseline),
        "Training": _training(run),
        "Environment": _environment(run),
    }
    return "\n\n".join([_summary(run, compared), *(f"## {title}\n\n{text}" for title, text in sections.items())]) + "\n"


def _summary(run: Run, compared: StudyComparison) -> str:
    champion = "It is the champion of its study." if compared.comparison.champion == run.run_id else ""
    config = run.config
    return (
        f"# {_plain(config.label)}\n\n"
        "A small convolutional network that says how likely a photo looks sad (1) rather than happy (0).\n"
        f"It has {count_text(config.depth, 'convolution block')} and {parameter_count(config):,} parameters. {champion}"
    ).rstrip()


def _use() -> str:
    return (
        "For learning what activation functions and depth do to a network, and for sorting one's own photos by "
        "expression.\n\n"
        "The answer describes an expression in a photo, not a feeling. It is not meant for judging people at work, in "
        "school,\nin hiring or in policing, and nobody should be treated differently because of it."
    )


def _input(view: InputSpec) -> str:
    values = "RGB" if view.color == "rgb" else "brightness (ITU-R BT.601)"
    crop = ", cut to the largest face where one is found" if view.face_crop else ""
    return (
        f"- Input: float32 of shape (n, {', '.join(map(str, view.shape))}), values 0 to 255, {values}{crop},\n"
        f"  resized ({view.interpolation}) without keeping the aspect ratio. Dividing by 255 is part of the network.\n"
        "- Output: P(sad), 0 to 1.\n"
        "- `predict.py` does all of that, as `python predict.py photo.jpg`."
    )


def _photos(workspace: Workspace, run: Run) -> str:
    named = f"Snapshot `{run.snapshot}`: photos, labels and split were frozen before training."
    try:
        snapshot = load_snapshot(workspace, run.snapshot).of_fold(run.config.fold)
    except DataError as error:
        return f"{named}\n\n{_plain(error)}"
    counts = snapshot.counts()
    totals = {split: sum(row.values()) for split, row in counts.items()}
    split = (
        f"{totals['train']} for training, {totals['validation']} for validation, {totals['test']} for test, drawn with "
        f"seed {snapshot.seed}."
    )
    return "\n\n".join(
        [
            f"{named}\n{split} {_near_copies(snapshot)}",
            _table(["part", *LABELS], [[part, *row.values()] for part, row in counts.items()]),
            _sources(workspace, snapshot),
        ]
    )


def _near_copies(snapshot: Snapshot) -> str:
    if snapshot.clusters is None:
        return "Whether there are near copies among them was not looked at."
    if not snapshot.clusters:
        return "No near copies were found among them."
    return f"Near copies stay in one part; there are {count_text(snapshot.clusters, 'group')} of them."


def _sources(workspace: Workspace, snapshot: Snapshot) -> str:
    """Return where the photos came from, with their label as it was then; those that were deleted are only counted."""
    labels = {item.photo_id: item.label for item in snapshot.items}
    found = Catalog(workspace).photos_of(list(labels))
    counts = Counter((photo.source, labels[photo.photo_id]) for photo in found)
    totals = Counter(photo.source for photo in found)
    sources = [source for source, _ in totals.most_common(MOST_ROWS)]
    rows = [[_plain(source), *(counts[source, label] for label in LABELS)] for source in sources]
    others = [source for source in totals if source not in sources]
    if others:
        rows.append([f"{len(others)} others", *(sum(counts[source, label] for source in others) for label in LABELS)])
    gone = len(labels) - len(found)
    note = f"\n\n{gone} of the photos were deleted since; where they came from is not known." if gone else ""
    return _table(["source", *LABELS], rows) + note


def _figures(row: RunComparison, band: UncertaintyBand) -> str:
    return "\n\n".join(
        [
            f"- Validation AUC {_number(row.validation_auc)}; test AUC {_number(row.test_auc)}\n"
            f"  (95 % interval {_number(row.test_auc_low)} to {_number(row.test_auc_high)}, DeLong).\n"
            f"- A photo counts as sad from P(sad) = {row.threshold:.3f}, chosen on the validation photos.\n"
            f"- {_sure(band)}",
            _rates(row),
            *([_plain(row.note)] if row.note else []),
        ]
    )


def _sure(band: UncertaintyBand) -> str:
    if band.empty:
        return "There is no P(sad) at which it is not sure."
    if band.low <= 0 and band.high >= 1:
        return "It is never sure: there were too few validation photos, fewer than nine of a label, to say when."
    return (
        f"From {band.low:.3f} to {band.high:.3f} it is **not sure**. Outside, of each label, at most about one photo "
        "in ten like\n  the validation photos is called the other one (split conformal prediction)."
    )


def _rates(row: RunComparison) -> str:
    """Return what the threshold does to the test photos; the intervals are Wilson's (1927, JASA 22:209)."""
    counts = row.confusion
    if counts is None:
        return "The test photos do not hold both labels."
    happy, sad = counts.true_happy + counts.false_sad, counts.true_sad + counts.false_happy
    rates = {
        "accuracy": (counts.true_happy + counts.true_sad, happy + sad),
        "sensitivity (sad photos called sad)": (counts.true_sad, sad),
        "specificity (happy photos called happy)": (counts.true_happy, happy),
        "precision (photos called sad that are)": (counts.true_sad, counts.true_sad + counts.false_sad),
    }
    rows = [[name, f"{right} of {n}", *_share(right, n)] for name, (right, n) in rates.items()]
    return _table(["on the test photos", "count", "share", "95 % interval"], rows)


def _share(right: int, n: int) -> list[str]:
    if not n:
        return ["unknown", ""]
    # Imported here: it takes a second, and a page that only offers the export need not wait for it.
    from scipy.stats import binomtest

    interval = binomtest(right, n).proportion_ci(method="wilson")
    return [f"{right / n:.3f}", f"{interval.low:.3f} to {interval.high:.3f}"]


def _comparison(run: Run, compared: StudyComparison) -> str:
    rows = [
        [
            f"**{_plain(row.name)}**" if row.run_id == run.run_id else _plain(row.name),
            _number(row.validation_auc),
            _number(row.test_auc),
            f"{_number(row.test_auc_low)} to {_number(row.test_auc_high)}",
        ]
        for row in sorted(compared.comparison.runs, key=lambda row: -(row.validation_auc or 0))[:MOST_ROWS]
    ]
    more = len(compared.comparison.runs) - len(rows)
    return "\n\n".join(
        [
            f"{_plain(compared.comparison.reason)} {_plain(compared.comparison.conclusion)}",
            _table(["network", "validation AUC", "test AUC", "95 % interval"], rows),
            *([f"And {more} more."] if more else []),
        ]
    )


def _gaps(run: Run, compared: StudyComparison, baseline: Baseline | None) -> str:
    gaps = [f"{finding.sentence} {finding.evidence}".strip() for finding in compared.diagnoses.get(run.run_id, ())]
    if baseline is not None:
        gaps.append(f"Without any network, on the same test photos: {baseline.shortcut.sentence}")
    gaps += [
        "It knows only photos like those it was trained on.",
        "Who is in the photos (age, sex, skin colour, culture) is not known, so neither is for whom it works worse.",
        "The labels were given by whoever collected the photos; how far people agree on them was not measured.",
        "It sees the largest face alone where one is found, and the whole photo where none is."
        if run.config.face_crop
        else "It sees the whole photo: what is around a face counts too.",
    ]
    return _list(map(_plain, gaps))


def _training(run: Run) -> str:
    begun = [time.strftime("%d %B %Y", time.gmtime(record["time"])) for record in run.records("begin")[:1]]
    kept = f", of which the weights of epoch {run.kept_epoch} were kept" if run.kept_epoch is not None else ""
    date = f"Trained on {begun[0]}" if begun else "Trained"
    defaults = {name: field.get_default() for name, field in RunConfig.model_fields.items()}
    rows = [
        [f"`{name}`", f"{_plain(value)}", f"{_plain(defaults[name])}"]
        for name, value in dict(run.config).items()
        if value != defaults[name] and name != "name"
    ]
    return (
        f"{date}, {len(run.epochs)} epochs{kept}, seed {run.config.seed}. `settings.json` holds every setting; these "
        f"differ from the defaults:\n\n{_table(['setting', 'value', 'default'], rows)}"
    )


def _environment(run: Run) -> str:
    known: Record = next((record.get("environment", {}) for record in run.records("begin")), {})
    rows = [[_plain(name), _plain(value)] for name, value in known.items() if name != "seed" and value != []]
    return _table(["what", "value"], rows) if rows else "Not recorded."


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _plain(text: object) -> str:
    r"""Return text from elsewhere so that Markdown shows every character of it, on one line, and draws nothing else.

    >>> print(_plain("![x](a) <b>"))
    !\[x\](a) \<b\>
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(str(text).split()))
