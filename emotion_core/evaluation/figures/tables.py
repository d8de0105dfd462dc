"""Tables of a comparison, as rows keyed by column title."""

import functools
from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import mean
from typing import Any

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies, calibrated_test, run_calibration
from emotion_core.evaluation.statistics import Reliability, reliability
from emotion_core.formatting import exact_duration_text, interval_text
from emotion_core.network import parameter_count

TableRows = list[dict[str, Any]]
MAX_NAMED = 4  # networks in a sentence


def tested(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Return the runs that have a test AUC: their test photos include both labels."""
    return [run for run in runs if run.numbers.test_auc is not None]


def first_of_its_network(runs: Sequence[ComparedRun]) -> Callable[[ComparedRun], int]:
    """Return a sort key that puts the seeds of a network compared, at the position of its first run."""
    networks = [run.network for run in runs]
    return lambda run: networks.index(run.network)


def study_table(compared: ComparedStudies) -> TableRows:
    """Return the comparison table, one row per finished run."""
    return [_row(run, run.run_id == compared.comparison.champion) for run in compared.runs]


def _row(run: ComparedRun, is_champion: bool) -> dict[str, Any]:
    numbers, best = run.numbers, run.best_epoch
    return {
        "network": f"{run.name} (champion)" if is_champion else run.name,
        "validation AUC": numbers.validation_auc,
        "test AUC": numbers.test_auc,
        "95 % CI": interval_text(numbers.test_auc_low, numbers.test_auc_high),
        "parameters": parameter_count(run.config),
        "best epoch": best and best.epoch,
        "training time": exact_duration_text(sum(epoch.seconds for epoch in run.epochs)),
        "diagnosis": " ".join(filter(None, [numbers.diagnosis, numbers.note])),
    }


def rates_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return what each run reaches on the test photos at its threshold, one row per run."""
    return [
        {
            "network": run.name,
            "threshold": run.numbers.threshold,
            "accuracy": run.numbers.test_accuracy,
            "precision": run.numbers.precision,
            "recall": run.numbers.recall,
            "F1": run.numbers.f1,
        }
        for run in runs
    ]


def network_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the table of networks, each row the mean over a network's seeds."""
    ordered = sorted(runs, key=first_of_its_network(runs))
    return [_network_row(name, list(seeds)) for name, seeds in groupby(ordered, key=lambda run: run.network)]


def _network_row(name: str, runs: Sequence[ComparedRun]) -> dict[str, Any]:
    aucs = [run.numbers.test_auc for run in runs if run.numbers.test_auc is not None]
    seconds = _mean(run.seconds_to_best for run in runs)
    return {
        "network": name,
        "seeds": len(runs),
        "validation AUC": _mean(run.numbers.validation_auc for run in runs),
        "test AUC": _mean(aucs),
        "lowest to highest": interval_text(min(aucs, default=None), max(aucs, default=None)),
        "best epoch": _rounded(_mean(run.best_epoch and run.best_epoch.epoch for run in runs)),
        "time to best epoch": None if seconds is None else exact_duration_text(seconds),
        "parameters": parameter_count(runs[0].config),
    }


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def champion_table(compared: ComparedStudies) -> TableRows:
    """Return the table of differences from the champion, one row per other run.

    Interval and p-value are adjusted together for all pairs that were tested, so that they never contradict each other.
    """
    names = {run.run_id: run.name for run in compared.runs}
    return [
        {
            "network": names[difference.run_id],
            "Δ AUC vs. champion": difference.difference,
            "CI (Holm)": interval_text(difference.low, difference.high),
            "p (Holm)": difference.p_holm,
            "p (McNemar, not adjusted)": difference.mcnemar_p,
        }
        for difference in compared.comparison.against_champion
    ]


def pair_table(compared: ComparedStudies) -> TableRows:
    """Return the table of paired tests, one row per pair of runs, adjusted as in ``champion_table``."""
    names = {run.run_id: run.name for run in compared.runs}
    return [
        {
            "network": names[pair.a],
            "against": names[pair.b],
            "Δ AUC": pair.difference,
            "CI (Holm)": interval_text(pair.low, pair.high),
            "p (Holm)": pair.p_holm,
        }
        for pair in compared.comparison.pairs
    ]


def diagnosis_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the table of diagnoses, one row each, the most serious of a run first."""
    return [
        {
            "network": run.name,
            "diagnosis": diagnosis.sentence,
            "evidence": diagnosis.evidence,
            "what to try": diagnosis.advice,
        }
        for run in runs
        for diagnosis in run.diagnoses
    ]


def calibration_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the table of Brier scores and calibration errors on the test photos, one row per run.

    Beside each error stands what a perfectly calibrated network would show on as many photos, and the error after the
    calibration that the validation photos chose.
    """
    calibrations = [(run, _calibration(run)) for run in tested(runs)]
    return [
        {
            "network": run.name,
            "Brier score": calibration.brier,
            "expected calibration error": calibration.expected_calibration_error,
            "mean if calibrated": calibration.calibrated_error,
            "95 % limit if calibrated": calibration.calibrated_error_limit,
            "calibration error is": "within it" if calibration.is_calibration_plausible else "larger",
            "calibrated by": _calibration_text(run),
            "error after calibration": _error_after(run),
        }
        for run, calibration in calibrations
    ]


def _calibration_text(run: ComparedRun) -> str:
    curve = run_calibration(run)
    if curve is not None:
        return f"Platt: slope {curve.slope:.2f}, intercept {curve.intercept:+.2f}"
    return (
        "none: over folds"
        if run.scores.folds is not None
        else "none: too few validation photos, or P(sad) does not rise"
    )


@functools.lru_cache(maxsize=256)
def _error_after(run: ComparedRun) -> float | None:
    calibrated = calibrated_test(run)
    return None if calibrated is None else reliability(*calibrated).expected_calibration_error


def calibration_sentence(runs: Sequence[ComparedRun]) -> str:
    """Return whether the calibration errors are larger than those of perfectly calibrated networks; "" without runs."""
    calibrations = [(run.name, _calibration(run)) for run in tested(runs)]
    if len(calibrations) < 2:
        return "".join(f"{name}: {calibration.sentence}" for name, calibration in calibrations)
    larger = [name for name, calibration in calibrations if not calibration.is_calibration_plausible]
    limit = "the limit that a perfectly calibrated network exceeds in 5 of 100 test sets of this size"
    if not larger:
        return f"No calibration error is above {limit}: nothing shows that P(sad) is off."
    names = f": {', '.join(larger)}" if len(larger) <= MAX_NAMED else ""
    return f"{len(larger)} of {len(calibrations)} calibration errors are above {limit}{names}."


@functools.lru_cache(maxsize=256)
def _calibration(run: ComparedRun) -> Reliability:
    # The table and the sentence need it, and it is simulated: milliseconds for each of up to 200 runs.
    return reliability(*run.test)
