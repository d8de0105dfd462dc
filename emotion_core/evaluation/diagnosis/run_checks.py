"""All that a run's records and scores show, the most serious first: curves, looks inside, shortcuts, test photos."""

from collections.abc import Callable, Sequence

import numpy as np

from emotion_core.evaluation.diagnosis.learning_curves import Diagnosis, DiagnosisCode, curve_findings
from emotion_core.evaluation.diagnosis.shortcuts import Baseline
from emotion_core.evaluation.records import RunScores
from emotion_core.evaluation.statistics import (
    SIGNIFICANCE,
    FloatArray,
    IntArray,
    auc,
    exchange_test,
    expected_standard_error,
    is_constant,
    midranks,
)
from emotion_core.formatting import p_text, share_text
from emotion_core.jobs import Record
from emotion_core.training import Run
from emotion_core.training.monitor import EXPLODED_RATIO, VANISHED_RATIO

LOOKS = 2  # the same in two looks running is no accident
MANY = 0.5  # of the units of a layer, or of its values
WIDE_REACH = 0.1  # of the interval of an AUC to either side; 48 + 48 photos just do
USUAL_AUC = 0.75
ALIKE = 0.3  # two standard errors of a correlation on 24 + 24 photos
ADVICE_ONLY = ("ok", "small_test_set")


def diagnoses(run: Run, scores: RunScores | None, *, baseline: Baseline | None = None) -> tuple[Diagnosis, ...]:
    """Return every finding about a run, the most serious first.

    What the curves and scores show comes first, so that the first finding is that of `diagnose` unless it is `ok`. Of
    a network whose answer is constant because no gradient passes its output, nothing is said of gradients.

    Args:
        run: it has ended.
        scores: its validation and test scores, None where it ended before there were any.
        baseline: the strongest shortcut on its test photos; without it shortcuts are not looked for.
    """
    curves = curve_findings(
        run.epochs,
        scores.validation.p_sad if scores else (),
        scores.validation.labels if scores else (),
        n_test=len(scores.test.labels) if scores else None,
        kept_epoch=run.kept_epoch,
        leaks=run.config.leaks,
    )
    looks = [look for look in run.records("probe") if look["epoch"] <= (run.kept_epoch or run.config.epochs)]
    found = [
        *curves,
        _learning_rate(run),
        _exploding(looks),
        _vanishing(looks),
        _dead_units(looks),
        _saturated_units(looks),
        _shortcut(scores, baseline),
        _small_test_set(scores.test.labels) if scores else None,
    ]
    known = sorted((one for one in found if one is not None), key=_gravity)
    faulty = known[0].code not in ADVICE_ONLY
    return tuple(one for one in known if not (faulty and one.code == "ok"))


def _gravity(finding: Diagnosis) -> int:
    return ADVICE_ONLY.index(finding.code) + 1 if finding.code in ADVICE_ONLY else 0


def _learning_rate(run: Run) -> Diagnosis | None:
    signs = ("diverging", "learning_rate_too_high")
    warning = next((record for record in run.records("warning") if record["code"] in signs), None)
    if warning is None:
        return None
    return Diagnosis(
        "learning_rate_too_high",
        "The learning rate is too high: the training loss jumped up and down, or grew.",
        f"{warning['evidence']} Certain after epoch {warning['epoch']}.",
        f"Lower it tenfold, from {run.config.learning_rate:g} to {run.config.learning_rate / 10:g}.",
    )


def _exploding(looks: Sequence[Record]) -> Diagnosis | None:
    return _gradient(
        looks,
        lambda ratio: ratio > EXPLODED_RATIO,
        "exploding_gradient",
        "Exploding gradient: it grows on its way back, most of all in {name}.",
        "Steps that suit the last layers are too large for the first: lower the learning rate, or take batch "
        "normalisation or another initialiser.",
    )


def _vanishing(looks: Sequence[Record]) -> Diagnosis | None:
    return _gradient(
        looks,
        lambda ratio: 0 < ratio < VANISHED_RATIO,
        "vanishing_gradient",
        "Vanishing gradient: hardly any of it reaches {name}, which learns late or never.",
        "Take ReLU, fewer blocks, batch normalisation or another initialiser.",
    )


def _gradient(
    looks: Sequence[Record], beyond: Callable[[float], bool], code: DiagnosisCode, sentence: str, advice: str
) -> Diagnosis | None:
    """Name the layer whose gradient is furthest from the output layer's, where it was so in the last looks."""
    ratios = [{layer["name"]: layer["gradient_ratio"] for layer in look["layers"]} for look in looks[-LOOKS:]]
    names = [name for name in (ratios[-1] if ratios else ()) if all(one[name] and beyond(one[name]) for one in ratios)]
    if not names:
        return None
    name = max(names, key=lambda name: abs(np.log(ratios[-1][name])))
    norms = {layer["name"]: layer["gradient_norm"] for layer in looks[-1]["layers"]}
    evidence = (
        f"After epoch {looks[-1]['epoch']} the gradient norm of {name} is {norms[name]:.2g}, "
        f"{ratios[-1][name]:.2g} times that of the output layer."
    )
    return Diagnosis(code, sentence.format(name=name), evidence, advice, name)


def _dead_units(looks: Sequence[Record]) -> Diagnosis | None:
    return _units(
        looks,
        "dead",
        "dead_units",
        "Dead units in {name}: they are zero for every photo, and no gradient passes them.",
        "Lower the learning rate, try another seed, or take leaky ReLU or ELU, which have a slope below zero.",
    )


def _saturated_units(looks: Sequence[Record]) -> Diagnosis | None:
    return _units(
        looks,
        "saturated",
        "saturated_units",
        "Saturated units in {name}: they sit where their activation is flat, and hardly any gradient passes them.",
        "Lower the learning rate, or take batch normalisation, or an activation that is not flat at both ends.",
    )


def _units(looks: Sequence[Record], measure: str, code: DiagnosisCode, sentence: str, advice: str) -> Diagnosis | None:
    hidden = [layer for layer in (looks[-1]["layers"] if looks else ()) if layer["name"] != "output"]
    # An activation that is zero below zero is flat there by nature; its units are judged by whether they are dead.
    judged = [one for one in hidden if measure == "dead" or one["dead"] is None]
    worst = max(judged, key=lambda layer: layer[measure] or 0.0, default=None)
    if worst is None or (worst[measure] or 0.0) < MANY:
        return None
    shares = ", ".join(f"{layer['name']} {layer[measure] or 0:.0%}" for layer in judged)
    evidence = f"Share {measure} after epoch {looks[-1]['epoch']}, on the probe photos: {shares}."
    return Diagnosis(code, sentence.format(name=worst["name"]), evidence, advice, worst["name"])


def _shortcut(scores: RunScores | None, baseline: Baseline | None) -> Diagnosis | None:
    if scores is None or baseline is None or scores.leaks or baseline.shortcut.low <= 0.5:
        return None
    row = {photo_id: number for number, photo_id in enumerate(scores.photo_ids)}
    if not row.keys() >= set(baseline.photo_ids):
        return None
    p_sad = scores.test.p_sad[[row[photo_id] for photo_id in baseline.photo_ids]]
    area, p_value = auc(baseline.labels, p_sad), exchange_test(baseline.labels, p_sad, baseline.scores)
    alike = _alike(baseline.labels, p_sad, baseline.scores)
    if is_constant(p_sad) or alike < ALIKE or (area > baseline.shortcut.auc and p_value < SIGNIFICANCE):
        return None
    name = baseline.shortcut.name
    return Diagnosis(
        "shortcut_suspected",
        f"Shortcut suspected: the network's answers follow the {name} of a photo, and are not clearly better.",
        f"On the test photos {name} alone reaches AUC {share_text(baseline.shortcut.auc)}, the network "
        f"{share_text(area)} ({p_text(p_value)}); within each class the two correlate by {share_text(alike)}.",
        f"Collect happy and sad photos that do not differ in {name}, cut out the faces, or turn on augmentation.",
    )


def _alike(labels: IntArray, one: FloatArray, other: FloatArray) -> float:
    """Return the rank correlation within the classes, 0 where there is nothing to correlate."""
    centred = []
    for values in (one, other):
        ranks = np.zeros(len(labels))
        for label in (0, 1):
            ranks[labels == label] = midranks(values[labels == label])
            ranks[labels == label] -= ranks[labels == label].mean()
        centred.append(ranks)
    size = np.linalg.norm(centred[0]) * np.linalg.norm(centred[1])
    return float(centred[0] @ centred[1] / size) if size else 0.0


def _small_test_set(labels: IntArray) -> Diagnosis | None:
    n_sad = int(labels.sum())
    n_happy = len(labels) - n_sad
    if n_happy and n_sad:
        reach = 1.96 * expected_standard_error(USUAL_AUC, n_happy, n_sad)
        if reach <= WIDE_REACH:
            return None
        known = f"an AUC of {share_text(USUAL_AUC)} is known to about ± {share_text(min(reach, 0.5))} on so few"
    else:
        known = "without both happy and sad ones there is no AUC"
    return Diagnosis(
        "small_test_set",
        "The test set is small: what it says of a network is not sure.",
        f"{n_happy} happy and {n_sad} sad test photos: {known}.",
        "Add photos: 48 + 48 test photos halve what 12 + 12 leave open. Or use cross-validation, which tests on all.",
    )
