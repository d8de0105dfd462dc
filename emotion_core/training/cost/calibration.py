"""How fast this machine trains: measured once by a job of its own, kept in the workspace, used by every estimate."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder, start_single
from emotion_core.settings import Workspace
from emotion_core.training.cost.workload import Workload
from emotion_core.training.engine import this_machine

KIND = "calibration"
MEASURING_MODULE = "emotion_core.training.cost.calibration_worker"
CALIBRATION_FILE = "calibration.json"


class Costs(NamedTuple):
    """Seconds that each kind of work takes; the first four are those of ``Workload``.

    Attributes:
        layer: to start one layer, forward and back.
        multiply_add: one of them.
        element: one pass over one number of a feature map.
        parameter: one pass over one number of the network.
        start: until a process has all it needs to build a network.
        compile: to build a network and to have its step compiled.
        pixel: to decode one pixel of a photo as it is kept, and to resize it.
        export: to write a small network in the form that predicts.
    """

    layer: float
    multiply_add: float
    element: float
    parameter: float
    start: float
    compile: float
    pixel: float
    export: float

    def of(self, work: Workload) -> float:
        """Return how many seconds so much work takes."""
        return float(np.dot(self[: len(work)], work))


@dataclass(frozen=True)
class Calibration:
    """What was measured of a machine.

    Attributes:
        machine: what it was measured on, as ``this_machine`` tells it.
        costs: seconds.
        base_bytes: memory of a process that has all it needs to build a network.
    """

    machine: dict[str, Any]
    costs: Costs
    base_bytes: int


# Of a virtual machine with two cores at 2.6 GHz that compute 512 bits at once, for a machine that was not measured.
BUILT_IN = Calibration({}, Costs(2.6e-4, 6.9e-12, 1.8e-9, 1.5e-9, 3.4, 0.5, 7e-9, 0.6), 680_000_000)


def calibration(workspace: Workspace) -> Calibration | None:
    """Return what was measured of this machine, or None where it was not, or was another machine then."""
    stored = read_json(workspace.root / CALIBRATION_FILE)
    try:
        found = Calibration(stored["machine"], Costs(**stored["costs"]), int(stored["base_bytes"]))
    except (TypeError, KeyError, ValueError):
        return None
    return found if found.machine == this_machine() else None


def keep_calibration(workspace: Workspace, found: Calibration) -> None:
    """Write what was measured to the workspace, in place of what was known before."""
    stored = {"machine": found.machine, "costs": found.costs._asdict(), "base_bytes": found.base_bytes}
    write_json(workspace.root / CALIBRATION_FILE, stored)


def start_calibration(workspace: Workspace) -> JobFolder:
    """Start measuring this machine in a process of its own, which takes about 20 seconds; one at a time does so.

    Returns:
        The job: a new one, or the one under way.
    """
    return start_single(workspace.jobs, {"kind": KIND}, MEASURING_MODULE)
