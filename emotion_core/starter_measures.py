"""How well the starter predicts, and its calibration: on photos that it was not trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core import images
from emotion_core.dataset import LABELS, Catalog, load_snapshot, snapshot_pixels, to_pixels
from emotion_core.dataset.snapshots import neither_catalog, neither_faces
from emotion_core.evaluation import auc_interval, reliability
from emotion_core.images import InputSpec, Pixels
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
    """Return the photos of a split: those of the snapshot, and the faces of neither label.

    Args:
        workspace: that holds the run.
        run: of the starter's study.
        split: ``validation`` or ``test``.
    """
    snapshot, spec = load_snapshot(workspace, run.snapshot), run.config.input_spec
    rows, faces = snapshot.rows(split), neither_faces(workspace)
    pixels = snapshot_pixels(Catalog(workspace), snapshot, spec)[rows]
    others = snapshot_pixels(neither_catalog(workspace), faces, spec)[faces.rows(split)]
    neither = Photos(np.full(len(others), len(LABELS)), others)
    return {"faces": Photos(snapshot.labels[rows], pixels), "neither": neither}


def web_halves(folder: Path, spec: InputSpec) -> tuple[Photos, Photos]:
    """Return two halves of the photos in a folder, drawn by their names: one to calibrate on, one to test on.

    Args:
        folder: with ``happy`` and ``sad`` in it; photos that were not trained on.
        spec: the network's input spec; photos without a face are used whole.
    """
    halves: tuple[list[tuple[int, Pixels]], list[tuple[int, Pixels]]] = ([], [])
    for name, label, pixels in _in_folder(folder, spec):
        halves[hashlib.sha256(name.encode()).digest()[0] % 2].append((label, pixels))
    first, second = (Photos(np.array([label for label, _ in half]), np.stack([p for _, p in half])) for half in halves)
    return first, second


def _in_folder(folder: Path, spec: InputSpec) -> Iterator[tuple[str, int, Pixels]]:
    for code, label in enumerate(LABELS):
        for path in sorted((folder / label).iterdir()):
            yield path.name, code, to_pixels(images.read(path).image, spec)


def calibrate(model: keras.Model, network: LiteRTNetwork, photos: Mapping[str, Photos]) -> None:
    """Change the output layer so that P(sad) is calibrated, for photos of which half are sad.

    Platt's scaling (1999): the difference of the two labels' logits is scaled and shifted, on photos that the network
    was not trained on. Both labels of each set weigh the same. As weights of the network, the scaling is in each of its
    formats.

    Args:
        model: of the starter; changed in place.
        network: the same network before the change.
        photos: sets of happy and sad photos.
    """
    from sklearn.linear_model import LogisticRegression

    sets = [Answers.of(network, part) for part in photos.values()]
    labels = np.concatenate([answers.labels for answers in sets])
    weights = np.concatenate([1 / np.bincount(answers.labels)[answers.labels] for answers in sets])
    logits = np.concatenate([_logit(answers.p_sad) for answers in sets])[:, None]
    fit = LogisticRegression(C=np.inf).fit(logits, labels, weights)
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    # Mean of both logits plus or minus half of their new difference.
    near, far = (1 + slope) / 2, (1 - slope) / 2
    kernel, bias = model.get_layer("output").get_weights()
    mixed = np.array([[near, far, 0], [far, near, 0], [0, 0, 1]], dtype=np.float32)
    model.get_layer("output").set_weights([kernel @ mixed, bias @ mixed + np.array([-shift / 2, shift / 2, 0])])


def limits_of(sets: list[Answers]) -> Limits:
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
