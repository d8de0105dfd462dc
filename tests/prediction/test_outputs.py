"""The numbers of a network: means over mirror images, and their calibration."""

import numpy as np
import pytest

from emotion_core.evaluation import PlattScaling
from emotion_core.prediction import mean_outputs


class Says:
    """A network that says fixed numbers of each photo, others of a photo whose left half is the brighter one."""

    def __init__(self, plain: list[float], mirrored: list[float]) -> None:
        self._plain, self._mirrored = plain, mirrored

    def run(self, pixels: list[np.ndarray]) -> list[np.ndarray]:
        """Return the numbers of each photo."""
        rows = [self._mirrored if photo[0, 0, 0] > photo[0, -1, 0] else self._plain for photo in pixels]
        return [np.array(rows, dtype=np.float32)]


PHOTO = np.array([[[0], [200]]], dtype=np.uint8)


def test_numbers_are_means_over_mirror_images() -> None:
    """Both numbers are averaged; a network with one number says nothing of neither."""
    outputs = mean_outputs(Says([0.6, 0.1], [0.8, 0.3]), [PHOTO], mirrored=True)  # type: ignore[arg-type]
    assert outputs.p_sad.tolist() == pytest.approx([0.7])
    assert outputs.p_neither is not None
    assert outputs.p_neither.tolist() == pytest.approx([0.2])
    alone = mean_outputs(Says([0.2], [0.4]), [PHOTO], mirrored=False)  # type: ignore[arg-type]
    assert alone.p_sad.tolist() == pytest.approx([0.2])
    assert alone.p_neither is None


def test_calibration_stretches_the_mean_and_leaves_p_neither() -> None:
    """The mean P(sad) goes through the curve, not the number of each view."""
    curve = PlattScaling(1.4, -0.3)
    network = Says([0.2, 0.1], [0.6, 0.3])
    outputs = mean_outputs(network, [PHOTO], mirrored=True, calibration=curve)  # type: ignore[arg-type]
    assert outputs.p_sad.tolist() == pytest.approx([float(curve.probability(0.4))])
    assert outputs.p_neither is not None
    assert outputs.p_neither.tolist() == pytest.approx([0.2])
