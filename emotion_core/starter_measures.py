"""How well the starter predicts, and its calibration: on photos that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import CUT_OUT_PX, LABELS, Catalog, Snapshot, snapshot_pixels
from emotion_core.evaluation import auc_interval, reliability
from emotion_core.images import InputSpec, Pixels
from emotion_core.prediction import LiteRTNetwork, PlattScaling, UncertaintyBand, logit_of, mean_outputs

Numbers = npt.NDArray[np.float64]
# Of the photos that are happy or sad, this share is named happy or sad: the faces that look most like neither are not,
# nor are those whose P(sad) is closest to the threshold.
NAMED_SHARE, SURE_SHARE = 0.95, 0.93
# A network that has not learned neither only declines what is closest to the threshold.
SURE_SHARE_OF_TWO = 0.97
# After the calibration both labels are equally likely here.
THRESHOLD = 0.5


class Photos(NamedTuple):
    """Photos with their labels, as the networks see them.

    Attributes:
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        pixels: uint8 of shape ``(n, size, size, channels)``.
    """

    labels: npt.NDArray[np.int64]
    pixels: Pixels


class Numbered(NamedTuple):
    """The starter's numbers for photos: the means over its networks, and over each photo and its mirror image.

    Attributes:
        labels: as in ``Photos``.
        p_sad: float64 of shape ``(n,)``.
        p_neither: float64 of shape ``(n,)``; 0 where no network learned it.
    """

    labels: npt.NDArray[np.int64]
    p_sad: Numbers
    p_neither: Numbers


class Starter(NamedTuple):
    """The networks of the starter, and what is done with their numbers.

    Attributes:
        networks: one or two.
        calibration: of the mean P(sad).
        band: P(sad) at which it is not sure.
        neither_from: P(neither) at and above which it names neither label.
    """

    networks: tuple[LiteRTNetwork, ...]
    calibration: PlattScaling = PlattScaling()
    band: UncertaintyBand = UncertaintyBand(1.0, 0.0)
    neither_from: float = 1.0

    def numbers(self, photos: Photos) -> Numbered:
        """Return its numbers for photos."""
        outputs = mean_outputs(self.networks, list(photos.pixels), mirrored=True, calibration=self.calibration)
        p_neither = np.zeros(len(photos.labels)) if outputs.p_neither is None else outputs.p_neither
        return Numbered(photos.labels, outputs.p_sad.astype(np.float64), p_neither.astype(np.float64))

    def sure(self, numbers: Numbered) -> npt.NDArray[np.bool_]:
        """Return which faces it calls happy or sad."""
        unsure = (numbers.p_sad >= self.band.low) & (numbers.p_sad <= self.band.high)
        return (numbers.p_neither < self.neither_from) & ~unsure


def labeled_sets(catalog: Catalog, snapshot: Snapshot, spec: InputSpec, split: str) -> dict[str, Photos]:
    """Return the happy and sad photos of a split: all, the small ones, which are cut-out faces, and the larger ones.

    Args:
        catalog: of the photos.
        snapshot: with their labels and splits.
        spec: the networks' input spec.
        split: ``validation`` or ``test``.

    Returns:
        The sets by their names ``all``, ``small`` and ``large``; a set that lacks a label is left out.
    """
    rows, pixels = snapshot.rows(split), snapshot_pixels(catalog, snapshot, spec)
    photo_ids = [snapshot.items[row].photo_id for row in rows]
    sizes = {photo.photo_id: max(photo.width, photo.height) for photo in catalog.photos_of(photo_ids)}
    is_small = np.array([sizes[photo_id] <= CUT_OUT_PX for photo_id in photo_ids])
    parts = {"all": rows, "small": rows[is_small], "large": rows[~is_small]}
    sets = {name: Photos(snapshot.labels[part], pixels[part]) for name, part in parts.items()}
    return {name: photos for name, photos in sets.items() if len(set(photos.labels)) == len(LABELS)}


def calibrated(starter: Starter, sets: Mapping[str, Photos]) -> Starter:
    """Return the starter with its calibration and limits, for photos of which half are sad.

    Args:
        starter: its networks.
        sets: happy and sad photos that they were not trained on, as ``labeled_sets`` returns them; small and larger
            photos weigh the same, and so does each label.
    """
    from sklearn.linear_model import LogisticRegression

    chosen = [sets[name] for name in ("small", "large") if name in sets] or [sets["all"]]
    raw = [starter.numbers(photos) for photos in chosen]
    labels, logits = np.concatenate([part.labels for part in raw]), np.concatenate([logit_of(p.p_sad) for p in raw])
    weights = np.concatenate([1 / np.bincount(part.labels)[part.labels] for part in raw])
    fit = LogisticRegression(C=np.inf).fit(logits[:, None], labels, weights)
    calibration = PlattScaling(float(fit.coef_[0, 0]), float(fit.intercept_[0]))
    numbers = [part._replace(p_sad=calibration.applied(part.p_sad).astype(np.float64)) for part in raw]
    knows_neither = any(part.p_neither.any() for part in numbers)
    named_share, sure_share = (NAMED_SHARE, SURE_SHARE) if knows_neither else (1.0, SURE_SHARE_OF_TWO)
    limits = [np.quantile(part.p_neither, named_share) for part in numbers]
    neither_from = float(np.mean(limits)) if knows_neither else 1.0
    distances = [np.abs(part.p_sad - THRESHOLD)[part.p_neither < neither_from] for part in numbers]
    reach = float(np.mean([np.quantile(distance, 1 - sure_share / named_share) for distance in distances]))
    band = UncertaintyBand(THRESHOLD - reach, THRESHOLD + reach)
    return starter._replace(calibration=calibration, band=band, neither_from=neither_from)


def measured(starter: Starter, photos: Photos, neither: Pixels | None) -> dict[str, Any]:
    """Return how well the starter predicts one set of happy and sad photos.

    Args:
        starter: calibrated.
        photos: happy and sad ones that it was neither trained nor calibrated on.
        neither: faces that look neither happy nor sad, likewise; None where no network learned them.
    """
    numbers = starter.numbers(photos)
    interval, sad = auc_interval(numbers.labels, numbers.p_sad), numbers.labels == 1
    called_sad, sure = numbers.p_sad >= THRESHOLD, starter.sure(numbers)
    figures = {
        "photos": len(sad),
        "auc": interval.auc,
        "auc_low": interval.low,
        "auc_high": interval.high,
        "balanced_accuracy": float((called_sad[sad].mean() + (~called_sad[~sad]).mean()) / 2),
        "ece": reliability(numbers.labels, numbers.p_sad).expected_calibration_error,
        "sure": float(sure.mean()),
        "right_when_sure": float((called_sad == sad)[sure].mean()),
    }
    if neither is not None:
        others = starter.numbers(Photos(np.zeros(len(neither), dtype=np.int64), neither))
        kinds = [0] * len(sad) + [1] * len(neither)
        figures["neither_auc"] = auc_interval(kinds, np.concatenate([numbers.p_neither, others.p_neither])).auc
        figures["neither_sure"] = float(starter.sure(others).mean())
    return figures
