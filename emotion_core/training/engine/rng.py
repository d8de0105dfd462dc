"""Random generators derived from a run's seed, one per purpose and step, so that a run can be resumed at any epoch."""

from typing import Literal, get_args

import numpy as np

# The position of a purpose is part of its seed: add new ones at the end, or the numbers of every run change.
Purpose = Literal["order", "augmentation", "pass", "probe"]


def rng_for(purpose: Purpose, seed: int, *key: int) -> np.random.Generator:
    """Return the random generator for one purpose in one part of a run.

    Args:
        purpose: what is drawn; each purpose has a sequence of its own.
        seed: of the run.
        key: the part of the run, for instance epoch and step, each counted from 1.
    """
    return np.random.default_rng([get_args(Purpose).index(purpose), seed, *key])
