"""How well the starter predicts, and its calibration: on photos that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import LABELS, Catalog, Snapshot, load_snapshot, snapshot_pixels
from emotion_core.dataset.preprocessing import CUT_OUT_PX
from emotion_core.dataset.snapshots import neither_catalog, neither_faces
from emotion_core.evaluation import auc_interval, reliability
from emotion_core.images import Pixels
from emotion_core.prediction import LiteRTNetwork, UncertaintyBand, probabilities_of
from emotion_core.settings import Workspace
from emotion_core.training import Run

if TYPE_CHECKING:
    import keras

Numbers = npt.NDArray[np.float64]
# Of the photos that are happy or sad, this share is named happy or sad: the faces that look most like neither are not,
# nor are those whose P(sad) is closest to the threshold.
NAMED_SHARE, SURE_SHARE = 0.95, 0.93
# After the calibration both labels are equally likely here.
THRESHOLD = 0.5
# P(sad) and P(neither) are kept this far from 0 and 1 before their logit is taken.
SMALLEST = 1e-6


class Photos(NamedTuple):
    """Photos with their labels, as the network sees them.

    Attributes:
        labels: 0 (happy), 1 (sad) or 2 (neither), int64 of shape ``(n,)``.
        pixels: uint8 of shape ``(n, size, size, channels)``.
    """

    labels: npt.NDArray[np.int64]
    pixels: Pixels


class Answers(NamedTuple):
    """The starter's numbers for photos: the means over each photo and its mirror image.

    Attributes:
        labels: as in ``Photos``.
        p_sad: float64 of shape ``(n,)``.
        p_neither: float64 of shape ``(n,)``.
    """

    labels: npt.NDArray[np.int64]
    p_sad: Numbers
    p_neither: Numbers

    @classmethod
    def of(cls, network: LiteRTNetwork, photos: Photos) -> Answers:
        """Return a network's numbers for photos."""
        outputs = probabilities_of(network, list(photos.pixels), mirrored=True).astype(np.float64)
        return cls(photos.labels, outputs[:, 0], outputs[:, 1])


class Limits(NamedTuple):
    """Where the starter's answers begin and end.

    Attributes:
        threshold: P(sad) at and above which a face looks sad.
        band: P(sad) at which it is not sure.
        neither_from: P(neither) at and above which it names neither label.
    """

    threshold: float
    band: UncertaintyBand
    neither_from: float

    def sure(self, answers: Answers) -> npt.NDArray[np.bool_]:
        """Return which faces are called happy or sad."""
        unsure = (answers.p_sad >= self.band.low) & (answers.p_sad <= self.band.high)
        return (answers.p_neither < self.neither_from) & ~unsure


def held_out(workspace: Workspace, run: Run, split: str) -> dict[str, Photos]:
    """Return the photos of a split: happy and sad ones by their size, and the faces of neither label.

    Args:
        workspace: that holds the run.
        run: of the starter's study.
        split: ``validation`` or ``test``.

    Returns:
        ``all`` happy and sad photos; the ``small`` ones among them, which are cut-out faces, and the ``large`` ones,
        each where it holds both labels; and ``neither``.
    """
    snapshot, spec, catalog = load_snapshot(workspace, run.snapshot), run.config.input_spec, Catalog(workspace)
    rows, pixels = snapshot.rows(split), snapshot_pixels(catalog, snapshot, spec)
    sizes = {photo.photo_id: max(photo.width, photo.height) for photo in catalog.photos_of(_ids(snapshot, rows))}
    is_small = np.array([sizes[photo_id] <= CUT_OUT_PX for photo_id in _ids(snapshot, rows)])
    parts = {"all": rows, "small": rows[is_small], "large": rows[~is_small]}
    sets = {name: Photos(snapshot.labels[part], pixels[part]) for name, part in parts.items()}
    faces = neither_faces(workspace)
    others = snapshot_pixels(neither_catalog(workspace), faces, spec)[faces.rows(split)]
    usable = {name: photos for name, photos in sets.items() if len(set(photos.labels)) == len(LABELS)}
    return {**usable, "neither": Photos(np.full(len(others), len(LABELS)), others)}


def _ids(snapshot: Snapshot, rows: npt.NDArray[np.intp]) -> list[str]:
    return [snapshot.items[row].photo_id for row in rows]


def by_size(sets: Mapping[str, Photos]) -> list[Photos]:
    """Return the happy and sad photos in sets that count the same each: small and large ones, or all."""
    return [sets[name] for name in ("small", "large") if name in sets] or [sets["all"]]


def calibrate(model: keras.Model, network: LiteRTNetwork, sets: Sequence[Photos]) -> None:
    """Change the output layer so that P(sad) is calibrated, for photos of which half are sad.

    Platt's scaling (1999): the difference of the two labels' logits is scaled and shifted, on photos that the network
    was not trained on. As weights of the network, the scaling is in each of its
    formats.

    Args:
        model: of the starter; changed in place.
        network: the same network before the change.
        sets: happy and sad photos; each set weighs the same, and so does each label in it.
    """
    from sklearn.linear_model import LogisticRegression

    answered = [Answers.of(network, photos) for photos in sets]
    labels = np.concatenate([answers.labels for answers in answered])
    weights = np.concatenate([1 / np.bincount(answers.labels)[answers.labels] for answers in answered])
    logits = np.concatenate([_logit(answers.p_sad) for answers in answered])[:, None]
    fit = LogisticRegression(C=np.inf).fit(logits, labels, weights)
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    # Mean of both logits plus or minus half of their new difference.
    near, far = (1 + slope) / 2, (1 - slope) / 2
    kernel, bias = model.get_layer("output").get_weights()
    mixed = np.array([[near, far, 0], [far, near, 0], [0, 0, 1]], dtype=np.float32)
    model.get_layer("output").set_weights([kernel @ mixed, bias @ mixed + np.array([-shift / 2, shift / 2, 0])])


def limits_of(sets: Sequence[Answers]) -> Limits:
    """Return the limits at which the planned share of happy and sad photos is named, whatever their set.

    Args:
        sets: the calibrated network's numbers for sets of happy and sad photos that it was not trained on.
    """
    neither_from = float(np.mean([np.quantile(answers.p_neither, NAMED_SHARE) for answers in sets]))
    named = [answers.p_sad[answers.p_neither < neither_from] for answers in sets]
    reach = float(np.mean([np.quantile(np.abs(p_sad - THRESHOLD), 1 - SURE_SHARE / NAMED_SHARE) for p_sad in named]))
    return Limits(THRESHOLD, UncertaintyBand(THRESHOLD - reach, THRESHOLD + reach), neither_from)


def measured(answers: Answers, neither: Answers, limits: Limits) -> dict[str, Any]:
    """Return how well one set of happy and sad photos is predicted.

    Args:
        answers: of happy and sad photos.
        neither: of faces that look neither happy nor sad.
        limits: of the starter.
    """
    interval, sad = auc_interval(answers.labels, answers.p_sad), answers.labels == 1
    called_sad, sure = answers.p_sad >= limits.threshold, limits.sure(answers)
    both = np.concatenate([answers.p_neither, neither.p_neither])
    kinds = np.concatenate([np.zeros(len(answers.labels)), np.ones(len(neither.labels))])
    return {
        "photos": len(sad),
        "auc": interval.auc,
        "auc_low": interval.low,
        "auc_high": interval.high,
        "balanced_accuracy": float((called_sad[sad].mean() + (~called_sad[~sad]).mean()) / 2),
        "ece": reliability(answers.labels, answers.p_sad).expected_calibration_error,
        "sure": float(sure.mean()),
        "right_when_sure": float((called_sad == sad)[sure].mean()),
        "neither_auc": auc_interval(kinds, both).auc,
    }


def _logit(p: Numbers) -> Numbers:
    bounded = p.clip(SMALLEST, 1 - SMALLEST)
    logits: Numbers = np.log(bounded / (1 - bounded))
    return logits
