"""Explanations: the feature maps of each block equal those of Keras, and occlusion finds what matters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.network import blocks_of, build
from emotion_core.network.export import save_network
from emotion_core.prediction import Classifier, LiteRTNetwork, feature_maps, occlusion
from emotion_core.training import Run, RunConfig

pytestmark = pytest.mark.slow


SMALL: dict[str, Any] = {"image_size": 24, "filters": (4, 6), "kernel_size": 3, "dense_units": (8,)}
NETWORKS: dict[str, dict[str, Any]] = {
    "tanh": {"hidden_activation": "tanh"},
    "relu inside, two convolutions": {"hidden_activation": "relu", "convolutions": 2, "padding": "same"},
    "gelu, no pooling": {"hidden_activation": "gelu", "pooling": "none", "stride": 2, "head": "global_max"},
    "prelu, normalised": {"hidden_activation": "prelu", "batch_normalization": True, "head": "global_average"},
    "selu in pieces, no dense": {"hidden_activation": "selu", "pooling": "average", "dense_units": ()},
    "softmax": {"output_activation": "softmax"},
}


@pytest.mark.usefixtures("starter_weights")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_starters_blocks_are_shown_before_ones_own(tmp_path: Path) -> None:
    """Each starter block has its name and the maps of its second convolution; the network's own block follows."""
    config = RunConfig(image_size=48, color="grey", starter_blocks=2, filters=(5,), kernel_size=3)
    save_network(build(config), config, tmp_path)
    blocks = blocks_of(config)
    maps = (
        LiteRTNetwork.read(tmp_path / "model.tflite")
        .block_extractor(list(blocks.values()))
        .run([np.zeros((48, 48, 1))])
    )
    assert list(blocks) == ["starter1", "starter2", "conv1"]
    assert [block_maps.shape for block_maps in maps] == [(1, 48, 48, 32), (1, 24, 24, 64), (1, 10, 10, 5)]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_blocks_and_hidden_layer_say_what_keras_says(settings: dict[str, Any], tmp_path: Path) -> None:
    """However LiteRT fuses layers, the maps before pooling and the last hidden layer equal those of Keras."""
    import keras

    config = RunConfig(**{**SMALL, **settings})
    model = build(config)
    save_network(model, config, tmp_path)
    network = LiteRTNetwork.read(tmp_path / "model.tflite")
    pixels = np.random.default_rng(0).integers(0, 256, (3, *config.input_spec.shape), dtype=np.uint8)
    names = [layer.name for layer in model.layers]
    output = names.index("output")
    if config.pooling == "none":
        ends = [names.index("conv2") - 1, names.index(config.head) - 1]
    else:
        ends = [names.index("pool1") - 1, names.index("pool2") - 1]
    theirs = keras.Model(model.inputs[0], [model.layers[end].output for end in (*ends, output - 1)])(pixels)
    ours = [
        *network.block_extractor(list(blocks_of(config).values())).run(list(pixels)),
        *network.hidden_extractor.run(list(pixels)),
    ]
    assert [values.shape for values in ours] == [tuple(values.shape) for values in theirs]
    for values, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(values, np.asarray(expected), atol=1e-4)
    assert np.ptp(ours[-1]) > 0


def test_each_block_of_a_run_is_shown(classifier: Classifier, finished: Run) -> None:
    """There are as many blocks as the depth, with as many maps as filters."""
    pixels = np.zeros(classifier.input_spec.shape, np.uint8)
    blocks = feature_maps(classifier, pixels)
    assert [block.name for block in blocks] == [f"conv{number + 1}" for number in range(finished.config.depth)]
    assert [block.maps.shape[-1] for block in blocks] == list(finished.config.filters)


class _Corner(Classifier):
    """A classifier whose P(sad) is the brightness of the upper right quarter: what it looks at is known."""

    def __init__(self, network: LiteRTNetwork) -> None:
        """Have a network only for how long it takes."""
        self.network = network

    def predict_pixels(self, pixels: Any) -> Any:
        """Return that brightness, 0 to 1."""
        return np.array(
            [image[: image.shape[0] // 2, image.shape[1] // 2 :].mean() / 255 for image in pixels], np.float32
        )


@pytest.mark.parametrize("side_px", [24, 64, 200])
def test_heat_lies_where_the_answer_comes_from(side_px: int, classifier: Classifier) -> None:
    """Only covering the bright quarter lowers P(sad)."""
    pixels = np.zeros((side_px, side_px, 3), np.uint8)
    half = side_px // 2
    pixels[:half, half:] = 255
    saliency = occlusion(_Corner(classifier.network), pixels)
    assert (saliency.heat.shape, saliency.heat.dtype, saliency.p_sad) == ((side_px, side_px), np.dtype(np.float32), 1.0)
    margin = round(0.15 * side_px)
    assert saliency.heat[: half - margin, half + margin :].min() > 0.005
    assert np.abs(saliency.heat[half + margin :]).max() < 1e-6
    assert np.abs(saliency.heat[:, : half - margin]).max() < 1e-6


def test_heat_is_what_covering_changes(classifier: Classifier) -> None:
    """For a trained network the heat differs between positions."""
    pixels = np.random.default_rng(0).integers(0, 256, classifier.input_spec.shape, dtype=np.uint8)
    saliency = occlusion(classifier, pixels)
    assert saliency.p_sad == pytest.approx(float(classifier.predict_pixels([pixels])[0]), abs=1e-6)
    assert np.ptp(saliency.heat) > 0
    assert np.all(np.abs(saliency.heat) <= 1)
