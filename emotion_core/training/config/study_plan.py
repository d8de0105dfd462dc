"""The plan of a study: a preset, the settings that are varied, and the settings that differ from the preset."""

import difflib
import math
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from emotion_core.errors import SettingsError
from emotion_core.network import checked, field_errors
from emotion_core.training.config.fields import FIELDS, MAX_DEPTH, PLAN_FIELDS, RUN_FIELDS, STUDY_FIELDS, value_of
from emotion_core.training.config.presets import PRESETS, filters_for_depth, preset_named
from emotion_core.training.config.run_config import MAX_FOLDS, MAX_NAME, MAX_RUNS, RunConfig
from emotion_core.training.config.study_config import StudyConfig
from emotion_core.training.config.toml_file import read_settings, settings_toml
from emotion_core.training.config.value_text import value_text

# Seeds per network that let a study speak of activations. From four on, each has its own spread over seeds.
USUAL_SEEDS = 5
# A run's label names these already, so its name need not.
_IN_LABEL = {"hidden_activation", "depth", "seed", "split"}


class ExpandedPlan(NamedTuple):
    """What a plan comes to.

    Attributes:
        study: its runs and how their photos are split; None where something is wrong.
        errors: one sentence for each field that is wrong, by field name.
    """

    study: StudyConfig | None
    errors: dict[str, str]


class StudyPlan(BaseModel):
    """A study as a user asks for it. It may be wrong: ``errors`` reports what is, and ``study`` raises.

    Values may be given as such or as text: ``"16-32-16"``, or ``"hidden"`` for a dense activation that follows the
    hidden one. They are stored as values.

    Attributes:
        preset: a key of ``PRESETS``.
        networks: names of the preset's networks to train; empty trains all of them.
        seeds: number of seeds per network, counted from the setting ``seed``.
        folds: of a cross-validation, 2 to 10: each network and seed is trained once per fold and tested on it; 0 for
            none.
        vary: values to try, by field of ``RunConfig`` or ``depth``; each network of the preset is trained with every
            combination. The first field changes fastest, then folds, then seeds. Replaces what the preset varies in
            that field.
        settings: one value by field of ``RunConfig`` or ``StudyConfig`` or ``depth``, for all runs; replaces the
            preset's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = "controlled"
    networks: tuple[str, ...] = ()
    seeds: int = 1
    folds: int = 0
    vary: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("vary")
    @classmethod
    def _parse_varied(cls, vary: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
        return {field: _distinct(value_of(field, given) for given in values) for field, values in vary.items()}

    @field_validator("settings")
    @classmethod
    def _parse_settings(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {field: value_of(field, given) for field, given in settings.items()}

    @classmethod
    def from_toml(cls, text: str | bytes) -> "StudyPlan":
        """Return the plan in a settings file.

        Raises:
            SettingsError: it is not TOML, or a setting is unknown or impossible; every such field is named.
        """
        plan = checked(cls, read_settings(text))
        plan.study()
        return plan

    @classmethod
    def of_run(cls, config: RunConfig, study: StudyConfig) -> "StudyPlan":
        """Return a plan that repeats one run of an earlier study, for the user to change.

        The run's name is dropped, because a changed network is no longer the preset's. A run of one fold brings back
        the whole cross-validation.

        Args:
            config: the run.
            study: the study that it belongs to, for its split and sources.
        """
        fields = {**config.model_dump(exclude=set(PLAN_FIELDS)), **study.model_dump(include=set(STUDY_FIELDS))}
        # The activation is always set: without it, the preset would vary its own activations.
        return cls(
            folds=config.folds,
            settings={
                field: value
                for field, value in fields.items()
                if field == "hidden_activation" or value != FIELDS[field].default
            },
        )

    def changed(self, fields: Mapping[str, Sequence[Any]]) -> "StudyPlan":
        """Return the plan with other values for some fields: a single value is set, several are varied.

        Args:
            fields: the values by field name.
        """
        fixed = {field: values[0] for field, values in fields.items() if len(values) == 1}
        varied = {field: values for field, values in fields.items() if len(values) != 1}
        return StudyPlan(
            preset=self.preset,
            networks=self.networks,
            seeds=self.seeds,
            folds=self.folds,
            vary={field: values for field, values in self.vary.items() if field not in fields} | varied,
            settings={field: value for field, value in self.settings.items() if field not in fields} | fixed,
        )

    def values(self, field: str) -> list[Any]:
        """Return the distinct values of a setting over the runs of this plan.

        Raises:
            SettingsError: unknown preset.
        """
        if field in self.vary:
            return list(self.vary[field])
        if field in self.settings or field in STUDY_FIELDS:
            return [self.settings.get(field, FIELDS[field].default)]
        if field == "depth":
            return list(_distinct(len(filters) for filters in self.values("filters")))
        preset = preset_named(self.preset)
        default = FIELDS[field].default
        return list(
            preset.vary.get(field) or _distinct(network.get(field, default) for network in self._preset_networks())
        )

    def errors(self) -> dict[str, str]:
        """Return one sentence for each field that is wrong, for showing beside that field; empty where all is well."""
        return self.expand().errors

    def study(self) -> StudyConfig:
        """Return the settings of the study: a run per network, combination of varied values, fold and seed.

        Raises:
            SettingsError: a setting is unknown, contradictory or impossible; every such field is named.
        """
        expanded = self.expand()
        if expanded.study is None:
            problems = "; ".join(f"{field}: {text}" for field, text in expanded.errors.items())
            raise SettingsError(f"The settings cannot be used. {problems}. Change them and try again.")
        return expanded.study

    def expand(self) -> "ExpandedPlan":
        """Return the study or what is wrong with the plan; every run is built and validated once."""
        errors = self._plan_errors()
        # Without a preset or with impossible folds there are no runs to check.
        if errors.keys() & {"preset", "folds"}:
            return ExpandedPlan(None, errors)
        photos = {field: value for field, value in self.settings.items() if field in STUDY_FIELDS}
        # One default run stands in for all, so that only the study's own fields can be wrong.
        errors |= field_errors(StudyConfig, {"runs": (RunConfig(folds=self.folds, fold=min(self.folds, 1)),), **photos})
        runs: dict[RunConfig, None] = {}
        for settings in islice(self._run_settings(), MAX_RUNS):
            try:
                runs[RunConfig(**settings)] = None
            except ValidationError:
                errors = field_errors(RunConfig, settings) | errors
        return ExpandedPlan(None if errors else StudyConfig(preset=self.preset, runs=tuple(runs), **photos), errors)

    def to_toml(self) -> str:
        """Return the plan as a settings file, which ``from_toml`` reads."""
        table = self.model_dump()
        return settings_toml(table if self.folds else {key: table[key] for key in table if key != "folds"})

    def command(self, workspace: Path | None = None) -> str:
        """Return the shell command that starts this study.

        Args:
            workspace: folder of the workspace to start it in; without, the command uses the default workspace.
        """
        words = ["python", "-m", "emotion_core", "study", "--preset", self.preset]
        for network in self.networks:
            words += ["--network", network]
        if self.seeds != 1:
            words += ["--seeds", str(self.seeds)]
        if self.folds:
            words += ["--folds", str(self.folds)]
        for field, values in ({field: (value,) for field, value in self.settings.items()} | self.vary).items():
            words += ["--set", f"{field}={','.join(value_text(value) for value in values)}"]
        if workspace is not None:
            words += ["--workspace", str(workspace)]
        return shlex.join(words)

    def _plan_errors(self) -> dict[str, str]:
        if self.preset not in PRESETS:
            return {"preset": f"expected one of {', '.join(PRESETS)}, received {self.preset!r}"}
        errors = {field: text for field in {**self.settings, **self.vary} if (text := self._field_error(field))}
        names = [network["name"] for network in PRESETS[self.preset].networks or ()]
        if unknown := [name for name in self.networks if name not in names]:
            errors["networks"] = f"expected some of {', '.join(names) or 'none'}, received {', '.join(unknown)!r}"
        networks = math.prod(map(len, self._varied_values().values())) * len(self._preset_networks())
        # No network at all means that another field is wrong, and that error is there already.
        if self.folds not in (0, *range(2, MAX_FOLDS + 1)):
            errors["folds"] = f"expected 2 to {MAX_FOLDS}, or 0 for no cross-validation, received {self.folds}"
        elif networks and not 1 <= networks * self.seeds * max(self.folds, 1) <= MAX_RUNS:
            folds = f" times {self.folds} folds" if self.folds else ""
            text = f"expected 1 to {MAX_RUNS} runs, received {networks} networks times {self.seeds} seeds{folds}"
            errors["seeds"] = text
        return errors

    def _field_error(self, field: str) -> str | None:
        if field not in FIELDS:
            close = difflib.get_close_matches(field, FIELDS, n=1)
            return f"unknown setting{f', did you mean {close[0]}?' if close else ''}"
        if field in self.settings and field in self.vary:
            return "expected one value for all runs or several to vary, received both"
        if field in self.vary and field in STUDY_FIELDS:
            return "this setting is the same for all runs of a study, expected one value"
        if self.vary.get(field) == ():
            return "expected at least one value, received none"
        if field == "depth":
            bad = [depth for depth in self.values("depth") if depth not in range(1, MAX_DEPTH + 1)]
            return f"expected 1 to {MAX_DEPTH} convolution blocks, received {bad[0]!r}" if bad else None
        return None

    def _preset_networks(self) -> list[Mapping[str, Any]]:
        preset = preset_named(self.preset)
        return [
            network
            for network in preset.networks or (preset.settings,)
            if not self.networks or network.get("name") in self.networks
        ]

    def _varied_values(self) -> dict[str, tuple[Any, ...]]:
        defaults = preset_named(self.preset).vary
        vary = {field: values for field, values in defaults.items() if field not in self.settings} | self.vary
        return {field: values for field, values in vary.items() if field in RUN_FIELDS}

    def _run_settings(self) -> Iterator[dict[str, Any]]:
        """Yield the settings of each run, unchecked."""
        folds = range(1, self.folds + 1) if self.folds else (0,)
        for number in range(self.seeds):
            for fold in folds:
                for network in self._network_settings():
                    seed = network.get("seed", 0)
                    # A seed of another type is wrong, and is passed on for the settings to refuse.
                    seed = seed + number if isinstance(seed, int) else seed
                    yield {**network, "seed": seed, "folds": self.folds, "fold": fold}

    def _network_settings(self) -> Iterator[dict[str, Any]]:
        varied = self._varied_values()
        shared = {field: value for field, value in self.settings.items() if field in RUN_FIELDS}
        # product() changes its last argument fastest, and the first varied field is to change fastest.
        fields = list(varied)[::-1]
        for values in product(*(varied[field] for field in fields)):
            chosen = dict(zip(fields, values, strict=True))
            differing = {field: chosen[field] for field in varied if len(varied[field]) > 1}
            for network in self._preset_networks():
                name = _network_name(network.get("name", ""), differing)
                yield {**_with_depth({**network, **shared, **chosen}), "name": name}


def _with_depth(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the depth turned into that many filters: a run has no field for it."""
    depth = fields.pop("depth", None)
    filters = fields.get("filters", FIELDS["filters"].default)
    if depth in range(1, MAX_DEPTH + 1) and isinstance(filters, tuple) and filters:
        fields["filters"] = filters_for_depth(filters, depth)
    return fields


def _network_name(network: str, varied: Mapping[str, Any]) -> str:
    """Return a name that distinguishes the network from the study's others, beyond what its label shows."""
    values = [
        f"{str(RUN_FIELDS[field].title).lower()} {value_text(value)}"
        for field, value in varied.items()
        if field not in _IN_LABEL
    ]
    return textwrap.shorten(", ".join(filter(None, [network, *values])), MAX_NAME, placeholder=" …")


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    # Not a set or dict: values from a file may be unhashable lists.
    distinct: list[Any] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    return tuple(distinct)
