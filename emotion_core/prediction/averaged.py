"""The numbers of a classifier: the mean over networks and over mirror images, then calibrated."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.images import Pixels
from emotion_core.prediction.litert import LiteRTNetwork
from emotion_core.training.engine import Probabilities, within_bounds

# Probabilities are kept this far from 0 and 1 before their logit is taken.
SMALLEST = 1e-6


class PlattScaling(NamedTuple):
    """Platt's scaling (1999): the logit of a probability is scaled and shifted. The defaults change nothing.

    Attributes:
        slope: factor of the logit, above 1 where the probability is too cautious.
        shift: added to it.
    """

    slope: float = 1.0
    shift: float = 0.0

    def applied(self, p: npt.NDArray[np.floating[Any]]) -> Probabilities:
        """Return calibrated probabilities of the same shape.

        >>> [round(float(p), 3) for p in PlattScaling(2.0).applied(np.array([0.5, 0.75]))]
        [0.5, 0.9]
        """
        if self == PlattScaling():
            return p.astype(np.float32, copy=False)
        calibrated: Probabilities = (1 / (1 + np.exp(-self.slope * logit_of(p) - self.shift))).astype(np.float32)
        return calibrated


def logit_of(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the logits of probabilities, finite also for 0 and 1."""
    bounded = np.asarray(p, dtype=np.float64).clip(SMALLEST, 1 - SMALLEST)
    logits: npt.NDArray[np.float64] = np.log(bounded / (1 - bounded))
    return logits


class Outputs(NamedTuple):
    """What networks say of their inputs.

    Attributes:
        p_sad: between the two labels, float32 of shape ``(n,)``.
        p_neither: probability that a face looks like neither of them, float32 of shape ``(n,)``; None where no network
            learned it.
    """

    p_sad: Probabilities
    p_neither: Probabilities | None


def mean_outputs(
    networks: Sequence[LiteRTNetwork],
    pixels: Sequence[Pixels],
    *,
    mirrored: bool,
    calibration: PlattScaling = PlattScaling(),  # noqa: B008, it cannot be changed
) -> Outputs:
    """Return the mean numbers of networks with the same input.

    Args:
        networks: as they were trained.
        pixels: uint8 of their input shape each; may be empty.
        mirrored: whether the mirror image of each input counts as well.
        calibration: of the mean P(sad).
    """
    if not len(pixels):
        return Outputs(np.zeros(0, dtype=np.float32), None)
    views = [pixels, [image[:, ::-1] for image in pixels]] if mirrored else [pixels]
    outputs = [network.run(view)[0] for network in networks for view in views]
    p_neither = [_column(output, 1) for output in outputs if output.shape[1] > 1]
    p_sad = calibration.applied(_mean([_column(output, 0) for output in outputs]))
    return Outputs(p_sad, _mean(p_neither) if p_neither else None)


def _column(output: npt.NDArray[np.float32], number: int) -> Probabilities:
    return within_bounds(output[:, number])


def _mean(probabilities: Sequence[Probabilities]) -> Probabilities:
    return within_bounds(sum(probabilities[1:], probabilities[0]) / len(probabilities))
