"""What the runs of a study differ in, and what their comparison can therefore show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from emotion_core.formatting import list_text
from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.config.value_text import value_text

# More than these are not named in a sentence.
MAX_PAIRS = 3


class Factor(NamedTuple):
    """A setting in which runs of a study differ.

    Attributes:
        field: of ``RunConfig``; ``depth`` where networks have more or fewer of the same blocks.
        title: for a person.
        values: what it takes, each once, in the order of the runs.
        tied: whether it changes together with others, so that what it does cannot be told from what they do.
    """

    field: str
    title: str
    values: tuple[Any, ...]
    tied: bool


@dataclass(frozen=True)
class Design:
    """The factors of a study, seeds, folds and names aside.

    Attributes:
        factors: in the order of the fields.
        networks: each network's label and its value of each factor, in the order of the runs.
        leaking: labels of the runs whose test photos were trained on: those with the reshuffled split.
        runs: how many runs there are.
        own_initializers: whether every network has the initialiser that its activation was made for.
        folds: of the cross-validation, in which each network and seed is trained once for each; 0 for none.
    """

    factors: tuple[Factor, ...]
    networks: tuple[tuple[str, tuple[Any, ...]], ...]
    leaking: tuple[str, ...]
    runs: int
    own_initializers: bool
    folds: int

    @classmethod
    def of(cls, runs: Sequence[RunConfig]) -> Design:
        """Return the design of these runs, of which there is at least one."""
        fields, titles, columns = _columns(runs)
        rows = list(zip(*columns, strict=True)) if columns else [()] * len(runs)
        networks: dict[tuple[Any, ...], str] = {}
        for run, row in zip(runs, rows, strict=True):
            networks.setdefault(row, run.network_label)
        return cls(
            tuple(
                Factor(field, title, tuple(dict.fromkeys(column)), _is_tied(place, networks))
                for place, (field, title, column) in enumerate(zip(fields, titles, columns, strict=True))
            ),
            tuple((label, row) for row, label in networks.items()),
            tuple(run.label for run in runs if run.leaks),
            len(runs),
            all(run.initializer == "auto" for run in runs),
            runs[0].folds,
        )

    @property
    def crossed(self) -> bool:
        """Whether there are several factors, and every combination of their values."""
        return len(self.factors) > 1 and not self.confounded

    @property
    def confounded(self) -> bool:
        """Whether some factors change together, so that a difference cannot be put down to one of them."""
        return any(factor.tied for factor in self.factors)

    @property
    def sentence(self) -> str:
        """What the comparison can show, for a person."""
        return " ".join(filter(None, [self._conclusion(), self._about_initializers(), self._about_leak()]))

    def differences(self) -> list[str]:
        """Return one line for each network but the first: what it has instead of what the first has."""
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
        found = []
        for (first, row), (second, other) in combinations(self.networks, 2):
            differing = [factor for factor, a, b in zip(self.factors, row, other, strict=True) if a != b]
            if len(differing) == 1:
                found.append((first, second, differing[0].title))
        return found

    def _conclusion(self) -> str:
        titles = [factor.title.lower() for factor in self.factors]
        if not titles:
            if self.runs <= max(self.folds, 1):
                return f"One {'network' if self.folds else 'run'} has nothing to compare with."
            return f"The runs differ in their {'folds and seeds' if self.folds else 'seeds'} only."
        if len(titles) == 1:
            return f"The networks differ in one setting only: {titles[0]}."
        if self.crossed:
            return (
                f"The networks differ in {list_text(titles)}, and each combination is there: to see what one of them "
                "does, compare networks that are equal in the others."
            )
        told = f"The networks differ in {len(titles)} settings at once: {', '.join(titles)}."
        if not (pairs := self.fair_pairs()):
            return f"{told} Whatever the comparison shows cannot be put down to one of them."
        named = "; ".join(f"{first} and {second}, {title.lower()}" for first, second, title in pairs)
        return (
            f"{told} Only two networks that differ in a single one show what that one does"
            f"{f': {named}.' if len(pairs) <= MAX_PAIRS else '.'}"
        )

    def _about_initializers(self) -> str:
        if not (self.own_initializers and any(factor.field == "initializer" for factor in self.factors)):
            return ""
        return (
            "The automatic initialiser goes with the activation: each activation is compared together with the "
            "initialiser it was made for. Choose one initialiser to compare the activations alone."
        )

    def _about_leak(self) -> str:
        if not self.leaking:
            return ""
        which = "every run" if len(self.leaking) == self.runs else f"{len(self.leaking)} of the {self.runs} runs"
        return (
            f"Leaking split in {which}: photos of validation and test are trained on, so the figures say nothing of "
            "photos that were never seen."
        )


def differing_fields(runs: Sequence[RunConfig]) -> list[str]:
    """Return the settings in which runs really differ, seeds, folds and names aside, in the order of the fields.

    A dense activation or an initialiser that follows the hidden activation counts as what it stands for; a dense
    activation that follows the hidden one in all runs is no difference of its own.
    """
    tables = [_effective(run) for run in runs]
    found = [field for field in tables[0] if any(table[field] != tables[0][field] for table in tables)]
    if all(run.dense_function == run.hidden_activation for run in runs):
        found = [field for field in found if field != "dense_activation"]
    return found


def _columns(runs: Sequence[RunConfig]) -> tuple[list[str], list[str], list[list[Any]]]:
    """Return the fields in which the runs differ, their titles, and each field's value in each run."""
    fields = differing_fields(runs)
    titles = [str(type(runs[0]).model_fields[field].title) for field in fields]
    # "Same as hidden" is a choice of its own; an automatic initialiser is none, so it counts as what it stands for.
    columns = [
        [_initializer(run) if field == "initializer" else getattr(run, field) for run in runs] for field in fields
    ]
    if "filters" in fields and _same_blocks(runs):
        place = fields.index("filters")
        fields[place], titles[place], columns[place] = "depth", "Depth", [run.depth for run in runs]
    return fields, titles, columns


def _effective(run: RunConfig) -> dict[str, Any]:
    """Return the settings of a run, with those that follow the activation said outright."""
    return {
        **run.model_dump(exclude={"seed", "name", "folds", "fold"}),
        "dense_activation": run.dense_function,
        "initializer": _initializer(run),
    }


def _initializer(run: RunConfig) -> str:
    """Return what draws the first weights: hidden layers, then dense ones and the output where they differ."""
    dense = [HIDDEN_ACTIVATIONS[run.dense_function]] if run.dense_units else []
    activations = [HIDDEN_ACTIVATIONS[run.hidden_activation], *dense, OUTPUT_ACTIVATIONS[run.output_activation]]
    return " / ".join(dict.fromkeys(run.initializer_for(activation) for activation in activations))


def _same_blocks(runs: Sequence[RunConfig]) -> bool:
    """Return whether each shorter list of filters is the beginning of each longer one."""
    longest = max((run.filters for run in runs), key=len)
    return all(longest[: run.depth] == run.filters for run in runs)


def _is_tied(place: int, rows: Iterable[tuple[Any, ...]]) -> bool:
    """Return whether a factor's values do not each come with every combination of the others'."""
    rows = set(rows)
    values = {row[place] for row in rows}
    others = {row[:place] + row[place + 1 :] for row in rows}
    return len(values) * len(others) != len(rows)
