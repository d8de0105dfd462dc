"""Evidence on the source study: records of trained and untrained networks, and numbers derived from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from emotion_core.errors import DataError
from emotion_core.evaluation import auc
from emotion_core.evaluation.diagnosis import Shortcut
from emotion_core.files import write_bytes
from emotion_core.settings import ASSETS
from emotion_core.training import Run
from emotion_core.training.checks import LayerSnapshot

RESULTS_FILE = ASSETS / "source_study" / "results.json"
SAME_ANSWER = 1e-3  # outputs that differ by less count as one answer
LAST_BATCHES = 2_000
DIGITS = 6

Norms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class TrainedNetwork:
    """Record of one run.

    Attributes:
        network: the network's name, for instance ``Model 1``, or its activation.
        activation: of the hidden layers.
        split: ``fixed`` or ``reshuffled``.
        seed: of the weights and the order of the photos.
        labels: 0 (happy) or 1 (sad) of the test photos; both occur.
        p_sad: of the same photos, 0 to 1.
        training: accuracy on training photos after each epoch, 0 to 1.
        validation: accuracy on validation photos after each epoch, 0 to 1.
        first_gradients: name and gradient norm of each layer before the first step.
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
        """Whether the network was trained on some of its test photos."""
        return self.split == "reshuffled"

    @cached_property
    def auc(self) -> float:
        """Test AUC."""
        return auc(self.labels, self.p_sad)

    @property
    def depth(self) -> int:
        """Number of convolution blocks."""
        return sum(name.startswith("conv") for name, _ in self.first_gradients)

    @property
    def accuracy(self) -> float:
        """Share of the test photos that are classified correctly at P(sad) = .5."""
        return float(np.mean((np.array(self.p_sad) >= 0.5) == np.array(self.labels)))

    @property
    def squared_error(self) -> float:
        """Mean squared error on the test photos, the loss of Model 2."""
        return float(np.mean((np.array(self.p_sad) - np.array(self.labels)) ** 2))

    @property
    def share_sad(self) -> float:
        """Share of sad photos among the test photos."""
        return float(np.mean(self.labels))

    @property
    def is_dead(self) -> bool:
        """Whether every gradient is 0 before the first step, so that the network can never learn."""
        return bool(self.first_gradients) and not any(norm for _, norm in self.first_gradients)

    @property
    def is_constant(self) -> bool:
        """Whether the network gives the same answer for every test photo."""
        return max(self.p_sad) - min(self.p_sad) < SAME_ANSWER


@dataclass(frozen=True)
class FirstGradients:
    """Gradients of untrained networks in each layer, as medians over seeds.

    Attributes:
        variant: the kind of network, as it is spelled in the results file.
        activation: of the hidden layers.
        depth: number of convolution blocks.
        norms: name and gradient norm of each layer, from the first to the output.
    """

    variant: str
    activation: str
    depth: int
    norms: Norms

    @property
    def first_layer_share(self) -> float:
        """The first layer's gradient as a share of the output layer's."""
        return self.norms[0][1] / self.norms[-1][1]


@dataclass(frozen=True)
class FirstOutputs:
    """Outputs of untrained networks with a ReLU output, one network per seed.

    Attributes:
        lowest: the smallest output over the photos, for each seed.
        highest: the largest output over the photos, for each seed.
    """

    lowest: tuple[float, ...]
    highest: tuple[float, ...]

    @property
    def share_dead(self) -> float:
        """Share of the seeds whose output is 0 for every photo, where a ReLU has no slope."""
        return float(np.mean(np.array(self.highest) <= 0))

    @property
    def max_range(self) -> float:
        """The largest range of one network's outputs over the photos."""
        return float(np.max(np.array(self.highest) - np.array(self.lowest)))


@dataclass(frozen=True)
class StudyEvidence:
    """Evidence of one chapter; parts that it does not need are empty.

    Attributes:
        networks: runs of the chapter's study.
        others: runs of the study that it is compared with.
        trained_on: share of a leaking run's final test photos that were trained on, after each epoch.
        shortcuts: AUC of single numbers without a network.
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
class StudyResults:
    """Content of a results file.

    Attributes:
        made: date, command, package versions, machine and photos of the measurements.
        commands: command that starts the study of each chapter, by the chapter's key.
        chapters: evidence of each chapter, by the chapter's key.
    """

    made: dict[str, Any]
    commands: dict[str, str]
    chapters: dict[str, StudyEvidence]


_RESULTS = TypeAdapter(StudyResults)


def write_results(path: Path, results: StudyResults) -> None:
    """Write a results file.

    Args:
        path: the file; missing folders are created.
        results: its content.
    """
    write_bytes(path, _RESULTS.dump_json(results) + b"\n")


def read_results(path: Path | None = None) -> StudyResults:
    """Return the content of a results file; by default, of the one that the project ships.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = path or RESULTS_FILE
    try:
        return _RESULTS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            "The results of the source study cannot be read. Expected the file that the project ships. "
            f"Received: file={str(path)!r}. Restore it, or create it with python -m benchmarks.source_study."
        ) from error


def trained_network(run: Run) -> TrainedNetwork:
    """Return the record of a finished run.

    Raises:
        DataError: the run has no scores, or its test photos do not hold both labels.
    """
    scores = run.scores()
    labels, p_sad = scores.of("test") if scores is not None else (np.zeros(0, np.int64), np.zeros(0))
    if len(np.unique(labels)) < 2:
        raise DataError(
            "This run was not tested on photos of both labels. Expected a finished run with happy and sad test photos. "
            f"Received: run={run.run_id!r}, photos={len(labels)}. Choose another run."
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
        _gradient_norms(run.layer_snapshots[0]) if run.layer_snapshots else (),
    )


def _gradient_norms(snapshot: LayerSnapshot) -> Norms:
    return tuple((layer.name, layer.gradient_norm) for layer in snapshot.layers if layer.gradient_norm is not None)


class LastBatch(NamedTuple):
    """AUCs of a network on the last batch of a test set, over many random orders of its photos.

    Attributes:
        network: the network's name.
        activation: of the hidden layers.
        whole: AUC on the whole test set.
        quantiles: 5, 25, 50, 75 and 95 % quantiles of the AUC on the last batch.
    """

    network: str
    activation: str
    whole: float
    quantiles: tuple[float, float, float, float, float]


def last_batch_aucs(networks: Sequence[TrainedNetwork], size: int) -> tuple[list[LastBatch], float]:
    """Return each network's AUCs on the last batch, and how often the batch ranks another network first.

    All networks get the same random orders; orders whose last batch holds only one label are left out.

    Args:
        networks: tested on the same photos, in the same order.
        size: number of photos in the last batch.

    Returns:
        The AUCs of each network, and the share of the orders in which the last batch ranks another network first than
        the whole test set does.
    """
    labels = np.array(networks[0].labels)
    rng = np.random.default_rng(0)
    drawn = np.array([rng.permutation(len(labels))[:size] for _ in range(LAST_BATCHES)])
    drawn = drawn[(labels[drawn].any(axis=1)) & (~labels[drawn].astype(bool)).any(axis=1)]
    aucs = np.stack([batch_aucs(labels, np.array(network.p_sad), drawn) for network in networks])
    whole = np.array([network.auc for network in networks])
    # Of equal AUCs the first counts as the best, on the batch as on the whole test set.
    share_other_first = float(np.mean(aucs.argmax(axis=0) != whole.argmax()))
    quantiles = np.quantile(aucs, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T
    return [
        LastBatch(network.network, network.activation, network.auc, tuple(row.tolist()))
        for network, row in zip(networks, quantiles, strict=True)
    ], share_other_first


def batch_aucs(labels: NDArray[np.int64], scores: NDArray[np.float64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the AUC of each batch: the share of its pairs of a sad and a happy photo that are ranked correctly.

    Args:
        labels: 0 (happy) or 1 (sad), shape ``(n,)``.
        scores: of the same photos, shape ``(n,)``.
        drawn: indices of the photos in each batch, shape ``(batches, size)``; each batch holds both labels.

    Returns:
        Shape ``(batches,)``, 0 to 1.
    """
    ahead = (np.sign(scores[:, None] - scores[None, :]) + 1) / 2  # equal scores count half
    # One matrix product for all pairs of all batches: a loop over thousands of batches would be slow on the page.
    chosen = np.zeros((len(drawn), len(labels)))
    np.put_along_axis(chosen, drawn, 1.0, axis=1)
    sad, happy = chosen * labels, chosen * (1 - labels)
    aucs: NDArray[np.float64] = ((sad @ ahead) * happy).sum(axis=1) / (sad.sum(axis=1) * happy.sum(axis=1))
    return aucs
