"""Chance that a run's seed decides: each draw has its own generator, so that a run can be taken up at any epoch."""

from typing import Literal, get_args

import numpy as np

# In order of their numbers; a new one comes last, or every run's numbers change.
Purpose = Literal["order", "augmentation", "pass", "probe"]


def rng_for(purpose: Purpose, seed: int, *place: int) -> np.random.Generator:
    """Return the generator for one purpose at one place of a run.

    Args:
        purpose: what is drawn; the same seed and place give others for another purpose.
        seed: the run's.
        place: where in the run, for instance epoch and step, each counted from 1.
    """
    return np.random.default_rng([get_args(Purpose).index(purpose), seed, *place])
