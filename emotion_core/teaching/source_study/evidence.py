"""What the source study's story is told from: trained networks as records, and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from emotion_core.errors import DataError
from emotion_core.evaluation import Shortcut, auc
from emotion_core.settings import ASSETS
from emotion_core.training import Run
from emotion_core.training.checks import LayerSnapshot

RESULTS_FILE = ASSETS / "source_study" / "results.json"
SAME_ANSWER = 1e-3  # answers that differ by less are one answer
LAST_BATCHES = 2_000
DIGITS = 6

Norms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class TrainedNetwork:
    """One run of the story.

    Attributes:
        network: what tells it from the others, for instance ``Model 1``, or its activation.
        activation: of its hidden layers.
        split: ``fixed`` or ``reshuffled``.
        seed: of its weights and the order of its photos.
        labels: 0 (happy) or 1 (sad) of the photos that it was tested on, both among them.
        p_sad: of the same photos.
        training: accuracy on training photos after each epoch.
        validation: the same on validation photos.
        first_gradients: length of the gradient in each layer before the first step.
    """

    network: str
    activation: str
    split: str
    seed: int
    labels: tuple[int, ...]
    p_sad: tuple[float, ...]
    training: tuple[float, ...]
    validation: tuple[float, ...]
    first_gradients: Norms

    @property
    def leaks(self) -> bool:
        """Whether it was trained on photos that it was tested on."""
        return self.split == "reshuffled"

    @cached_property
    def auc(self) -> float:
        """On the photos that it was tested on."""
        return auc(self.labels, self.p_sad)

    @property
    def depth(self) -> int:
        """Number of its convolution blocks."""
        return sum(name.startswith("conv") for name, _ in self.first_gradients)

    @property
    def accuracy(self) -> float:
        """Share of the tested photos on the right side of P(sad) = .5."""
        return float(np.mean((np.array(self.p_sad) >= 0.5) == np.array(self.labels)))

    @property
    def squared_error(self) -> float:
        """Mean squared error on the photos that it was tested on, the loss of Model 2."""
        return float(np.mean((np.array(self.p_sad) - np.array(self.labels)) ** 2))

    @property
    def share_sad(self) -> float:
        """Share of sad photos among those that it was tested on."""
        return float(np.mean(self.labels))

    @property
    def dead(self) -> bool:
        """Whether no layer has a gradient before the first step: it can never learn."""
        return bool(self.first_gradients) and not any(norm for _, norm in self.first_gradients)

    @property
    def constant(self) -> bool:
        """Whether it answers the same for every photo."""
        return max(self.p_sad) - min(self.p_sad) < SAME_ANSWER


@dataclass(frozen=True)
class FirstGradients:
    """Gradients of untrained networks, layer by layer: the median over seeds.

    Attributes:
        variant: what the networks are, for instance ``sigmoid, batch normalisation``.
        activation: of their hidden layers.
        depth: number of convolution blocks.
        norms: length of the gradient in each layer, from the first to the output.
    """

    variant: str
    activation: str
    depth: int
    norms: Norms

    @property
    def kept(self) -> float:
        """The first layer's gradient as a share of the output layer's."""
        return self.norms[0][1] / self.norms[-1][1]


@dataclass(frozen=True)
class FirstOutputs:
    """What untrained networks with a ReLU output say, one seed each.

    Attributes:
        lowest: the smallest output over the photos, of each seed.
        highest: the largest.
    """

    lowest: tuple[float, ...]
    highest: tuple[float, ...]

    @property
    def share_dead(self) -> float:
        """Share of the seeds that say 0 for every photo, where a ReLU has no slope."""
        return float(np.mean(np.array(self.highest) <= 0))

    @property
    def widest(self) -> float:
        """The largest range of one network's outputs over the photos."""
        return float(np.max(np.array(self.highest) - np.array(self.lowest)))


@dataclass(frozen=True)
class StudyEvidence:
    """What a chapter is told from; what it does not need is empty.

    Attributes:
        networks: runs of the chapter's study.
        others: runs of the study that it is held against.
        trained_on: share of the final test photos of a leaking run that it had been trained on after each epoch.
        shortcuts: what numbers reach without a network.
        gradients: of untrained networks.
        outputs: of untrained networks.
    """

    networks: tuple[TrainedNetwork, ...] = ()
    others: tuple[TrainedNetwork, ...] = ()
    trained_on: tuple[float, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    gradients: tuple[FirstGradients, ...] = ()
    outputs: FirstOutputs | None = None


@dataclass(frozen=True)
class Story:
    """A results file.

    Attributes:
        made: when, how, with which versions, on which machine and photos.
        commands: the line that starts the study of each chapter.
        chapters: the evidence of each, by its key.
    """

    made: dict[str, Any]
    commands: dict[str, str]
    chapters: dict[str, StudyEvidence]


_STORY = TypeAdapter(Story)


def write_story(path: Path, story: Story) -> None:
    """Write a results file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_STORY.dump_json(story) + b"\n")


def read_story(path: Path | None = None) -> Story:
    """Return a results file, without a path the one that the project ships.

    Raises:
        DataError: it is missing or damaged.
    """
    path = path or RESULTS_FILE
    try:
        return _STORY.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            "The results of the source study cannot be read. Expected the file that the project ships. "
            f"Received: {str(path)!r}. Get it again, or make it with python -m benchmarks.source_study."
        ) from error


def trained_network(run: Run) -> TrainedNetwork:
    """Return the record of a run that has finished.

    Raises:
        DataError: it has no scores, or was not tested on photos of both labels.
    """
    scores = run.scores()
    labels, p_sad = scores.of("test") if scores is not None else (np.zeros(0, np.int64), np.zeros(0))
    if len(np.unique(labels)) < 2:
        raise DataError(
            f"This run has no test photos of both labels. Received: run={run.run_id!r}, {len(labels)} tested."
        )
    return TrainedNetwork(
        run.config.name or run.config.hidden_activation,
        run.config.hidden_activation,
        run.config.split,
        run.config.seed,
        tuple(labels.tolist()),
        tuple(p_sad.round(DIGITS).tolist()),
        tuple(round(epoch.accuracy or 0.0, 4) for epoch in run.epochs),
        tuple(round(epoch.validation_accuracy or 0.0, 4) for epoch in run.epochs),
        _norms(run.layer_snapshots[0]) if run.layer_snapshots else (),
    )


def _norms(snapshot: LayerSnapshot) -> Norms:
    return tuple((layer.name, layer.gradient_norm) for layer in snapshot.layers if layer.gradient_norm is not None)


class LastBatch(NamedTuple):
    """Which AUCs the last batch of a test set can give a network, over many orders of its photos.

    Attributes:
        network: its name.
        activation: of its hidden layers.
        whole: AUC on the whole test set.
        quantiles: of the AUC on the last batch, at 5, 25, 50, 75 and 95 %.
    """

    network: str
    activation: str
    whole: float
    quantiles: tuple[float, float, float, float, float]


def last_batches(networks: Sequence[TrainedNetwork], size: int) -> tuple[list[LastBatch], float]:
    """Return what the last batch says of networks, and how often it puts another one first than the whole test set.

    Every network sees the same orders. Orders whose last batch has one label only have no ROC curve and are left out.

    Args:
        networks: tested on the same photos in one order.
        size: photos in the last batch.
    """
    labels = np.array(networks[0].labels)
    rng = np.random.default_rng(0)
    drawn = np.array([rng.permutation(len(labels))[:size] for _ in range(LAST_BATCHES)])
    drawn = drawn[(labels[drawn].any(axis=1)) & (~labels[drawn].astype(bool)).any(axis=1)]
    aucs = np.stack([batch_aucs(labels, np.array(network.p_sad), drawn) for network in networks])
    whole = np.array([network.auc for network in networks])
    # Of equals the first counts as the best, in the batch as in the whole.
    other = float(np.mean(aucs.argmax(axis=0) != whole.argmax()))
    quantiles = np.quantile(aucs, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T
    return [
        LastBatch(network.network, network.activation, network.auc, tuple(row.tolist()))
        for network, row in zip(networks, quantiles, strict=True)
    ], other


def batch_aucs(labels: NDArray[np.int64], scores: NDArray[np.float64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the AUC of each batch: the share of its pairs, one sad and one happy, in the right order.

    Args:
        labels: 0 or 1, shape ``(n,)``.
        scores: of the same photos.
        drawn: places of the photos of each batch, shape ``(batches, size)``; both labels in each.
    """
    ahead = (np.sign(scores[:, None] - scores[None, :]) + 1) / 2  # equal scores count half
    chosen = np.zeros((len(drawn), len(labels)))
    np.put_along_axis(chosen, drawn, 1.0, axis=1)
    sad, happy = chosen * labels, chosen * (1 - labels)
    found: NDArray[np.float64] = ((sad @ ahead) * happy).sum(axis=1) / (sad.sum(axis=1) * happy.sum(axis=1))
    return found
