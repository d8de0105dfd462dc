"""States of a job and requests to it."""

from dataclasses import dataclass
from typing import Any

from emotion_core.documents import DAMAGED, NEWER
from emotion_core.errors import EmotionError

HEARTBEAT_SECONDS = 2.0
# Many beats: a shared drive may show changes late, and the clocks of two machines differ.
HEARTBEAT_LOST_SECONDS = 30.0
ACTIVE_STATES = frozenset({"queued", "starting", "running"})
ENDED_STATES = frozenset({"finished", "stopped", "failed", "lost"})
# Of a job whose status cannot be read: it is neither started nor gone on with before the user has decided.
UNREADABLE_STATES = frozenset({DAMAGED, NEWER})
# A job that resumes from a checkpoint is lost after this many attempts in a row without progress.
MAX_ATTEMPTS = 3
# Names of request files: stop now, stop after the current epoch, pause.
STOP, STOP_LATER, PAUSE = "stop", "stop-later", "pause"
# Event of a record: a new attempt began because the previous process ended unexpectedly.
RESTARTED = "begun-again"
# Why that process ended: it crashed or was killed, its node failed, or the whole cluster did.
PROCESS_ENDED, NODE_LOST, CLUSTER_LOST = "process ended", "node lost", "cluster lost"
Record = dict[str, Any]


class StopRequested(EmotionError):
    """The job was asked to stop; raised inside the job at its next safe point."""


class Superseded(StopRequested):
    """Another process has taken the job over, so this one must not write in its folder any more."""


class PauseRequested(EmotionError):
    """The job was asked to pause; raised inside the job at its next safe point."""


@dataclass(frozen=True)
class JobState:
    """The state of a job.

    Attributes:
        name: ``queued``, ``starting``, ``running``, ``paused``, ``finished``, ``stopped``, ``failed``, ``lost``,
            ``damaged`` or ``newer version``.
        message: one sentence for the user; empty if there is nothing to explain.
    """

    name: str
    message: str = ""

    @property
    def active(self) -> bool:
        """Whether the job writes records, or will without any request."""
        return self.name in ACTIVE_STATES

    @property
    def ended(self) -> bool:
        """Whether the job is over until the user continues it; a paused job has not ended."""
        return self.name in ENDED_STATES or self.name in UNREADABLE_STATES
