"""The judgment of runs that have ended: like compared with like, the finished network's predictions first."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.training.checks import RunHistory, SplitPredictions, findings, has_learned
from emotion_core.training.checks.judgement import HIDES
from emotion_core.training.engine import EpochNumbers
from tests.training.checks.histories import epochs, history, predictions, snapshot

SETTLED = [0.7, 0.6, 0.5, 0.45, 0.42, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41]
GOOD = {"train": predictions(0.85, n=288), "validation": predictions(0.8)}


def constant(value: float, share_sad: float = 0.5) -> SplitPredictions:
    """Return the same prediction for 48 photos.

    Args:
        value: P(sad).
        share_sad: of the photos.
    """
    return SplitPredictions((np.arange(48) < share_sad * 48).astype(np.int64), np.full(48, value))


def judged(loss: list[float], validation_loss: list[float] | None = None, **values: object) -> RunHistory:
    """Return the history of a run that has ended.

    Args:
        loss: one for each epoch.
        validation_loss: one for each epoch.
        values: fields of the history, two of the settings, or else of the epochs.
    """
    fields = {name: values.pop(name) for name in list(values) if name in RunHistory.__dataclass_fields__}
    settings = {name: values.pop(name) for name in ("batch_normalization", "output_activation") if name in values}
    return history(epochs(loss, validation_loss, **values), ended=True, **fields, **settings)


def codes(run: RunHistory) -> list[str]:
    """Return the codes of a run's findings, the most serious first."""
    return [finding.code for finding in findings(run)]


def test_a_run_that_learned_and_settled_has_no_fault() -> None:
    """Also without any photo to judge it by."""
    assert codes(judged(SETTLED, **GOOD)) == []
    assert codes(judged(SETTLED)) == []


def test_a_run_without_an_epoch_has_not_been_trained() -> None:
    """Whatever else is known of it."""
    assert codes(judged([], **GOOD)) == ["not_trained"]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["loss", "validation_loss"])
def test_losses_that_are_not_finite_are_the_only_finding(name: str, broken: float) -> None:
    """The epoch is named."""
    losses = {"loss": list(SETTLED), "validation_loss": [0.5] * 12}
    losses[name][4] = broken
    [finding] = findings(judged(**losses, **GOOD))
    assert finding.code == "nan"
    assert finding.evidence == f"Not finite in epoch 5: {name.replace('_', ' ')}."


def test_predictions_that_are_not_finite_show_a_broken_network() -> None:
    """Also where all losses were finite."""
    assert codes(judged(SETTLED, validation=constant(math.nan))) == ["nan"]


class TestConstantPredictions:
    """Networks that predict the same for every photo."""

    def test_relu_output_at_zero(self) -> None:
        """Under squared error the loss is the share of sad photos, and no gradient vanished."""
        run = judged([0.5] * 5, [22 / 48] * 5, validation=constant(0.0, 22 / 48), output_activation="relu")
        [finding] = findings(run)
        assert finding.code == "dead_output"
        assert "predicts 0 (happy) for every photo, always" in finding.sentence
        assert "The validation loss .458 is the share of sad photos .458, as a squared error." in finding.evidence
        assert "not a vanishing gradient" in finding.advice

    def test_relu_output_at_zero_under_cross_entropy(self) -> None:
        """The loss is 16.1 times the share of sad photos."""
        run = judged([8.06] * 5, [8.06] * 5, validation=constant(0.0), output_activation="relu")
        assert "The validation loss 8.06 is 16.1 times the share of sad photos .500" in findings(run)[0].evidence

    def test_no_gradient_reaches_the_first_layer(self) -> None:
        """A network that is constant at .48 and has no gradient left is dead, too."""
        snapshots = [snapshot(), snapshot(12, (0, 0.1, 0.1))]
        [finding] = findings(judged(SETTLED, snapshots=snapshots, validation=constant(0.48)))
        assert finding.code == "dead_output"
        assert finding.sentence.startswith("Dead: the network predicts .48 for every photo")

    def test_constant_with_a_gradient(self) -> None:
        """A network that could still learn is called constant, and its value is named."""
        labels = np.arange(48) % 2
        split = SplitPredictions(labels, np.full(48, 0.48) + np.arange(48) * 1e-6)
        [finding] = findings(judged(SETTLED, snapshots=[snapshot(), snapshot(12)], validation=split))
        assert finding.code == "constant_output"
        assert "predicts practically the same, .48, for every photo" in finding.sentence
        assert "All 48 validation photos get P(sad) = 0.480, with a spread of 5e-05" in finding.evidence


class TestStuck:
    """Networks that have not started to learn."""

    def test_flat_loss_and_an_auc_of_chance(self) -> None:
        """A loss that stays at that of a constant, with an AUC of chance, is no better than guessing."""
        run = judged([0.695, 0.694, 0.693], [0.694] * 3, train=predictions(0.5, auc=0.5), validation=predictions(0.5))
        [finding] = findings(run)
        assert finding.code == "stuck"
        assert "no better than random guessing" in finding.sentence
        assert "The network's loss is 0." in finding.evidence

    def test_poor_threshold_is_no_failure_to_learn(self) -> None:
        """With an AUC of .7 and P(sad) all below .5, the accuracy is that of guessing, and the network has learned."""
        good = predictions(0.5, auc=0.7, n=288)
        assert good.rates.accuracy == 0.5
        run = judged([0.75, 0.72, 0.70], [0.72] * 3, accuracy=0.5, train=good, validation=predictions(0.5, auc=0.7))
        [finding] = findings(run)
        assert finding.code == "threshold_off"
        assert "calls 96 of 96 validation photos happy, although it ranks them better than chance" in finding.sentence
        assert has_learned(run)

    def test_loss_that_fell_is_no_failure_to_start(self) -> None:
        """With a loss below that of a constant and AUCs of chance it is not told apart from guessing, and no more."""
        split = predictions(0.5, auc=0.5)
        [finding] = findings(judged([0.70, 0.69, 0.6], accuracy=0.5, train=split, validation=split))
        assert finding.code == "stuck"
        assert finding.sentence == (
            "No better than random guessing: the AUC is clearly above .5 neither on the training photos nor on "
            "the validation photos."
        )
        assert "By chance alone, 39 of 40 AUCs are below .62 on the training photos and .62" in finding.evidence

    @pytest.mark.parametrize("part", ["train", "validation", "test"])
    def test_an_auc_beyond_chance_on_any_part_is_no_guess(self, part: str) -> None:
        """Also where it is that of the test photos, which no text names and no choice rests on."""
        splits = {name: predictions(0.5, auc=0.5) for name in ("train", "validation", "test")}
        flat = {"loss": [0.695, 0.694, 0.693], "validation_loss": [0.694] * 3}
        assert codes(judged(**flat, **splits)) == ["stuck"]
        run = judged(**flat, **{**splits, part: predictions(0.5, auc=0.7)})
        assert "stuck" not in codes(run)
        assert has_learned(run) == (part != "test")
        assert not any("est AUC" in finding.evidence for finding in findings(run))

    def test_the_common_label_counts(self) -> None:
        """With three happy photos for each sad one, a loss of .56 is no better than that of the more common label."""
        labels = (np.arange(48) % 4 == 0).astype(np.int64)
        split = SplitPredictions(labels, 0.25 + np.random.default_rng(0).uniform(-0.01, 0.01, 48))
        assert codes(judged([0.565] * 3, [0.565] * 3, train=split, validation=split)) == ["stuck"]

    def test_predictions_that_hardly_differ(self) -> None:
        """Where they rank the photos all the same, the network has hardly started, and is not called a guess."""
        ranked = predictions(0.5, auc=0.7, n=288)
        flat = SplitPredictions(ranked.labels, 0.5 + (ranked.p_sad - 0.2) / 20)
        [finding] = findings(judged([0.70, 0.695, 0.694], [0.693] * 3, train=flat, validation=flat))
        assert finding.sentence.startswith("P(sad) barely differs between photos")
        assert "learn" not in finding.sentence


class TestOverfitting:
    """Networks that know their training photos too well."""

    def test_accuracy_gap_of_the_finished_network(self) -> None:
        """The gap is that of the finished network, whatever was measured while it trained."""
        run = judged(
            SETTLED,
            [0.6, 0.5, 0.55, *[0.7] * 9],
            accuracy=0.8,
            train=predictions(0.99, n=288),
            validation=predictions(0.7),
        )
        [finding] = findings(run)
        assert finding.code == "overfitting"
        assert finding.sentence.startswith("Overfitting: ")
        assert "early stopping" in finding.advice
        assert "more often on photos it trained on" in finding.sentence
        assert "training accuracy .99 and AUC" in finding.evidence

    def test_gap_of_a_network_that_gets_no_worse_on_new_photos(self) -> None:
        """It is named a gap, and nobody is told to stop earlier."""
        falling = np.linspace(0.7, 0.62, 12).tolist()
        known = {"train": predictions(0.95, n=288), "validation": predictions(0.7)}
        [finding] = findings(judged(SETTLED, falling, **known))
        assert finding.code == "overfitting"
        assert finding.sentence.startswith("Generalization gap: the network is right")
        assert "early stopping" not in finding.advice

    def test_running_accuracy_is_no_evidence(self) -> None:
        """A training accuracy of 1 while it trained says nothing where the finished network gets .85."""
        run = judged(SETTLED, accuracy=1.0, validation_accuracy=0.6, **GOOD)
        assert codes(run) == []

    def test_averages_that_lag_are_no_overfitting(self) -> None:
        """Real curves of the modern network on 288 photos: .78 while it trained, .50 as it predicts, on both parts."""
        loss = [0.71, 0.64, 0.63, 0.62, 0.6, 0.59, 0.58, 0.54, 0.55, 0.54, 0.51, 0.52, 0.51, 0.56, 0.48]
        validation_loss = [0.7, 0.7, 0.69, 0.69, 0.685, 0.69, 0.69, 0.7, 0.71, 0.72, 0.74, 0.75, 0.81, 0.78, 0.81]
        train, validation = predictions(0.5, n=288, auc=0.75), predictions(0.5, auc=0.7)
        run = judged(loss, validation_loss, accuracy=0.78, train=train, validation=validation, batch_normalization=True)
        [finding] = findings(run)
        assert finding.code == "batch_norm_lag"
        assert finding.sentence.startswith("Batch normalization lags")
        assert finding.advice == "Train it again: these statistics are now renewed after each epoch."
        [finding] = findings(replace(run, has_renewed_statistics=True))
        assert finding.sentence.startswith("Batch by batch it was better")
        assert "with those of all batches" in finding.evidence
        assert "Train it again" not in finding.advice

    def test_accuracy_gap_without_an_auc_gap_is_one_of_the_threshold(self) -> None:
        """Where new photos are ranked as well as the known ones, all above .5, nothing was learned by heart."""
        train, validation = predictions(0.95, n=288), predictions(0.95)
        shifted = SplitPredictions(validation.labels, validation.p_sad / 2 + 0.5)
        assert shifted.rates.accuracy == pytest.approx(0.5, abs=0.03)
        assert codes(judged(SETTLED, train=train, validation=shifted)) == ["threshold_off"]

    def test_a_gap_of_chance_is_none(self) -> None:
        """On 12 validation photos .83 and 1 are the same."""
        assert codes(judged(SETTLED, train=predictions(1.0, n=288), validation=predictions(0.83, n=12))) == []

    def test_auc_gap_whatever_the_threshold(self) -> None:
        """Where no photo is above .5, the accuracies are equal and the AUCs tell."""
        run = judged(SETTLED, train=predictions(0.5, auc=0.99, n=288), validation=predictions(0.5, auc=0.5))
        [finding] = findings(run)
        assert finding.code == "overfitting"
        assert "the AUC on photos it trained on is" in finding.sentence

    def test_after_early_stopping_the_kept_epoch_is_judged(self) -> None:
        """What came after the kept epoch is no fault of the network that is left."""
        validation_loss = [0.6, 0.5, 0.4, *[0.9] * 9]
        rising = {"snapshots": [snapshot(), snapshot(12, loss=0.05)]}
        loss = np.linspace(0.7, 0.05, 12).tolist()
        assert codes(judged(loss, validation_loss, **rising)) == ["overfitting"]
        assert codes(judged(loss, validation_loss, kept_epoch=3, **rising)) == []


class TestUndertrained:
    """Networks whose training ended early."""

    def test_still_falling(self) -> None:
        """Both losses fall at the end: more epochs."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        [finding] = findings(judged(falling, falling))
        assert finding.code == "undertrained"
        assert finding.evidence == (
            "From the 5 epochs before to the last 5, the mean training loss fell from 0.570 to 0.520 and the mean "
            "validation loss from 0.570 to 0.520."
        )

    def test_a_network_that_has_converged(self) -> None:
        """Real curves: AUC .996 from epoch 15, training loss 1e-4, validation loss flat with its lowest at the end."""
        loss = [0.69 * 0.8**epoch + 1e-4 for epoch in range(45)]
        validation_loss = [max(0.69 * 0.8**epoch, 0.1) - 1e-4 * epoch for epoch in range(45)]
        run = judged(loss, validation_loss, auc=1.0, validation_auc=0.996, **GOOD)
        assert codes(run) == []

    def test_no_percentage_beyond_what_fell(self) -> None:
        """A loss that more than halves in three epochs: what fell is named, and not a rate per five epochs."""
        [finding] = findings(judged([0.9, 0.7, 0.3], [0.8, 0.6, 0.4]))
        assert finding.code == "undertrained"
        assert "from 0.700 to 0.300" in finding.evidence
        assert "%" not in finding.evidence

    def test_validation_loss_that_stands_still(self) -> None:
        """A validation loss that falls by a thousandth while the training loss falls is no reason to go on."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        assert codes(judged(falling, np.linspace(0.65, 0.648, 20).tolist())) == []

    def test_everything_is_learned(self) -> None:
        """With an AUC of 1 on the training photos, a loss that falls says only how sure the network is."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        known = {"train": predictions(1.0, n=288), "validation": predictions(0.95)}
        assert codes(judged(falling, falling, **known)) == []

    def test_best_epoch_earlier(self) -> None:
        """A validation loss that was lower before says stop, not go on."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        assert codes(judged(falling, [0.6] * 10 + [0.45] + [0.5] * 4 + [0.48] * 5)) == []

    def test_noise_is_no_fall(self) -> None:
        """A validation loss that jumps is not still falling, wherever its means are."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        jumping = [0.7] * 10 + [0.69, 0.55, 0.75, 0.6, 0.7, 0.6, 0.72, 0.52, 0.68, 0.6]
        assert codes(judged(falling, jumping)) == []

    def test_training_loss_settled(self) -> None:
        """A training loss that no longer falls has had its epochs."""
        assert codes(judged(SETTLED, np.linspace(0.6, 0.5, 12).tolist())) == []

    def test_few_epochs(self) -> None:
        """One or two epochs show no trend."""
        for loss in ([0.65], [0.65, 0.66]):
            assert findings(judged(loss))[0].sentence.startswith("Training has only begun")

    def test_an_early_stop_is_no_early_end(self) -> None:
        """The run that early stopping ended has waited for a better epoch."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        assert codes(judged(falling, falling, kept_epoch=18)) == []


def test_loss_of_the_steps_alone_is_no_divergence() -> None:
    """Where the finished network's loss on its training photos is small, dropout made that of the steps large."""
    before = {"snapshots": [snapshot(loss=0.7), snapshot(12)]}
    assert codes(judged([1.2] * 12, **before)) == ["diverging"]
    assert codes(judged([1.2] * 12, **before, **GOOD)) == ["learning_rate_too_high"]


LEARNED = {"train": predictions(0.5, auc=0.7, n=288), "validation": predictions(0.5, auc=0.5)}
GUESS = {"train": predictions(0.5, auc=0.5, n=288), "validation": predictions(0.5, auc=0.5)}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (judged(SETTLED, **GOOD), True),
        (judged(SETTLED, **LEARNED), True),
        (judged(SETTLED, train=GUESS["train"], validation=predictions(0.8)), True),
        (judged(SETTLED, **GUESS), False),
        (judged([], **GOOD), False),
        (judged([0.7, math.nan], **GOOD), False),
        (judged(SETTLED, validation=constant(0.48)), False),
        (judged([0.5] * 5, validation=constant(0.0), output_activation="relu"), False),
        (judged(SETTLED), True),
        (judged(SETTLED, auc=0.5, validation_auc=0.55), False),
    ],
    ids=[
        *("good", "training AUC alone", "validation AUC alone", "guess", "no epoch", "not finite", "constant", "dead"),
        *("no scores", "no scores, guess"),
    ],
)
def test_a_run_has_learned_where_an_auc_is_beyond_chance(run: RunHistory, expected: bool) -> None:
    """On training or validation photos, with an output that is neither dead nor constant nor broken."""
    assert has_learned(run) is expected


@pytest.mark.parametrize(("before", "expected"), [(0.1, ["dead_units"]), (0.55, [])])
def test_units_that_were_zero_before_the_first_step_have_not_died(before: float, expected: list[str]) -> None:
    """On 32 photos many units of a new dense layer are zero: those that training added are dead."""
    snapshots = [snapshot(dead=before), snapshot(12, dead=0.6)]
    assert codes(judged(SETTLED, snapshots=snapshots, **GOOD)) == expected


SHARES = st.none() | st.floats(0, 1)
LOSSES = st.floats(0, 3) | st.just(math.nan)
EPOCHS = st.lists(st.tuples(LOSSES, SHARES, SHARES, LOSSES, SHARES, SHARES, SHARES, SHARES), max_size=14)
P_SAD = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def numbered(rows: list[tuple[float | None, ...]]) -> list[EpochNumbers]:
    """Return epochs of these numbers."""
    names = ("loss", "accuracy", "auc", "validation_loss", "validation_accuracy", "validation_auc")
    ends = ("validation_lowest", "validation_highest")
    records = [
        {"epoch": n, "seconds": 1.0, **dict(zip(names + ends, row, strict=True))} for n, row in enumerate(rows, 1)
    ]
    return [epoch for epoch in map(EpochNumbers.from_record, records) if epoch is not None]


@given(EPOCHS, P_SAD)
def test_checks_never_fail(rows: list[tuple[float | None, ...]], p_sad: list[float]) -> None:
    """Whatever was recorded, each finding has all its texts."""
    split = SplitPredictions(np.ones(len(p_sad), dtype=np.int64), np.array(p_sad))
    for fields in ({}, {"train": split, "validation": split}):
        for finding in findings(history(numbered(rows), ended=True, **fields)):
            assert all((finding.code, finding.sentence, finding.evidence, finding.advice))


@given(EPOCHS, st.booleans())
def test_live_and_final_agree(rows: list[tuple[float | None, ...]], is_dead: bool) -> None:
    """What is true of a run after its last epoch is true when it has ended, or said by a graver finding."""
    numbers = numbered(rows)
    snapshots = [snapshot(0), snapshot(len(numbers), (0, 0, 0) if is_dead else (0.0001, 1, 1))]
    live = codes(history(numbers, snapshots))
    final = codes(history(numbers, snapshots, ended=True))
    hidden = {code for graver, hides in HIDES.items() if graver in final for code in hides}
    assert set(live) <= {*final, *hidden}
