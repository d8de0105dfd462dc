"""The questions that a study answers, their families, and the sentence."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import answer_study, auc, holm_adjust
from emotion_core.evaluation.answer import Cell, StudyAnswer, answer_cells, bound_of
from emotion_core.evaluation.answer.questions import NETWORKS, TREND, main_questions

LABELS = np.repeat([0, 1], 60)


def scores(rng: np.random.Generator, shift: float, seeds: int = 5) -> np.ndarray:
    """Return scores of networks that separate the labels by so many standard deviations."""
    return LABELS * shift + rng.normal(size=(seeds, len(LABELS)))


@pytest.fixture
def rng() -> np.random.Generator:
    """Draws that are the same in every run."""
    return np.random.default_rng(3)


def grid(rng: np.random.Generator, shift_of: Callable[[str, int], float], depths: tuple[int, ...]) -> StudyAnswer:
    """Return the answer of a study of two activations."""
    return answer_study(LABELS, {(a, d): scores(rng, shift_of(a, d)) for a in ("relu", "tanh") for d in depths})


def test_one_depth_asks_for_the_activation_alone(rng: np.random.Generator) -> None:
    """Three activations at one depth make three contrasts of one family."""
    answer = answer_study(LABELS, {(name, 3): scores(rng, 1.0) for name in ("relu", "tanh", "elu")})
    assert [(pair.question, pair.a, pair.b) for pair in answer.contrasts] == [
        ("activation", "relu", "tanh"),
        ("activation", "relu", "elu"),
        ("activation", "tanh", "elu"),
    ]
    adjusted = holm_adjust([pair.p_value for pair in answer.contrasts])
    assert [pair.p_adjusted for pair in answer.contrasts] == adjusted


def test_a_clear_difference_is_named_with_its_size_interval_and_kinds_of_luck(rng: np.random.Generator) -> None:
    """The sentence says which activation is ahead, by how much, how sure that is, and what the interval counts."""
    answer = answer_study(LABELS, {("relu", 3): scores(rng, 2.0), ("tanh", 3): scores(rng, 0.5)})
    (pair,) = answer.contrasts
    assert pair.is_significant
    assert answer.sentence.startswith("Averaged over 5 seeds, relu reaches .")
    assert "more AUC than tanh" in answer.sentence
    assert "luck in training and in photos" in answer.sentence
    assert pair.wins == 1


def test_equal_activations_are_not_told_apart_and_not_called_equal(rng: np.random.Generator) -> None:
    """Without a difference the sentence gives the range that remains possible, and says that it proves no equality."""
    answer = answer_study(LABELS, {("relu", 3): scores(rng, 1.0), ("tanh", 3): scores(rng, 1.0)})
    assert "relu and tanh are not told apart" in answer.sentence
    assert "does not show that they are equal: with 95 % confidence they are at most" in answer.sentence
    assert bound_of(answer.contrasts) == max(abs(answer.contrasts[0].low), abs(answer.contrasts[0].high))


def test_main_effects_average_over_the_other_factor(rng: np.random.Generator) -> None:
    """The activation's effect is the mean over depths, and the depth's the mean over activations."""
    answer = grid(rng, lambda a, d: 1.0, (2, 3))
    means = {(cell.activation, cell.depth): cell.mean_auc for cell in answer.cells}
    (activation,), (depth,) = answer.of_question("activation"), answer.of_question("depth")
    expected = (means["relu", 2] + means["relu", 3] - means["tanh", 2] - means["tanh", 3]) / 2
    assert activation.estimate == pytest.approx(expected)
    assert depth.estimate == pytest.approx(
        (means["relu", 2] + means["tanh", 2] - means["relu", 3] - means["tanh", 3]) / 2
    )
    assert (depth.a, depth.b) == (2, 3)


def test_three_depths_have_a_linear_trend_in_the_family_of_depth(rng: np.random.Generator) -> None:
    """The slope per block is a contrast of the question depth, the least-squares slope of the mean AUCs."""
    answer = grid(rng, lambda a, d: 0.5 * d, (2, 3, 4))
    trend = answer.of_question("depth")[-1]
    means = [np.mean([cell.mean_auc for cell in answer.cells if cell.depth == depth]) for depth in (2, 3, 4)]
    assert trend.a == TREND
    assert trend.estimate == pytest.approx(np.polyfit([2, 3, 4], means, 1)[0])
    assert "Each further block changes the AUC by +" in answer.sentence


def test_an_interaction_is_followed_up_at_each_depth() -> None:
    """Where the difference between activations changes with depth, each depth is a question of its own."""
    answer = grid(np.random.default_rng(1), lambda a, d: 0.2 if (a, d) == ("tanh", 4) else 1.5, (2, 4))
    assert answer.of_question("interaction")[0].is_significant
    assert not answer.of_question("activation at depth 2")[0].is_significant
    assert answer.of_question("activation at depth 4")[0].is_significant
    assert "changes with depth" in answer.sentence


def test_without_an_interaction_no_depth_is_looked_at_alone(rng: np.random.Generator) -> None:
    """Pairs within a depth are tested only after the interaction was found."""
    answer = grid(rng, lambda a, d: 1.0, (2, 4))
    assert answer.questions == ("activation", "depth", "interaction")


def test_single_seeds_say_nothing_of_activations(rng: np.random.Generator) -> None:
    """With one seed each there is no p-value, and the sentence asks for more seeds."""
    answer = answer_study(LABELS, {(name, 3): scores(rng, shift, 1) for name, shift in (("relu", 3), ("tanh", 0.1))})
    assert answer.sentence.startswith("These are 2 trained networks, each from a single seed.")
    assert answer.contrasts[0].p_value is None
    assert answer.contrasts[0].p_adjusted is None
    assert answer.cells[0].low < answer.cells[0].mean_auc < answer.cells[0].high


def test_a_cell_of_one_seed_among_others_is_left_out_of_the_tests(rng: np.random.Generator) -> None:
    """Only contrasts of cells with several seeds have p-values, and the family counts those alone."""
    cells = {("relu", 3): scores(rng, 1.0), ("tanh", 3): scores(rng, 1.0), ("elu", 3): scores(rng, 1.0, 1)}
    answer = answer_study(LABELS, cells)
    tested = [pair for pair in answer.contrasts if pair.p_value is not None]
    assert [(pair.a, pair.b) for pair in tested] == [("relu", "tanh")]
    assert tested[0].p_adjusted == tested[0].p_value
    assert any("elu has one seed and takes no part in any test" in note for note in answer.notes)


def test_networks_that_did_not_learn_stay_in_the_average_and_are_counted(rng: np.random.Generator) -> None:
    """A constant network counts as AUC .5; what holds among the others stands beside it, marked as chosen later."""
    partly = scores(rng, 1.0)
    partly[:2] = 0.5
    answer = answer_study(LABELS, {("relu", 3): scores(rng, 1.0), ("sigmoid", 3): partly})
    relu, sigmoid = answer.cells
    assert (relu.learned, sigmoid.learned, sigmoid.seeds) == (5, 3, 5)
    assert sigmoid.mean_auc == pytest.approx(np.mean([auc(LABELS, row) for row in partly]))
    (pair,) = answer.contrasts
    assert abs(pair.among_learned.estimate) < abs(pair.estimate)
    assert any("relu in 5 of 5 seeds, sigmoid in 3 of 5 seeds" in note for note in answer.notes)
    assert any("Among the networks that learned: relu − sigmoid" in note for note in answer.notes)
    assert any("interval of the mean is too short" in note for note in answer.notes)


def test_a_cell_of_one_seed_takes_no_question_away() -> None:
    """A grid in which one cell has a single seed is tested wherever the others allow it."""
    rng = np.random.default_rng(8)
    seeds = {("elu", 3): 1}
    cells = {(a, d): scores(rng, 1.0, seeds.get((a, d), 3)) for a in ("relu", "tanh", "elu") for d in (2, 3)}
    answer = answer_study(LABELS, cells)
    assert [pair.question for pair in answer.contrasts if pair.p_value is not None].count("activation") == 3
    assert all(pair.p_value is not None for pair in answer.of_question("depth"))
    elu = answer.of_question("activation")[1]
    assert dict(elu.averaged) == {"depth": (2,)}


def test_a_dead_activation_does_not_make_the_others_look_certain() -> None:
    """Constant networks have no spread by construction, so they do not enter the spread that few seeds share."""
    rng = np.random.default_rng(4)
    alive = {(name, 3): scores(rng, 1.0, 3) for name in ("relu", "tanh")}
    dead = {("sigmoid", 3): np.full((3, len(LABELS)), 0.5)}
    alone, beside = answer_study(LABELS, alive), answer_study(LABELS, alive | dead)
    assert beside.contrasts[0].p_value == pytest.approx(alone.contrasts[0].p_value)


def test_an_incomplete_grid_says_where_each_difference_was_seen() -> None:
    """An activation that was trained at one depth only is not said to be averaged over both."""
    rng = np.random.default_rng(2)
    shifts = {"relu": 1.0, "tanh": 1.0, "elu": 3.5}
    keys = [("relu", 2), ("relu", 3), ("tanh", 2), ("tanh", 3), ("elu", 2)]
    answer = answer_study(LABELS, {key: scores(rng, shifts[key[0]]) for key in keys})
    assert answer.parts[0].startswith("Averaged over 5 seeds, ")
    assert " at depth 2" in answer.parts[0]
    assert "depths 2 and 3" not in answer.parts[0]


def test_no_network_that_learned_is_said_first() -> None:
    """Where all networks are constant the answer begins with that, whatever their tests say."""
    constant = np.full((3, len(LABELS)), 0.5)
    answer = answer_study(LABELS, {("relu", 3): constant, ("tanh", 3): constant})
    assert answer.sentence.startswith("No network learned")


def test_how_often_networks_learn_is_compared_for_depth_too() -> None:
    """A depth at which no network learns is named, although the activations do not differ."""
    rng = np.random.default_rng(6)
    cells = {(a, 2): scores(rng, 1.0) for a in ("relu", "tanh")}
    cells |= {(a, 5): np.full((5, len(LABELS)), 0.5) for a in ("relu", "tanh")}
    notes = " ".join(answer_study(LABELS, cells).notes)
    assert "depth 2 learns more often than depth 5" in notes


def test_numbers_without_a_natural_step_have_no_trend() -> None:
    """Three learning rates are compared in pairs; a change per unit of learning rate would mean nothing."""
    cells = [{"activation": "relu", "learning rate": rate} for rate in (0.001, 0.01, 0.1)]
    assert [plan.a == TREND for plan in main_questions(cells, [""] * 3)] == [False] * 3


def test_a_third_factor_is_averaged_over_in_the_interaction(rng: np.random.Generator) -> None:
    """Activation times depth is tested with batch normalization off and on together."""
    cells = [
        Cell(
            {"activation": a, "depth": d, "batch normalization": b},
            scores(rng, 0.2 if (a, d) == ("tanh", 4) else 1.5),
            np.ones(5, bool),
        )
        for a in ("relu", "tanh")
        for d in (2, 4)
        for b in ("false", "true")
    ]
    answer = answer_cells(LABELS, cells)
    (interaction,) = answer.of_question("interaction")
    assert interaction.is_significant
    assert (interaction.seeds_a, interaction.seeds_b) == (20, 20)
    assert answer.of_question("activation at depth 4")[0].is_significant


def test_a_bound_is_rounded_up(rng: np.random.Generator) -> None:
    """What is said to be at most so far apart is never less than the bound."""
    answer = answer_study(LABELS, {("relu", 3): scores(rng, 1.0), ("tanh", 3): scores(rng, 1.0)})
    said = float("0" + answer.sentence.partition("at most ")[2].partition(" apart")[0])
    assert 0 <= said - bound_of(answer.contrasts) < 0.01


def test_few_seeds_share_one_spread_and_many_have_their_own(rng: np.random.Generator) -> None:
    """Cells of 2 or 3 seeds take the pooled spread, so two of them have the degrees of freedom of all cells."""
    tight, wide = scores(rng, 1.0, 5), scores(rng, 1.0, 5) + 0.0
    wide[::2] = LABELS * 3 + wide[::2]
    own = answer_study(LABELS, {("relu", 3): tight, ("tanh", 3): tight[::-1], ("elu", 3): wide})
    few = answer_study(LABELS, {("relu", 3): tight[:3], ("tanh", 3): tight[2:], ("elu", 3): wide[:3]})
    assert own.contrasts[0].seed_variance < own.contrasts[1].seed_variance
    assert few.contrasts[0].seed_variance == pytest.approx(few.contrasts[1].seed_variance)


def test_settings_that_change_together_are_compared_as_they_are(rng: np.random.Generator) -> None:
    """Where an activation has a depth of its own, its effect is not separated, and cells are named by both."""
    answer = answer_study(LABELS, {("relu", 2): scores(rng, 1.0), ("tanh", 3): scores(rng, 1.0)})
    (pair,) = answer.contrasts
    assert (pair.question, pair.a, pair.b) == (NETWORKS, "relu · depth 2", "tanh · depth 3")


def test_any_other_factor_is_a_question_of_its_own(rng: np.random.Generator) -> None:
    """Cells that differ in the optimizer ask for the optimizer."""
    cells = [
        Cell({"activation": "relu", "optimizer": name}, scores(rng, 1.0), np.ones(5, bool)) for name in ("adam", "sgd")
    ]
    answer = answer_cells(LABELS, cells)
    assert [(pair.question, pair.a, pair.b) for pair in answer.contrasts] == [("optimizer", "adam", "sgd")]
    assert "optimizer adam" in answer.sentence


def test_an_incomplete_grid_averages_over_the_shared_values() -> None:
    """Each pair of values is compared where both meet the same values of the other factor."""
    cells = [{"activation": a, "depth": d} for a, d in (("relu", 2), ("relu", 3), ("tanh", 2), ("elu", 2), ("elu", 3))]
    planned = {(plan.question, plan.a, plan.b): plan.weights.tolist() for plan in main_questions(cells, [""] * 5)}
    assert planned["activation", "relu", "tanh"] == [1, 0, -1, 0, 0]
    assert planned["activation", "relu", "elu"] == [0.5, 0.5, 0, -0.5, -0.5]
    assert planned["depth", 2, 3] == [0.5, -0.5, 0, 0.5, -0.5]


def test_one_setting_alone_is_described(rng: np.random.Generator) -> None:
    """A study of one network has no contrast, and its interval counts both kinds of luck."""
    answer = answer_study(LABELS, {("relu", 3): scores(rng, 1.0)})
    assert answer.contrasts == ()
    assert "nothing to compare but their seeds" in answer.sentence


def test_nearly_perfect_networks_have_a_word_of_caution() -> None:
    """Where hardly a pair of photos is ordered wrongly, the interval is called possibly too short."""
    nearly = np.tile(LABELS.astype(float), (3, 1)) + np.linspace(0, 0.1, 120)
    nearly[0, 0] = 2.0
    answer = answer_study(LABELS, {("relu", 3): nearly, ("tanh", 3): nearly[::-1]})
    assert 0.98 < answer.cells[0].mean_auc < 1
    assert any("may be too short" in note for note in answer.notes)


def test_the_answer_is_plain_json(rng: np.random.Generator) -> None:
    """Every number is finite or null, and every contrast has the promised keys."""
    perfect = np.tile(LABELS + np.linspace(0, 0.1, 120), (3, 1))
    answer = answer_study(LABELS, {(name, np.int64(d)): perfect for name in ("relu", "tanh") for d in (2, 3, 4)})
    data = json.loads(json.dumps(answer.as_json(), allow_nan=False))
    keys = {"question", "a", "b", "estimate", "low", "high", "p_value", "p_adjusted"}
    assert keys <= data["contrasts"][0].keys()
    assert {"activation", "depth", "seeds", "learned", "mean_auc", "low", "high"} <= data["cells"][0].keys()


def test_scores_that_are_no_table_are_refused() -> None:
    """Rows of different lengths, and a single row without its brackets, are named."""
    for scores in ([[0.1, 0.2], [0.3]], LABELS * 0.5):
        with pytest.raises(StatisticsError, match="scores of a cell"):
            answer_study(LABELS, {("relu", 2): scores})


@pytest.mark.parametrize("cells", [{"relu": [[0.5] * 120]}, {("relu", 3, 1): [[0.5] * 120]}, [[[0.5] * 120]]])
def test_cells_without_activation_and_depth_are_refused(cells: object) -> None:
    """Keys that are no pairs, and a plain list, are named with an example."""
    with pytest.raises(StatisticsError, match="keyed by activation and depth"):
        answer_study(LABELS, cells)


def test_no_cell_is_refused() -> None:
    """An empty study has no answer."""
    with pytest.raises(StatisticsError, match="no cell"):
        answer_study(LABELS, {})
