"""Advice on a network's settings before it is trained: settings that work against each other, or that mislead.

All of these settings are allowed. The numbers come from 64-pixel networks with the default layers, trained for 45
epochs on 300 and 480 photos; tests measure the gradients at the start.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from emotion_core.network.config import NetworkConfig, block_side
from emotion_core.network.layer_table import layers_of
from emotion_core.network.starter import STARTER, starter_weights_file

Severity = Literal["info", "warning"]

_SATURATING = ("sigmoid", "hard_sigmoid")
_ADAMS = ("adam", "adamw", "nadam")
# Measured: Adam at this rate killed 10 of 12 ReLU and tanh networks, and at a tenth of it none.
_HIGH_LEARNING_RATE = 0.01
_SMALL_SIDE_PX = 2
_VANISHING_LAYERS = 3
_DEEP = 3


class Advice(NamedTuple):
    """One piece of advice.

    Attributes:
        severity: ``warning`` where the network will probably not learn, or does not show what its name promises.
        field: the setting that it concerns.
        sentence: the text to show.
    """

    severity: Severity
    field: str
    sentence: str


def advice_on(config: NetworkConfig) -> list[Advice]:
    """Return the advice on a network's settings.

    Args:
        config: the network; the loss, optimizer and learning rate of a ``RunConfig`` are checked too.
    """
    rules = (_output, _hidden, _selu, _optimizer, _starter, _input)
    return [advice for rule in rules for advice in rule(config)]


def _output(config: NetworkConfig) -> Iterator[Advice]:
    field, squared = "output_activation", getattr(config, "loss", "") == "mean_squared_error"
    match config.output_activation:
        case "relu":
            flat = "" if squared else ", and cross-entropy has none above 1"
            yield Advice(
                "warning",
                field,
                f"A ReLU output has no slope below zero{flat}. A network that lands there for every photo gives one "
                "answer for all of them and cannot learn. After sigmoid layers, as in the source study's Model 2, "
                "about half of all random initializations start this way, and none of 18 measured runs learned. Use a "
                "sigmoid output.",
            )
        case "tanh" if squared:
            yield Advice("info", field, "Labels are 0 and 1, so a tanh output below 0 counts as P(sad) = 0.")
        case "tanh":
            yield Advice(
                "warning",
                field,
                "A tanh output goes down to −1, and cross-entropy has no slope below 0. A network that lands there for "
                "every photo gives one answer for all of them and cannot learn. Use a sigmoid output.",
            )
        case "linear":
            yield Advice(
                "info",
                field,
                "A linear output is a logit here: the loss and P(sad) are computed from its sigmoid, so the network "
                "can represent exactly what one with a sigmoid output can.",
            )
        case "softmax":
            more = layers_of(config)[-1].parameters // 2
            yield Advice(
                "info",
                field,
                "Softmax has two units, one for each label; the second is P(sad). It can represent exactly what one "
                f"sigmoid unit can, with {more:,} more parameters.",
            )
    if squared and config.output_activation in ("sigmoid", "linear", "softmax"):
        yield Advice(
            "info",
            "loss",
            "Mean squared error has almost no slope where the network is confident and wrong; cross-entropy has one.",
        )


def _hidden(config: NetworkConfig) -> Iterator[Advice]:
    functions = [config.hidden_activation] * (config.depth * config.convolutions) + [config.dense_function] * len(
        config.dense_units
    )
    saturating = sum(function in _SATURATING for function in functions)
    if config.hidden_activation in _SATURATING and saturating >= _VANISHING_LAYERS and not config.batch_normalization:
        yield Advice(
            "warning" if config.depth > _DEEP else "info",
            "hidden_activation",
            f"The slope of {config.hidden_activation} is at most ¼, so the gradient shrinks in each of {saturating} "
            "layers (it vanishes). With three blocks, the first convolution starts with a gradient hundreds of times "
            "smaller than the output layer's. The network learns, but slowly; batch normalization helps.",
        )
    if functions.count("tanh_shrink") >= _VANISHING_LAYERS and not config.batch_normalization:
        yield Advice(
            "warning",
            "hidden_activation",
            "tanh_shrink is flat around zero, so signals shrink from layer to layer. A network of several such layers "
            "starts with almost no gradient and does not learn. Batch normalization prevents this.",
        )
    if set(functions) == {"linear"}:
        exception = "apart from max pooling, " if "max" in (config.pooling, config.head.removeprefix("global_")) else ""
        yield Advice(
            "info",
            "hidden_activation",
            f"Without a hidden activation, a network of any depth is, {exception}one linear function of the pixels.",
        )
    if config.initializer == "auto":
        yield Advice(
            "info",
            "initializer",
            "auto chooses the initializer by the activation, so networks that differ in activation also differ in "
            "initializer. Choose one initializer to compare the activations alone.",
        )


def _selu(config: NetworkConfig) -> Iterator[Advice]:
    if "selu" not in (config.hidden_activation, config.dense_function):
        return
    if config.initializer not in ("auto", "lecun_normal"):
        yield Advice(
            "warning",
            "initializer",
            "SELU keeps mean and variance stable from layer to layer only with lecun_normal (the choice of auto); "
            f"this network has {config.initializer}.",
        )
    if config.batch_normalization and config.hidden_activation == "selu":
        yield Advice(
            "warning",
            "batch_normalization",
            "SELU was designed to replace batch normalization. With both, the effect of SELU does not show.",
        )
    if config.dropout:
        yield Advice(
            "info",
            "dropout",
            "Dropout changes the mean and variance that SELU keeps stable; SELU was designed for alpha dropout.",
        )


def _optimizer(config: NetworkConfig) -> Iterator[Advice]:
    optimizer, rate = getattr(config, "optimizer", ""), getattr(config, "learning_rate", 0.0)
    if optimizer in _ADAMS and rate >= _HIGH_LEARNING_RATE:
        yield Advice(
            "warning",
            "learning_rate",
            f"A learning rate of {rate:g} is high for {optimizer}. With Adam at 0.01, 10 of 12 measured ReLU and tanh "
            "networks died and gave the same answer for every photo; at 0.001, none of 12 did.",
        )
    if (
        optimizer == "sgd"
        and rate <= _HIGH_LEARNING_RATE
        and config.hidden_activation == config.dense_function == "sigmoid"
    ):
        yield Advice(
            "warning",
            "optimizer",
            "Plain SGD barely moves sigmoid layers: at a learning rate of 0.01, neither of 2 measured runs learned, "
            "while Adam at 0.001 did.",
        )


def _starter(config: NetworkConfig) -> Iterator[Advice]:
    if not config.starter_blocks:
        return
    if not starter_weights_file().is_file():
        yield Advice(
            "warning",
            "starter_blocks",
            f"The starter's weights are missing ({starter_weights_file().name}), so this network cannot be built. "
            "Install the project again, or set starter blocks to 0.",
        )
    if getattr(config, "unfreeze_epoch", 0) > getattr(config, "epochs", 0):
        yield Advice("info", "unfreeze_epoch", "Training ends before this epoch, so the starter's blocks stay frozen.")
    inputs = {
        "face_crop": "the largest face",
        "face_margin": "a face without a margin",
        "interpolation": "bilinear interpolation",
    }
    for field, text in inputs.items():
        if getattr(config, field) != getattr(STARTER, field):
            yield Advice("info", field, f"The starter's blocks were trained with a different setting: {text}.")


def _input(config: NetworkConfig) -> Iterator[Advice]:
    side = config.own_side
    for _ in range(config.depth):
        side = block_side(side, config)
    if side <= _SMALL_SIDE_PX:
        yield Advice(
            "info",
            "image_size",
            f"Only {side} × {side} pixels are left after the last block, so little information on positions remains. A "
            "larger image or fewer blocks leave more.",
        )
    if config.stride > config.kernel_size:
        yield Advice(
            "warning", "stride", "A stride larger than the kernel skips pixels, so the network never sees them."
        )
    if config.face_crop:
        yield Advice(
            "info",
            "face_crop",
            "Where no face is found, the network sees the whole photo. That may reveal the label: with another "
            "detector, the absence of a face alone separated happy from sad with an AUC of .58 and .69 in two "
            "collections.",
        )
