"""Figures on the source study show the numbers of their records."""

import pytest

from emotion_core.teaching.source_study import CHAPTERS, StudyResults, read_results
from emotion_core.teaching.source_study.evidence import last_batch_aucs
from emotion_core.teaching.source_study.figures import figure_of


@pytest.fixture(scope="module")
def story() -> StudyResults:
    """Return the results that are shipped."""
    return read_results()


def test_every_chapter_has_a_figure_with_titles_on_its_axes(story: StudyResults) -> None:
    """No chart without words for what it shows."""
    for chapter in CHAPTERS:
        figure = figure_of(chapter.key, story.chapters[chapter.key])
        assert figure.data
        assert any(axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes()))


def test_leak_has_a_dot_for_each_seed_and_crosses_for_the_reshuffled_split(story: StudyResults) -> None:
    """The dots are the accuracies; a symbol, not only a color, marks the split."""
    evidence = story.chapters["leak"]
    rows = figure_of("leak", evidence).data
    drawn = sorted(value for row in rows for value in row.x)
    assert drawn == pytest.approx(sorted(network.accuracy for network in (*evidence.networks, *evidence.others)))
    assert {(row.marker.symbol, "reshuffled" in row.y[0]) for row in rows} == {("circle", False), ("x", True)}


def test_dead_output_draws_all_its_photos_in_one_bar(story: StudyResults) -> None:
    """Every test photo is counted, and the ROC curve has no corner."""
    evidence = story.chapters["dead_output"]
    figure = figure_of("dead_output", evidence)
    happy, sad, _, curve = figure.data
    assert sum(happy.y) + sum(sad.y) == len(evidence.networks[0].labels)
    assert sum(count > 0 for count in happy.y) == sum(count > 0 for count in sad.y) == 1
    assert list(curve.x) == list(curve.y) == [0, 1]


def test_vanishing_draws_shares_by_depth_and_norms_by_layer(story: StudyResults) -> None:
    """Two lines for each variant, with the records' numbers."""
    evidence = story.chapters["vanishing"]
    lines = [line for line in figure_of("vanishing", evidence).data if line.name == "sigmoid"]
    gradients = [gradient for gradient in evidence.gradients if gradient.variant == "sigmoid"]
    assert list(lines[0].y) == [gradient.first_layer_share for gradient in gradients]
    assert list(zip(lines[1].x, lines[1].y, strict=True)) == list(gradients[-1].norms)


def test_last_batch_draws_the_quantiles(story: StudyResults) -> None:
    """The whole test set first, where all orders say the same; then smaller batches."""
    evidence = story.chapters["last_batch"]
    boxes, batches = figure_of("last_batch", evidence).data, last_batch_aucs(evidence.networks, 32)[0]
    for box, batch in zip(boxes, batches, strict=True):
        assert box.lowerfence[0] == box.upperfence[0] == pytest.approx(batch.whole)
        assert (box.lowerfence[1], box.median[1], box.upperfence[1]) == pytest.approx(batch.quantiles[::2])


def test_shortcut_draws_numbers_and_networks_with_intervals(story: StudyResults) -> None:
    """A row for each, in the order of their strength, networks last."""
    evidence = story.chapters["shortcut"]
    rows = figure_of("shortcut", evidence).data
    assert [row.y[0] for row in rows[: len(evidence.shortcuts)]] == [shortcut.name for shortcut in evidence.shortcuts]
    assert [row.marker.symbol for row in rows[len(evidence.shortcuts) :]] == ["diamond"] * 3
    first = evidence.shortcuts[0]
    assert rows[0].x[0] + rows[0].error_x.array[0] == pytest.approx(first.high)
