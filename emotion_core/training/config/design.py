"""The design of a study: what its runs differ in, and what their comparison can show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, parameter_count
from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.config.value_text import value_text

# A sentence names at most this many pairs of networks; more are hard to read.
NOTABLE_RATIO = 1.5  # between the largest and the smallest network; less is no difference worth naming
MAX_PAIRS = 3


class Factor(NamedTuple):
    """A setting in which the runs of a study differ.

    Attributes:
        field: name of a field of ``RunConfig``, or ``depth`` if networks have more or fewer of the same blocks.
        title: as pages show it.
        values: its distinct values, in the order of the runs.
        tied: whether it changes together with other factors, so that its effect cannot be separated from theirs.
    """

    field: str
    title: str
    values: tuple[Any, ...]
    tied: bool


@dataclass(frozen=True)
class Design:
    """The factors of a study, apart from seeds, folds and names.

    Attributes:
        factors: in the order of the fields.
        networks: each network's label and its value of each factor, in the order of the runs.
        leaking: labels of the runs with the reshuffled split, which are trained on their test photos.
        runs: number of runs.
        own_initializers: whether every network has the initializer that suits its activation.
        folds: number of folds of the cross-validation; 0 for none.
        sizes: number of weights by depth, of the first network of each depth, the largest first.
    """

    factors: tuple[Factor, ...]
    networks: tuple[tuple[str, tuple[Any, ...]], ...]
    leaking: tuple[str, ...]
    runs: int
    own_initializers: bool
    folds: int
    sizes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, runs: Sequence[RunConfig]) -> Design:
        """Return the design of these runs, at least one."""
        fields, titles, columns = _columns(runs)
        rows = list(zip(*columns, strict=True)) if columns else [()] * len(runs)
        networks: dict[tuple[Any, ...], str] = {}
        for run, row in zip(runs, rows, strict=True):
            networks.setdefault(row, run.network_label)
        return cls(
            tuple(
                Factor(field, title, tuple(dict.fromkeys(column)), _is_tied(position, networks))
                for position, (field, title, column) in enumerate(zip(fields, titles, columns, strict=True))
            ),
            tuple((label, row) for row, label in networks.items()),
            tuple(run.label for run in runs if run.leaks),
            len(runs),
            all(run.initializer == "auto" for run in runs),
            runs[0].folds,
            _sizes_by_depth(runs),
        )

    @property
    def crossed(self) -> bool:
        """Whether there are several factors and a network for every combination of their values."""
        return len(self.factors) > 1 and not self.confounded

    @property
    def confounded(self) -> bool:
        """Whether some factors change together, so that a difference cannot be attributed to one of them."""
        return any(factor.tied for factor in self.factors)

    @property
    def sentence(self) -> str:
        """What the comparison can show, as pages and reports say it."""
        return " ".join(
            filter(None, [self._conclusion(), self._size_note(), self._initializer_note(), self._leak_warning()])
        )

    def differences(self) -> list[str]:
        """Return one line for each network but the first: how it differs from the first."""
        (_, first), *others = self.networks
        lines = []
        for label, row in others:
            changes = [
                f"{factor.title.lower()} {value_text(value)} instead of {value_text(other)}"
                for factor, value, other in zip(self.factors, row, first, strict=True)
                if value != other
            ]
            lines.append(f"{label}: {', '.join(changes)}")
        return lines

    def fair_pairs(self) -> list[tuple[str, str, str]]:
        """Return the pairs of networks that differ in a single factor: their labels, and the factor's title."""
        pairs = []
        for (first, row), (second, other) in combinations(self.networks, 2):
            differing = [factor for factor, a, b in zip(self.factors, row, other, strict=True) if a != b]
            if len(differing) == 1:
                pairs.append((first, second, differing[0].title))
        return pairs

    def _conclusion(self) -> str:
        titles = [factor.title.lower() for factor in self.factors]
        if not titles:
            if self.runs <= max(self.folds, 1):
                return f"There is only one {'network' if self.folds else 'run'}, so there is nothing to compare."
            return f"The runs differ only in their {'folds and seeds' if self.folds else 'seeds'}."
        if len(titles) == 1:
            return f"The networks differ in only one setting: {titles[0]}."
        if self.crossed:
            sizes = [f"{title} ({len(factor.values)})" for title, factor in zip(titles, self.factors, strict=True)]
            return (
                f"Full grid: {' × '.join(sizes)}. To see the effect of one setting, compare networks that are equal "
                "in the others."
            )
        problem = f"The networks differ in {len(titles)} settings at once: {', '.join(titles)}."
        if not (pairs := self.fair_pairs()):
            return f"{problem} No difference between them can be attributed to a single setting."
        named = "; ".join(f"{first} and {second} ({title.lower()})" for first, second, title in pairs)
        return (
            f"{problem} Only networks that differ in a single setting show its effect"
            f"{f': {named}.' if len(pairs) <= MAX_PAIRS else '.'}"
        )

    def _size_note(self) -> str:
        """Name a difference in size that comes with the depth: a flattened map shrinks with each block."""
        if all(factor.field != "depth" for factor in self.factors) or len(self.sizes) < 2:
            return ""
        (large, most), (small, fewest) = self.sizes[0], self.sizes[-1]
        if most < NOTABLE_RATIO * fewest:
            return ""
        return (
            f"With the depth the size differs, too: at depth {large} the networks have {most / fewest:.1f} times as "
            f"many weights as at depth {small} ({_weights_text(most)} and {_weights_text(fewest)})."
        )

    def _initializer_note(self) -> str:
        if not (self.own_initializers and any(factor.field == "initializer" for factor in self.factors)):
            return ""
        return (
            "With the automatic initializer, each activation is compared together with the initializer that suits it. "
            "To compare the activations alone, choose one initializer."
        )

    def _leak_warning(self) -> str:
        if not self.leaking:
            return ""
        runs = "every run" if len(self.leaking) == self.runs else f"{len(self.leaking)} of the {self.runs} runs"
        return (
            f"Leaking split in {runs}: validation and test photos are also trained on, so the results say nothing "
            "about unseen photos."
        )


def _sizes_by_depth(runs: Sequence[RunConfig]) -> tuple[tuple[int, int], ...]:
    first_of = {run.depth: run for run in reversed(runs)}
    if len(first_of) == 1:
        return ()
    sizes = [(depth, parameter_count(run)) for depth, run in first_of.items()]
    return tuple(sorted(sizes, key=lambda size: -size[1]))


def _weights_text(number: int) -> str:
    return f"{number / 1e6:.2f} million" if number >= 1e5 else f"{number:,}"


def differing_fields(runs: Sequence[RunConfig]) -> list[str]:
    """Return the settings in which the runs effectively differ, apart from seeds, folds and names.

    A dense activation or an initializer that follows the hidden activation counts as the one it resolves to. A dense
    activation that follows the hidden one in all runs is no difference of its own.

    Returns:
        Fields of ``RunConfig``, in their order.
    """
    tables = [_effective_settings(run) for run in runs]
    fields = [field for field in tables[0] if any(table[field] != tables[0][field] for table in tables)]
    if all(run.dense_function == run.hidden_activation for run in runs):
        fields = [field for field in fields if field != "dense_activation"]
    return fields


def _columns(runs: Sequence[RunConfig]) -> tuple[list[str], list[str], list[list[Any]]]:
    """Return the fields in which the runs differ, their titles, and each field's value in each run."""
    fields = differing_fields(runs)
    titles = [str(type(runs[0]).model_fields[field].title) for field in fields]
    # "Same as hidden" is shown as a value of its own; an automatic initializer is shown as the one it resolves to.
    columns = [
        [_initializer(run) if field == "initializer" else getattr(run, field) for run in runs] for field in fields
    ]
    if "filters" in fields and _same_blocks(runs):
        index = fields.index("filters")
        fields[index], titles[index], columns[index] = "depth", "Depth", [run.depth for run in runs]
    return fields, titles, columns


def _effective_settings(run: RunConfig) -> dict[str, Any]:
    """Return the settings of a run, with those that follow the activation resolved."""
    return {
        **run.model_dump(exclude={"seed", "name", "folds", "fold"}),
        "dense_activation": run.dense_function,
        "initializer": _initializer(run),
    }


def _initializer(run: RunConfig) -> str:
    """Return the initializers of the hidden layers, then of dense layers and output where they differ."""
    dense = [HIDDEN_ACTIVATIONS[run.dense_function]] if run.dense_units else []
    activations = [HIDDEN_ACTIVATIONS[run.hidden_activation], *dense, OUTPUT_ACTIVATIONS[run.output_activation]]
    return " / ".join(dict.fromkeys(run.initializer_for(activation) for activation in activations))


def _same_blocks(runs: Sequence[RunConfig]) -> bool:
    """Return whether each shorter list of filters is the beginning of each longer one."""
    longest = max((run.filters for run in runs), key=len)
    return all(longest[: run.depth] == run.filters for run in runs)


def _is_tied(position: int, rows: Iterable[tuple[Any, ...]]) -> bool:
    """Return whether some value of the factor at this position lacks a combination of the other factors."""
    rows = set(rows)
    values = {row[position] for row in rows}
    others = {row[:position] + row[position + 1 :] for row in rows}
    return len(values) * len(others) != len(rows)
