"""The numbers of a classifier: the mean over networks and over mirror images, then calibrated."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_core.evaluation import PlattScaling
from emotion_core.images import Pixels
from emotion_core.prediction.litert import LiteRTNetwork
from emotion_core.training.engine import Probabilities, within_bounds


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
    calibration: PlattScaling | None = None,
) -> Outputs:
    """Return the mean numbers of networks with the same input.

    Args:
        networks: as they were trained.
        pixels: uint8 of their input shape each; may be empty.
        mirrored: whether the mirror image of each input counts as well.
        calibration: that the mean P(sad) is put through, if any.
    """
    if not len(pixels):
        return Outputs(np.zeros(0, dtype=np.float32), None)
    views = [pixels, [image[:, ::-1] for image in pixels]] if mirrored else [pixels]
    outputs = [network.run(view)[0] for network in networks for view in views]
    p_neither = [_column(output, 1) for output in outputs if output.shape[1] > 1]
    p_sad = _mean([_column(output, 0) for output in outputs])
    if calibration is not None:
        p_sad = calibration.probability(p_sad).astype(np.float32)
    return Outputs(p_sad, _mean(p_neither) if p_neither else None)


def _column(output: npt.NDArray[np.float32], number: int) -> Probabilities:
    return within_bounds(output[:, number])


def _mean(probabilities: Sequence[Probabilities]) -> Probabilities:
    return within_bounds(sum(probabilities[1:], probabilities[0]) / len(probabilities))
