"""What a person should know of a network before it is run: settings that work against each other, or mislead.

Every setting that is noted here is allowed. Numbers are from 64-pixel networks with the default layers, trained for 45
epochs on 300 and 480 photos; the gradients at the start are measured by the tests.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from emotion_core.network.config import NetworkConfig, block_side
from emotion_core.network.layer_table import layers_of
from emotion_core.network.starter import STARTER, starter_weights_file

Severity = Literal["info", "warning"]

_SATURATING = ("sigmoid", "hard_sigmoid")
_ADAMS = ("adam", "adamw", "nadam")
_DEADLY_RATE = 0.01
_TINY_SIDE_PX = 2
_FADING_LAYERS = 3
_DEEP = 3


class Note(NamedTuple):
    """One thing to know beforehand.

    Attributes:
        severity: ``warning`` where the network will probably not learn, or not be what its name says.
        field: the setting to show it beside.
        sentence: for a person.
    """

    severity: Severity
    field: str
    sentence: str


def network_notes(config: NetworkConfig) -> list[Note]:
    """Return what to know of a network before it is run.

    Args:
        config: the network; where it is a ``RunConfig``, its loss, optimizer and learning rate are looked at too.
    """
    notes = (_output, _hidden, _selu, _optimizer, _starter, _pictures)
    return [note for notes_on in notes for note in notes_on(config)]


def _output(config: NetworkConfig) -> Iterator[Note]:
    field, squared = "output_activation", getattr(config, "loss", "") == "mean_squared_error"
    match config.output_activation:
        case "relu":
            flat = "" if squared else ", and cross-entropy none above 1"
            yield Note(
                "warning",
                field,
                f"A ReLU output has no slope below zero{flat}: a network that is there with every photo gives one "
                "answer to all and cannot learn. After sigmoid layers, as in the source study's Model 2, about half "
                "of all first draws begin like this, and none of 18 measured runs learnt. Sigmoid is the output that "
                "fits.",
            )
        case "tanh" if squared:
            yield Note("info", field, "Labels are 0 and 1: what a tanh output says below 0 counts as P(sad) = 0.")
        case "tanh":
            yield Note(
                "warning",
                field,
                "A tanh output goes down to −1, and cross-entropy has no slope below 0: a network that is there with "
                "every photo gives one answer to all and cannot learn. Sigmoid is the output that fits.",
            )
        case "linear":
            yield Note(
                "info",
                field,
                "A linear output is a logit here: the loss and P(sad) are computed from its sigmoid, so the network "
                "can say just what one with a sigmoid output can.",
            )
        case "softmax":
            more = layers_of(config)[-1].parameters // 2
            yield Note(
                "info",
                field,
                "Softmax takes two units, one for each label; P(sad) is the second one. It can say just what one "
                f"sigmoid unit can, with {more:,} more parameters.",
            )
    if squared and config.output_activation in ("sigmoid", "linear", "softmax"):
        yield Note(
            "info",
            "loss",
            "Where the network is certain and wrong, mean squared error has nearly no slope; cross-entropy keeps one.",
        )


def _hidden(config: NetworkConfig) -> Iterator[Note]:
    functions = [config.hidden_activation] * (config.depth * config.convolutions) + [config.dense_function] * len(
        config.dense_units
    )
    fading = sum(function in _SATURATING for function in functions)
    if config.hidden_activation in _SATURATING and fading >= _FADING_LAYERS and not config.batch_normalization:
        yield Note(
            "warning" if config.depth > _DEEP else "info",
            "hidden_activation",
            f"The slope of {config.hidden_activation} is ¼ at most, so a gradient shrinks in each of {fading} layers "
            "(it vanishes): with three blocks the first convolution starts with one hundreds of times smaller than "
            "the output's. It learns, but slowly; batch normalisation helps.",
        )
    if functions.count("tanh_shrink") >= _FADING_LAYERS and not config.batch_normalization:
        yield Note(
            "warning",
            "hidden_activation",
            "tanh_shrink is flat around zero, so signals fade from layer to layer: a network of several such layers "
            "starts with next to no gradient, and does not learn. Batch normalisation prevents it.",
        )
    if set(functions) == {"linear"}:
        only = "but for max pooling, " if "max" in (config.pooling, config.head.removeprefix("global_")) else ""
        yield Note(
            "info",
            "hidden_activation",
            f"Without a hidden activation the network is, {only}one linear function of the pixels, however deep it is.",
        )
    if config.initializer == "auto":
        yield Note(
            "info",
            "initializer",
            "auto draws the first weights by the rule of each activation: networks that differ in the activation then "
            "differ in the initialiser too. Fix one where only the activation is meant to differ.",
        )


def _selu(config: NetworkConfig) -> Iterator[Note]:
    if "selu" not in (config.hidden_activation, config.dense_function):
        return
    if config.initializer not in ("auto", "lecun_normal"):
        yield Note(
            "warning",
            "initializer",
            f"SELU keeps mean and variance from layer to layer only if weights are drawn by lecun_normal, which auto "
            f"takes for it; here it is {config.initializer}.",
        )
    if config.batch_normalization and config.hidden_activation == "selu":
        yield Note(
            "warning",
            "batch_normalization",
            "SELU was made to do without batch normalisation, which takes over what SELU does by itself: such a "
            "network shows nothing of it.",
        )
    if config.dropout:
        yield Note(
            "info", "dropout", "Dropout changes the mean and variance that SELU keeps; it was made for alpha dropout."
        )


def _optimizer(config: NetworkConfig) -> Iterator[Note]:
    optimizer, rate = getattr(config, "optimizer", ""), getattr(config, "learning_rate", 0.0)
    if optimizer in _ADAMS and rate >= _DEADLY_RATE:
        yield Note(
            "warning",
            "learning_rate",
            f"A learning rate of {rate:g} is large for {optimizer}: with Adam, 0.01 killed 10 of 12 measured ReLU and "
            "tanh networks, which then gave every photo the same answer, and 0.001 none of 12.",
        )
    if optimizer == "sgd" and rate <= _DEADLY_RATE and config.hidden_activation == config.dense_function == "sigmoid":
        yield Note(
            "warning",
            "optimizer",
            "Plain SGD hardly moves sigmoid layers: at a learning rate of 0.01 neither of 2 measured runs learnt, "
            "while Adam at 0.001 did.",
        )


def _starter(config: NetworkConfig) -> Iterator[Note]:
    if not config.starter_blocks:
        return
    if not starter_weights_file().is_file():
        yield Note(
            "warning",
            "starter_blocks",
            f"The starter's weights are missing ({starter_weights_file().name}): this network cannot be built. "
            "Install the project again, or begin with 0 of its blocks.",
        )
    if getattr(config, "unfreeze_epoch", 0) > getattr(config, "epochs", 0):
        yield Note("info", "unfreeze_epoch", "Training ends before this epoch: the starter's blocks stay frozen.")
    seen = {"face_crop": "the largest face", "face_margin": "a face without a margin", "interpolation": "bilinear"}
    for field, words in seen.items():
        if getattr(config, field) != getattr(STARTER, field):
            yield Note("info", field, f"The starter's blocks were trained with something else here: {words}.")


def _pictures(config: NetworkConfig) -> Iterator[Note]:
    side = config.own_side
    for _ in range(config.depth):
        side = block_side(side, config)
    if side <= _TINY_SIDE_PX:
        yield Note(
            "info",
            "image_size",
            f"Only {side} × {side} pixels are left after the last block, so little is known of where something was; "
            "a larger image or fewer blocks leave more.",
        )
    if config.stride > config.kernel_size:
        yield Note("warning", "stride", "Steps wider than the kernel skip pixels, which the network then never sees.")
    if config.face_crop:
        yield Note(
            "info",
            "face_crop",
            "Where no face is found, the whole photo is shown. That may give a label away: with another detector, "
            "finding no face told happy from sad with an AUC of .58 and .69 in two collections.",
        )
