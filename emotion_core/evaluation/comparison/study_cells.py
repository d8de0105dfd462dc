"""The answer of a study's runs: networks that differ in their seed alone, as cells of the factors that vary."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer import Cell, StudyAnswer, answer_cells
from emotion_core.evaluation.records import RunScores
from emotion_core.training import Design, RunConfig
from emotion_core.training.config import value_text


class NetworkScores(NamedTuple):
    """A network with what it predicts for the test photos."""

    config: RunConfig
    scores: RunScores
    has_learned: bool


def answer_networks(networks: Sequence[NetworkScores]) -> tuple[StudyAnswer | None, str]:
    """Return what networks on the same test photos say of the settings in which they differ, and why not.

    Args:
        networks: finished ones; those with a leaking split or without test photos of both labels are left out.

    Returns:
        The answer, and an empty text; or None, and a sentence that says why there is none.
    """
    fair = _distinct([network for network in networks if not network.config.leaks and len(network.scores.test.labels)])
    if not fair:
        return None, "No network was tested on photos that it had not been trained on, so there is no answer."
    try:
        return answer_cells(fair[0].scores.test.labels, _cells(fair)), ""
    except StatisticsError as error:
        return None, f"There is no answer: {error}"


def _distinct(networks: Sequence[NetworkScores]) -> list[NetworkScores]:
    """Return the networks without repetitions: the same settings and seed in two studies are one network twice."""
    unnamed = {"name": "", "fold": 0}
    by_settings = {network.config.model_copy(update=unnamed): network for network in reversed(networks)}
    return list(reversed(by_settings.values()))


def _cells(networks: Sequence[NetworkScores]) -> list[Cell]:
    levels = levels_of([network.config for network in networks])
    groups: dict[Hashable, list[int]] = {}
    for index, values in enumerate(levels):
        groups.setdefault(tuple(values.items()), []).append(index)
    # Networks that change in several settings at once have a name each, as in the published preset.
    names = [networks[indices[0]].config.name for indices in groups.values()]
    is_named = all(names) and len(set(names)) == len(names)
    return [
        _cell([networks[index] for index in indices], levels[indices[0]], name if is_named else "")
        for name, indices in zip(names, groups.values(), strict=True)
    ]


def _cell(networks: Sequence[NetworkScores], levels: Mapping[str, Hashable], title: str) -> Cell:
    folds = [network.scores.folds for network in networks if network.scores.folds is not None]
    return Cell(
        levels,
        np.array([network.scores.test.p_sad for network in networks]),
        np.array([network.has_learned for network in networks]),
        np.array(folds) if folds else None,
        title,
        networks[0].config.depth,
    )


def levels_of(configs: Sequence[RunConfig]) -> list[dict[str, Hashable]]:
    """Return each network's value of activation, depth and every other factor, in an order that all share.

    Args:
        configs: settings of the networks, at least one.
    """
    design = Design.of(configs)
    # An automatic initializer belongs to its activation: the two are compared together.
    factors = [f for f in design.factors if not (f.field == "initializer" and design.own_initializers)]
    fields = {"activation": "hidden_activation"}
    # Blocks that differ in more than their number are a factor of their own, which depth would only repeat.
    fields |= {"depth": "depth"} if all(factor.field != "filters" for factor in factors) else {}
    fields |= {factor.title.lower(): factor.field for factor in factors if factor.field not in fields.values()}
    return [{title: _value(getattr(config, field)) for title, field in fields.items()} for config in configs]


def _value(value: Any) -> Hashable:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else value_text(value)
