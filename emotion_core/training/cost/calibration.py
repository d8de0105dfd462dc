"""The calibration: how fast this machine trains, measured by a job and saved in the workspace for all estimates."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from emotion_core.documents import Unreadable, not_a_record, read_document, write_document
from emotion_core.errors import DocumentError
from emotion_core.jobs import JobFolder, start_single
from emotion_core.settings import Workspace
from emotion_core.training.cost.workload import Workload
from emotion_core.training.engine import this_machine

KIND = "calibration"
CALIBRATION_MODULE = "emotion_core.training.cost.calibration_worker"
CALIBRATION_FILE = "calibration.json"


class Costs(NamedTuple):
    """Seconds per unit of each kind of work; the first four match the fields of ``Workload``.

    Attributes:
        layer: to start one layer, forward and backward.
        multiply_add: for one multiply-add.
        element: for one pass over one number of a feature map.
        parameter: for one pass over one parameter of the network.
        start: to start a process and import TensorFlow.
        compile: to build a network and compile its step.
        pixel: to decode and resize one pixel of a stored photo.
        export: to write a small network in its format for prediction.
    """

    layer: float
    multiply_add: float
    element: float
    parameter: float
    start: float
    compile: float
    pixel: float
    export: float

    def seconds(self, work: Workload) -> float:
        """Return how long some work takes, in seconds."""
        return float(np.dot(self[: len(work)], work))


@dataclass(frozen=True)
class Calibration:
    """Measurements of a machine.

    Attributes:
        machine: description of the machine, from ``this_machine``.
        costs: seconds per unit of work.
        base_bytes: memory of a process after importing TensorFlow.
    """

    machine: dict[str, Any]
    costs: Costs
    base_bytes: int


# The reference machine, for machines that were not measured: a virtual machine with two cores at 2.6 GHz and 512-bit
# vector instructions.
REFERENCE = Calibration({}, Costs(2.6e-4, 6.9e-12, 1.8e-9, 1.5e-9, 3.4, 0.5, 7e-9, 0.6), 680_000_000)


def calibration(workspace: Workspace) -> Calibration | None:
    """Return this machine's calibration; None if it was not measured, is damaged, or is another machine's."""
    try:
        saved = _stored(workspace)
    except (FileNotFoundError, DocumentError):
        return None
    # Also None after an update of TensorFlow or Keras, which may have changed the speed.
    return saved if saved.machine == this_machine() else None


def unreadable_calibration(workspace: Workspace) -> list[Unreadable]:
    """Return the damaged calibration, without which estimates are those of the reference machine; or nothing."""
    path = workspace.root / CALIBRATION_FILE
    try:
        _stored(workspace)
    except FileNotFoundError:
        return []
    except DocumentError as error:
        what = f"{error} Until this machine is measured again, estimates are those of the reference machine."
        return [replace(Unreadable.of(path.name, path, error), what=what)]
    return []


def _stored(workspace: Workspace) -> Calibration:
    stored = read_document(workspace.root / CALIBRATION_FILE)
    try:
        costs = Costs(**{name: float(seconds) for name, seconds in stored["costs"].items()})
        return Calibration(dict(stored["machine"]), costs, int(stored["base_bytes"]))
    except (AttributeError, TypeError, KeyError, ValueError, OverflowError) as error:
        raise not_a_record(CALIBRATION_FILE, error) from error


def save_calibration(workspace: Workspace, calibration: Calibration) -> None:
    """Save a calibration in a workspace.

    Args:
        workspace: where an earlier calibration is replaced.
        calibration: of this machine.
    """
    costs = calibration.costs._asdict()
    stored = {"machine": calibration.machine, "costs": costs, "base_bytes": calibration.base_bytes}
    write_document(workspace.root / CALIBRATION_FILE, stored, durable=False)


def start_calibration(workspace: Workspace) -> JobFolder:
    """Start the job that measures this machine, which takes about 20 seconds.

    Returns:
        The new job, or the one in progress: two at once would disturb each other.
    """
    return start_single(workspace.jobs, {"kind": KIND}, CALIBRATION_MODULE)
