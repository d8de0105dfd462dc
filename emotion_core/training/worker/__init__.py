"""The process that trains: one run, or one after the other."""

from emotion_core.training.worker.loop import become_worker, can_train_another, offer, suits, taken_within
from emotion_core.training.worker.train_run import work_in

__all__ = [
    "become_worker",
    "can_train_another",
    "offer",
    "suits",
    "taken_within",
    "work_in",
]
