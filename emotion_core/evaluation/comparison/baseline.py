"""What a single number reaches on a study's test photos without a network, and whether the champion does better."""

from emotion_core.dataset import Catalog, PhotoNumbers, Snapshot, load_snapshot
from emotion_core.errors import DataError
from emotion_core.evaluation.comparison.compared_runs import ComparedRun
from emotion_core.evaluation.diagnosis import Baseline, strongest_baseline
from emotion_core.evaluation.statistics import SIGNIFICANCE, delong_test
from emotion_core.formatting import p_text, share_text
from emotion_core.settings import Workspace
from emotion_core.training import Study


def study_baseline(workspace: Workspace, study: Study) -> Baseline | None:
    """Return the single number that best separates the study's training photos, evaluated on its test photos.

    Photos that have been deleted from the catalog since are skipped.

    Args:
        workspace: that holds the photos.
        study: whose snapshot is read.

    Returns:
        None where the snapshot cannot be read, too little is known of its photos, or each fold has its own test photos.
    """
    try:
        snapshot = load_snapshot(workspace, study.snapshot)
    except DataError:
        return None
    if snapshot.folds:
        return None
    catalog = Catalog(workspace)
    return strongest_baseline(_photos(catalog, snapshot, "train"), _photos(catalog, snapshot, "test"))


def baseline_verdict(champion: ComparedRun | None, baseline: Baseline) -> str:
    """Return a sentence on what the number reaches, and whether the champion is clearly better on the same photos.

    Args:
        champion: of the study, None where it has none; then only the number is described.
        baseline: what the number reaches.
    """
    shortcut = baseline.shortcut
    hint = f"; in training photos the sad ones are {shortcut.direction}" if shortcut.direction else ""
    known = (
        f"Without any network, {shortcut.name} alone reaches AUC {share_text(shortcut.auc)} "
        f"[{share_text(shortcut.low)}–{share_text(shortcut.high)}] on the test photos{hint}."
    )
    row = {photo_id: number for number, photo_id in enumerate(champion.photo_ids)} if champion else {}
    if champion is None or not row.keys() >= set(baseline.photo_ids):
        return known
    scores = champion.test.p_sad[[row[photo_id] for photo_id in baseline.photo_ids]]
    test = delong_test(baseline.labels, scores, baseline.scores)
    numbers = f"AUC {share_text(test.auc_a)}, difference {share_text(test.difference)}, {p_text(test.p_value)}"
    if test.difference > 0 and test.p_value < SIGNIFICANCE:
        return f"{known} The champion is clearly better ({numbers})."
    return (
        f"{known} The champion is not clearly better ({numbers}): "
        f"nothing shows that it reads faces rather than {shortcut.name}."
    )


def _photos(catalog: Catalog, snapshot: Snapshot, split: str) -> list[PhotoNumbers]:
    labels = {item.photo_id: item.label for item in snapshot.items if item.split == split}
    # With the label that the study learned, whatever it was changed to since.
    return [photo._replace(label=labels[photo.photo_id]) for photo in catalog.numbers_of(list(labels))]
