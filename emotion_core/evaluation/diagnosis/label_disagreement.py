"""Photos whose label contradicts networks that were not trained on them: the label may be wrong."""

from collections.abc import Collection, Iterator

import numpy as np

from emotion_core.settings import Workspace
from emotion_core.training import Run, Scores, list_studies, runs_of

CONSTANT_SPREAD = 0.01


def held_out_p_sad(workspace: Workspace) -> dict[str, float]:
    """Return the mean P(sad) of the newest study's networks for its validation and test photos, by photo id.

    Networks that predict the same for every photo, or were trained on all of them, are left out. A study without other
    networks is skipped for the next older one. Empty where no study has one.
    """
    for study in list_studies(workspace):
        scored = [scores for run in runs_of(workspace, study) if (scores := _scores_of_finished(run)) is not None]
        if scored:
            predictions: dict[str, list[float]] = {}
            for scores in scored:
                for photo_id, p_sad in _held_out(scores):
                    predictions.setdefault(photo_id, []).append(p_sad)
            return {photo_id: float(np.mean(values)) for photo_id, values in predictions.items()}
    return {}


def disagreement_order(p_sad: dict[str, float], sad: Collection[str]) -> list[str]:
    """Return the photos of ``held_out_p_sad``, the ones whose label the networks contradict most first.

    Args:
        p_sad: by photo id.
        sad: the photos that are labelled sad; the others are happy.

    >>> disagreement_order({"a": 0.9, "b": 0.2, "c": 0.1}, sad={"c"})
    ['a', 'c', 'b']
    """
    contradiction = {photo_id: 1 - p if photo_id in sad else p for photo_id, p in p_sad.items()}
    return sorted(contradiction, key=contradiction.__getitem__, reverse=True)


def _scores_of_finished(run: Run) -> Scores | None:
    scores = None if run.config.leaks else run.scores()
    return scores if scores is not None and len(scores.p_sad) and np.ptp(scores.p_sad) > CONSTANT_SPREAD else None


def _held_out(scores: Scores) -> Iterator[tuple[str, float]]:
    rows = zip(scores.photo_ids, scores.splits, scores.p_sad.tolist(), strict=True)
    return ((photo_id, p_sad) for photo_id, split, p_sad in rows if split != "train")
