"""Networks that begin with the starter's blocks: its own numbers, counted and drawn as one layer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.errors import SettingsError
from emotion_core.network import (
    STARTER,
    NetworkConfig,
    advice_on,
    build,
    field_errors,
    layers_of,
    parameter_count,
    save_weights,
    starter_layers,
)
from emotion_core.network.export import LITERT_FILE, save_network
from emotion_core.network.figures import network_figure
from emotion_core.network.starter import load_weights
from emotion_core.prediction import LiteRTNetwork
from emotion_core.settings import STARTER_WEIGHTS_VARIABLE
from emotion_core.training import RunConfig

# Keras asks its tensors for a NumPy array in a way that NumPy 2 deprecates (keras 3.15, tensorflow 2.21).
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

SEEN: dict[str, Any] = {"image_size": 48, "color": "grey", "face_crop": True, "face_margin": 0.0}
OWN: dict[str, Any] = {"filters": (4,), "kernel_size": 3, "padding": "same", "dense_units": (8,)}


def photos() -> np.ndarray:
    """Return random pixels, uint8 of shape (3, 48, 48, 1)."""
    return np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1), dtype=np.uint8)


def test_weights_come_back_in_order_as_half_precision_has_them(tmp_path: Path) -> None:
    """The file holds every array of the network and takes two bytes for each number at most."""
    model, path = build(STARTER), tmp_path / "weights.npz"
    save_weights(model, path)
    for read, written in zip(load_weights(path), model.get_weights(), strict=True):
        np.testing.assert_array_equal(read, written.astype(np.float16).astype(np.float32))
    assert path.stat().st_size < 2 * parameter_count(STARTER) + 20_000


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("training", [False, True])
def test_first_blocks_say_what_they_say_in_the_starter(starter_weights: Path, count: int, training: bool) -> None:
    """In training too: their normalization uses its running statistics."""
    import keras

    whole = build(STARTER)
    whole.set_weights(load_weights(starter_weights))
    pixels = photos().astype(np.float32)
    wanted = keras.Model(whole.inputs[0], whole.get_layer(f"pool{count}").output)(pixels)
    begun = build(NetworkConfig(**SEEN, **OWN, starter_blocks=count))
    np.testing.assert_array_equal(begun.get_layer("starter")(begun.layers[0](pixels), training=training), wanted)
    assert {weights.path.split("/")[1] for weights in begun.trainable_variables} == {"conv1", "dense1", "output"}


@pytest.mark.usefixtures("starter_weights")
@pytest.mark.parametrize("count", [1, 4])
def test_they_are_one_layer_counted_as_keras_counts(count: int) -> None:
    """Shapes and parameters are Keras'; a photo costs the multiply-adds of every convolution in them."""
    config = NetworkConfig(**SEEN, **OWN, starter_blocks=count)
    rows, layers = layers_of(config), build(config).layers[1:]
    assert [(row.key, row.output_shape, row.parameters) for row in rows] == [
        (layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in layers
    ]
    inside = [layer for layer in layers[0].layers if hasattr(layer, "kernel")]
    assert rows[0].multiply_adds == sum(
        int(np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:-1])) for layer in inside
    )
    assert [row.output_shape for row in starter_layers(config) if row.multiply_adds] == [
        tuple(layer.output.shape[1:]) for layer in inside
    ]


def test_drawing_shows_them_as_one_box() -> None:
    """The box has their name, their parameters and the size of what they hand on."""
    config = NetworkConfig(**SEEN, **OWN, starter_blocks=3)
    _, _, hover = network_figure(config).data
    assert tuple(hover.customdata[1]) == ("Starter's first 3 blocks, frozen", "6×6 ×128", 287_776)
    assert sum(row[2] for row in hover.customdata) == parameter_count(config)


@pytest.mark.usefixtures("starter_weights")
def test_exported_network_says_the_same(tmp_path: Path) -> None:
    """The LiteRT file holds the starter's blocks as well."""
    config = NetworkConfig(**SEEN, **OWN, starter_blocks=2, hidden_activation="tanh")
    model = build(config)
    save_network(model, config, tmp_path)
    [answers] = LiteRTNetwork.read(tmp_path / LITERT_FILE).run(list(photos()))
    np.testing.assert_allclose(answers, np.asarray(model(photos().astype(np.float32))), atol=1e-5)


@pytest.mark.parametrize(("field", "value"), [("image_size", 64), ("color", "rgb"), ("starter_blocks", 5)])
def test_photos_that_the_starter_cannot_see_are_refused_beside_their_field(field: str, value: Any) -> None:
    """The message states the expected setting."""
    errors = field_errors(NetworkConfig, {**SEEN, "starter_blocks": 2, **OWN, field: value})
    assert list(errors) == [field]
    assert str(value) in errors[field]


def test_blocks_of_ones_own_must_fit_behind_the_starter() -> None:
    """Four of its blocks leave 3 x 3 pixels, which two poolings use up."""
    errors = field_errors(NetworkConfig, {**SEEN, **OWN, "starter_blocks": 4, "filters": (4, 4)})
    assert "used up in block 2 of 2" in errors["image_size"]


def test_photos_shown_otherwise_than_to_the_starter_are_noted() -> None:
    """Each deviating setting gets advice beside its field; the starter's own settings get none."""
    for settings in ({}, {"face_crop": False}, {"face_margin": 0.3}, {"interpolation": "area"}):
        notes = advice_on(NetworkConfig(**{**SEEN, **OWN, "starter_blocks": 1, **settings}))
        noted = [note.field for note in notes if "starter's blocks were trained" in note.sentence]
        assert noted == list(settings)


def test_blocks_that_learn_later_are_named_so_and_an_epoch_that_never_comes_is_noted() -> None:
    """Twenty epochs reach the tenth and not the thirtieth."""
    for epoch, noted in ((10, []), (30, ["unfreeze_epoch"])):
        config = RunConfig(**SEEN, **OWN, starter_blocks=1, epochs=20, unfreeze_epoch=epoch)
        assert layers_of(config)[0].name == "Starter's first block, frozen at first"
        assert [note.field for note in advice_on(config) if note.field == "unfreeze_epoch"] == noted


@pytest.mark.parametrize("damage", ["missing", "cut off", "another network's"])
def test_weights_that_cannot_be_used_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starter_weights: Path, damage: str
) -> None:
    """Building the network says what is wrong with which file, and what to do; a missing file is noted beforehand."""
    path = tmp_path / "weights.npz"
    if damage == "cut off":
        path.write_bytes(starter_weights.read_bytes()[:1000])
    if damage == "another network's":
        save_weights(build(NetworkConfig(**OWN)), path)
    monkeypatch.setenv(STARTER_WEIGHTS_VARIABLE, str(path))
    config = NetworkConfig(**SEEN, **OWN, starter_blocks=1)
    with pytest.raises(SettingsError, match=r"The starter's weights .*weights\.npz'.*starter_blocks to 0"):
        build(config)
    noted = [note.severity for note in advice_on(config) if note.field == "starter_blocks"]
    assert noted == (["warning"] if damage == "missing" else [])
