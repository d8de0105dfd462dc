"""The inside of a network at one moment: gradients, weights and activations of each layer."""

from dataclasses import asdict, dataclass
from typing import Any

from emotion_core.jobs import Record


@dataclass(frozen=True)
class LayerState:
    """One layer with weights, at one moment; a number is None where there is none or where it is not finite.

    Attributes:
        name: of the layer in the Keras model; its normalization and a learned slope count as part of it.
        gradient_norm: of the loss on the probe photos, over all weights of the layer.
        gradient_ratio: that, divided by the output layer's.
        weight_norm: over all weights of the layer.
        update_norm: of the weights' change since the snapshot before.
        dead: share of units, or feature maps, that are positive on no probe photo, for activations that are zero for
            all negative input: such a unit learns nothing more.
        saturated: share of the values where the activation's slope is below 0.01.
        histogram: how many of the sampled activations fall into each bin.
        edges: of the bins, ascending, one more than bins.
    """

    name: str
    gradient_norm: float | None = None
    gradient_ratio: float | None = None
    weight_norm: float | None = None
    update_norm: float | None = None
    dead: float | None = None
    saturated: float | None = None
    histogram: tuple[int, ...] = ()
    edges: tuple[float, ...] = ()

    @classmethod
    def from_record(cls, record: Record) -> "LayerState":
        """Return the layer in a record; what an earlier version did not measure is None or empty."""
        # Compare reads hundreds of these for each run, so no tables of field names are built for each.
        get = record.get
        return cls(
            record["name"], get("gradient_norm"), get("gradient_ratio"), get("weight_norm"), get("update_norm"),
            get("dead"), get("saturated"), tuple(get("histogram") or ()), tuple(get("edges") or ()),
        )  # fmt: skip


@dataclass(frozen=True)
class LayerSnapshot:
    """All layers at one moment, on the same few training photos each time.

    Attributes:
        epoch: after which it was taken, 0 for before the first step.
        loss: mean over the probe photos, with their weights; None where it is not finite.
        lowest: the smallest value that the output layer gives for P(sad), before it is brought to 0 to 1.
        highest: the largest.
        lowest_p_sad: the smallest P(sad) of a probe photo.
        highest_p_sad: the largest.
        layers: from input to output.
    """

    epoch: int
    loss: float | None
    lowest: float | None
    highest: float | None
    lowest_p_sad: float | None
    highest_p_sad: float | None
    layers: tuple[LayerState, ...]

    def layer(self, name: str) -> LayerState:
        """Return the layer of that name."""
        return next(layer for layer in self.layers if layer.name == name)

    def record(self) -> Record:
        """Return it as a record of the run."""
        return {"event": "probe", **asdict(self)}

    @classmethod
    def from_record(cls, record: Record) -> "LayerSnapshot | None":
        """Return the snapshot in a record, or None where the record is damaged."""
        epoch, layers = record.get("epoch"), record.get("layers")
        if not isinstance(epoch, int) or not isinstance(layers, list):
            return None
        numbers: dict[str, Any] = {name: record.get(name) for name in NUMBERS}
        return cls(epoch=epoch, **numbers, layers=tuple(LayerState.from_record(layer) for layer in layers))


NUMBERS = ("loss", "lowest", "highest", "lowest_p_sad", "highest_p_sad")
