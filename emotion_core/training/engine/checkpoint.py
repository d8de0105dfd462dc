"""The state of a run after an epoch, saved in its folder so that an interrupted run can go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.files import read_arrays, replacing

if TYPE_CHECKING:
    import keras

CHECKPOINT_FILE = "checkpoint.npz"
BEST_FILE = "best.weights.h5"
# Separates the names of the state's arrays from the checkpoint's other fields in the same file.
_PREFIX = "state/"

TrainerState = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after an epoch.

    Attributes:
        epoch: the last epoch that was trained, counted from 1.
        threads: number of threads it was trained with; another number would change the last digits. 0 stands for
            TensorFlow's choice.
        best_loss: lowest validation loss so far.
        state: of the trainer, for ``Trainer.restore``.
    """

    epoch: int
    threads: int
    best_loss: float
    state: TrainerState


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in a folder.

    Args:
        folder: of the run.
        checkpoint: durable when this returns; a killed process leaves the earlier one.

    Raises:
        FileNotFoundError: the folder was deleted.
    """
    # Raises here rather than making a deleted folder again for the temporary file.
    folder.stat()
    about = {"epoch": checkpoint.epoch, "threads": checkpoint.threads, "best_loss": checkpoint.best_loss}
    named: Mapping[str, Any] = {_PREFIX + name: values for name, values in checkpoint.state.items()}
    with replacing(folder / CHECKPOINT_FILE) as whole, whole.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **about, **named)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in a folder, or None if it is missing or damaged."""
    stored = read_arrays(folder / CHECKPOINT_FILE)
    if stored is None or not stored.keys() >= {"epoch", "threads", "best_loss"}:
        return None
    state = {name.removeprefix(_PREFIX): values for name, values in stored.items() if name.startswith(_PREFIX)}
    return Checkpoint(int(stored["epoch"]), int(stored["threads"]), float(stored["best_loss"]), state)


def save_best(folder: Path, model: keras.Model) -> None:
    """Replace the saved weights of the best epoch so far.

    Args:
        folder: of the run.
        model: with the weights of the best epoch.
    """
    # The temporary name keeps the ending, by which Keras chooses the format.
    with replacing(folder / BEST_FILE, durable=False) as whole:
        model.save_weights(whole)
