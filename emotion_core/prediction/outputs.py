"""The numbers of a network for its inputs: the mean over mirror images, then calibrated."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from emotion_core.evaluation import PlattScaling
from emotion_core.images import Pixels
from emotion_core.prediction.litert import LiteRTNetwork
from emotion_core.training.engine import Probabilities, within_bounds


class Outputs(NamedTuple):
    """What a network says of its inputs.

    Attributes:
        p_sad: between the two labels, float32 of shape ``(n,)``.
        p_neither: probability that a face looks like neither of them, float32 of shape ``(n,)``; None where the network
            did not learn it.
    """

    p_sad: Probabilities
    p_neither: Probabilities | None


def mean_outputs(
    network: LiteRTNetwork,
    pixels: Sequence[Pixels],
    *,
    mirrored: bool,
    calibration: PlattScaling | None = None,
) -> Outputs:
    """Return the numbers of a network.

    Args:
        network: as it was trained.
        pixels: uint8 of its input shape each; may be empty.
        mirrored: whether to average the numbers for each input and for its mirror image.
        calibration: that P(sad) is put through then, if any.
    """
    if not len(pixels):
        return Outputs(np.zeros(0, dtype=np.float32), None)
    views = [pixels, [image[:, ::-1] for image in pixels]] if mirrored else [pixels]
    outputs = [network.run(view)[0] for view in views]
    p_sad, *others = (
        within_bounds(np.mean([within_bounds(output[:, column]) for output in outputs], axis=0))
        for column in range(outputs[0].shape[1])
    )
    if calibration is not None:
        p_sad = calibration.probability(p_sad).astype(np.float32)
    return Outputs(p_sad, others[0] if others else None)
