"""A study as it was started: its settings, its photos, its runs, and what was seen of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_core.formatting import count_text
from emotion_core.settings import Workspace
from emotion_core.training.config import StudyConfig


@dataclass(frozen=True)
class Study:
    """A study as it was started.

    Attributes:
        study_id: opaque, usable as a file name.
        config: settings of the study and of each run.
        snapshot: fingerprint of the photos and splits that all its runs share.
        run_ids: in the order of ``config.runs``.
        created_at: seconds since 1970.
        first_look: when its comparison of at least two finished runs was first shown, in seconds since 1970; None
            before that.
        first_test: when that comparison first had a p-value: two networks with two finished seeds each; None before.
        added_after_look: ids of the runs with new seeds that were added after the first look.
        added_after_test: ids of those that were added after the first p-value.
        name: given by the user; "" for none.
        note: of the user, on what the study is for or what came of it.
    """

    study_id: str
    config: StudyConfig
    snapshot: str
    run_ids: tuple[str, ...]
    created_at: float
    first_look: float | None = None
    first_test: float | None = None
    added_after_look: tuple[str, ...] = ()
    added_after_test: tuple[str, ...] = ()
    name: str = ""
    note: str = ""

    @property
    def seeds_added_after_look(self) -> int:
        """Number of seeds that were added after the first look."""
        return self._number_of_seeds(self.added_after_look)

    @property
    def seeds_added_after_test(self) -> int:
        """Number of seeds that were added after a p-value was seen; with any, p-values no longer hold as written."""
        return self._number_of_seeds(self.added_after_test)

    def _number_of_seeds(self, run_ids: Sequence[str]) -> int:
        runs = zip(self.run_ids, self.config.runs, strict=False)
        return len({run.seed for run_id, run in runs if run_id in run_ids})

    @property
    def title(self) -> str:
        """Title for lists: its name or its preset, for instance ``controlled · 3 runs · 22 Nov 14:05``."""
        when = time.strftime("%d %b %H:%M:%S", time.localtime(self.created_at))
        return f"{self.name or self.config.preset} · {count_text(len(self.run_ids), 'run')} · {when}"

    def file(self, workspace: Workspace) -> Path:
        """Return where the study is kept."""
        return workspace.studies / f"{self.study_id}.json"
