"""What a job can be doing, and what can be asked of it."""

from dataclasses import dataclass
from typing import Any

from emotion_core.errors import EmotionError

HEARTBEAT_SECONDS = 2.0
HEARTBEAT_LOST_SECONDS = 30.0
ACTIVE_STATES = frozenset({"queued", "starting", "running"})
ENDED_STATES = frozenset({"finished", "stopped", "failed", "lost"})
# A job that goes on from a checkpoint is begun so often without getting any further; then it is lost.
MAX_ATTEMPTS = 3
# Files whose presence asks something of a job: to stop, to stop when the epoch under way is over, to pause.
STOP, STOP_LATER, PAUSE = "stop", "stop-later", "pause"
# The event of being begun once more, because the process before ended without a word.
RESTARTED = "begun-again"
# Why that process ended: by itself or by somebody's hand, with its computer, with the whole cluster.
PROCESS_ENDED, NODE_LOST, CLUSTER_LOST = "process ended", "node lost", "cluster lost"
Record = dict[str, Any]


class StopRequested(EmotionError):
    """Somebody asked the job to stop; raised inside the job at the next safe point."""


class PauseRequested(EmotionError):
    """Somebody asked the job to pause; raised inside the job at the next safe point."""


@dataclass(frozen=True)
class JobState:
    """What a job is doing.

    Attributes:
        name: ``queued``, ``starting``, ``running``, ``paused``, ``finished``, ``stopped``, ``failed`` or ``lost``.
        message: one sentence for a person; empty while all is well.
    """

    name: str
    message: str = ""

    @property
    def active(self) -> bool:
        """Whether the job may still write records, or will by itself."""
        return self.name in ACTIVE_STATES

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless somebody asks for it; a paused job has not ended."""
        return self.name in ENDED_STATES
