"""Tables of a comparison, as rows keyed by column title."""

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import mean
from typing import Any

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.statistics import reliability
from emotion_core.network import parameter_count

TableRows = list[dict[str, Any]]
P_VALUES = ("p (DeLong)", "p (exchange test)", "p (McNemar)", "Holm-adjusted")


def tested(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Return the runs that have a test AUC: their test photos include both labels."""
    return [run for run in runs if run.numbers.test_auc is not None]


def first_of_its_network(runs: Sequence[ComparedRun]) -> Callable[[ComparedRun], int]:
    """Return a sort key that puts the seeds of a network compared, at the position of its first run."""
    networks = [run.network for run in runs]
    return lambda run: networks.index(run.network)


def study_table(compared: ComparedStudies) -> TableRows:
    """Return the comparison table, one row per finished run."""
    rows = [_row(run, run.run_id == compared.comparison.champion) for run in compared.runs]
    noted = any(run.numbers.note for run in compared.runs)
    notes = [{"note": run.numbers.note} if noted else {} for run in compared.runs]
    return [row | note for row, note in zip(rows, notes, strict=True)]


def _row(run: ComparedRun, is_champion: bool) -> dict[str, Any]:
    numbers, best = run.numbers, run.best_epoch
    return {
        "network": run.name,
        "champion": is_champion,
        "validation AUC": numbers.validation_auc,
        "test AUC": numbers.test_auc,
        "95 % CI from": numbers.test_auc_low,
        "95 % CI to": numbers.test_auc_high,
        "accuracy": numbers.test_accuracy,
        "precision": numbers.precision,
        "recall": numbers.recall,
        "F1": numbers.f1,
        "threshold": numbers.threshold,
        "parameters": parameter_count(run.config),
        "seconds": sum(epoch.seconds for epoch in run.epochs),
        "best epoch": best and best.epoch,
        "seconds to best epoch": run.seconds_to_best,
        "diagnosis": numbers.diagnosis,
    }


def network_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the table of networks, each row the mean over a network's seeds."""
    ordered = sorted(runs, key=first_of_its_network(runs))
    return [_network_row(name, list(seeds)) for name, seeds in groupby(ordered, key=lambda run: run.network)]


def _network_row(name: str, runs: Sequence[ComparedRun]) -> dict[str, Any]:
    aucs = [run.numbers.test_auc for run in runs if run.numbers.test_auc is not None]
    return {
        "network": name,
        "seeds": len(runs),
        "validation AUC": _mean(run.numbers.validation_auc for run in runs),
        "test AUC": _mean(aucs),
        "lowest AUC": min(aucs, default=None),
        "highest AUC": max(aucs, default=None),
        "best epoch": _mean(run.best_epoch and run.best_epoch.epoch for run in runs),
        "seconds to best epoch": _mean(run.seconds_to_best for run in runs),
        "parameters": parameter_count(runs[0].config),
    }


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def champion_table(compared: ComparedStudies) -> TableRows:
    """Return the table of differences from the champion, one row per other run."""
    names = {run.run_id: run.name for run in compared.runs}
    return [
        {
            "network": names[difference.run_id],
            "Δ AUC vs. champion": difference.difference,
            "95 % CI from": difference.low,
            "95 % CI to": difference.high,
            "p (DeLong)": difference.p_value,
            "p (exchange test)": difference.p_exchange,
            "Holm-adjusted": difference.p_holm,
            "p (McNemar)": difference.mcnemar_p,
        }
        for difference in compared.comparison.against_champion
    ]


def pair_table(compared: ComparedStudies) -> TableRows:
    """Return the table of paired tests, one row per pair of runs."""
    names = {run.run_id: run.name for run in compared.runs}
    return [
        {
            "network": names[pair.a],
            "against": names[pair.b],
            "Δ AUC": pair.difference,
            "95 % CI from": pair.low,
            "95 % CI to": pair.high,
            "p (DeLong)": pair.p_value,
            "p (exchange test)": pair.p_exchange,
            "Holm-adjusted": pair.p_exchange_adjusted,
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
    """Return the table of Brier scores and calibration errors on the test photos, one row per run."""
    calibrations = [(run, reliability(*run.test)) for run in tested(runs)]
    return [
        {
            "network": run.name,
            "Brier score": calibration.brier,
            "expected calibration error": calibration.expected_calibration_error,
        }
        for run, calibration in calibrations
    ]
