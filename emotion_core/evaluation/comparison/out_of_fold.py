"""The runs of one network's folds as one set of scores: every photo judged by the run that did not learn from it.

The scores of different folds are not on one scale: one may range from .3 to .4 where another ranges from .6 to .7. So
photos are ranked within their fold only, and the figure of a network is the mean of its folds' AUCs
(`emotion_core.evaluation.statistics.fold_means`). Scores are handed on as the runs gave them, with the fold that
tested each photo. Which photos a run was tested on is read from its own scores, so each seed may have
folds of its own, or all seeds the same ones as in studies of earlier versions.

The networks of the folds share training photos, so that neither interval nor test covers how much another training
set would change (Bengio & Grandvalet 2004, Journal of Machine Learning Research 5:1089).
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion_core.dataset import SPLITS
from emotion_core.evaluation.comparison.measures import validation_parts
from emotion_core.evaluation.records import NO_PHOTOS, ChosenInFolds, Comparison, RunScores
from emotion_core.evaluation.statistics import auc
from emotion_core.formatting import share_text
from emotion_core.training import Run, Scores, Study
from emotion_core.training.checks import SplitPredictions

NOT_ONCE = "No figures over all photos: the runs of its folds do not test each photo once."


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """One network and seed over all folds.

    Attributes:
        run: the run that predicts for it: that of the fold with the highest validation AUC, the first of equals.
        problem: why there are no scores over all photos; empty where there are.
        scores: test scores of all photos in the order of the snapshot, each by the run of the fold that tests it, with
            the number of that fold; validation scores of all folds one after the other.
        fold_aucs: test AUC of each fold by itself.
    """

    run: Run
    problem: str
    scores: RunScores
    fold_aucs: tuple[float, ...]

    @property
    def note(self) -> str:
        """What a reader of its figures must know."""
        if self.problem:
            return self.problem
        low, high = min(self.fold_aucs), max(self.fold_aucs)
        return (
            f"Test AUC: mean over the {len(self.fold_aucs)} folds ({share_text(low)} to {share_text(high)}), each "
            "photo judged by the run that did not learn from it."
        )


def is_cross_validated(study: Study) -> bool:
    """Return whether the study's runs are folds of networks rather than networks of their own."""
    return study.config.folds > 0


def network_key(run: Run) -> Hashable:
    """Return what the runs of all folds of one network and seed have in common, and no other run has."""
    return run.study_id, run.config.model_copy(update={"fold": 0})


def out_of_fold(runs: Sequence[Run], scores: Mapping[str, Scores]) -> dict[str, OutOfFold]:
    """Return what each network and seed predicts for all photos, by the id of the run that predicts for it.

    Args:
        runs: of cross-validated studies on one snapshot, finished or not.
        scores: of the finished ones, by run id.
    """
    networks: dict[object, list[Run]] = {}
    for run in runs:
        networks.setdefault(network_key(run), []).append(run)
    joined = [_of_network(network, scores) for network in networks.values()]
    return {network.run.run_id: network for network in joined}


def with_folds(comparison: Comparison, networks: Mapping[str, OutOfFold]) -> Comparison:
    """Return a comparison of out-of-fold scores that says what its figures are and which run predicts.

    Args:
        comparison: of the networks, one row each.
        networks: by the id of the run that predicts; empty where the study is not cross-validated.
    """
    if not networks:
        return comparison
    reason, conclusion = comparison.reason, comparison.conclusion
    if comparison.champion is not None:
        config = networks[comparison.champion].run.config
        reason += (
            f" That validation AUC is the mean over the {config.folds} folds.{_inside_text(comparison.chosen_in_folds)}"
            f" New photos are classified by its run of fold {config.fold}, the one with the highest validation AUC."
        )
    if any(not network.problem for network in networks.values()):
        conclusion = (
            "Cross-validated: AUCs are means over the folds, in which each photo was judged once, by a run that did "
            "not learn from it. The runs of the folds share training photos, and no interval here covers how much "
            f"other training photos would change. {conclusion}"
        )
    rows = [replace(row, note=networks[row.run_id].note) for row in comparison.runs]
    return replace(comparison, runs=rows, reason=reason, conclusion=conclusion)


def _inside_text(inside: ChosenInFolds | None) -> str:
    if inside is None:
        return ""
    reach = (
        f" (95 % CI {share_text(inside.low)}–{share_text(inside.high or 0.0)}, {inside.luck})"
        if inside.low is not None
        else ""
    )
    return (
        " Validation photos of one fold are test photos of another, so the test AUC of the network chosen by all folds "
        "tends to be too high. Chosen inside each fold instead, by its validation photos alone, the champion reaches a "
        f"test AUC of {share_text(inside.auc)}{reach}."
    )


def _of_network(runs: Sequence[Run], scores: Mapping[str, Scores]) -> OutOfFold:
    finished = {run.config.fold: run for run in runs if run.run_id in scores}
    config = runs[0].config
    missing = [fold for fold in range(1, config.folds + 1) if fold not in finished]
    if missing:
        which = ", ".join(map(str, missing))
        problem = f"No figures over all photos yet: of {config.folds} folds, these have not finished: {which}."
        return OutOfFold(runs[0], problem, _named(runs[0], run_scores_record(runs[0])), ())
    folds = {fold: scores[finished[fold].run_id] for fold in sorted(finished)}
    if not _test_each_photo_once(folds.values()):
        return OutOfFold(runs[0], NOT_ONCE, _named(runs[0], run_scores_record(runs[0])), ())
    joined = _joined(run_scores_record(runs[0]), folds)
    best = finished[max(validation_parts(joined), key=lambda part: part.rank).fold]
    joined = replace(joined, run_id=best.run_id)
    return OutOfFold(best, "", _named(best, joined), tuple(auc(*fold.of("test")) for fold in folds.values()))


def _test_each_photo_once(folds: Collection[Scores]) -> bool:
    tested = np.sum([np.array(scores.splits) == "test" for scores in folds], axis=0)
    return bool((tested == 1).all()) and len({scores.photo_ids for scores in folds}) == 1


def _joined(network: RunScores, folds: Mapping[int, Scores]) -> RunScores:
    """Return a network's scores over all folds, as its runs gave them."""
    first = next(iter(folds.values()))
    parts = [np.array(scores.splits) for scores in folds.values()]
    tested, validated = ([part == split for part in parts] for split in ("test", "validation"))
    known = [scores.of("validation") for scores in folds.values()]
    return replace(
        network,
        validation=SplitPredictions(*(np.concatenate(columns) for columns in zip(*known, strict=True))),
        test=SplitPredictions(first.labels, np.select(tested, [scores.p_sad for scores in folds.values()])),
        photo_ids=first.photo_ids,
        validation_auc=float(np.mean([auc(*photos) for photos in known])),
        folds=np.select(tested, list(folds)),
        validation_folds=np.repeat(list(folds), [len(photos.labels) for photos in known]),
        validation_rows=np.concatenate([np.flatnonzero(mask) for mask in validated]),
    )


def run_scores_record(run: Run, scores: Scores | None = None) -> RunScores:
    """Return a run's predictions with its settings, as `compare` takes them.

    Args:
        run: finished or not.
        scores: of every photo; without them the splits are empty.
    """
    config = run.config
    train, validation, test = [scores.of(split) if scores else NO_PHOTOS for split in SPLITS]
    return RunScores(
        run.run_id,
        config.hidden_activation,
        config.depth,
        config.seed,
        validation,
        test,
        train=train,
        photo_ids=scores.ids_of("test") if scores else (),
        name=config.label,
        leaks=config.leaks,
    )


def _named(run: Run, scores: RunScores) -> RunScores:
    """Name a network of several folds."""
    config = run.config
    return replace(scores, name=f"{config.network_label} · seed {config.seed} · {config.folds} folds")
