"""Measured results of each chapter on the source study, as sentences with numbers from the evidence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emotion_core.formatting import count_text, share_text
from emotion_core.teaching.source_study.evidence import StudyEvidence, TrainedNetwork, last_batch_aucs
from emotion_core.training import StudyPlan
from emotion_core.training.config import value_text

LAST_BATCH_SIZES = (32, 16, 8)
NEAR_GUESSING = 0.6  # AUC
_TRUE_LABELS = "With the photos' true labels"


def evidence_sentences(key: str, evidence: StudyEvidence) -> list[str]:
    """Return the measured results of a chapter.

    Args:
        key: of the chapter.
        evidence: from the shipped results or from the user's own runs.
    """
    return [sentence for sentence in _SENTENCES[key](evidence) if sentence]


def headline(key: str, evidence: StudyEvidence) -> str:
    """Return what the study of a chapter shows, in a sentence or two.

    Args:
        key: of the chapter: ``dead_output`` or ``leak``.
        evidence: from a finished study.
    """
    return _HEADLINES[key](evidence)


def differences_table(plan: StudyPlan) -> list[dict[str, str]]:
    """Return the settings in which a study's networks differ, one row each, by column title."""
    design = plan.study().design
    return [
        {
            "Setting": factor.title,
            **{label.split(" · ")[0]: _setting_text(row[index]) for label, row in design.networks},
        }
        for index, factor in enumerate(design.factors)
    ]


def _setting_text(value: Any) -> str:
    return "as the hidden layers" if value is None else value_text(value).replace("_", " ")


def group_by_network(networks: Sequence[TrainedNetwork]) -> dict[str, list[TrainedNetwork]]:
    """Return the runs of each network, in order; a network with the reshuffled split counts as another network."""
    groups: dict[str, list[TrainedNetwork]] = {}
    for network in networks:
        name = f"{network.network}, reshuffled split" if network.leaks else network.network
        groups.setdefault(name, []).append(network)
    return groups


def first_seed_runs(networks: Sequence[TrainedNetwork]) -> list[TrainedNetwork]:
    """Return the first seed's run of each network."""
    return [group[0] for group in group_by_network(networks).values()]


def display_name(stored: str) -> str:
    """Return the name of a network or variant in American spelling; results files keep the older spelling.

    >>> display_name("sigmoid, He initialiser")
    'sigmoid, He initializer'
    """
    return stored.replace("normalisation", "normalization").replace("initialiser", "initializer")


def spread_text(values: Sequence[float]) -> str:
    """Return the lowest and the highest value, or the single value where both are equal.

    >>> spread_text([0.5, 0.913]), spread_text([1.0, 1.0])
    ('.50 to .91', '1.00')
    """
    return " to ".join(dict.fromkeys([share_text(min(values)), share_text(max(values))]))


def _leak(evidence: StudyEvidence) -> list[str]:
    return [
        _last_epoch([network for network in evidence.networks if network.leaks]),
        _leak_pair(_TRUE_LABELS, evidence.networks),
        _leak_pair(
            "With random labels, where there is nothing to learn and a test gives about 50 % unless it leaks",
            evidence.others,
        ),
        _trained_on(evidence.trained_on),
    ]


def _leak_headline(evidence: StudyEvidence) -> str:
    return f"{_leak_pair(_TRUE_LABELS, evidence.networks)} {_trained_on(evidence.trained_on)}".strip()


def _last_epoch(leaking: Sequence[TrainedNetwork]) -> str:
    training = [network.training[-1] for network in leaking]
    validation = [network.validation[-1] for network in leaking]
    return (
        f"Here, too, the reshuffled split ends with an accuracy of {_percents(training)} in training and "
        f"{_percents(validation)} in validation."
    )


def _leak_pair(condition: str, networks: Sequence[TrainedNetwork]) -> str:
    if not networks:
        return ""
    fixed, leaking = ([network.accuracy for network in networks if network.leaks is leaks] for leaks in (False, True))
    return (
        f"{condition}, the same network classifies {_percents(leaking)} of its test photos correctly with the "
        f"reshuffled split, and {_percents(fixed)} with a fixed one ({count_text(len(fixed), 'seed')} each)."
    )


def _trained_on(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    return (
        f"Of the final test photos of the reshuffled split, {_percent(shares[0])} were trained on in the first epoch "
        f"and {_percent(shares[-1])} within {len(shares)} epochs."
    )


def _models(evidence: StudyEvidence) -> list[str]:
    published, controlled = _aucs(evidence.others), _aucs(evidence.networks)
    sentences = [f"The published networks on a fixed split, test AUC: {_listed(published)}."] if published else []
    sentences.append(f"The controlled study, where only the activation differs: {_listed(controlled)}.")
    for name, group in group_by_network(evidence.others).items():
        activation = group[0].activation
        same = controlled.get(activation, [0.0])
        if max(published[name]) < NEAR_GUESSING <= min(same):
            sentences.append(
                f"{name} stays near guessing, but not because of its {activation}: the controlled network with the "
                f"same activation has {spread_text(same)}."
            )
    if weak := [name for name, aucs in controlled.items() if max(aucs) < NEAR_GUESSING]:
        sentences.append(
            f"Of these, {' and '.join(weak)} stays near guessing: figure 4 shows how much gradient reaches the first "
            "layer."
        )
    return sentences


def _aucs(networks: Sequence[TrainedNetwork]) -> dict[str, list[float]]:
    return {name: [network.auc for network in group] for name, group in group_by_network(networks).items()}


def _listed(aucs: Mapping[str, Sequence[float]]) -> str:
    return ", ".join(f"{name} {spread_text(values)}" for name, values in aucs.items())


def _dead_output(evidence: StudyEvidence) -> list[str]:
    networks = evidence.networks
    constant = [network for network in networks if network.is_constant]
    sentences = [_dead_headline(evidence)]
    if zeros := [network for network in constant if max(network.p_sad) == 0]:
        sentences.append(
            f"{len(zeros)} of them gave 0: their squared error is "
            f"{spread_text([network.squared_error for network in zeros])}, with "
            f"{spread_text([network.share_sad for network in zeros])} of the test photos sad, and their AUC "
            f"{spread_text([network.auc for network in zeros])}."
        )
    if others := [network for network in constant if max(network.p_sad) > 0]:
        answers = spread_text([float(np.mean(network.p_sad)) for network in others])
        sentences.append(f"{len(others)} ended at another single answer, {answers}.")
    if learned := [network for network in networks if not network.is_constant]:
        sentences.append(
            f"Those that did learn reached a test AUC of {spread_text([network.auc for network in learned])}."
        )
    if outputs := evidence.outputs:
        sentences.append(
            f"Of {len(outputs.lowest)} untrained networks, {_percent(outputs.share_dead)} output 0 for every photo; no "
            f"network's outputs differ by more than {_small_number(outputs.max_range)} between photos."
        )
    return sentences


def _dead_headline(evidence: StudyEvidence) -> str:
    networks = evidence.networks
    dead = sum(network.is_dead for network in networks)
    constant = sum(network.is_constant for network in networks)
    return (
        f"Of {count_text(len(networks), 'trained network')}, {dead} had a gradient of exactly 0 in every layer "
        f"before the first step, and {constant} gave the same answer for every photo in the end."
    )


def _vanishing(evidence: StudyEvidence) -> list[str]:
    gradients = evidence.gradients
    deepest = max(gradient.depth for gradient in gradients)
    variants = [
        f"{display_name(gradient.variant)} {_small_number(gradient.first_layer_share)}"
        for gradient in gradients
        if gradient.depth == deepest
    ]
    depths = [
        f"{_small_number(gradient.first_layer_share)} at depth {gradient.depth}"
        for gradient in gradients
        if gradient.variant == "sigmoid"
    ]
    return [
        f"The gradient of the first layer as a share of the output layer's, before training. Sigmoid: "
        f"{', '.join(depths)}. At depth {deepest}: {'; '.join(variants)}.",
        _trained_sigmoids(evidence.networks),
    ]


def _trained_sigmoids(networks: Sequence[TrainedNetwork]) -> str:
    if not networks:
        return ""
    groups = {display_name(name): group for name, group in group_by_network(networks).items()}
    titles = {
        "batch normalization true": "with batch normalization",
        "batch normalization false": "without batch normalization",
    }
    aucs = [
        f"{titles.get(name, name)} {', '.join(share_text(network.auc) for network in group)}"
        for name, group in groups.items()
    ]
    depths = ", ".join(str(network.depth) for network in next(iter(groups.values())))
    return (
        f"Sigmoid networks of depth {depths} after training for {len(networks[0].training)} epochs, test AUC: "
        f"{'; '.join(aucs)}."
    )


def _last_batch(evidence: StudyEvidence) -> list[str]:
    networks = first_seed_runs(evidence.networks)
    batches, share_other_first = last_batch_aucs(networks, LAST_BATCH_SIZES[0])
    ranges = [
        f"{batch.network} {share_text(batch.whole)} on the whole test set, {spread_text(batch.quantiles)} on a last "
        "batch"
        for batch in batches
    ]
    shares = [f"{_percent(last_batch_aucs(networks, size)[1])} with {size}" for size in LAST_BATCH_SIZES[1:]]
    return [
        f"AUC over many random orders of the same {len(networks[0].labels)} test photos (the middle 90 % of the "
        f"orders): {'; '.join(ranges)}.",
        f"A last batch of {LAST_BATCH_SIZES[0]} photos ranks another network first than the whole test set does in "
        f"{_percent(share_other_first)} of the orders; in {', '.join(shares)}.",
    ]


def _shortcut(evidence: StudyEvidence) -> list[str]:
    by_name = {shortcut.name: shortcut for shortcut in evidence.shortcuts}
    sentences = [by_name["brightness"].sentence] if "brightness" in by_name else []
    if evidence.shortcuts and evidence.shortcuts[0].name != "brightness":
        sentences.append(f"The strongest single number: {evidence.shortcuts[0].sentence}")
    return [*sentences, f"The networks on the test photos, AUC: {_listed(_aucs(evidence.networks))}."]


_SENTENCES: dict[str, Callable[[StudyEvidence], list[str]]] = {
    "leak": _leak,
    "models": _models,
    "dead_output": _dead_output,
    "vanishing": _vanishing,
    "last_batch": _last_batch,
    "shortcut": _shortcut,
}

_HEADLINES: dict[str, Callable[[StudyEvidence], str]] = {"dead_output": _dead_headline, "leak": _leak_headline}


def provenance_text(made: dict[str, Any]) -> str:
    """Return a sentence on the origin of the shipped results."""
    versions = ", ".join(f"{name} {made[name]}" for name in ("tensorflow", "keras", "numpy"))
    return (
        f"Measured on {made['date']} on the {made['photos']} photos of the sample gallery at {made['image_size']} "
        f"pixels ({versions}; {made['cpu']}) with {made['command']}."
    )


def _small_number(value: float) -> str:
    """Return a small number with two significant digits, never as a power of ten."""
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _percents(shares: Sequence[float]) -> str:
    """Return the lowest and the highest share in percent, or the single value where both are equal."""
    return " to ".join(dict.fromkeys([f"{round(100 * min(shares))}", f"{round(100 * max(shares))}"])) + " %"
