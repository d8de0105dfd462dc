"""The settings file is made to be read and changed by hand, and says what is wrong in it."""

import tomllib

import pytest

from emotion_core.errors import SettingsError
from emotion_core.training import StudyPlan


def test_the_file_explains_each_setting_that_it_holds() -> None:
    """Above every setting stands what it is, and what the preset says by itself is left out."""
    plan = StudyPlan(vary={"depth": [2, 3]}, settings={"dense_activation": "hidden", "filters": "8-16", "flip": True})
    text = plan.to_toml()
    assert tomllib.loads(text) == {
        "preset": "controlled",
        "seeds": 1,
        "vary": {"depth": [2, 3]},
        "settings": {"dense_activation": "hidden", "filters": [8, 16], "flip": True},
    }
    lines = text.splitlines()
    assert lines[lines.index("flip = true") - 1] == "# Flip: Augmentation: mirror about half of the photos."


def test_a_file_by_hand_may_be_short_and_write_numbers_as_a_person_does() -> None:
    """What is left out is as in the preset; a byte order mark and text for numbers are taken."""
    plan = StudyPlan.from_toml('\ufeffseeds = 2\nvary.filters = ["8-16", [4]]\nsettings.learning_rate = 1'.encode())
    assert plan == StudyPlan(seeds=2, vary={"filters": ((8, 16), (4,))}, settings={"learning_rate": 1.0})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seeds = x", "line 1"),
        (b"\xff\xfe", "cannot be read"),
        ("a = " + "[" * 5000, "cannot be read"),
        ("seeds = 'many'", "seeds: "),
        ("epochs = 3", "epochs: extra inputs"),
        ("[settings]\nepoch = 3", "epoch: unknown setting, did you mean epochs?"),
        ("[vary]\nepochs = 3", "vary: "),
        ("[vary]\nepochs = [3]\n[settings]\nepochs = 4", "epochs: expected one value for all runs or several"),
        ("[settings]\nepochs = 1e999", "epochs: "),
        ("preset = 'fair'", "preset: expected one of"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(text: str | bytes, problem: str) -> None:
    """What is unknown, impossible or no TOML at all is reported, never ignored."""
    with pytest.raises(SettingsError) as refused:
        StudyPlan.from_toml(text)
    assert problem in str(refused.value)
