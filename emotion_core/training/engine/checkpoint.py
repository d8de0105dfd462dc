"""Where a run stands after an epoch, kept so that it can go on from there: in its folder, replaced whole."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_core.files import move_into_place, temporary_beside

if TYPE_CHECKING:
    import keras

CHECKPOINT_FILE = "checkpoint.npz"
BEST_FILE = "best.weights.h5"
# The state's own names follow this, so that they can be told from what is kept beside it.
_PREFIX = "state/"

State = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """A run after an epoch.

    Attributes:
        epoch: counted from 1, the last one that was trained.
        threads: with which it was trained; others would give other numbers in the last digits. 0: TensorFlow's choice.
        best_loss: the smallest validation loss so far.
        state: what ``Trainer.restore`` takes.
    """

    epoch: int
    threads: int
    best_loss: float
    state: State


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in ``folder``; a process killed over this leaves the one before.

    Raises:
        FileNotFoundError: the folder was deleted.
    """
    folder.stat()
    about = {"epoch": checkpoint.epoch, "threads": checkpoint.threads, "best_loss": checkpoint.best_loss}
    named: Mapping[str, Any] = {_PREFIX + name: values for name, values in checkpoint.state.items()}
    whole = temporary_beside(folder / CHECKPOINT_FILE)
    with whole.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **about, **named)
    move_into_place(whole, folder / CHECKPOINT_FILE)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in ``folder``, or None where there is none or it is damaged."""
    try:
        with (folder / CHECKPOINT_FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            state = {name.removeprefix(_PREFIX): stored[name] for name in stored.files if name.startswith(_PREFIX)}
            return Checkpoint(int(stored["epoch"]), int(stored["threads"]), float(stored["best_loss"]), state)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def save_best(folder: Path, model: keras.Model) -> None:
    """Replace the weights of the best epoch so far, in Keras' own format."""
    # Keras goes by the ending of the name.
    whole = temporary_beside(folder / BEST_FILE)
    model.save_weights(whole)
    move_into_place(whole, folder / BEST_FILE)
