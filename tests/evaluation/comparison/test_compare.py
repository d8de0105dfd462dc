"""The champion, the pairs and the texts of a comparison, from records alone."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from emotion_core.errors import StatisticsError
from emotion_core.evaluation import (
    auc_interval,
    balanced_threshold,
    delong_test,
    exchange_test,
    holm_adjust,
    mcnemar,
)
from emotion_core.evaluation.comparison import RunScores, compare
from emotion_core.training.checks import SplitPredictions

LABELS = np.repeat([0, 1], 24)


def build_run(run_id, *, skill=1.0, test_skill=None, seed=0, noise=0, **changes):
    """Build a run whose scores are the label times its skill plus noise; one noise gives one order of photos."""
    rng = np.random.default_rng(noise)
    validation = rng.normal(size=48) + skill * LABELS
    test = rng.normal(size=48) + (skill if test_skill is None else test_skill) * LABELS
    parts = {
        split: SplitPredictions(changes.pop(f"{split}_labels", LABELS), changes.pop(f"{split}_scores", p_sad))
        for split, p_sad in (("validation", validation), ("test", test))
    }
    run = RunScores(run_id, "relu", 3, seed, **parts, name=f"ReLU, depth 3, {run_id}")
    return replace(run, **changes)


class TestChampion:
    """Which run is chosen, and why."""

    def test_highest_validation_auc(self):
        """The run with the highest validation AUC wins, even where another is better on the test photos."""
        found = compare([build_run("a", skill=2, test_skill=0), build_run("b", skill=1, test_skill=5)], diagnoses={})

        assert found.champion == "a"
        assert found.reason == (
            "ReLU, depth 3, a is the champion: its validation AUC .98 is the highest of 2 runs. "
            "The test set played no part in the choice."
        )

    def test_test_scores_play_no_part(self):
        """Other test scores leave champion and reason as they were."""
        runs = [build_run("a", skill=1.2), build_run("b", skill=1.0, noise=1)]
        turned = [replace(run, test=run.test._replace(p_sad=-run.test.p_sad)) for run in runs]
        before, after = compare(runs, diagnoses={}), compare(turned, diagnoses={})

        assert (before.champion, before.reason) == (after.champion, after.reason)

    def test_constant_predictor_cannot_win(self):
        """A spread below .001 is no champion, however well its crumbs are ordered."""
        constant = build_run("dead", validation_scores=0.5 + LABELS * 9e-4)
        found = compare([constant, build_run("b", skill=0.1)], diagnoses={})

        assert found.runs[0].validation_auc == 1.0
        assert found.champion == "b"
        assert "is the highest of 1 run." in found.reason
        assert "same answer for every photo): ReLU, depth 3, dead." in found.reason

    def test_leaking_run_cannot_win(self):
        """A run that was trained on its test photos is passed over by name, and compared with no other."""
        leaking = build_run("leak", skill=9, leaks=True, test_labels=LABELS[::-1])
        found = compare([leaking, build_run("b", skill=1), build_run("c", skill=0.5)], diagnoses={})

        assert found.champion == "b"
        assert found.reason.endswith("is the highest of 2 runs. Not eligible (leaking split): ReLU, depth 3, leak.")
        assert [(pair.a, pair.b) for pair in found.pairs] == [("b", "c")]
        assert (found.runs[0].validation_auc, found.runs[0].note) == (1, "Trained on photos that it was tested on.")

    def test_leaking_runs_alone_have_no_champion(self):
        """Where every split leaks there is no champion and no conclusion, however good the figures."""
        found = compare([build_run(name, skill=9, leaks=True) for name in "ab"], diagnoses={})

        assert (found.champion, found.pairs) == (None, [])
        assert found.reason.startswith("There is no champion. Not eligible (leaking split): ")
        assert found.conclusion.startswith("Nothing can be concluded")

    def test_runs_without_scores_are_not_counted(self):
        """A run that failed is no competitor that the champion has beaten."""
        nothing = {name: np.zeros(0) for name in ("validation_scores", "test_scores")}
        nothing |= {name: np.zeros(0, dtype=np.int64) for name in ("validation_labels", "test_labels")}
        found = compare([build_run("a"), build_run("b", noise=1), build_run("failed", **nothing)], diagnoses={})

        assert "is the highest of 2 runs" in found.reason

    def test_ties_go_to_the_lower_seed_then_the_first(self):
        """Equal validation AUCs are decided by seed, then by order."""
        runs = [build_run("a", seed=2), build_run("b", seed=1), build_run("c", seed=1)]
        found = compare(runs, diagnoses={})

        assert found.champion == "b"
        assert "is the highest of 3 runs, shared by 3 of them" in found.reason

    def test_no_better_than_guessing(self):
        """At a validation AUC of one half or below there is no champion, and the reason names the best and why."""
        runs = [build_run("a", validation_scores=-LABELS.astype(float)), build_run("b", validation_scores=np.zeros(48))]
        half = build_run("half", validation_scores=np.tile([0.2, 0.8], 24))
        found, alone = compare([*runs, half], diagnoses={}), compare([half], diagnoses={})

        assert (found.champion, found.runner_up, found.lead_p, found.against_champion) == (None, None, None, ())
        assert found.reason == (
            "There is no champion: the highest validation AUC is .50, of ReLU, depth 3, half, and .50 or less is no "
            "better than guessing."
        )
        assert "the validation AUC of ReLU, depth 3, half is .50, and" in alone.reason

    def test_network_at_one_half_is_passed_over_by_name(self):
        """Beside a champion, a network that guesses is listed as not eligible with the bound."""
        half = build_run("half", validation_scores=np.tile([0.2, 0.8], 24))
        found = compare([half, build_run("b")], diagnoses={})

        assert found.champion == "b"
        assert "Not eligible (validation AUC of .50 or less): ReLU, depth 3, half." in found.reason

    def test_weak_champion_is_called_weak(self):
        """Below .70 an AUC counts as poor, so the sentence says that the champion is weak."""
        weak = build_run("a", validation_scores=LABELS * 0.5 + np.random.default_rng(3).normal(size=48))
        found = compare([weak], diagnoses={})

        assert 0.5 < found.runs[0].validation_auc < 0.7
        assert "It is a weak champion: an AUC below .70 counts as poor." in found.reason
        assert "weak" not in compare([build_run("b", skill=2)], diagnoses={}).reason

    def test_lead_that_is_luck(self):
        """A lead that the validation photos cannot show is called luck, with the p-value of the paired test."""
        runs = [build_run("a", skill=1.3), build_run("b", skill=1.2, noise=1), build_run("c", skill=0.3, noise=2)]
        found = compare(runs, diagnoses={})
        best, second = sorted(found.runs, key=lambda run: -run.validation_auc)[:2]
        scores = {run.run_id: run.validation.p_sad for run in runs}

        assert (found.champion, found.runner_up) == (best.run_id, second.run_id)
        assert found.lead_p == exchange_test(LABELS, scores[best.run_id], scores[second.run_id]) > 0.05
        assert f"Its lead over {second.name} (." in found.reason
        assert "within the luck of the validation photos (p = ." in found.reason
        assert json.loads(json.dumps(found.as_json()))["lead_p"] == found.lead_p

    def test_clear_lead_claims_nothing(self):
        """The best was selected, so a small p-value is no evidence that it is the best: nothing is said."""
        found = compare([build_run("a", skill=3), build_run("b", skill=0.8, noise=1)], diagnoses={})

        assert found.lead_p < 0.05
        assert "lead" not in found.reason

    def test_lead_over_other_validation_photos_is_unknown(self):
        """Two networks with other validation photos have no paired test."""
        other = build_run("b", validation_labels=LABELS[::-1], validation_scores=LABELS[::-1] * 0.8, noise=3)
        found = compare([build_run("a"), other], diagnoses={})

        assert found.champion == "b"
        assert (found.runner_up, found.lead_p) == ("a", None)

    def test_none_qualifies(self):
        """Where all predictors are constant there is no champion, and the reason says so."""
        found = compare([build_run("a", validation_scores=np.zeros(48))], diagnoses={})

        assert found.champion is None
        assert found.reason.startswith("There is no champion: the run has no validation AUC")

    def test_no_runs(self):
        """An empty study is an answer, not a failure."""
        found = compare([], diagnoses={})

        assert (found.champion, found.runs, found.pairs) == (None, [], [])
        assert found.reason == "There is no run to compare yet."

    def test_single_run(self):
        """One run is champion without a contest."""
        found = compare([build_run("a")], diagnoses={})

        assert "there is no other run" in found.reason
        assert found.pairs == []


class TestRuns:
    """The numbers of each run."""

    def test_numbers(self):
        """A run's numbers are those of the statistics, its threshold that of the validation photos."""
        run = build_run("a", seed=7)
        record = compare([run], diagnoses={"a": "ok"}).runs[0]
        interval = auc_interval(LABELS, run.test.p_sad)

        assert (record.test_auc, record.test_auc_low, record.test_auc_high) == (
            interval.auc,
            interval.low,
            interval.high,
        )
        assert record.threshold == balanced_threshold(LABELS, run.validation.p_sad)
        assert (record.precision, record.recall, record.f1) == (
            record.confusion.precision,
            record.confusion.recall,
            record.confusion.f1,
        )
        assert record.test_accuracy == pytest.approx(
            np.mean((run.test.p_sad >= record.threshold) == LABELS.astype(bool))
        )
        assert (record.run_id, record.activation, record.depth, record.seed) == ("a", "relu", 3, 7)
        assert (record.diagnosis, record.note) == ("ok", "")

    def test_name_from_settings(self):
        """A run without a name is called by its settings."""
        assert compare([build_run("a", name="")], diagnoses={}).runs[0].name == "relu, depth 3, seed 0"

    def test_one_class_in_validation(self):
        """Without sad validation photos there is no validation AUC, a note, and the neutral threshold."""
        run = build_run("a", validation_labels=np.zeros(48, dtype=int))
        record = compare([run], diagnoses={}).runs[0]

        assert (record.validation_auc, record.threshold) == (None, 0.5)
        assert record.note.startswith("No validation AUC: One class is missing.")

    def test_one_class_in_test(self):
        """Without sad test photos there is no test AUC, but the photos are still counted."""
        found = compare([build_run("a", test_labels=np.zeros(48, dtype=int))], diagnoses={})
        record = found.runs[0]

        assert (record.test_auc, record.test_auc_low, record.test_auc_high) == (None, None, None)
        assert record.confusion.true_happy + record.confusion.false_sad == 48
        assert found.conclusion == "No network has a test AUC, so nothing can be concluded yet."

    @pytest.mark.parametrize("broken", [np.full(48, math.nan), np.zeros(0)])
    def test_unusable_scores(self, broken):
        """A run that ended in NaN, or without scores, stays in the table and out of the pairs."""
        labels = LABELS[: len(broken)]
        bad = build_run(
            "bad", validation_labels=labels, validation_scores=broken, test_labels=labels, test_scores=broken
        )
        found = compare([bad, build_run("b"), build_run("c", noise=1)], diagnoses={})

        assert (found.runs[0].test_auc, found.runs[0].confusion) == (None, None)
        assert [(pair.a, pair.b) for pair in found.pairs] == [("b", "c")]


class TestPairs:
    """Which pairs are tested, and how."""

    def test_all_pairs_with_holm(self):
        """Three runs make three pairs, each tested on the test scores and adjusted together."""
        runs = [build_run("a", skill=3), build_run("b", skill=0, noise=1), build_run("c", skill=0.2, noise=2)]
        found = compare(runs, diagnoses={})
        couples = ((0, 1), (0, 2), (1, 2))
        expected = [delong_test(LABELS, runs[a].test.p_sad, runs[b].test.p_sad) for a, b in couples]

        assert [(pair.a, pair.b) for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
        assert [pair.difference for pair in found.pairs] == [test.difference for test in expected]
        assert [pair.p_value for pair in found.pairs] == [test.p_value for test in expected]
        assert [pair.p_holm for pair in found.pairs] == holm_adjust([test.p_value for test in expected])

    def test_intervals_are_adjusted_as_the_p_values_are(self):
        """Each interval is DeLong's at its own confidence, and leaves 0 out just where the adjusted p is below .05."""
        runs = [build_run(f"r{k}", skill=skill, noise=k) for k, skill in enumerate((3, 1.6, 1, 0.8))]
        found = compare(runs, diagnoses={})
        scores = {run.run_id: run.test.p_sad for run in runs}

        assert {pair.p_holm < 0.05 for pair in found.pairs} == {True, False}
        assert any(pair.p_value < 0.05 <= pair.p_holm for pair in found.pairs)
        for pair in found.pairs:
            test = delong_test(LABELS, scores[pair.a], scores[pair.b], confidence=pair.confidence)
            assert pair.confidence >= 0.95
            assert (pair.low, pair.high) == (test.low, test.high)
            assert (pair.low > 0 or pair.high < 0) == (pair.p_holm < 0.05)

    def test_a_constant_network_is_not_beaten(self):
        """A network with one answer to all photos takes part in no test and no adjustment; its row says so."""
        runs = [build_run("a", skill=3), build_run("b", skill=0, noise=1), build_run("c", test_scores=np.full(48, 0.4))]
        found = compare(runs, diagnoses={})

        [pair] = found.pairs
        assert (pair.a, pair.b, pair.p_holm) == ("a", "b", pair.p_value)
        assert [row.run_id for row in found.against_champion] == ["b"]
        assert "in no paired test" in found.runs[2].note
        assert not found.runs[0].note

    def test_many_runs_against_the_champion(self):
        """Beyond twelve runs only the champion is compared with each other run."""
        found = compare([build_run(f"r{k}", noise=k) for k in range(13)], diagnoses={})

        assert len(found.pairs) == 12
        assert {pair.a for pair in found.pairs} == {found.champion}

    def test_each_run_against_the_champion(self):
        """Each other run has its difference from the champion, run minus champion, with its p-values."""
        best, other, leaking = build_run("a", skill=2), build_run("b", skill=0.5, noise=1), build_run("c", leaks=True)
        found = compare([other, best, leaking], diagnoses={})
        [row] = found.against_champion
        delong = delong_test(LABELS, other.test.p_sad, best.test.p_sad)
        called = [one.test.p_sad >= balanced_threshold(LABELS, one.validation.p_sad) for one in (other, best)]

        assert (found.champion, row.run_id) == ("a", "b")
        assert row.difference == delong.difference < 0
        assert (row.low, row.high, row.confidence) == pytest.approx((delong.low, delong.high, 0.95))
        assert row.p_value == row.p_holm == delong.p_value
        assert row.mcnemar_p == mcnemar(LABELS, *called).p_value

    @pytest.mark.parametrize("count", [4, 14])
    def test_one_pair_has_one_adjusted_p_value(self, count):
        """The difference from the champion and the pair are the same test in the same family, in either direction."""
        found = compare([build_run(f"r{k}", skill=0.2 * k, noise=k) for k in range(count)], diagnoses={})
        pairs = {frozenset((pair.a, pair.b)): pair for pair in found.pairs}

        assert len(found.against_champion) == count - 1
        for row in found.against_champion:
            pair = pairs[frozenset((row.run_id, found.champion))]
            sign = 1 if pair.a == row.run_id else -1
            assert (row.p_value, row.p_holm, row.confidence) == (pair.p_value, pair.p_holm, pair.confidence)
            assert row.difference == sign * pair.difference
            assert sorted((abs(row.low), abs(row.high))) == sorted((abs(pair.low), abs(pair.high)))
            assert row.low < row.difference < row.high

    def test_nothing_against_a_champion_that_was_not_tested(self):
        """Without a champion, or without its test AUC, there are no differences."""
        untested = build_run("a", skill=3, test_scores=np.zeros(0), test_labels=np.zeros(0, dtype=int))

        assert compare([untested, build_run("b", noise=1)], diagnoses={}).against_champion == ()
        assert compare([build_run(name, leaks=True) for name in "ab"], diagnoses={}).against_champion == ()

    def test_different_photos(self):
        """Runs tested on different photos are refused."""
        other = build_run("b", test_labels=LABELS[::-1])

        with pytest.raises(StatisticsError, match="Received: a and b with different test labels"):
            compare([build_run("a"), other], diagnoses={})

    def test_run_twice(self):
        """A run id that occurs twice is refused."""
        with pytest.raises(StatisticsError, match="Received: run_id='a' 2 times"):
            compare([build_run("a"), build_run("a")], diagnoses={})


class TestConclusion:
    """What the closing text says."""

    def test_no_better_than_guessing(self):
        """A champion whose interval holds a half cannot be told from guessing, and the luck is named."""
        runs = [build_run(name, skill=1, test_skill=0, noise=4) for name in "ab"]
        found = compare(runs, diagnoses={})

        assert found.conclusion.startswith(
            "On 24 + 24 test photos the champion cannot be told from guessing (95 % CI of its test AUC ."
        )
        assert found.conclusion.endswith("luck in photos).")

    def test_single_networks_lead_to_no_sentence_about_activations(self):
        """However clear the difference of two trained networks is, no sentence says that one activation is better."""
        runs = [build_run("weak", skill=0, noise=1), build_run("strong", skill=3)]
        found = compare(runs, diagnoses={})

        assert found.pairs[0].p_holm < 0.001
        assert "than ReLU" not in found.conclusion + found.reason
        assert "the champion does better than guessing" in found.conclusion

    def test_worse_than_guessing(self):
        """A champion whose interval lies below a half does worse than guessing."""
        found = compare([build_run("a", skill=2, test_skill=-3)], diagnoses={})

        assert "the champion does worse than guessing (" in found.conclusion

    def test_champion_without_test_auc(self):
        """A champion that was not tested is named as such."""
        untested = build_run("a", skill=3, test_scores=np.zeros(0), test_labels=np.zeros(0, dtype=int))

        assert "the champion has no AUC." in compare([untested, build_run("b")], diagnoses={}).conclusion


def test_json_keeps_the_contract():
    """The JSON document holds the keys promised to the command line, and nothing JSON cannot write."""
    runs = [build_run("a"), build_run("b", test_scores=np.full(48, math.nan)), build_run("c", noise=1)]
    document = json.loads(json.dumps(compare(runs, diagnoses={"a": "ok"}).as_json(), allow_nan=False))

    assert {"champion", "runs", "pairs"} <= document.keys()
    for key in ("run_id", "activation", "depth", "seed", "validation_auc", "test_auc", "test_auc_low", "diagnosis"):
        assert all(key in run for run in document["runs"])
    assert {"a", "b", "difference", "p_value"} <= document["pairs"][0].keys()
    assert document["runs"][1]["test_auc_high"] is None


def test_numpy_settings_are_written_too():
    """Depth and seed that come as NumPy numbers are written as plain ones."""
    run = build_run("a", seed=np.int64(3), depth=np.int64(2))

    assert json.loads(json.dumps(compare([run], diagnoses={}).as_json()))["runs"][0]["seed"] == 3
