"""What a run's curves and scores show: each finding, their order, and the numbers in the evidence."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.evaluation import diagnose, is_constant

LABELS = [0, 1] * 24
VARIED = np.linspace(0.1, 0.9, 48)


def build_epochs(loss, accuracy=None, validation_loss=None, validation_accuracy=None):
    """Build the records of a run that learns without fault, unless told otherwise."""
    n = len(loss)
    columns = {
        "loss": loss,
        "accuracy": accuracy or [0.8] * n,
        "validation_loss": validation_loss or [0.5] * n,
        "validation_accuracy": validation_accuracy or [0.75] * n,
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


SETTLED = [0.7, 0.6, 0.5, 0.45, 0.42, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41]


def test_ok():
    """A run that learned and settled has no fault, and the advice says how sure its test AUC is."""
    found = diagnose(build_epochs(SETTLED), VARIED, LABELS, n_test=96)

    assert found.code == "ok"
    assert found.evidence == "12 epochs, training loss 0.410, training accuracy .80, validation accuracy .75."
    assert "On 96 test photos an AUC is known to about ± .10." in found.advice


def test_ok_without_validation():
    """A run without validation photos is judged by what there is."""
    epochs = [{"loss": loss, "accuracy": 0.8} for loss in SETTLED]

    assert diagnose(epochs, [], []).evidence == "12 epochs, training loss 0.410, training accuracy .80."


def test_not_trained():
    """No epoch means not trained, whatever the scores."""
    assert diagnose([], VARIED, LABELS).code == "not_trained"


@pytest.mark.parametrize("broken", [math.nan, math.inf, None])
@pytest.mark.parametrize("name", ["loss", "validation_loss"])
def test_nan_loss(name, broken):
    """A loss that is not finite is found, with its epoch; JSON writes NaN as null."""
    epochs = build_epochs(SETTLED)
    epochs[4][name] = broken
    found = diagnose(epochs, VARIED, LABELS)

    assert found.code == "nan"
    assert found.evidence == f"{name} is not a finite number in epoch 5 of 12."


def test_nan_scores():
    """Scores that are not finite show a broken network too."""
    assert diagnose(build_epochs(SETTLED), [math.nan] * 48, LABELS).code == "nan"


class TestDeadOutput:
    """Networks that give all photos one answer."""

    def test_model_2_of_the_source_study(self):
        """Always 0 under squared error: the loss is the share of sad photos, and no gradient vanished."""
        labels = [0] * 26 + [1] * 22
        epochs = build_epochs([0.5] * 5, [0.5] * 5, [22 / 48] * 5, [26 / 48] * 5)
        found = diagnose(epochs, [0.0] * 48, labels)

        assert found.code == "dead_output"
        assert "answers 0 (happy) to every photo, always" in found.sentence
        assert "The validation loss .458 is the share of sad photos .458, as a squared error." in found.evidence
        assert "not a vanishing gradient" in found.advice

    def test_always_zero_under_cross_entropy(self):
        """The loss is 16.1 times the share of sad photos."""
        found = diagnose(build_epochs([8.06] * 5, validation_loss=[8.06] * 5), [0.0] * 48, LABELS)

        assert "The validation loss 8.06 is 16.1 times the share of sad photos .500" in found.evidence

    def test_always_zero_with_another_loss(self):
        """A loss that fits neither is left unexplained."""
        found = diagnose(build_epochs([0.3] * 5, validation_loss=[0.3] * 5), [0.0] * 48, LABELS)

        assert found.evidence.endswith("the validation AUC says nothing.")

    def test_constant_elsewhere(self):
        """A network that answers .48 to all photos is constant, and its value is named."""
        found = diagnose(build_epochs(SETTLED), np.full(48, 0.48) + np.arange(48) * 1e-6, LABELS)

        assert found.sentence == "Constant output: the network gives the same answer, .48, to every photo."
        assert "All 48 validation photos get P(sad) = 0.480, with a spread of 5e-05" in found.evidence

    @pytest.mark.parametrize(("spread", "expected"), [(0.0, True), (0.0009, True), (0.0011, False)])
    def test_is_constant(self, spread, expected):
        """Predictions within .001 are one constant."""
        assert is_constant([0.5, 0.5 + spread]) is expected

    def test_no_scores_are_not_constant(self):
        """Without scores nothing can be said to be constant."""
        assert is_constant([]) is False


class TestStuck:
    """Networks that did not start to learn."""

    def test_flat_loss_at_the_majority(self):
        """A loss that stays and an accuracy at the more common label's share mean stuck."""
        found = diagnose(build_epochs([0.695, 0.694, 0.693], [0.49, 0.5, 0.52]), VARIED, LABELS)

        assert found.code == "stuck"
        assert found.evidence == (
            "Training accuracy .52, more common label .50; the training loss went from 0.695 to 0.693 in 3 epochs."
        )

    def test_loss_that_fell_is_not_stuck(self):
        """A fall of more than 2 % is learning, even while the accuracy lags."""
        assert diagnose(build_epochs([0.70, 0.69, 0.68], [0.5] * 3), VARIED, LABELS).code != "stuck"

    def test_accuracy_above_the_majority_is_not_stuck(self):
        """An accuracy clear of the majority is learning."""
        assert diagnose(build_epochs([0.6] * 3, [0.6] * 3), VARIED, LABELS).code != "stuck"

    def test_the_majority_counts(self):
        """With three happy photos for each sad one, an accuracy of .75 is no better than always happy."""
        assert diagnose(build_epochs([0.56] * 3, [0.75] * 3), VARIED, [0, 0, 0, 1] * 12).code == "stuck"


class TestOverfit:
    """Networks that know their training photos too well."""

    def test_gap(self):
        """The gap, and the epoch of the lowest validation loss, are named."""
        validation_loss = [0.6, 0.5, 0.55, *[0.7] * 9]
        found = diagnose(build_epochs(SETTLED, [0.99] * 12, validation_loss, [0.7] * 12), VARIED, LABELS)

        assert found.code == "overfit"
        assert "right .29 more often on photos it trained on" in found.sentence
        assert found.evidence == (
            "Training accuracy .99, validation accuracy .70. The validation loss was lowest in epoch 2 of 12."
        )

    @pytest.mark.parametrize(("training", "expected"), [(0.85, "ok"), (0.86, "overfit")])
    def test_margin(self, training, expected):
        """A gap of .15 is allowed, above it is overfitting."""
        assert diagnose(build_epochs(SETTLED, [training] * 12, None, [0.7] * 12), VARIED, LABELS).code == expected


class TestUndertrained:
    """Networks that were stopped early."""

    def test_still_falling(self):
        """Both losses fall at the end: more epochs."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        found = diagnose(build_epochs(falling, validation_loss=falling), VARIED, LABELS)

        assert found.code == "undertrained"
        assert found.evidence == (
            "The validation loss was lowest in epoch 20 of 20, "
            "and the training loss fell by 9 % per five epochs at the end."
        )

    def test_best_epoch_earlier(self):
        """A validation loss that was lower before says stop, not go on."""
        falling = np.linspace(0.69, 0.5, 20).tolist()
        validation_loss = [0.6] * 10 + [0.5] + [0.6] * 9

        assert diagnose(build_epochs(falling, validation_loss=validation_loss), VARIED, LABELS).code == "ok"

    def test_training_loss_settled(self):
        """A training loss that no longer falls has had its epochs."""
        falling = np.linspace(0.6, 0.5, 12).tolist()

        assert diagnose(build_epochs(SETTLED, validation_loss=falling), VARIED, LABELS).code == "ok"

    def test_single_epoch(self):
        """One epoch shows no direction."""
        assert diagnose(build_epochs([0.69], [0.5]), VARIED, LABELS).sentence.startswith("Training has only begun")


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.none() | st.floats(allow_nan=True)
                for name in ("loss", "accuracy", "validation_loss", "validation_accuracy")
            },
        ),
        max_size=8,
    ),
    st.lists(st.floats(0, 1), max_size=6),
)
def test_never_fails(epochs, scores):
    """Whatever was recorded, a finding with all its texts comes back."""
    found = diagnose(epochs, scores, [1] * len(scores))

    assert all((found.code, found.sentence, found.evidence, found.advice))


def test_leaking_split_comes_before_all_but_what_did_not_train():
    """The leak is told whatever the curves show, unless there is no epoch or no finite number."""
    constant = [0.5] * 48
    assert diagnose(build_epochs(SETTLED), VARIED, LABELS, leaks=True).code == "leaking_split"
    assert diagnose(build_epochs(SETTLED), constant, LABELS, leaks=True).code == "leaking_split"
    assert diagnose([], VARIED, LABELS, leaks=True).code == "not_trained"
    assert diagnose(build_epochs([0.5, math.nan]), VARIED, LABELS, leaks=True).code == "nan"
    assert "Each of 12 epochs" in diagnose(build_epochs(SETTLED), VARIED, LABELS, leaks=True).evidence


def test_overfitting_is_judged_at_the_epoch_whose_weights_were_kept():
    """What came after the kept epoch of an early stop is no fault of the network that is left."""
    accuracy = [0.7, 0.8, 0.85, *[0.95] * 9]
    epochs = build_epochs(SETTLED, accuracy=accuracy)

    assert diagnose(epochs, VARIED, LABELS).code == "overfit"
    assert diagnose(epochs, VARIED, LABELS, kept_epoch=3).code == "ok"
    assert diagnose(epochs, VARIED, LABELS, kept_epoch=4).code == "overfit"
