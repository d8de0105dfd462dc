"""The studies one can begin from: the fair one, and the source study's two versions of itself."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emotion_core.errors import SettingsError
from emotion_core.network import checked, field_errors
from emotion_core.training.config import MAX_RUNS, RunConfig, StudyConfig

DEFAULT_ACTIVATIONS = ("relu", "tanh", "sigmoid")
STUDY_FIELDS = frozenset({"validation_fraction", "test_fraction", "split_seed", "sources"})


class Preset(NamedTuple):
    """Where a study begins.

    Attributes:
        name: as on the command line.
        summary: one sentence for the person who chooses.
        networks: settings of each network, where they differ from the defaults; None for a grid of activations.
    """

    name: str
    summary: str
    networks: tuple[Mapping[str, Any], ...] | None


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "controlled",
            "Only the hidden activation differs; everything else is equal, so the comparison is fair.",
            None,
        ),
        Preset(
            "published",
            "The three networks of the source study's notebook, which differ in seven settings besides the activation.",
            (
                {"name": "Model 1", "image_size": 256, "hidden_activation": "relu"},
                {
                    "name": "Model 2",
                    "image_size": 256,
                    "kernel_size": 3,
                    "hidden_activation": "sigmoid",
                    "output_activation": "relu",
                    "loss": "mean_squared_error",
                },
                {
                    "name": "Model 3",
                    "image_size": 256,
                    "filters": (8, 16, 32, 8),
                    "kernel_size": 3,
                    "hidden_activation": "tanh",
                    "dense_activation": "relu",
                    "optimizer": "sgd",
                    "learning_rate": 0.01,
                    "loss": "mean_squared_error",
                },
            ),
        ),
        Preset(
            "described",
            "The three networks as the source study's text describes them: learning rate 0.01, one kernel for all.",
            (
                {"name": "Model 1", "image_size": 256, "hidden_activation": "relu", "learning_rate": 0.01},
                {
                    "name": "Model 2",
                    "image_size": 256,
                    "hidden_activation": "sigmoid",
                    "output_activation": "relu",
                    "learning_rate": 0.01,
                },
                {"name": "Model 3", "image_size": 256, "hidden_activation": "tanh", "learning_rate": 0.01},
            ),
        ),
    )
}


def plan_study(
    preset: str = "controlled",
    *,
    activations: Sequence[str] | None = None,
    depths: Sequence[int] | None = None,
    seeds: int = 1,
    settings: Mapping[str, Any] | None = None,
) -> StudyConfig:
    """Return the runs of a study: activations times depths times seeds, or a preset's networks times seeds.

    Args:
        preset: a key of ``PRESETS``.
        activations: hidden activations; ReLU, tanh and sigmoid by default, or those of the preset's networks.
        depths: numbers of convolution blocks; those of the preset by default.
        seeds: how many seeds, counted from ``settings["seed"]`` or 0.
        settings: fields of ``RunConfig`` and ``StudyConfig`` that override the preset's for every run.

    Raises:
        SettingsError: unknown preset or field, or a value that cannot work.
    """
    given = dict(settings or {})
    study_settings = {field: given.pop(field) for field in STUDY_FIELDS & given.keys()}
    first_seed = given.pop("seed", 0)
    networks = _networks(_preset(preset), activations, depths, given)
    if not 1 <= seeds * len(networks) <= MAX_RUNS:
        raise SettingsError(
            f"The study has an impossible number of runs. Expected 1 to {MAX_RUNS}. Received: {len(networks)} networks "
            f"times {seeds} seeds. Choose fewer activations, depths or seeds."
        )
    runs = [
        checked(RunConfig, {**network, "seed": first_seed + number}) for number in range(seeds) for network in networks
    ]
    return checked(StudyConfig, {"preset": preset, "runs": tuple(runs), **study_settings})


def plan_errors(
    preset: str,
    *,
    activations: Sequence[str] | None = None,
    depths: Sequence[int] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return one sentence for each field that ``plan_study`` would refuse, for showing beside that field."""
    given = dict(settings or {})
    study_settings = {field: given.pop(field) for field in STUDY_FIELDS & given.keys()}
    found = field_errors(StudyConfig, {"runs": (RunConfig(),), **study_settings})
    for network in _networks(_preset(preset), activations, depths, given):
        found |= field_errors(RunConfig, network)
    return found


def preset_values(preset: str, field: str) -> list[Any]:
    """Return a setting's value in each of the preset's networks, without repetition."""
    default = RunConfig.model_fields[field].default
    networks: Sequence[Mapping[str, Any]] = _preset(preset).networks or ({},)
    values = [network.get(field, default) for network in networks]
    return [value for number, value in enumerate(values) if value not in values[:number]]


def filters_for_depth(filters: Sequence[int], depth: int) -> tuple[int, ...]:
    """Return the filters of a network of that depth: the first ones, or all and then the last one again.

    >>> filters_for_depth((16, 32, 16), 2)
    (16, 32)
    >>> filters_for_depth((16, 32, 16), 5)
    (16, 32, 16, 16, 16)
    """
    return tuple(filters[:depth]) + tuple(filters[-1:]) * (depth - len(filters))


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise SettingsError(f"The preset is unknown. Expected one of {', '.join(PRESETS)}. Received: preset={name!r}.")
    return PRESETS[name]


def _networks(
    preset: Preset, activations: Sequence[str] | None, depths: Sequence[int] | None, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    if preset.networks is None:
        base = tuple(given.get("filters", RunConfig().filters))
        wanted_depths = dict.fromkeys(depths or [len(base)]) if base else ()
        chosen = [filters_for_depth(base, _depth(depth)) for depth in wanted_depths] or [base]
        names = dict.fromkeys(activations or DEFAULT_ACTIVATIONS)
        return [{**given, "hidden_activation": name, "filters": filters} for filters in chosen for name in names]
    if depths is not None:
        raise SettingsError(
            f"The preset {preset.name!r} fixes the depth of its networks. Received: depths={list(depths)}. "
            "Leave the depths out, or use the preset 'controlled'."
        )
    wanted = [n for n in preset.networks if activations is None or n["hidden_activation"] in activations]
    if not wanted:
        used = ", ".join(network["hidden_activation"] for network in preset.networks)
        raise SettingsError(
            f"None of the networks of the preset {preset.name!r} has such a hidden activation. Expected one of {used}. "
            f"Received: activations={list(activations or ())}. Use the preset 'controlled' for others."
        )
    return [{**network, **given} for network in wanted]


def _depth(depth: int) -> int:
    if not 1 <= depth <= 6:
        raise SettingsError(f"The depth cannot be used. Expected 1 to 6 convolution blocks. Received: depth={depth}.")
    return depth
