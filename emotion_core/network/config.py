"""Settings of a network, checked when they are made: an unknown or impossible value never gets as far as Keras."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from emotion_core.errors import SettingsError
from emotion_core.images import FACE_MARGIN, InputSpec
from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation

POOL_SIZE = 2
# Blocks that the starter has, and the side of the grey photos that it was trained on.
STARTER_BLOCKS, STARTER_SIDE_PX = 4, 48
PRELU = "prelu"  # the one activation that has weights
INITIALIZERS = (
    "auto",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_normal",
)
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos", "area")

Filters = Annotated[int, Field(ge=1, le=512)]
Units = Annotated[int, Field(ge=1, le=4096)]
Model = TypeVar("Model", bound=BaseModel)


class NetworkConfig(BaseModel):
    """What a network looks like; convolution blocks, then dense layers, then one output unit.

    A block is one or more times convolution, batch normalisation where it is wanted, activation; then 2 x 2 pooling.
    The defaults are the source study's. Settings that contradict each other are refused.
    Each field's ``description`` is the help text that the app shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int = Field(
        64, ge=16, le=256, title="Image size", description="Side of the square photo that the network sees, in pixels."
    )
    starter_blocks: int = Field(
        0,
        ge=0,
        le=STARTER_BLOCKS,
        title="Starter blocks",
        description="How many trained, frozen blocks of the starter come before the network's own; 0 from scratch.",
    )
    filters: tuple[Filters, ...] = Field(
        (16, 32, 16),
        min_length=1,
        max_length=6,
        title="Filters per block",
        description="Number of convolution filters in each block; the number of blocks is the depth.",
    )
    convolutions: int = Field(
        1,
        ge=1,
        le=4,
        title="Convolutions per block",
        description="How many convolutions, each with its activation, a block has before it pools.",
    )
    kernel_size: int = Field(
        5, ge=1, le=11, title="Kernel size", description="Side of every convolution kernel, in pixels."
    )
    padding: Literal["valid", "same"] = Field(
        "valid",
        title="Padding",
        description="Whether a convolution shrinks the picture (valid) or keeps its size (same).",
    )
    stride: int = Field(
        1, ge=1, le=4, title="Stride", description="Step of every convolution, in pixels; 2 halves the picture's side."
    )
    pooling: Literal["max", "average", "none"] = Field(
        "max",
        title="Pooling",
        description="What 2 x 2 pixels become after each convolution: the largest, the mean, or nothing is pooled.",
    )
    head: Literal["flatten", "global_average", "global_max"] = Field(
        "flatten",
        title="Head",
        description="How feature maps reach the dense layers: every pixel (flatten), or one number for each map.",
    )
    batch_normalization: bool = Field(
        False,
        title="Batch normalisation",
        description="Centres and scales what each convolution hands to its activation, batch by batch.",
    )
    dense_units: tuple[Units, ...] = Field(
        (256, 128),
        max_length=4,
        title="Dense units",
        description="Units of each dense layer between the last block and the output.",
    )
    hidden_activation: str = Field(
        "relu", title="Hidden activation", description="Function after every hidden layer; the study's main question."
    )
    dense_activation: str | None = Field(
        None,
        title="Dense activation",
        description="Function of the dense layers, where it differs from the hidden one.",
    )
    dropout: float = Field(
        0.0, ge=0, le=0.9, title="Dropout", description="Share of each dense layer's units that is left out of a step."
    )
    initializer: Literal[INITIALIZERS] = Field(  # type: ignore[valid-type]
        "glorot_uniform",
        title="Initialiser",
        description="Draws the first weights; auto takes the one that each activation was made for.",
    )
    output_activation: str = Field(
        "sigmoid",
        title="Output activation",
        description="Function of the output: one unit that says P(sad), a logit (linear), or two units (softmax).",
    )
    color: Literal["rgb", "grey"] = Field(
        "rgb", title="Colours", description="Whether the network sees colours or brightness only."
    )
    interpolation: Literal[INTERPOLATIONS] = Field(  # type: ignore[valid-type]
        "bilinear", title="Interpolation", description="How photos are brought to the image size."
    )
    face_crop: bool = Field(
        False,
        title="Face crop",
        description="Show the network the largest face that is found, and the whole photo where none is.",
    )
    face_margin: float = Field(
        FACE_MARGIN,
        ge=-0.2,
        le=1,
        title="Face margin",
        description="What is seen around a cut-out face, to each side, as a share of it; 0 for brows to chin.",
    )

    @property
    def depth(self) -> int:
        """Number of convolution blocks."""
        return len(self.filters)

    @property
    def own_side(self) -> int:
        """Side of what the network's own first block is given, in pixels: the photo, or the starter's feature maps."""
        return int(self.image_size // POOL_SIZE**self.starter_blocks)

    @property
    def channels(self) -> int:
        """Numbers that a pixel has: 3 for colours, 1 for brightness."""
        return 3 if self.color == "rgb" else 1

    @property
    def input_spec(self) -> InputSpec:
        """How photos reach the network."""
        return InputSpec(self.image_size, self.interpolation, self.color, self.face_crop, self.face_margin)

    @property
    def output_units(self) -> int:
        """Units of the output layer: one for P(sad), or one for each label with softmax."""
        return 2 if self.output_activation == "softmax" else 1

    @property
    def dense_function(self) -> str:
        """Activation of the dense layers: their own, or the hidden one."""
        return self.dense_activation or self.hidden_activation

    def initializer_for(self, activation: Activation) -> str:
        """Return Keras' name of what draws the first weights of a layer with this activation; never ``auto``."""
        return activation.initializer if self.initializer == "auto" else self.initializer

    @field_validator("hidden_activation", "dense_activation")
    @classmethod
    def _known_hidden(cls, value: str | None) -> str | None:
        if value is not None and value not in HIDDEN_ACTIVATIONS:
            raise ValueError(f"expected one of {', '.join(HIDDEN_ACTIVATIONS)}")
        return value

    @field_validator("output_activation")
    @classmethod
    def _known_output(cls, value: str) -> str:
        if value not in OUTPUT_ACTIVATIONS:
            raise ValueError(f"expected one of {', '.join(OUTPUT_ACTIVATIONS)}")
        return value

    @model_validator(mode="after")
    def _pictures_for_the_starter(self) -> "NetworkConfig":
        for field, seen in (("image_size", STARTER_SIDE_PX), ("color", "grey")):
            if self.starter_blocks and getattr(self, field) != seen:
                raise ValueError(
                    f"{field}: the starter's blocks were trained on grey photos of {STARTER_SIDE_PX} pixels, expected "
                    f"{seen} or starter_blocks 0, received {getattr(self, field)!r}"
                )
        return self

    @model_validator(mode="after")
    def _pictures_left(self) -> "NetworkConfig":
        side = self.own_side
        for block in range(1, self.depth + 1):
            side = block_side(side, self)
            if side < 1:
                raise ValueError(
                    f"image_size: {self.image_size} pixels are used up in block {block} of {self.depth}; expected a "
                    "larger image, fewer blocks (depth), a smaller kernel_size or stride, padding 'same' or no pooling"
                )
        return self

    @model_validator(mode="after")
    def _dense_layers_for_their_settings(self) -> "NetworkConfig":
        for field in ("dropout", "dense_activation"):
            if getattr(self, field) and not self.dense_units:
                raise ValueError(
                    f"{field}: it concerns dense layers, and dense_units is empty; expected "
                    f"{type(self).model_fields[field].default} or dense units, received {getattr(self, field)!r}"
                )
        return self


def conv_names(block: int, config: NetworkConfig) -> list[str]:
    """Return the names of a block's convolutions: ``conv2``, or ``conv2_1``, ``conv2_2`` where it has several.

    Args:
        block: counted from 1.
        config: says how many there are.
    """
    if config.convolutions == 1:
        return [f"conv{block}"]
    return [f"conv{block}_{number}" for number in range(1, config.convolutions + 1)]


def convolved_side(side_px: int, config: NetworkConfig) -> int:
    """Return the side of a feature map after one convolution, in pixels; 0 means used up."""
    shrunk = side_px if config.padding == "same" else max(side_px - config.kernel_size + 1, 0)
    return math.ceil(shrunk / config.stride)


def block_side(side_px: int, config: NetworkConfig) -> int:
    """Return the side of a feature map after one block of convolutions and pooling, in pixels; 0 means used up."""
    side = side_px
    for _ in range(config.convolutions):
        side = convolved_side(side, config)
    return side if config.pooling == "none" else side // POOL_SIZE


def checked(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return ``model(**values)``, with what is wrong told in the words of this project.

    Raises:
        SettingsError: a field is unknown or its value cannot work; every such field is named.
    """
    try:
        return model(**values)
    except ValidationError as error:
        problems = "; ".join(f"{field}: {text}" for field, text in _problems(error))
        raise SettingsError(f"The settings cannot be used. {problems}. Change them and try again.") from error


def field_errors(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, str]:
    """Return one sentence for each field whose value is refused, for showing beside that field."""
    try:
        model(**values)
    except ValidationError as error:
        return dict(_problems(error))
    return {}


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    found = []
    for detail in error.errors(include_url=False):
        text = str(detail["msg"]).removeprefix("Value error, ")
        field = str(detail["loc"][0]) if detail["loc"] else ""
        if not field and ": " in text:
            # A rule over several fields names the one to show it beside.
            field, text = text.split(": ", 1)
            found.append((field, text))
        else:
            found.append((field, f"{text[:1].lower()}{text[1:]}, received {detail['input']!r}"))
    return found
