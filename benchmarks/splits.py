"""Deviation of a split's parts from their shares when near copies must stay together.

Draws photos in clusters of several shapes, each cluster of one label or mixed. Prints for each shape the mean and the
largest deviation from the ideal, in photos of one class in one part: of this project, of scikit-learn's
StratifiedGroupKFold (5 folds: one for test, one for validation), and of the optimum (integer programming). Also prints
how often this project's split is worse than scikit-learn's. Run from the checkout::

    python -m benchmarks.splits [--samples 30] [--seed 0]
"""

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from sklearn.model_selection import StratifiedGroupKFold

from emotion_core.dataset import SPLITS, SplitFractions, assign_splits
from emotion_core.errors import DataError

IntArray = NDArray[np.int64]
Sizes = Callable[[np.random.Generator], IntArray]
SHARES = SplitFractions().shares

SHAPES: dict[str, Sizes] = {
    "480, alone": lambda _: np.ones(480, dtype=np.int64),
    "150, pairs": lambda rng: rng.integers(1, 3, 100),
    "300, as scraped": lambda rng: np.minimum(rng.geometric(0.6, 180), 12),
    "300, up to 8": lambda rng: rng.integers(1, 9, 67),
    "600, two of 60": lambda rng: np.concatenate([[60, 60], rng.integers(1, 6, 160)]),
    "100, up to 15": lambda rng: rng.integers(1, 16, 13),
}


def _draw(rng: np.random.Generator, sizes: Sizes, mixed: float) -> tuple[IntArray, IntArray]:
    """Return labels and groups; in a share of the groups, each photo's label is drawn independently."""
    counts = sizes(rng)
    groups = np.repeat(np.arange(len(counts)), counts)
    sad_share = rng.uniform(0.3, 0.7)
    of_group = rng.random(len(counts)) < sad_share
    of_photo = rng.random(len(groups)) < sad_share
    is_mixed = rng.random(len(counts)) < mixed
    return np.where(is_mixed[groups], of_photo, of_group[groups]).astype(np.int64), groups


def _excess(labels: IntArray, parts: IntArray) -> NDArray[np.float64]:
    """Return the deviation from the ideal in photos, shape (3, 2)."""
    counts = np.array([np.bincount(labels[parts == part], minlength=2) for part in range(3)])
    deviation: NDArray[np.float64] = np.abs(counts - np.outer(SHARES, np.bincount(labels, minlength=2)))
    return deviation


def _ours(labels: IntArray, groups: IntArray, seed: int) -> IntArray:
    """Return the part of each photo by this project."""
    names = assign_splits(labels.tolist(), groups.astype(str).tolist(), fractions=SplitFractions(), seed=seed)
    return np.array([SPLITS.index(name) for name in names])


def _peer(labels: IntArray, groups: IntArray, seed: int) -> IntArray:
    """Return the part of each photo by scikit-learn."""
    parts = np.zeros(len(labels), dtype=np.int64)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(labels, labels, groups)
    for part, (_, fold) in zip((2, 1), folds, strict=False):
        parts[fold] = part
    return parts


def _least_sum(labels: IntArray, groups: IntArray) -> float:
    """Return the smallest mean deviation from the ideal that any split of these groups can have."""
    sizes = np.array([np.bincount(labels[groups == group], minlength=2) for group in np.unique(groups)])
    kinds, count = np.unique(sizes, axis=0, return_counts=True)
    # The variables: how many groups of each kind each part gets, then the deviation of each of the six counts.
    n_kinds = len(kinds)
    ideal = np.outer(SHARES, sizes.sum(axis=0)).ravel()
    held = np.kron(np.eye(3), kinds.T)
    given = np.hstack([np.tile(np.eye(n_kinds), 3), np.zeros((n_kinds, 6))])
    rules = [
        LinearConstraint(given, count, count),
        LinearConstraint(np.hstack([held, -np.eye(6)]), -np.inf, ideal),
        LinearConstraint(np.hstack([held, np.eye(6)]), ideal, np.inf),
    ]
    cost = np.concatenate([np.zeros(3 * n_kinds), np.ones(6)])
    whole = np.concatenate([np.ones(3 * n_kinds), np.zeros(6)])
    solution = milp(cost, integrality=whole, bounds=Bounds(0, np.inf), constraints=rules, options={"time_limit": 2})
    return float(solution.fun) / 6 if solution.fun is not None else math.nan


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'photos':>16} {'mixed':>6} {'ours':>12} {'scikit-learn':>14} {'best':>6} {'worse':>6} {'ms':>6}")
    for name, sizes in SHAPES.items():
        for mixed in (0.0, 0.3):
            rng = np.random.default_rng(options.seed)
            rows, seconds, best = [], 0.0, []
            for seed in range(options.samples):
                labels, groups = _draw(rng, sizes, mixed)
                begun = time.perf_counter()
                try:
                    parts = _ours(labels, groups, seed)
                except DataError:
                    continue
                seconds += time.perf_counter() - begun
                rows.append((_excess(labels, parts), _excess(labels, _peer(labels, groups, seed))))
                best.append(_least_sum(labels, groups))
            mine, theirs = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
            worse = np.mean(mine.max(axis=(1, 2)) > theirs.max(axis=(1, 2)) + 1e-9)
            print(
                f"{name:>16} {mixed:6.0%} {mine.mean():6.2f} {mine.max():5.1f} {theirs.mean():8.2f} {theirs.max():5.1f}"
                f" {np.nanmean(best):6.2f} {worse:6.1%} {1000 * seconds / len(rows):6.1f}"
            )


if __name__ == "__main__":
    main()
