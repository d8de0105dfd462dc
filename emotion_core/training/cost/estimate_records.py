"""What an estimate says: time, memory and disk of a run and of a study, and whether they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from emotion_core.formatting import duration_text, size_text
from emotion_core.training.queue import SHARED_BYTES

# From here on, the page asks for confirmation before it starts a study.
LONG_SECONDS = 3600


@dataclass(frozen=True)
class Estimate:
    """Time, memory and disk that one run will take.

    Attributes:
        parameters: of the network.
        multiply_adds: per photo, forward pass.
        photos_seconds: to decode all photos; later runs with the same input reuse the decoded photos.
        training_seconds: for all epochs; early stopping may end sooner.
        other_seconds: to start, build the network, score all photos at the end and write the files.
        peak_bytes: memory at most.
        photos_bytes: disk for the decoded photos, which are shared in the same way.
        run_bytes: disk for the run's own files.
        measured: whether the speed is this machine's; otherwise it is the reference machine's.
    """

    parameters: int
    multiply_adds: int
    photos_seconds: float
    training_seconds: float
    other_seconds: float
    peak_bytes: int
    photos_bytes: int
    run_bytes: int
    measured: bool

    @property
    def seconds(self) -> float:
        """Time from the start of the run's process to its end."""
        return self.photos_seconds + self.training_seconds + self.other_seconds

    @property
    def disk_bytes(self) -> int:
        """Disk for the run's own files and the decoded photos."""
        return self.photos_bytes + self.run_bytes


class Slots(NamedTuple):
    """Where runs are trained, and how many at once.

    Attributes:
        at_once: number of runs at once.
        on_cluster: whether these are on the nodes of a cluster; otherwise all are on this machine.
    """

    at_once: int = 1
    on_cluster: bool = False


ONE_SLOT = Slots()


class FreeResources(NamedTuple):
    """Free memory and disk.

    Attributes:
        memory_bytes: available to programs without swapping.
        disk_bytes: free on the disk of the workspace.
    """

    memory_bytes: int
    disk_bytes: int


@dataclass(frozen=True)
class StudyEstimate:
    """Time, memory and disk that a study will take.

    Attributes:
        runs: estimates in the order of the study. Later runs save what earlier ones have done already: decoding the
            photos and, for small networks, starting a process.
        free: memory and disk that are free now.
        slots: where the runs are trained; at most one slot per run.
        time_share: time of the whole study relative to all its runs one after the other.
    """

    runs: tuple[Estimate, ...]
    free: FreeResources
    slots: Slots
    time_share: float

    @property
    def seconds(self) -> float:
        """Time of the whole study; nodes of a cluster are assumed to be as fast as this machine."""
        # Never less than the longest run.
        return max(self.time_share * sum(run.seconds for run in self.runs), *(run.seconds for run in self.runs))

    @property
    def peak_bytes(self) -> int:
        """Memory on one machine if the largest runs are trained at once; on a cluster, of one run."""
        at_once = 1 if self.slots.on_cluster else self.slots.at_once
        largest = sorted(run.peak_bytes for run in self.runs)[-at_once:]
        return sum(largest) - SHARED_BYTES * (len(largest) - 1)

    @property
    def disk_bytes(self) -> int:
        """Disk for all runs and the decoded photos that they share."""
        return sum(run.disk_bytes for run in self.runs)

    @property
    def measured(self) -> bool:
        """Whether this machine's speed was measured."""
        return all(run.measured for run in self.runs)

    @property
    def fits_in_memory(self) -> bool:
        """Whether the runs fit into the free memory; always true on a cluster, whose memory is unknown here."""
        return self.slots.on_cluster or self.peak_bytes <= self.free.memory_bytes

    @property
    def fits_on_disk(self) -> bool:
        """Whether all files fit on the disk."""
        return self.disk_bytes <= self.free.disk_bytes

    @property
    def needs_confirmation(self) -> bool:
        """Whether the user should confirm the start: the study takes over an hour, or does not fit."""
        return self.seconds > LONG_SECONDS or not self.fits_in_memory or not self.fits_on_disk

    @property
    def sentence(self) -> str:
        """The estimate with its warnings, as the page Configure shows it."""
        count, at_once = len(self.runs), self.slots.at_once
        way = "one after the other" if at_once == 1 else f"{at_once} at once"
        way += " on the cluster, if its nodes are as fast as this machine" * self.slots.on_cluster
        runs = "1 run" if count == 1 else f"{count} runs, {way}"
        memory, disk = size_text(self.peak_bytes), size_text(self.disk_bytes)
        sentences = [f"{runs}: about {duration_text(self.seconds)}, {memory} of memory, {disk} of disk."]
        if not self.fits_in_memory:
            sentences.append(f"Only {size_text(self.free.memory_bytes)} of memory is free: the system may end the run.")
        if not self.fits_on_disk:
            sentences.append(f"Only {size_text(self.free.disk_bytes)} of disk is free: the last runs would fail.")
        if not self.measured:
            sentences.append("Estimated from a reference machine. Measure this machine for a better estimate.")
        return " ".join(sentences)
