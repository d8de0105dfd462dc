"""The studies to start from: controlled comparisons, and the source study as published and as described."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from emotion_core.errors import SettingsError

DEFAULT_ACTIVATIONS = ("relu", "tanh", "sigmoid")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Preset(NamedTuple):
    """A study to start from.

    Attributes:
        name: its key, as typed on the command line.
        summary: one sentence that the page Configure shows.
        networks: settings of each network that differ from the defaults; None for a grid over one network.
        settings: those of the grid's network that differ from the defaults.
        vary: values that the grid varies by default, by field.
    """

    name: str
    summary: str
    networks: tuple[Mapping[str, Any], ...] | None = None
    settings: Mapping[str, Any] = _NOTHING
    vary: Mapping[str, tuple[Any, ...]] = _NOTHING

    def names_with(self, activations: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the networks that have one of these hidden activations.

        Raises:
            SettingsError: no network has any of them.
        """
        networks = self.networks or ()
        if names := tuple(str(n["name"]) for n in networks if n["hidden_activation"] in activations):
            return names
        raise SettingsError(
            f"The preset {self.name!r} has no network with such a hidden activation. "
            f"Expected one of {', '.join(n['hidden_activation'] for n in networks)}. "
            f"Received: activations={list(activations)}. Use the preset 'controlled' for others."
        )


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "controlled",
            "The networks differ only in the hidden activation, so the comparison is fair.",
            vary={"hidden_activation": DEFAULT_ACTIVATIONS},
        ),
        Preset(
            "published",
            "The three networks of the source study's notebook. Besides the activation, they differ in seven settings.",
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
            "The three networks as the source study's text describes them: learning rate 0.01 and one kernel size.",
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
        Preset(
            "lenet5",
            "LeCun's network from 1998 for 32-pixel gray photos: average pooling, originally with tanh. Trains fast.",
            settings={
                "image_size": 32,
                "color": "grey",
                "filters": (6, 16),
                "pooling": "average",
                "dense_units": (120, 84),
            },
            vary={"hidden_activation": ("tanh", "relu", "sigmoid")},
        ),
        Preset(
            "modern",
            "A small network in today's style: batch normalization, global average pooling, dropout.",
            settings={
                "filters": (16, 32, 64),
                "kernel_size": 3,
                "padding": "same",
                "batch_normalization": True,
                "head": "global_average",
                "dense_units": (64,),
                "dropout": 0.3,
            },
            vary={"hidden_activation": DEFAULT_ACTIVATIONS},
        ),
        Preset(
            "transfer",
            "For few photos of faces: a small network on top of the starter's first blocks, already trained on faces.",
            settings={
                "image_size": 48,
                "color": "grey",
                "face_crop": True,
                "face_margin": 0.0,
                "starter_blocks": 3,
                "filters": (32,),
                "kernel_size": 3,
                "padding": "same",
                "head": "global_average",
                "dense_units": (64,),
                "flip": True,
                "epochs": 20,
            },
            vary={"hidden_activation": DEFAULT_ACTIVATIONS},
        ),
    )
}


def preset_named(name: str) -> Preset:
    """Return the preset with this name.

    Raises:
        SettingsError: there is no such preset.
    """
    if name not in PRESETS:
        raise SettingsError(f"The preset is unknown. Expected one of {', '.join(PRESETS)}. Received: preset={name!r}.")
    return PRESETS[name]


def filters_for_depth(filters: Sequence[int], depth: int) -> tuple[int, ...]:
    """Return the filters of a network with this depth: the first ones, or all and then the last one again.

    Args:
        filters: of each block, at least one.
        depth: number of blocks, at least 1.

    >>> filters_for_depth((16, 32, 16), 2)
    (16, 32)
    >>> filters_for_depth((16, 32, 16), 5)
    (16, 32, 16, 16, 16)
    """
    return tuple(filters[:depth]) + tuple(filters[-1:]) * (depth - len(filters))
