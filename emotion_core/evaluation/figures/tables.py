"""The tables of a comparison, as rows keyed by column title."""

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
    """Return the runs whose test photos give an AUC: both labels are among them."""
    return [run for run in runs if run.numbers.test_auc is not None]


def first_of_its_network(runs: Sequence[ComparedRun]) -> Callable[[ComparedRun], int]:
    """Return a sort key: where the first run of a run's network stands among the runs, so that seeds stay together."""
    networks = [run.network for run in runs]
    return lambda run: networks.index(run.network)


def study_table(together: ComparedStudies) -> TableRows:
    """Return the rows of the comparison table, one for each finished run, keyed by column title."""
    rows = [_row(run, run.run_id == together.comparison.champion) for run in together.runs]
    noted = any(run.numbers.note for run in together.runs)
    notes = [{"note": run.numbers.note} if noted else {} for run in together.runs]
    return [row | note for row, note in zip(rows, notes, strict=True)]


def _row(run: ComparedRun, is_champion: bool) -> dict[str, Any]:
    numbers, best = run.numbers, run.best_epoch
    return {
        "network": run.name,
        "champion": is_champion,
        "validation AUC": numbers.validation_auc,
        "test AUC": numbers.test_auc,
        "from": numbers.test_auc_low,
        "to": numbers.test_auc_high,
        "accuracy": numbers.test_accuracy,
        "precision": numbers.precision,
        "recall": numbers.recall,
        "F1": numbers.f1,
        "threshold": numbers.threshold,
        "parameters": parameter_count(run.config),
        "seconds": sum(epoch["seconds"] for epoch in run.epochs),
        "best epoch": best and best["epoch"],
        "seconds to it": run.seconds_to_best,
        "diagnosis": numbers.diagnosis,
    }


def network_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the rows of the table of networks, each the mean over its seeds, keyed by column title."""
    ordered = sorted(runs, key=first_of_its_network(runs))
    return [_network_row(name, list(seeds)) for name, seeds in groupby(ordered, key=lambda run: run.network)]


def _network_row(name: str, runs: Sequence[ComparedRun]) -> dict[str, Any]:
    aucs = [run.numbers.test_auc for run in runs if run.numbers.test_auc is not None]
    return {
        "network": name,
        "seeds": len(runs),
        "validation AUC": _mean(run.numbers.validation_auc for run in runs),
        "test AUC": _mean(aucs),
        "lowest": min(aucs, default=None),
        "highest": max(aucs, default=None),
        "best epoch": _mean(run.best_epoch and run.best_epoch["epoch"] for run in runs),
        "seconds to it": _mean(run.seconds_to_best for run in runs),
        "parameters": parameter_count(runs[0].config),
    }


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def champion_table(together: ComparedStudies) -> TableRows:
    """Return the rows of the table of differences from the champion, keyed by column title."""
    name = {run.run_id: run.name for run in together.runs}
    return [
        {
            "network": name[one.run_id],
            "AUC, less the champion's": one.difference,
            "from": one.low,
            "to": one.high,
            "p (DeLong)": one.p_value,
            "p (exchange test)": one.p_exchange,
            "Holm-adjusted": one.p_holm,
            "p (McNemar)": one.mcnemar_p,
        }
        for one in together.comparison.against_champion
    ]


def pair_table(together: ComparedStudies) -> TableRows:
    """Return the rows of the table of paired tests, keyed by column title."""
    name = {run.run_id: run.name for run in together.runs}
    return [
        {
            "network": name[pair.a],
            "against": name[pair.b],
            "difference in AUC": pair.difference,
            "from": pair.low,
            "to": pair.high,
            "p (DeLong)": pair.p_value,
            "p (exchange test)": pair.p_exchange,
            "Holm-adjusted": pair.p_exchange_adjusted,
        }
        for pair in together.comparison.pairs
    ]


def diagnosis_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the rows of the table of all findings, those of a run from the most serious on, keyed by column title."""
    return [
        {"network": run.name, "finding": one.sentence, "evidence": one.evidence, "what to try": one.advice}
        for run in runs
        for one in run.diagnoses
    ]


def calibration_table(runs: Sequence[ComparedRun]) -> TableRows:
    """Return the rows of the table of Brier scores and calibration errors on the test photos, keyed by column title."""
    found = [(run, reliability(*run.test)) for run in tested(runs)]
    return [
        {
            "network": run.name,
            "Brier score": figures.brier,
            "expected calibration error": figures.expected_calibration_error,
        }
        for run, figures in found
    ]
