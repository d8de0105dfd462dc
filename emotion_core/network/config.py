"""Settings of a network, validated on creation, so that an unknown or impossible value never reaches Keras."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from emotion_core.images import FACE_MARGIN, InputSpec
from emotion_core.network.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation

POOL_SIZE = 2
# Number of the starter's blocks, and the side of the gray photos that it was trained on.
STARTER_BLOCKS, STARTER_SIDE_PX = 4, 48
PRELU = "prelu"  # the only activation with weights
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


class NetworkConfig(BaseModel):
    """Architecture of a network: convolution blocks, then dense layers, then the output layer.

    A block is one or more convolutions, each with optional batch normalization and an activation, then 2 x 2 pooling.
    The defaults are the source study's. Settings that contradict each other are refused.
    Each field's ``description`` is the help text that the app shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int = Field(
        64, ge=16, le=256, title="Image size", description="Side of the square photo that the network takes, in pixels."
    )
    starter_blocks: int = Field(
        0,
        ge=0,
        le=STARTER_BLOCKS,
        title="Starter blocks",
        description="Number of trained, frozen starter blocks in front of the network's own; 0 trains from scratch.",
    )
    filters: tuple[Filters, ...] = Field(
        (16, 32, 16),
        min_length=1,
        max_length=6,
        title="Filters per block",
        description="Number of convolution filters in each block. The number of blocks is the depth.",
    )
    convolutions: int = Field(
        1,
        ge=1,
        le=4,
        title="Convolutions per block",
        description="Number of convolutions, each with its activation, in a block before pooling.",
    )
    kernel_size: int = Field(
        5, ge=1, le=11, title="Kernel size", description="Side of every convolution kernel, in pixels."
    )
    padding: Literal["valid", "same"] = Field(
        "valid",
        title="Padding",
        description="Whether a convolution shrinks its input (valid) or keeps its size (same).",
    )
    stride: int = Field(
        1, ge=1, le=4, title="Stride", description="Step of every convolution, in pixels; 2 halves the side."
    )
    pooling: Literal["max", "average", "none"] = Field(
        "max",
        title="Pooling",
        description="How each block reduces 2 x 2 pixels to one: by their maximum, their mean, or not at all.",
    )
    head: Literal["flatten", "global_average", "global_max"] = Field(
        "flatten",
        title="Head",
        description="How feature maps reach the dense layers: every pixel (flatten), or one number per map.",
    )
    batch_normalization: bool = Field(
        False,
        title="Batch normalization",
        description="Centers and scales the output of each convolution, batch by batch, before its activation.",
    )
    dense_units: tuple[Units, ...] = Field(
        (256, 128),
        max_length=4,
        title="Dense units",
        description="Number of units in each dense layer between the last block and the output.",
    )
    hidden_activation: str = Field(
        "relu",
        title="Hidden activation",
        description="Activation after every hidden layer; the main question of a study.",
    )
    dense_activation: str | None = Field(
        None,
        title="Dense activation",
        description="Activation of the dense layers, if it differs from the hidden activation.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Dropout",
        description="Share of each dense layer's units that is dropped in a training step.",
    )
    initializer: Literal[INITIALIZERS] = Field(  # type: ignore[valid-type]
        "glorot_uniform",
        title="Initializer",
        description="Distribution of the initial weights; auto uses the one designed for each activation.",
    )
    output_activation: str = Field(
        "sigmoid",
        title="Output activation",
        description="Output layer: one unit with P(sad), a logit (linear), or two units (softmax).",
    )
    neither: bool = Field(
        False,
        title="Neither",
        description="A third output unit, for faces that look neither happy nor sad; needs a softmax output.",
    )
    color: Literal["rgb", "grey"] = Field(
        "rgb", title="Colors", description="Whether the network sees colors (rgb) or only brightness (grey)."
    )
    interpolation: Literal[INTERPOLATIONS] = Field(  # type: ignore[valid-type]
        "bilinear", title="Interpolation", description="How photos are resized to the image size."
    )
    face_crop: bool = Field(
        False,
        title="Face crop",
        description="Use only the largest face of a photo, or the whole photo where no face is found.",
    )
    face_margin: float = Field(
        FACE_MARGIN,
        ge=-0.2,
        le=1,
        title="Face margin",
        description="Margin around a cropped face on each side, as a share of its size; 0 is brows to chin.",
    )

    @property
    def depth(self) -> int:
        """Number of convolution blocks."""
        return len(self.filters)

    @property
    def own_side(self) -> int:
        """Side of the input of the network's own first block, in pixels: the photo, or the starter's feature maps."""
        return int(self.image_size // POOL_SIZE**self.starter_blocks)

    @property
    def channels(self) -> int:
        """Numbers per pixel: 3 for colors, 1 for brightness."""
        return 3 if self.color == "rgb" else 1

    @property
    def input_spec(self) -> InputSpec:
        """How photos are turned into the network's input."""
        return InputSpec(self.image_size, self.interpolation, self.color, self.face_crop, self.face_margin)

    @property
    def output_units(self) -> int:
        """Units of the output layer: one, or with softmax one for each label, and one for neither of them."""
        return 2 + self.neither if self.output_activation == "softmax" else 1

    @property
    def dense_function(self) -> str:
        """Activation of the dense layers: their own, or the hidden activation."""
        return self.dense_activation or self.hidden_activation

    def initializer_for(self, activation: Activation) -> str:
        """Return the Keras name of the initializer for a layer with this activation; never ``auto``."""
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
    def _check_starter_input(self) -> "NetworkConfig":
        for field, trained_with in (("image_size", STARTER_SIDE_PX), ("color", "grey")):
            if self.starter_blocks and getattr(self, field) != trained_with:
                raise ValueError(
                    f"{field}: the starter's blocks were trained on gray photos of {STARTER_SIDE_PX} pixels, expected "
                    f"{trained_with} or starter_blocks 0, received {getattr(self, field)!r}"
                )
        return self

    @model_validator(mode="after")
    def _check_neither(self) -> "NetworkConfig":
        if self.neither and self.output_activation != "softmax":
            raise ValueError(
                "neither: the third output is one of three softmax units, expected output_activation softmax or "
                f"neither false, received output_activation={self.output_activation!r}"
            )
        return self

    @model_validator(mode="after")
    def _check_maps_left(self) -> "NetworkConfig":
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
    def _check_dense_layers(self) -> "NetworkConfig":
        for field in ("dropout", "dense_activation"):
            if getattr(self, field) and not self.dense_units:
                raise ValueError(
                    f"{field}: it applies to dense layers, and dense_units is empty; expected "
                    f"{type(self).model_fields[field].default} or dense units, received {getattr(self, field)!r}"
                )
        return self


def conv_names(block: int, config: NetworkConfig) -> list[str]:
    """Return the names of a block's convolutions: ``conv2``, or ``conv2_1``, ``conv2_2`` where it has several.

    Args:
        block: number of the block, from 1.
        config: the network's settings.
    """
    if config.convolutions == 1:
        return [f"conv{block}"]
    return [f"conv{block}_{number}" for number in range(1, config.convolutions + 1)]


def convolved_side(side_px: int, config: NetworkConfig) -> int:
    """Return the side of a feature map after one convolution.

    Args:
        side_px: side of the convolution's input, in pixels.
        config: the network's settings.

    Returns:
        The side in pixels; 0 where no pixels are left.
    """
    shrunk = side_px if config.padding == "same" else max(side_px - config.kernel_size + 1, 0)
    return math.ceil(shrunk / config.stride)


def block_side(side_px: int, config: NetworkConfig) -> int:
    """Return the side of a feature map after one block of convolutions and pooling.

    Args:
        side_px: side of the block's input, in pixels.
        config: the network's settings.

    Returns:
        The side in pixels; 0 where no pixels are left.
    """
    side = side_px
    for _ in range(config.convolutions):
        side = convolved_side(side, config)
    return side if config.pooling == "none" else side // POOL_SIZE
