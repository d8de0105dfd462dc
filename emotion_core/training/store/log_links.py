"""The runs' TensorBoard logs once more under names that read and sort well, as links."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from emotion_core.settings import Workspace
from emotion_core.training.store.study import Study

LINKS = "tensorboard"
_UNFIT = re.compile(r"[^\w .,()-]+")  # for the name of a file, whatever the system
_STARTED = 13  # characters of an id that tell when its study was started


def link_logs(workspace: Workspace, studies: Sequence[Study]) -> Path:
    """Return the folder for ``tensorboard --logdir``, in which each study and run has its name.

    Folders of studies begin with the time of their start. What a renamed or deleted study left is removed. Where links
    cannot be made, as on Windows without the right to, this is the folder of the runs themselves.

    Args:
        workspace: that holds the studies.
        studies: whose runs are linked, whether they have a log yet or not.
    """
    folder = workspace.root / LINKS
    wanted = {folder / place: workspace.runs / run_id / "tensorboard" for place, run_id in _places(studies)}
    try:
        _remove_others(folder, wanted.keys())
        for link, target in wanted.items():
            if not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                # Relative, so that a moved workspace keeps its links. Another page may make the same one.
                with suppress(FileExistsError):
                    link.symlink_to(os.path.relpath(target, link.parent))
    except OSError:
        return workspace.runs
    return folder if wanted else workspace.runs


def _places(studies: Sequence[Study]) -> Iterator[tuple[Path, str]]:
    """Yield the name of each run's link below its study's folder, and the run's id."""
    for study in studies:
        folder = f"{study.study_id[:_STARTED]} {_file_name(study.name or study.config.preset)}"
        pairs = list(zip(study.run_ids, study.config.runs, strict=False))
        counts = Counter(_file_name(run.label) for _, run in pairs)
        for run_id, run in pairs:
            name = _file_name(run.label)
            # Two runs that differ in another setting have one label: the end of the id tells them apart.
            yield Path(folder, name if counts[name] == 1 else f"{name} {run_id.rpartition('-')[2]}"), run_id


def _file_name(text: str) -> str:
    return _UNFIT.sub("_", text.replace(" · ", ", ")).strip(" .") or "_"


def _remove_others(folder: Path, wanted: Collection[Path]) -> None:
    """Remove links that are not wanted, and folders that are empty then; nothing but links is ever removed."""
    for study in folder.iterdir() if folder.is_dir() else ():
        for link in study.iterdir() if study.is_dir() and not study.is_symlink() else ():
            if link.is_symlink() and link not in wanted:
                link.unlink(missing_ok=True)
        with suppress(OSError):
            study.rmdir()
