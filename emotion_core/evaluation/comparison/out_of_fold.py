"""Cross-validated studies: every photo is judged once, by the run that did not learn from it.

For a study of which `is_cross_validated` says yes, `compare_study` compares networks rather than runs: each network and
seed is one row, named by the run that predicts for it, with P(sad) of all photos of the snapshot as its test scores.
`StudyComparison.scores[run_id]` holds these scores; `StudyComparison.out_of_fold[run_id]` adds what each fold reached
alone and which folds are missing. What a run by itself scored is in `run.scores()`: the test photos there are those of
its own fold only, so runs of two folds must not be compared.

The runs of the folds are different networks, whose predictions are not on one scale: one may range from .3 to .4 where
another ranges from .6 to .7. Pooled unchanged, they would make the AUC too low (Forman & Scholz 2010, SIGKDD
Explorations 12:49; Airola et al. 2011, Computational Statistics & Data Analysis 55:1828). So each fold's log odds are
shifted and stretched until those of its *validation* photos have the mean and spread that the folds have on average;
the order of photos within a fold stays as it is, and the test photos play no part. One threshold, chosen on the
validation photos of all folds on that scale, is then a threshold of its own for each fold.

The figure that is shown is the AUC of all photos pooled on that scale, because it has an interval and a paired test on
the same photos. Beside it stands the mean over the folds, which needs no common scale; in simulation the two differ by
less than .005. The networks of the folds share training photos, so that neither interval nor test covers how much
another training set would change (Bengio & Grandvalet 2004, Journal of Machine Learning Research 5:1089).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion_core.dataset import SPLITS
from emotion_core.evaluation.records import NO_PHOTOS, Comparison, RunScores
from emotion_core.evaluation.statistics import FloatArray, auc
from emotion_core.formatting import share_text
from emotion_core.training import Run, Scores, Study
from emotion_core.training.checks import SplitPredictions

# P(sad) may be exactly 0 or 1, whose log odds are infinite.
LEAST_P = 1e-6


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """One network and seed over all folds.

    Attributes:
        run: the run that predicts for it: that of the fold with the highest validation AUC, the first of equals.
        missing: the folds that have not finished; while there are any, there are no scores.
        scores: test scores of all photos in the order of the snapshot, validation scores of all folds one after the
            other.
        fold_aucs: test AUC of each fold by itself.
    """

    run: Run
    missing: tuple[int, ...]
    scores: RunScores
    fold_aucs: tuple[float, ...]

    @property
    def note(self) -> str:
        """What a reader of its figures must know."""
        folds = self.run.config.folds
        if self.missing:
            which = ", ".join(map(str, self.missing))
            return f"No figures over all photos yet: of {folds} folds, these have not finished: {which}."
        low, high = min(self.fold_aucs), max(self.fold_aucs)
        return (
            f"Test AUC of all photos, each judged by the run that did not learn from it; mean over the {folds} folds "
            f"{share_text(float(np.mean(self.fold_aucs)))} ({share_text(low)} to {share_text(high)})."
        )


def is_cross_validated(study: Study) -> bool:
    """Return whether the study's runs are folds of networks rather than networks of their own."""
    return study.config.folds > 0


def out_of_fold(runs: Sequence[Run], scores: Mapping[str, Scores]) -> dict[str, OutOfFold]:
    """Return what each network and seed predicts for all photos, by the id of the run that predicts for it.

    Args:
        runs: of cross-validated studies on one snapshot, finished or not.
        scores: of the finished ones, by run id.
    """
    networks: dict[object, list[Run]] = {}
    for run in runs:
        networks.setdefault((run.study_id, run.config.model_copy(update={"fold": 0})), []).append(run)
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
            f" That validation AUC is the mean over the {config.folds} folds. New photos are classified by its run "
            f"of fold {config.fold}, the one with the highest validation AUC."
        )
        conclusion = f"Cross-validated: each photo was judged once, by runs that did not learn from it. {conclusion}"
    rows = [replace(row, note=networks[row.run_id].note) for row in comparison.runs]
    return replace(comparison, runs=rows, reason=reason, conclusion=conclusion)


def _of_network(runs: Sequence[Run], scores: Mapping[str, Scores]) -> OutOfFold:
    finished = {run.config.fold: run for run in runs if run.run_id in scores}
    config = runs[0].config
    missing = tuple(fold for fold in range(1, config.folds + 1) if fold not in finished)
    if missing:
        return OutOfFold(runs[0], missing, _named(runs[0], run_scores_record(runs[0])), ())
    folds = [scores[finished[fold].run_id] for fold in sorted(finished)]
    validation_aucs = [auc(*fold.of("validation")) for fold in folds]
    best = finished[sorted(finished)[int(np.argmax(validation_aucs))]]
    validation, test = on_one_scale(folds)
    joined = replace(
        run_scores_record(best),
        validation=validation,
        test=test,
        photo_ids=folds[0].photo_ids,
        validation_auc=float(np.mean(validation_aucs)),
    )
    return OutOfFold(best, (), _named(best, joined), tuple(auc(*fold.of("test")) for fold in folds))


def on_one_scale(folds: Sequence[Scores]) -> tuple[SplitPredictions, SplitPredictions]:
    """Bring the answers of the folds of one network to the scale that they have on average.

    Args:
        folds: what the run of each fold says of all photos, n each, in the same order.

    Returns:
        Labels and scores of the validation photos, one fold after the other; and those of all photos in their order,
        shape ``(n,)``, each scored by the fold that tests it.
    """
    # Imported here: the web process starts without it.
    from scipy.special import expit, logit

    parts = [np.array(scores.splits) for scores in folds]
    log_odds = [logit(np.clip(scores.p_sad, LEAST_P, 1 - LEAST_P)) for scores in folds]
    known = [values[part == "validation"] for values, part in zip(log_odds, parts, strict=True)]
    center = float(np.mean([np.mean(values) for values in known]))
    spread = float(np.mean([np.std(values) for values in known]))
    scaled = [
        expit(center + spread * _standardized(values, of_fold)) for values, of_fold in zip(log_odds, known, strict=True)
    ]
    test = np.select([part == "test" for part in parts], scaled)
    validation = [values[part == "validation"] for values, part in zip(scaled, parts, strict=True)]
    labels = [scores.of("validation").labels for scores in folds]
    pooled = SplitPredictions(np.concatenate(labels), np.concatenate(validation))
    return pooled, SplitPredictions(folds[0].labels, test)


def _standardized(values: FloatArray, known: FloatArray) -> FloatArray:
    # A fold with one answer for every validation photo has no spread to divide by.
    spread = float(np.std(known))
    return (values - np.mean(known)) / (spread if spread > 0 else 1.0)


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
