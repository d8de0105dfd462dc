"""Evidence on the source study: records of runs, AUCs of batches, and the shipped results file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import DataError
from emotion_core.evaluation import auc
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study import CHAPTERS, FirstOutputs, read_results, write_results
from emotion_core.teaching.source_study.evidence import TrainedNetwork, batch_aucs, last_batch_aucs, trained_network
from emotion_core.training import list_runs


def network(name: str, p_sad: list[float], **changed: object) -> TrainedNetwork:
    """Return a network that was tested on photos of which the first half is happy."""
    labels = tuple(int(index >= len(p_sad) / 2) for index in range(len(p_sad)))
    made = TrainedNetwork(name, "relu", "fixed", 0, labels, tuple(p_sad), (), (), ())
    return replace(made, **changed)


def test_a_finished_run_becomes_a_record(studied: Workspace) -> None:
    """Its answers, accuracies and gradients are those that the run wrote."""
    run, _ = list_runs(studied)
    scores = run.scores()
    assert scores is not None
    labels, p_sad = scores.of("test")
    record = trained_network(run)
    assert (record.network, record.activation, record.split, record.seed) == ("relu", "relu", "fixed", 0)
    assert record.labels == tuple(labels)
    assert record.p_sad == pytest.approx(p_sad, abs=1e-6)
    assert record.training == pytest.approx([epoch.accuracy for epoch in run.epochs], abs=1e-4)
    assert [name for name, _ in record.first_gradients] == ["conv1", "dense1", "output"]
    assert not record.is_dead


def test_a_run_without_scores_has_no_record(studied: Workspace) -> None:
    """A failed run is named."""
    _, failed = list_runs(studied)
    with pytest.raises(DataError, match=failed.run_id):
        trained_network(failed)


def test_what_follows_from_answers() -> None:
    """Accuracy, squared error and AUC of one answer for all, by hand."""
    flat = network("flat", [0.0] * 4, first_gradients=(("conv1", 0.0), ("output", 0.0)))
    assert (flat.is_dead, flat.is_constant, flat.accuracy, flat.squared_error, flat.auc) == (True, True, 0.5, 0.5, 0.5)
    good = network("good", [0.1, 0.6, 0.7, 0.9], first_gradients=(("conv1", 0.0), ("output", 0.1)))
    assert (good.is_dead, good.is_constant, good.accuracy, good.auc) == (False, False, 0.75, 1.0)


def test_untrained_outputs_are_dead_where_none_is_above_zero() -> None:
    """A network counts as dead where its largest output is 0."""
    outputs = FirstOutputs((0.0, 0.2, 0.0, 0.0), (0.0, 0.25, 0.125, 0.0))
    assert (outputs.share_dead, outputs.max_range) == (0.5, 0.125)


def test_aucs_of_batches_are_those_of_each_batch_alone() -> None:
    """All at once, with equal scores among them, they are what the evaluation says of each."""
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 40), rng.integers(0, 9, 40) / 9
    drawn = np.array([rng.permutation(40)[:12] for _ in range(50)])
    drawn = drawn[[len(set(labels[batch])) == 2 for batch in drawn]]
    assert batch_aucs(labels, scores, drawn) == pytest.approx([auc(labels[rows], scores[rows]) for rows in drawn])


def test_a_last_batch_of_all_photos_says_what_the_test_set_says() -> None:
    """Then there is nothing to choose; a smaller one spreads, and sometimes puts the weaker network first."""
    rng = np.random.default_rng(1)
    better, worse = (
        network(name, [*rng.normal(0, 1, 30), *rng.normal(gap, 1, 30)]) for name, gap in (("a", 1.2), ("b", 1.0))
    )
    networks = sorted((better, worse), key=lambda network: -network.auc)
    whole, other = last_batch_aucs(networks, 60)
    assert other == 0
    assert all(batch.quantiles == pytest.approx([batch.whole] * 5) for batch in whole)
    small, other = last_batch_aucs(networks, 8)
    assert 0 < other < 0.6
    assert all(batch.quantiles[0] < batch.whole < batch.quantiles[-1] for batch in small)


def test_results_can_be_read_as_they_were_written(tmp_path: Path) -> None:
    """Nothing is lost in the file; a damaged or a missing one is said to be so."""
    story, path = read_results(), tmp_path / "new" / "results.json"
    write_results(path, story)
    assert read_results(path) == story
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"benchmarks\.source_study"):
        read_results(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_results(tmp_path / "none.json")


def test_shipped_results_are_of_the_studies_that_the_page_starts() -> None:
    """Each chapter has evidence, from runs with the plan's networks and seeds and from the line that is recorded."""
    story = read_results()
    assert story.commands == {chapter.key: chapter.plan.command() for chapter in CHAPTERS}
    assert {"date", "tensorflow", "keras", "numpy", "cpu", "photos", "image_size"} <= story.made.keys()
    for chapter in CHAPTERS:
        runs, networks = chapter.plan.study().runs, story.chapters[chapter.key].networks
        if chapter.key == "vanishing":
            assert {gradient.depth for gradient in story.chapters[chapter.key].gradients} == {1, 2, 3, 4}
            continue
        assert [(network.activation, network.split, network.seed) for network in networks] == [
            (run.hidden_activation, run.split, run.seed) for run in runs
        ]
        assert all(len(network.training) == run.epochs for network, run in zip(networks, runs, strict=True))
