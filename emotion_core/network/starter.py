"""The starter: a trained network that the project ships; other networks can begin with its first blocks.

Its weights are read when such a network is built, not when this module is imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_core.errors import SettingsError
from emotion_core.files import read_arrays, replacing
from emotion_core.network.config import STARTER_BLOCKS, STARTER_SIDE_PX, NetworkConfig
from emotion_core.settings import ASSETS, STARTER_WEIGHTS_VARIABLE

if TYPE_CHECKING:
    import keras

# The network whose blocks others can begin with.
STARTER = NetworkConfig(
    image_size=STARTER_SIDE_PX,
    color="grey",
    filters=(32, 64, 128, 128),
    convolutions=2,
    kernel_size=3,
    padding="same",
    batch_normalization=True,
    head="global_average",
    dense_units=(64,),
    dropout=0.3,
    face_crop=True,
    face_margin=0.0,
)
# The starter itself: these blocks, trained further, one more, and a number for faces of neither label.
NEITHER_STARTER = NetworkConfig(
    image_size=STARTER_SIDE_PX,
    color="grey",
    starter_blocks=STARTER_BLOCKS,
    filters=(192,),
    kernel_size=3,
    padding="same",
    pooling="none",
    batch_normalization=True,
    head="global_average",
    dense_units=(64,),
    dropout=0.3,
    output_activation="softmax",
    neither=True,
    face_crop=True,
    face_margin=0.0,
)
# A kernel, and the scale, shift, running mean and running variance of its batch normalization.
_ARRAYS_PER_CONVOLUTION = 5
WEIGHTS_FILE = "weights.npz"
_SHIPPED_WEIGHTS = ASSETS / "starter" / WEIGHTS_FILE


def starter_weights_file() -> Path:
    """Return the path of the starter's weights: the environment variable's, else the shipped file's."""
    return Path(os.environ.get(STARTER_WEIGHTS_VARIABLE) or _SHIPPED_WEIGHTS)


def first_blocks(count: int) -> NetworkConfig:
    """Return the starter's settings with only its first blocks.

    Args:
        count: number of blocks, 1 to 4.
    """
    return STARTER.model_copy(update={"filters": STARTER.filters[:count]})


def save_weights(model: keras.Model, path: Path) -> None:
    """Write a network's weights as float16, in the order of ``model.get_weights()``, named 0, 1 and so on.

    Args:
        model: that begins with the blocks of ``STARTER``.
        path: the ``.npz`` file; it appears only when it is complete.
    """
    arrays = {str(number): array.astype(np.float16) for number, array in enumerate(model.get_weights())}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def load_weights(path: Path) -> list[npt.NDArray[np.float32]]:
    """Return the arrays that ``save_weights`` wrote, as float32 and in the same order.

    Raises:
        SettingsError: the file is missing or damaged.
    """
    stored = read_arrays(path)
    try:
        return [stored[str(number)].astype(np.float32) for number in range(len(stored))]  # type: ignore[index,arg-type]
    except (KeyError, TypeError) as error:
        raise SettingsError(
            "The starter's weights cannot be read, so no network can begin with its blocks. Expected the .npz file "
            f"that the project ships. Received: path={str(path)!r}. Install the project again, or set starter_blocks "
            "to 0."
        ) from error


def load_into(blocks: keras.Model, count: int) -> None:
    """Load the starter's weights into its first blocks.

    Args:
        blocks: a model of the blocks' layers, in order.
        count: number of blocks, 1 to 4.

    Raises:
        SettingsError: the file with the weights is missing, damaged or from another network.
    """
    path = starter_weights_file()
    arrays = load_weights(path)[: count * STARTER.convolutions * _ARRAYS_PER_CONVOLUTION]
    shapes = [tuple(weights.shape) for weights in blocks.weights]
    if [array.shape for array in arrays] != shapes:
        raise SettingsError(
            "The starter's weights belong to another network, so no network can begin with its blocks. Expected arrays "
            f"of shapes {shapes[:2]} and so on. Received: path={str(path)!r}. Install the project again, or set "
            "starter_blocks to 0."
        )
    blocks.set_weights(arrays)
