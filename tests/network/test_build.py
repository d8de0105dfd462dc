"""Networks as Keras builds them: layers, initial weights, outputs."""

from typing import Any

import numpy as np
import pytest

from emotion_core.network import HIDDEN_ACTIVATIONS, NetworkConfig, build, probability_model

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL: dict[str, Any] = {"image_size": 16, "filters": (4,), "kernel_size": 3, "dense_units": (8,)}


def photos(config: NetworkConfig, count: int = 6) -> np.ndarray:
    """Return random pixels, float32 of shape (n, size, size, channels)."""
    shape = (count, config.image_size, config.image_size, config.channels)
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


def functions(model: Any) -> dict[str, str]:
    """Return the activation function of each layer that has one."""
    return {layer.name: layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")}


def test_default_network_is_the_source_study_s_first() -> None:
    """Written out by hand in Keras, the notebook's Model 1 is the same network with the same first weights."""
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(4)
    by_hand = keras.Sequential([keras.Input((64, 64, 3)), layers.Rescaling(1 / 255)])
    for filters in (16, 32, 16):
        by_hand.add(layers.Conv2D(filters, (5, 5), activation="relu"))
        by_hand.add(layers.MaxPooling2D())
    by_hand.add(layers.Flatten())
    for units, activation in ((256, "relu"), (128, "relu"), (1, "sigmoid")):
        by_hand.add(layers.Dense(units, activation=activation))
    keras.utils.set_random_seed(4)
    built = build(NetworkConfig())
    pixels = photos(NetworkConfig())
    assert np.array_equal(np.asarray(built(pixels)), np.asarray(by_hand(pixels)))


def test_dense_layers_may_have_an_activation_of_their_own() -> None:
    """The source study's third network has tanh convolutions and ReLU dense layers."""
    model = build(NetworkConfig(image_size=32, filters=(4,), hidden_activation="tanh", dense_activation="relu"))
    assert functions(model) == {"conv1": "tanh", "dense1": "relu", "dense2": "relu", "output": "sigmoid"}


def test_settings_reach_the_layers_they_name() -> None:
    """Stride, padding, kernel, pooling, head and dropout are those of the settings, in the order of a block."""
    config = NetworkConfig(
        **{**SMALL, "filters": (4, 6), "stride": 2, "padding": "same", "pooling": "average", "dropout": 0.3},
        head="global_max",
        batch_normalization=True,
        hidden_activation="elu",
    )
    model = build(config)
    block = ["Conv2D", "BatchNormalization", "Activation", "AveragePooling2D"]
    kinds = ["Rescaling", *block, *block, "GlobalMaxPooling2D", "Dense", "Dropout", "Dense"]
    assert [type(layer).__name__ for layer in model.layers] == kinds
    second = model.get_layer("conv2")
    assert (second.strides, second.padding, second.kernel_size) == ((2, 2), "same", (3, 3))
    assert model.get_layer("dropout1").rate == 0.3
    assert functions(model)["conv1"] == "linear" and functions(model)["conv1_activation"] == "elu"


def test_activation_comes_after_batch_normalisation() -> None:
    """The maps first get mean 0 and variance 1, and then ReLU, which leaves a mean of about 0.4."""
    model = build(NetworkConfig(**SMALL, batch_normalization=True))
    maps = photos(NetworkConfig(**SMALL), count=32)
    for layer in model.layers[:4]:
        maps = layer(maps, training=True)
    assert np.asarray(maps).min() == 0
    assert np.asarray(maps).mean() == pytest.approx(1 / np.sqrt(2 * np.pi), abs=0.05)


def test_dropout_acts_in_training_only() -> None:
    """Predictions repeat exactly; every training step drops other units."""
    config = NetworkConfig(**SMALL, dropout=0.5)
    model, pixels = build(config), photos(config)
    assert np.array_equal(np.asarray(model(pixels)), np.asarray(model(pixels)))
    assert not np.array_equal(np.asarray(model(pixels, training=True)), np.asarray(model(pixels, training=True)))


def test_prelu_learns_one_slope_for_each_map_and_unit() -> None:
    """The slopes begin at a quarter and do not depend on the size of the picture."""
    for size in (16, 24):
        model = build(NetworkConfig(**{**SMALL, "image_size": size}, hidden_activation="prelu"))
        slopes = [model.get_layer(name).get_weights()[0] for name in ("conv1_activation", "dense1_activation")]
        assert [slope.size for slope in slopes] == [4, 8]
        assert all((slope == 0.25).all() for slope in slopes)


def test_automatic_initialiser_is_that_of_each_activation() -> None:
    """SELU convolutions are drawn by LeCun's rule, ReLU dense layers by He's, the output by Glorot's."""
    config = NetworkConfig(**SMALL, hidden_activation="selu", dense_activation="relu", initializer="auto")
    model = build(config)
    drawn = {name: type(model.get_layer(name).kernel_initializer).__name__ for name in ("conv1", "dense1", "output")}
    assert drawn == {"conv1": "LecunNormal", "dense1": "HeNormal", "output": "GlorotUniform"}


def test_chosen_initialiser_is_that_of_every_layer() -> None:
    """Networks that differ in the activation can be drawn by one rule."""
    for name in HIDDEN_ACTIVATIONS:
        model = build(NetworkConfig(**SMALL, hidden_activation=name, initializer="random_normal"))
        kernels = [layer.kernel_initializer for layer in model.layers if hasattr(layer, "kernel_initializer")]
        assert [type(kernel).__name__ for kernel in kernels] == ["RandomNormal"] * 3


def test_pixels_are_divided_by_255_inside_the_network() -> None:
    """The network takes 0 to 255, so training, prediction and export cannot scale differently."""
    pixels = np.full((1, 16, 16, 3), 255, dtype=np.float32)
    scaled = np.asarray(build(NetworkConfig(**SMALL)).layers[0](pixels))
    assert (scaled.min(), scaled.max()) == pytest.approx((1, 1))


def test_grey_network_takes_one_number_a_pixel() -> None:
    """Brightness alone is one channel."""
    assert build(NetworkConfig(**SMALL, color="grey")).input_shape == (None, 16, 16, 1)


def test_seed_decides_the_first_weights() -> None:
    """The same seed draws the same network, another seed another."""
    import keras

    weights = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        weights.append(np.concatenate([weight.ravel() for weight in build(NetworkConfig(**SMALL)).get_weights()]))
    assert (weights[0] == weights[1]).all()
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize(
    ("output_activation", "p_sad"),
    [
        ("sigmoid", [0.047426, 0.5, 0.622459, 0.952574]),
        ("linear", [0.047426, 0.5, 0.622459, 0.952574]),
        ("relu", [0, 0, 0.5, 1]),
        ("tanh", [0, 0, 0.462117, 0.995055]),
        ("softmax", [0.047426, 0.5, 0.622459, 0.952574]),
    ],
)
def test_whatever_the_output_the_probability_model_says_p_sad(output_activation: str, p_sad: list[float]) -> None:
    """Before their activation the outputs are -3, 0, 0.5 and 3; the probability of each is known."""
    config = NetworkConfig(**SMALL, output_activation=output_activation)
    model = build(config)
    model.get_layer("output").set_weights([np.zeros((8, config.output_units)), np.zeros(config.output_units)])
    outputs = []
    for before in (-3, 0, 0.5, 3):
        bias = [0, before] if output_activation == "softmax" else [before]
        model.get_layer("output").bias.assign(bias)
        outputs.append(np.asarray(probability_model(model, config)(photos(config, 2))))
    assert all(values.shape == (2, 1) and values.dtype == np.float32 for values in outputs)
    assert [float(values[0, 0]) for values in outputs] == pytest.approx(p_sad, abs=1e-6)


def test_probability_model_shares_layers_and_names() -> None:
    """It follows the training of the model it was made from."""
    config = NetworkConfig(**SMALL, output_activation="linear")
    model = build(config)
    answering = probability_model(model, config)
    assert answering.get_layer("conv1") is model.get_layer("conv1")
    assert (answering.name, answering.layers[-1].name) == (model.name, "p_sad")


def test_with_neither_there_are_two_probabilities() -> None:
    """P(sad) between the labels, whatever the third unit says, and P(neither)."""
    config = NetworkConfig(**SMALL, output_activation="softmax", neither=True)
    model = build(config)
    model.get_layer("output").set_weights([np.zeros((8, 3)), np.log([0.1, 0.3, 0.6])])
    outputs = np.asarray(probability_model(model, config)(photos(config, 2)))
    np.testing.assert_allclose(outputs, [[0.75, 0.6]] * 2, rtol=1e-5)


def test_neither_needs_a_softmax() -> None:
    """The third unit is one of three that share a probability."""
    with pytest.raises(ValueError, match="neither: the third output is one of three softmax units"):
        NetworkConfig(neither=True)
