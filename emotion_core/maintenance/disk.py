"""What lies on the disk and why: every file of a workspace, by what it is for and by the study that it belongs to."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_core.jobs import JobFolder
from emotion_core.maintenance.leftovers import find_leftovers
from emotion_core.maintenance.photo_checks import UNLISTED
from emotion_core.settings import Workspace
from emotion_core.training import list_studies

SHARED = ""
# What each kind of file is for; a file belongs to the first kind that it matches.
_RUN_KINDS = {
    "models": ("model.keras", "model.tflite"),
    "checkpoints": ("checkpoint.npz",),
    "best weights": ("best.weights.h5",),
    "scores and records": ("scores.json", "records.jsonl", "settings.json", "status.json"),
    "derived from models": ("model.onnx", "training_vectors.npz"),
}
WHY = {
    "photos": "the photos that you collected",
    "thumbnails": "small photos, for pages and the search for near copies",
    "catalog": "labels, marks, origins",
    "journal": "the catalog once more, to rebuild it if it is lost",
    "snapshots": "the photos, labels and split of a study",
    "pixel caches": "photos as networks see them; made again when needed",
    "models": "the trained networks",
    "checkpoints": "where unfinished runs go on",
    "best weights": "not needed; clean removes them",
    "scores and records": "results and progress of runs",
    "derived from models": "made again when needed",
    "TensorBoard": "logs for TensorBoard",
    "other files of runs": "logs and requests",
    "studies": "settings and runs of the studies",
    "jobs": "scrapes, imports and other jobs",
    "exports": "prepared downloads",
    "leftovers": "of killed processes; clean removes them",
    "unlisted photos": "photos whose label is not known",
    "before a restore": "what a restored backup replaced",
    "caches": "made again when needed",
    "other": "locks, settings and logs of this workspace",
}
_EXPORT_KINDS = ("export", "photo-export")


@dataclass
class DiskUse:
    """How much of one kind lies on the disk.

    Attributes:
        kind: for instance ``models``; a key of ``WHY``.
        study: id of the study that it belongs to; empty if it belongs to none, or to several.
        files: number of files.
        bytes: size of all files together.
    """

    kind: str
    study: str
    files: int = 0
    bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the row of the command line."""
        return {**vars(self), "size": f"{self.bytes / 1e6:.1f} MB", "why": WHY[self.kind]}


def disk_use(workspace: Workspace) -> list[DiskUse]:
    """Return what lies in a workspace by kind and study: what belongs to no single study first, then the newest."""
    studies = list_studies(workspace)
    study_of_run = {run_id: study.study_id for study in studies for run_id in study.run_ids}
    users: dict[str, list[str]] = {}
    for study in studies:
        users.setdefault(study.snapshot, []).append(study.study_id)
    owners = {snapshot: ids[0] if len(ids) == 1 else SHARED for snapshot, ids in users.items()}
    leftovers = {leftover.path for leftover in find_leftovers(workspace)}
    exports = {folder.id for folder in JobFolder.all_in(workspace.jobs) if folder.kind in _EXPORT_KINDS}
    rows: dict[tuple[str, str], DiskUse] = {}
    for path, size in _files(workspace.root):
        parts = path.relative_to(workspace.root).parts
        if leftovers & {path, *path.parents}:
            key = ("leftovers", SHARED)
        elif parts[0] == "runs":
            key = (_run_kind(parts), study_of_run.get(parts[1], SHARED))
        elif parts[0] == "snapshots":
            kind = "pixel caches" if ".npy" in parts[-1] else "snapshots"
            key = (kind, owners.get(parts[1], SHARED))
        elif parts[0] == "jobs":
            key = ("exports" if parts[1] in exports else "jobs", SHARED)
        elif parts[0] == "studies":
            key = ("studies", path.stem if path.stem in study_of_run.values() else SHARED)
        else:
            key = (_root_kind(parts), SHARED)
        row = rows.setdefault(key, DiskUse(*key))
        row.files, row.bytes = row.files + 1, row.bytes + size
    order = list(WHY)
    newest = [SHARED, *(study.study_id for study in studies)]
    return sorted(rows.values(), key=lambda row: (newest.index(row.study), order.index(row.kind)))


def _files(root: Path) -> Iterator[tuple[Path, int]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            try:
                yield path, path.lstat().st_size
            except OSError:
                continue


def _run_kind(parts: tuple[str, ...]) -> str:
    if "tensorboard" in parts:
        return "TensorBoard"
    return next((kind for kind, names in _RUN_KINDS.items() if parts[-1] in names), "other files of runs")


def _root_kind(parts: tuple[str, ...]) -> str:
    top = parts[0]
    if top in ("photos", "thumbnails"):
        return top
    if top.startswith("catalog.sqlite"):
        return "catalog"
    if top.startswith("before-restore-"):
        return "before a restore"
    names = {"photos.journal": "journal", UNLISTED: "unlisted photos", "near_copies.npz": "caches"}
    return names.get(top, "other")
