"""What a single number reaches on a study's test photos without a network, and whether the champion does better."""

from typing import Protocol

from emotion_core.dataset import Catalog, PhotoNumbers, Snapshot, load_snapshot
from emotion_core.errors import DataError
from emotion_core.evaluation.diagnosis import Baseline, BaselineTest, against_baseline, strongest_baseline
from emotion_core.evaluation.records import BaselineComparison
from emotion_core.formatting import p_text, share_text
from emotion_core.settings import Workspace
from emotion_core.training import Study
from emotion_core.training.checks import SplitPredictions


class TestedNetwork(Protocol):
    """A network's predictions for its test photos: the scores of a run, or a compared run."""

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """Ids of the test photos."""

    @property
    def test(self) -> SplitPredictions:
        """Labels and P(sad) of the test photos, in the same order."""


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


def baseline_comparison(champion: TestedNetwork | None, baseline: Baseline) -> BaselineComparison:
    """Return what the number reaches, and whether the champion is clearly better on the same photos.

    Args:
        champion: of the study, None where it has none; then only the number is described.
        baseline: what the number reaches.
    """
    shortcut = baseline.shortcut
    numbers = (shortcut.name, shortcut.auc, shortcut.low, shortcut.high)
    against = against_baseline(baseline, champion.photo_ids, champion.test.p_sad) if champion else None
    if against is None:
        return BaselineComparison(*numbers, _baseline_text(baseline))
    sentence = f"{_baseline_text(baseline)} {_champion_text(baseline, against)}"
    return BaselineComparison(*numbers, sentence, against.delong.difference, against.delong.p_value)


def _baseline_text(baseline: Baseline) -> str:
    shortcut = baseline.shortcut
    hint = f"; in training photos the sad ones are {shortcut.direction}" if shortcut.direction else ""
    return (
        f"Without any network, {shortcut.name} alone reaches AUC {share_text(shortcut.auc)} "
        f"[{share_text(shortcut.low)}–{share_text(shortcut.high)}] on the test photos{hint}."
    )


def _champion_text(baseline: Baseline, against: BaselineTest) -> str:
    test, name = against.delong, baseline.shortcut.name
    numbers = f"AUC {share_text(test.auc_a)}, difference {share_text(test.difference)}, {p_text(test.p_value)}"
    if against.is_better:
        return f"The champion is clearly better ({numbers})."
    return f"The champion is not clearly better ({numbers}): nothing shows that it reads faces rather than {name}."


def _photos(catalog: Catalog, snapshot: Snapshot, split: str) -> list[PhotoNumbers]:
    labels = {item.photo_id: item.label for item in snapshot.items if item.split == split}
    # With the label that the study learned, whatever it was changed to since.
    return [photo._replace(label=labels[photo.photo_id]) for photo in catalog.numbers_of(list(labels))]
