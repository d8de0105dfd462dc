"""Short forms of a few functions for notebooks and scripts; docs/library.md shows them at work."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_core.collect import ImportSummary, import_path
from emotion_core.dataset import Catalog
from emotion_core.errors import StatisticsError
from emotion_core.evaluation.comparison import compare_studies
from emotion_core.prediction import Answer, UnreadablePhoto, classifier_for, read_paths
from emotion_core.settings import Workspace
from emotion_core.training import Study

if TYPE_CHECKING:
    import plotly.graph_objects as go


def import_photos(
    workspace: Workspace,
    path: str | Path,
    *,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    limit: int | None = None,
    encoding: str | None = None,
) -> ImportSummary:
    """Add photos to the workspace's catalog, as the verb ``import`` does.

    Args:
        workspace: receives the photos.
        path: folder with ``happy`` and ``sad`` in it, zip of such folders, CSV, image file, or
            cifar-10-python.tar.gz.
        label: ``happy`` or ``sad`` for every photo; by default folders and tables name the label.
        mapping: what other classes count as, for instance ``{"smile": "happy"}``.
        limit: maximum number of photos, half of each label; by default all, of CIFAR-10 10,000.
        encoding: encoding of names in a zip, and of tables, that do not say theirs, such as ``gbk``; default: guess.

    Returns:
        How many photos were added, how many were there already, and each rejected one with its reason.

    Raises:
        CollectError: the path holds nothing that can be imported.
    """
    return import_path(Catalog(workspace), path, label=label, mapping=mapping or {}, limit=limit, encoding=encoding)


def roc_figure(workspace: Workspace, study: Study) -> "go.Figure":
    """Return the ROC curves of a study's finished runs on its test photos, as on the page Compare.

    Args:
        workspace: the study's.
        study: one whose runs have ended, or some of them.
    """
    from emotion_core.evaluation.figures import study_roc_figure

    return study_roc_figure(compare_studies(workspace, [study]).runs)


def answer_figure(workspace: Workspace, study: Study) -> "go.Figure":
    """Return the mean AUCs and differences of a study's settings with their intervals, as on the page Compare.

    Args:
        workspace: the study's.
        study: one with finished runs.

    Raises:
        StatisticsError: its runs give no answer; the message says why.
    """
    from emotion_core.evaluation.figures import forest_figure

    comparison = compare_studies(workspace, [study]).comparison
    if comparison.answer is None:
        raise StatisticsError(comparison.no_answer)
    return forest_figure(comparison.answer)


def predict(
    workspace: Workspace, photos: Iterable[str | Path], *, run_id: str | None = None
) -> list[Answer | UnreadablePhoto]:
    """Classify photos, as the verb ``predict`` does.

    Args:
        workspace: its champion classifies; the starter does where it has none, or one that learned from drawings.
        photos: files, folders and zips.
        run_id: run that classifies instead of the champion, or ``starter``.

    Returns:
        One answer for each photo, in order; ``UnreadablePhoto`` with its reason where a photo cannot be read.

    Raises:
        JobNotFound: there is no such run.
        JobUnusable: the run has no network.
    """
    return list(classifier_for(workspace, run_id).answer_each(read_paths(map(Path, photos))))
