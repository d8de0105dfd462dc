"""How well the starter predicts, and its calibration: on photos that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.dataset import CUT_OUT_PX, LABELS, Catalog, Snapshot, snapshot_pixels
from emotion_core.evaluation import PlattScaling, auc_interval, platt_scaling, reliability
from emotion_core.evaluation.statistics import class_weights
from emotion_core.images import InputSpec, Pixels
from emotion_core.prediction import Decision, LiteRTNetwork, band_choices, mean_outputs

Numbers = npt.NDArray[np.float64]
# Of the photos that are happy or sad, the starter says "neither clearly" of the rest.
NAMED_SHARE = 0.95
# After the calibration both labels are equally likely here.
THRESHOLD = 0.5


class Photos(NamedTuple):
    """Photos with their labels, as a network sees them.

    Attributes:
        labels: 0 (happy) or 1 (sad), int64 of shape ``(n,)``.
        pixels: uint8 of shape ``(n, size, size, channels)``.
    """

    labels: npt.NDArray[np.int64]
    pixels: Pixels


class Numbered(NamedTuple):
    """The starter's numbers for photos: the means over each photo and its mirror image.

    Attributes:
        labels: as in ``Photos``.
        p_sad: float64 of shape ``(n,)``.
        p_neither: float64 of shape ``(n,)``; 0 where the network did not learn it.
    """

    labels: npt.NDArray[np.int64]
    p_sad: Numbers
    p_neither: Numbers


class Starter(NamedTuple):
    """The network of the starter, and what is done with its numbers.

    Attributes:
        network: as it is shipped.
        calibration: that P(sad) is put through.
        decision: its threshold and bands.
        neither_from: P(neither) at and above which it names neither label.
    """

    network: LiteRTNetwork
    calibration: PlattScaling
    decision: Decision
    neither_from: float

    def sure(self, numbers: Numbered) -> npt.NDArray[np.bool_]:
        """Return which faces it calls happy or sad."""
        band = self.decision.band().band
        unsure = (numbers.p_sad >= band.low) & (numbers.p_sad <= band.high)
        return (numbers.p_neither < self.neither_from) & ~unsure


def numbers_of(network: LiteRTNetwork, photos: Photos, calibration: PlattScaling | None = None) -> Numbered:
    """Return the numbers of a network for photos.

    Args:
        network: as it is shipped.
        photos: as it sees them.
        calibration: that P(sad) is put through, if any.
    """
    outputs = mean_outputs(network, list(photos.pixels), mirrored=True, calibration=calibration)
    p_neither = np.zeros(len(photos.labels)) if outputs.p_neither is None else outputs.p_neither
    return Numbered(photos.labels, outputs.p_sad.astype(np.float64), p_neither.astype(np.float64))


def labeled_sets(catalog: Catalog, snapshot: Snapshot, spec: InputSpec, split: str) -> dict[str, Photos]:
    """Return the happy and sad photos of a split: all, the small ones, which are cut-out faces, and the larger ones.

    Args:
        catalog: of the photos.
        snapshot: with their labels and splits.
        spec: the network's input spec.
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


def calibrated(network: LiteRTNetwork, sets: Mapping[str, Photos]) -> Starter:
    """Return the starter with its calibration and limits, for photos of which half are sad.

    Args:
        network: as it is shipped.
        sets: happy and sad photos that it was not trained on, as ``labeled_sets`` returns them; small and larger
            photos weigh the same, and so does each label.
    """
    chosen = [sets[name] for name in ("small", "large") if name in sets] or [sets["all"]]
    raw = [numbers_of(network, photos) for photos in chosen]
    labels, p_sad = (np.concatenate([part[column] for part in raw]) for column in (0, 1))
    weights = np.concatenate([class_weights(part.labels) / len(part.labels) for part in raw])
    calibration = platt_scaling(labels, p_sad, weights=weights)
    bands = band_choices(labels, calibration.probability(p_sad), THRESHOLD)
    knows_neither = any(part.p_neither.any() for part in raw)
    neither_from = np.mean([np.quantile(part.p_neither, NAMED_SHARE) for part in raw]) if knows_neither else 1.0
    return Starter(
        network, calibration, Decision(THRESHOLD, None, None, bands, photos=len(labels)), float(neither_from)
    )


def measured(starter: Starter, photos: Photos, neither: Pixels | None) -> dict[str, Any]:
    """Return how well the starter predicts one set of happy and sad photos.

    Args:
        starter: calibrated.
        photos: happy and sad ones that it was neither trained nor calibrated on.
        neither: faces that look neither happy nor sad, likewise; None where it did not learn them.
    """
    numbers = numbers_of(starter.network, photos, starter.calibration)
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
        others_seen = Photos(np.zeros(len(neither), dtype=np.int64), neither)
        others = numbers_of(starter.network, others_seen, starter.calibration)
        kinds = [0] * len(sad) + [1] * len(neither)
        figures["neither_auc"] = auc_interval(kinds, np.concatenate([numbers.p_neither, others.p_neither])).auc
        figures["neither_sure"] = float(starter.sure(others).mean())
    return figures
