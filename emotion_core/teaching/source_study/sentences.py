"""What is measured for each chapter of the source study's story, in sentences whose numbers come from the evidence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emotion_core.formatting import count_text, share_text
from emotion_core.teaching.source_study.evidence import StudyEvidence, TrainedNetwork, last_batches
from emotion_core.training import StudyPlan
from emotion_core.training.config import value_text

LAST_BATCH_SIZES = (32, 16, 8)
NEAR_GUESSING = 0.6


def measured(key: str, evidence: StudyEvidence) -> list[str]:
    """Return what a chapter's evidence comes to, in sentences.

    Args:
        key: of the chapter.
        evidence: of the shipped results or of a person's own runs.
    """
    return [sentence for sentence in _SENTENCES[key](evidence) if sentence]


def differences_table(plan: StudyPlan) -> list[dict[str, str]]:
    """Return the settings in which a study's networks differ, one row each, by column title."""
    design = plan.study().design
    return [
        {
            "Setting": factor.title,
            **{label.split(" · ")[0]: _setting_text(row[place]) for label, row in design.networks},
        }
        for place, factor in enumerate(design.factors)
    ]


def _setting_text(value: Any) -> str:
    return "as the hidden layers" if value is None else value_text(value).replace("_", " ")


def by_network(networks: Sequence[TrainedNetwork]) -> dict[str, list[TrainedNetwork]]:
    """Return the runs of each network, in the order of the networks; those with a leaking split are another network."""
    found: dict[str, list[TrainedNetwork]] = {}
    for network in networks:
        name = f"{network.network}, reshuffled split" if network.leaks else network.network
        found.setdefault(name, []).append(network)
    return found


def spread_text(values: Sequence[float]) -> str:
    """Return the lowest and the highest value, or the one that there is.

    >>> spread_text([0.5, 0.913]), spread_text([1.0, 1.0])
    ('.50 to .91', '1.00')
    """
    return " to ".join(dict.fromkeys([share_text(min(values)), share_text(max(values))]))


def _leak(evidence: StudyEvidence) -> list[str]:
    return [
        _last_epoch([one for one in evidence.networks if one.leaks]),
        _leak_pair("With the photos' true labels", evidence.networks),
        _leak_pair(
            "With labels drawn by lot, where there is nothing to learn and a test comes to about 50 % unless it leaks",
            evidence.others,
        ),
        _trained_on(evidence.trained_on),
    ]


def _last_epoch(leaking: Sequence[TrainedNetwork]) -> str:
    training, validation = ([getattr(one, part)[-1] for one in leaking] for part in ("training", "validation"))
    return (
        f"Here, too, the reshuffled split ends with an accuracy of {_percents(training)} in training and "
        f"{_percents(validation)} in validation."
    )


def _leak_pair(where: str, networks: Sequence[TrainedNetwork]) -> str:
    if not networks:
        return ""
    fixed, leaking = ([one.accuracy for one in networks if one.leaks is leaks] for leaks in (False, True))
    return (
        f"{where}, the same network gets {_percents(leaking)} of its test photos right with the reshuffled split, "
        f"and {_percents(fixed)} with a fixed one ({count_text(len(fixed), 'seed')} each)."
    )


def _trained_on(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    return (
        f"Of the photos that the reshuffled split calls its test in the end, {_percent(shares[0])} were trained on in "
        f"the first epoch and {_percent(shares[-1])} within {len(shares)} epochs."
    )


def _models(evidence: StudyEvidence) -> list[str]:
    published, controlled = _aucs(evidence.others), _aucs(evidence.networks)
    sentences = [f"The published networks on a fixed split, test AUC: {_listed(published)}."] if published else []
    sentences.append(f"The controlled study, where only the activation differs: {_listed(controlled)}.")
    for name, group in by_network(evidence.others).items():
        activation = group[0].activation
        same = controlled.get(activation, [0.0])
        if max(published[name]) < NEAR_GUESSING <= min(same):
            sentences.append(
                f"{name} stays near guessing, but not for its {activation}: the controlled network with the same "
                f"activation has {spread_text(same)}."
            )
    if weak := [name for name, aucs in controlled.items() if max(aucs) < NEAR_GUESSING]:
        sentences.append(
            f"Of these, {' and '.join(weak)} stays near guessing: figure 4 shows what reaches the first layer."
        )
    return sentences


def _aucs(networks: Sequence[TrainedNetwork]) -> dict[str, list[float]]:
    return {name: [one.auc for one in group] for name, group in by_network(networks).items()}


def _listed(aucs: Mapping[str, Sequence[float]]) -> str:
    return ", ".join(f"{name} {spread_text(values)}" for name, values in aucs.items())


def _dead_output(evidence: StudyEvidence) -> list[str]:
    networks = evidence.networks
    dead = [one for one in networks if one.dead]
    constant = [one for one in networks if one.constant]
    sentences = [
        f"Of {count_text(len(networks), 'network')} trained, {len(dead)} had a gradient of exactly 0 in every layer "
        f"before the first step, and {len(constant)} answered the same for every photo in the end."
    ]
    if flat := [one for one in constant if max(one.p_sad) == 0]:
        sentences.append(
            f"{len(flat)} of them said 0: their squared error is {spread_text([one.squared_error for one in flat])}, "
            f"with {spread_text([one.share_sad for one in flat])} of the test photos sad, and their AUC "
            f"{spread_text([one.auc for one in flat])}."
        )
    if single := [one for one in constant if max(one.p_sad) > 0]:
        answers = spread_text([float(np.mean(one.p_sad)) for one in single])
        sentences.append(f"{len(single)} came to another single answer, {answers}.")
    if rest := [one for one in networks if not one.constant]:
        sentences.append(f"Those that did learn reached a test AUC of {spread_text([one.auc for one in rest])}.")
    if outputs := evidence.outputs:
        sentences.append(
            f"Among {len(outputs.lowest)} untrained networks {_percent(outputs.share_dead)} say 0 for every photo; no "
            f"network's answers differ by more than {_small(outputs.widest)} between photos."
        )
    return sentences


def _vanishing(evidence: StudyEvidence) -> list[str]:
    deepest = max(one.depth for one in evidence.gradients)
    shares = [f"{one.variant} {_small(one.kept)}" for one in evidence.gradients if one.depth == deepest]
    plain = [f"{_small(one.kept)} at depth {one.depth}" for one in evidence.gradients if one.variant == "sigmoid"]
    return [
        f"The gradient of the first layer as a share of the output layer's, before training. Sigmoid: "
        f"{', '.join(plain)}. At depth {deepest}: {'; '.join(shares)}.",
        _trained_sigmoids(evidence.networks),
    ]


def _trained_sigmoids(networks: Sequence[TrainedNetwork]) -> str:
    if not networks:
        return ""
    groups = by_network(networks).items()
    words = {
        "batch normalisation true": "with batch normalisation",
        "batch normalisation false": "without batch normalisation",
    }
    told = [f"{words.get(name, name)} {', '.join(share_text(one.auc) for one in group)}" for name, group in groups]
    return (
        f"Sigmoid networks of depth {', '.join(str(one.depth) for one in next(iter(groups))[1])} after training for "
        f"{len(networks[0].training)} epochs, test AUC: {'; '.join(told)}."
    )


def _last_batch(evidence: StudyEvidence) -> list[str]:
    networks = one_seed(evidence.networks)
    found, other = last_batches(networks, LAST_BATCH_SIZES[0])
    ranges = [
        f"{one.network} {share_text(one.whole)} on the whole test set, {spread_text(one.quantiles)} on a last batch"
        for one in found
    ]
    shares = [f"{_percent(last_batches(networks, size)[1])} of {size}" for size in LAST_BATCH_SIZES[1:]]
    return [
        f"AUC, over many orders of the same {len(networks[0].labels)} test photos (the middle 90 % of the orders): "
        f"{'; '.join(ranges)}.",
        f"A last batch of {LAST_BATCH_SIZES[0]} puts another network first than the whole test set in "
        f"{_percent(other)} of the orders, one {', '.join(shares)}.",
    ]


def one_seed(networks: Sequence[TrainedNetwork]) -> list[TrainedNetwork]:
    """Return the first seed's run of each network."""
    return [group[0] for group in by_network(networks).values()]


def _shortcut(evidence: StudyEvidence) -> list[str]:
    known = {one.name: one for one in evidence.shortcuts}
    sentences = [known["brightness"].sentence] if "brightness" in known else []
    if evidence.shortcuts and evidence.shortcuts[0].name != "brightness":
        sentences.append(f"The strongest number: {evidence.shortcuts[0].sentence}")
    return [*sentences, f"The networks on the test photos, AUC: {_listed(_aucs(evidence.networks))}."]


_SENTENCES: dict[str, Callable[[StudyEvidence], list[str]]] = {
    "leak": _leak,
    "models": _models,
    "dead_output": _dead_output,
    "vanishing": _vanishing,
    "last_batch": _last_batch,
    "shortcut": _shortcut,
}


def made_text(made: dict[str, Any]) -> str:
    """Return where the shipped results come from."""
    versions = ", ".join(f"{name} {made[name]}" for name in ("tensorflow", "keras", "numpy"))
    return (
        f"Measured on {made['date']} on the {made['photos']} photos of the sample gallery at {made['image_size']} "
        f"pixels ({versions}; {made['cpu']}), by {made['command']}."
    )


def _small(value: float) -> str:
    """Write a small number with two digits that count, never as a power of ten."""
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _percents(shares: Sequence[float]) -> str:
    """Return the lowest and the highest share in per cent, or the one that there is."""
    return " to ".join(dict.fromkeys([f"{round(100 * min(shares))}", f"{round(100 * max(shares))}"])) + " %"
