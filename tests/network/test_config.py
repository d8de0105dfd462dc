"""Settings of a network: impossible values are refused with the name of the field."""

import pytest

from emotion_core.errors import SettingsError
from emotion_core.network import HIDDEN_ACTIVATIONS, NetworkConfig, checked, field_errors, layers_of


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", 15),
        ("image_size", 257),
        ("image_size", "large"),
        ("filters", ()),
        ("filters", (16,) * 7),
        ("filters", (0,)),
        ("filters", (513,)),
        ("kernel_size", 0),
        ("kernel_size", 12),
        ("kernel_size", 2.5),
        ("padding", "causal"),
        ("dense_units", (4097,)),
        ("dense_units", (8,) * 5),
        ("hidden_activation", "softmax"),
        ("hidden_activation", ""),
        ("dense_activation", "Relu"),
        ("output_activation", "elu"),
        ("stride", 0),
        ("pooling", "sum"),
        ("head", "global"),
        ("batch_normalization", "sometimes"),
        ("dropout", 1),
        ("initializer", "he"),
        ("color", "red"),
        ("interpolation", "cubic"),
        ("colour", "grey"),
    ],
)
def test_impossible_value_is_refused_with_the_name_of_its_field(field: str, value: object) -> None:
    """Each bad or unknown field is named, in the exception and in the table for the form."""
    with pytest.raises(SettingsError, match=rf"The settings cannot be used\. {field}: "):
        checked(NetworkConfig, {field: value})
    assert list(field_errors(NetworkConfig, {field: value})) == [field]


def test_every_wrong_field_is_told_at_once() -> None:
    """A form shows all errors, not only the first."""
    wrong = {"kernel_size": 0, "padding": "none", "hidden_activation": "step"}
    with pytest.raises(SettingsError) as caught:
        checked(NetworkConfig, wrong)
    assert all(f"{field}: " in str(caught.value) for field in wrong)
    assert field_errors(NetworkConfig, wrong).keys() == wrong.keys()


def test_unknown_activation_is_answered_with_those_there_are() -> None:
    """The message lists every activation function, and what was received."""
    text = field_errors(NetworkConfig, {"hidden_activation": "step"})["hidden_activation"]
    assert all(name in text for name in HIDDEN_ACTIVATIONS)
    assert "'step'" in text


@pytest.mark.parametrize(
    ("settings", "block"),
    [
        ({"image_size": 16, "filters": (4, 4, 4), "kernel_size": 5}, "block 3 of 3"),
        ({"image_size": 16, "filters": (4,) * 5, "padding": "same"}, "block 5 of 5"),
        ({"image_size": 64, "filters": (4,) * 6, "kernel_size": 3}, "block 5 of 6"),
        ({"image_size": 64, "stride": 2}, "block 3 of 3"),
        ({"image_size": 16, "filters": (4,) * 4, "pooling": "none"}, "block 4 of 4"),
        ({"image_size": 16, "filters": (4,) * 3, "kernel_size": 11, "pooling": "none"}, "block 2 of 3"),
    ],
)
def test_image_used_up_is_told_at_image_size_with_the_block(settings: dict[str, object], block: str) -> None:
    """An image that shrinks to nothing is refused before Keras sees it, and the message names the block."""
    assert block in field_errors(NetworkConfig, settings)["image_size"]
    with pytest.raises(SettingsError, match=rf"image_size: \d+ pixels are used up in {block}"):
        checked(NetworkConfig, settings)


def test_image_that_is_just_large_enough_is_allowed() -> None:
    """Down to one pixel a side a network can be built; a pixel less and it cannot."""
    assert layers_of(NetworkConfig(image_size=16, filters=(4,) * 4, padding="same"))[-3].output_shape == (256,)
    assert layers_of(NetworkConfig(image_size=36, filters=(4, 4, 4), kernel_size=5))[-4].output_shape == (4,)
    assert "image_size" in field_errors(NetworkConfig, {"image_size": 35, "filters": (4, 4, 4), "kernel_size": 5})


@pytest.mark.parametrize(
    ("settings", "side"),
    [
        ({"stride": 2, "padding": "same"}, 1),
        ({"stride": 2, "padding": "same", "pooling": "none"}, 8),
        ({"pooling": "none"}, 52),
        ({"stride": 3, "kernel_size": 4, "pooling": "none"}, 1),
    ],
)
def test_side_of_the_last_map_follows_stride_and_pooling(settings: dict[str, object], side: int) -> None:
    """Both shrink the picture, and without either only the kernel does."""
    config = NetworkConfig(image_size=64, **settings)
    rows = {layer.key: layer for layer in layers_of(config)}
    assert rows["flatten"].output_shape == (side * side * 16,)


@pytest.mark.parametrize(("field", "value"), [("dropout", 0.5), ("dense_activation", "relu")])
def test_setting_of_dense_layers_needs_dense_layers(field: str, value: object) -> None:
    """A setting that would have no effect is refused, beside its field."""
    errors = field_errors(NetworkConfig, {"dense_units": (), field: value})
    assert list(errors) == [field]
    assert "dense_units is empty" in errors[field] and repr(value) in errors[field]
    assert field_errors(NetworkConfig, {"dense_units": (8,), field: value}) == {}


def test_properties_follow_colours_output_and_activations() -> None:
    """Channels, output units, the dense layers' function and the initializer are those that are built."""
    plain = NetworkConfig()
    assert (plain.channels, plain.output_units, plain.dense_function) == (3, 1, "relu")
    other = NetworkConfig(color="grey", output_activation="softmax", dense_activation="tanh", initializer="auto")
    assert (other.channels, other.output_units, other.dense_function) == (1, 2, "tanh")
    tanh, relu = HIDDEN_ACTIVATIONS["tanh"], HIDDEN_ACTIVATIONS["relu"]
    assert (other.initializer_for(tanh), other.initializer_for(relu)) == ("glorot_uniform", "he_normal")
    assert plain.initializer_for(relu) == "glorot_uniform"


def test_settings_cannot_be_changed_after_checking() -> None:
    """Settings are immutable."""
    with pytest.raises(ValueError, match="frozen"):
        NetworkConfig().kernel_size = 3


def test_good_settings_have_no_errors_and_round_trip() -> None:
    """What is written to disk reads as the same network."""
    config = checked(NetworkConfig, {"filters": [8, 16], "dense_units": [9], "dense_activation": "tanh"})
    assert field_errors(NetworkConfig, {"filters": [8, 16]}) == {}
    assert checked(NetworkConfig, config.model_dump(mode="json")) == config
    assert config.depth == 2


def test_every_field_is_explained() -> None:
    """The app shows a title and a sentence for each setting."""
    for name, field in NetworkConfig.model_fields.items():
        assert field.title, name
        assert field.description and field.description.endswith("."), name
