"""The worker: a process that trains one run, or several one after the other."""

from emotion_core.training.worker.loop import (
    announce,
    become_worker,
    can_train_another,
    threads_match,
    wait_for_assignment,
)
from emotion_core.training.worker.train_run import train_in_session

__all__ = [
    "announce",
    "become_worker",
    "can_train_another",
    "threads_match",
    "train_in_session",
    "wait_for_assignment",
]
