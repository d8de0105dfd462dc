"""The starter: the network that comes with the project, whose first blocks another network can begin with.

Its weights are read when a network that begins with them is built, never when this module is imported.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_core.errors import SettingsError
from emotion_core.files import move_into_place, temporary_beside
from emotion_core.network.config import STARTER_SIDE_PX, NetworkConfig
from emotion_core.settings import ASSETS, STARTER_WEIGHTS_VARIABLE

if TYPE_CHECKING:
    import keras

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
# Of each convolution: its kernel, and its normalisation's scale, shift, running mean and running variance.
_ARRAYS_PER_CONVOLUTION = 5
WEIGHTS_FILE = "weights.npz"
_SHIPPED_WEIGHTS = ASSETS / "starter" / WEIGHTS_FILE


def starter_weights_file() -> Path:
    """Return where the starter's weights are: the file that the environment variable names, else the project's own."""
    return Path(os.environ.get(STARTER_WEIGHTS_VARIABLE) or _SHIPPED_WEIGHTS)


def first_blocks(count: int) -> NetworkConfig:
    """Return a network whose blocks are the first ones of the starter.

    Args:
        count: of the blocks, 1 to 4.
    """
    return STARTER.model_copy(update={"filters": STARTER.filters[:count]})


def save_weights(model: keras.Model, path: Path) -> None:
    """Write a network's weights as float16, in the order of ``model.get_weights()``, under the names 0, 1 and so on.

    Args:
        model: built from ``STARTER``.
        path: of the ``.npz`` file, moved into place when it is whole.
    """
    arrays = {str(number): array.astype(np.float16) for number, array in enumerate(model.get_weights())}
    whole = temporary_beside(path)
    with whole.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    move_into_place(whole, path)


def load_weights(path: Path) -> list[npt.NDArray[np.float32]]:
    """Return the arrays that ``save_weights`` wrote, float32, in their order.

    Raises:
        SettingsError: the file is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return [stored[str(number)].astype(np.float32) for number in range(len(stored.files))]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SettingsError(
            "The starter's weights cannot be read, so no network can begin with its blocks. A .npz file that was "
            f"saved from the starter was expected. Received: path={str(path)!r}. Install the project again, or set "
            "starter_blocks to 0."
        ) from error


def load_into(blocks: keras.Model, count: int) -> None:
    """Give the starter's weights to its first blocks.

    Args:
        blocks: their layers, in order.
        count: how many blocks they are, 1 to 4.

    Raises:
        SettingsError: the file with the weights is missing, damaged or of another network.
    """
    path = starter_weights_file()
    arrays = load_weights(path)[: count * STARTER.convolutions * _ARRAYS_PER_CONVOLUTION]
    shapes = [tuple(weights.shape) for weights in blocks.weights]
    if [array.shape for array in arrays] != shapes:
        raise SettingsError(
            "The starter's weights are those of another network, so no network can begin with its blocks. Expected: "
            f"shapes={shapes[:2]} and so on. Received: path={str(path)!r}. Install the project again, or set "
            "starter_blocks to 0."
        )
    blocks.set_weights(arrays)
