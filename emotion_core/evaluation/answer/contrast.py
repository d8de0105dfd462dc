"""Whether settings differ, over luck in training and luck in photos: contrasts of cells.

A cell holds networks that differ in their seed alone. Its AUC varies for two reasons that both have to be in the
interval of a difference: another seed would have trained another network, and other photos would have tested it
differently. Radiology compares two modalities over readers and cases that are both samples; here the cell is the
modality, the seed the reader and the photo the case. A seed means nothing across cells, so seeds are nested in them.

With r_k seeds in cell k, their AUCs of mean m_k and variance MS_k, and DeLong's covariance of two networks over photos,
on average Cov2_k within cell k and Cov3_kl between cells k and l, the contrast of weights c_k has

    estimate     D = sum c_k m_k
    variance     V = sum c_k^2 MS_k / r_k + max(0, sum c_k^2 Cov2_k + sum over k != l of c_k c_l Cov3_kl)
    freedom     df = V^2 / sum ((c_k^2 MS_k / r_k)^2 / (r_k - 1))

The first part of V is luck in training, the second luck in photos. Where cells share one pooled spread MS, the sum
below df is (sum c_k^2 MS / r_k)^2 / sum (r_k - 1). Cells whose networks all give one answer to every photo are not
pooled: their AUC is .5 by construction, and says nothing of how training scatters. Interval and p-value come from the
t distribution.

References:
    Obuchowski & Rockette (1995), Communications in Statistics 24:285-308: the model.
    Hillis (2007), Statistics in Medicine 26:596-619: the degrees of freedom.
    Hillis (2014), Statistics in Medicine 33:330-360: the formulas, nested readers among them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer.auc_moments import AucMoments, auc_moments
from emotion_core.evaluation.statistics import (
    FloatArray,
    IntArray,
    check_share,
    checked_photos,
    difference_limits,
    hoeffding_limits,
)

ROUNDING = 1e-9  # of a sum of weights
NO_VARIANCE = 1e-20  # less is the rounding error of equal numbers


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of mean AUCs, with its interval over seeds and photos.

    Attributes:
        estimate: the weighted sum; a difference where the weights add up to 0.
        standard_error: root of both variances; None where a cell has one seed, since luck in training is then unknown.
        degrees_of_freedom: of the t distribution, infinite without luck in training; None with one seed.
        low: lower end of the confidence interval; None with one seed.
        high: upper end of it; None with one seed.
        p_value: two-sided, of a contrast of 0; None with one seed, and where the weights do not add up to 0.
        seed_variance: luck in training; None with one seed.
        photo_variance: luck in photos; with one seed that of the trained networks themselves.
    """

    estimate: float
    standard_error: float | None
    degrees_of_freedom: float | None
    low: float | None
    high: float | None
    p_value: float | None
    seed_variance: float | None
    photo_variance: float


@dataclass(frozen=True, eq=False)
class CellMoments:
    """The moments of cells that contrasts are made of.

    Attributes:
        aucs: of each cell's seeds, K arrays of shape ``(seeds_k,)``.
        photo_covariance: shape ``(K, K)``: Cov2 on the diagonal, Cov3 elsewhere.
        n_rarer: test photos of the rarer class.
    """

    aucs: tuple[FloatArray, ...]
    photo_covariance: FloatArray
    n_rarer: int

    @cached_property
    def seeds(self) -> IntArray:
        """Number of seeds of each cell, shape ``(K,)``."""
        return np.array([len(areas) for areas in self.aucs])

    @cached_property
    def means(self) -> FloatArray:
        """Mean AUC of each cell, shape ``(K,)``."""
        return np.array([areas.mean() for areas in self.aucs])

    @cached_property
    def mean_squares(self) -> FloatArray:
        """Variance of the AUC over seeds in each cell, shape ``(K,)``; nan for a single seed."""
        return np.array([areas.var(ddof=1) if len(areas) > 1 else math.nan for areas in self.aucs])


def contrast(
    labels: ArrayLike,
    cells: Sequence[ArrayLike],
    weights: ArrayLike,
    *,
    folds: Sequence[ArrayLike] | None = None,
    pooled: bool = False,
    confidence: float = 0.95,
) -> Contrast:
    """Return a weighted sum of the mean AUCs of cells, with an interval that counts luck in training and in photos.

    Args:
        labels: true labels of the test photos, shape ``(n,)``, happy 0 and sad 1.
        cells: P(sad) of each cell's networks, which differ in their seed alone, each of shape ``(seeds_k, n)``.
        weights: one per cell, shape ``(K,)``; 1 and -1 for the difference of two cells, a single 1 for one cell.
        folds: for cross-validated networks, the number of the fold that tested each photo, shaped as ``cells``. The
            AUC of a network is then the mean of its folds' AUCs.
        pooled: whether the cells share one spread over seeds; otherwise each has its own.
        confidence: chance that the interval holds the true value, in (0, 1).

    Returns:
        The estimate with standard error, degrees of freedom, interval, p-value and both variances. Where nothing
        varies at all the interval is an exact one for the photos.

    Raises:
        StatisticsError: shapes do not fit together, a class has fewer than two photos, or a number is out of range.

    >>> relu, tanh = [[1, 2, 5, 4, 6, 7], [2, 1, 5, 4, 7, 6]], [[1, 4, 6, 3, 5, 7], [1, 2, 6, 3, 4, 7]]
    >>> difference = contrast([0, 0, 0, 1, 1, 1], [relu, tanh], [1, -1])
    >>> f"{difference.estimate:.3f} {difference.standard_error:.3f} {difference.p_value:.2f}"
    '0.167 0.124 0.19'
    """
    moments = cell_moments(labels, cells, folds)
    return contrast_of(moments, weights, pooled=np.full(len(cells), pooled), confidence=confidence)


def cell_moments(
    labels: ArrayLike, cells: Sequence[ArrayLike], folds: Sequence[ArrayLike] | None = None
) -> CellMoments:
    """Return the moments of cells, from which any number of contrasts can be made.

    Args:
        labels: true labels, shape ``(n,)``, happy 0 and sad 1.
        cells: P(sad), each of shape ``(seeds_k, n)``.
        folds: fold that tested each photo, shaped as ``cells``; None without cross-validation.

    Raises:
        StatisticsError: as ``contrast``.
    """
    if not len(cells) or (folds is not None and len(folds) != len(cells)):
        raise StatisticsError(
            "Cells and folds do not fit together. At least one cell, and folds for each of them or for none, were "
            f"expected. Received: {len(cells)} cells, {0 if folds is None else len(folds)} folds."
        )
    networks = [auc_moments(labels, cell, folds[k] if folds is not None else None) for k, cell in enumerate(cells)]
    label_array, _ = checked_photos(labels, labels)
    n_sad = int(label_array.sum())
    return CellMoments(
        tuple(cell.aucs for cell in networks), _photo_covariance(networks), min(n_sad, len(label_array) - n_sad)
    )


def contrast_of(
    moments: CellMoments, weights: ArrayLike, *, pooled: NDArray[np.bool_], confidence: float = 0.95
) -> Contrast:
    """Return a contrast of cells whose moments are known.

    Args:
        moments: of the cells.
        weights: one per cell, shape ``(K,)``.
        pooled: which cells take the spread over seeds that is pooled over all cells, shape ``(K,)``; others their own.
        confidence: chance that the interval holds the true value, in (0, 1).

    Raises:
        StatisticsError: there is not one finite weight for each cell, or confidence is out of range.
    """
    check_share(confidence, "confidence", "0.95")
    c = np.asarray(weights, dtype=np.float64)
    if c.shape != (len(moments.aucs),) or not np.isfinite(c).all():
        raise StatisticsError(
            "Weights and cells do not fit together. One finite weight for each cell was expected. "
            f"Received: {c.tolist()} for {len(moments.aucs)} cells. Pass for example [1, -1] for a difference."
        )
    estimate = float(c @ moments.means)
    # Below 0 for a sample only: a variance of the photos themselves cannot be.
    photo_variance = max(0.0, float(c @ moments.photo_covariance @ c))
    is_difference = bool(abs(c.sum()) < ROUNDING)
    if (moments.seeds[c != 0] < 2).any():
        return Contrast(estimate, None, None, None, None, None, None, photo_variance)
    seed_variance, freedom_share = _seed_variance(moments, c, pooled)
    variance = seed_variance + photo_variance
    if variance < NO_VARIANCE:
        return _without_variance(round(estimate, 12), c, moments.n_rarer, confidence)
    freedom = variance**2 / freedom_share if freedom_share else math.inf
    low, high, p_value = _t_interval(estimate, math.sqrt(variance), freedom, confidence)
    return Contrast(
        estimate,
        math.sqrt(variance),
        freedom,
        max(low, float(c.clip(max=0).sum())),
        min(high, float(c.clip(min=0).sum())),
        p_value if is_difference else None,
        seed_variance,
        photo_variance,
    )


def _photo_covariance(networks: Sequence[AucMoments]) -> FloatArray:
    """Return the mean covariance over photos within cells (different seeds) and between cells, shape (K, K)."""
    means = np.array([cell.influence.mean(axis=0) for cell in networks])
    covariance: FloatArray = means @ means.T
    for k, cell in enumerate(networks):
        seeds = len(cell.aucs)
        # The square of the mean holds each network's own variance too, which is no covariance of two seeds.
        own = float((cell.influence**2).sum())
        if seeds > 1:
            covariance[k, k] = (seeds**2 * covariance[k, k] - own) / (seeds * (seeds - 1))
    return covariance


def _seed_variance(moments: CellMoments, c: FloatArray, pooled: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the variance from seeds, and the sum that divides the squared variance to give the freedom."""
    seeds, spread = moments.seeds, moments.mean_squares
    several = seeds > 1
    freedom = np.where(several, seeds - 1, 0)
    # Networks with one answer for every photo have AUC .5 by construction: they tell nothing of the spread of others.
    varied = (np.nan_to_num(spread) > NO_VARIANCE) | (np.diag(moments.photo_covariance) > NO_VARIANCE)
    pool = np.where(varied, freedom, 0) if (several & varied).any() else freedom
    if pooled.any():
        spread = np.where(pooled, float(np.nansum(pool * spread) / pool.sum()), spread)
    # A single seed has weight 0 here; its unknown spread must not turn the sum into nan.
    parts = np.where(c != 0, c**2 * np.nan_to_num(spread) / seeds, 0.0)
    own = several & ~pooled
    share = float((parts[own] ** 2 / freedom[own]).sum())
    if pooled.any():
        share += float(parts[pooled].sum()) ** 2 / float(pool.sum())
    return float(parts.sum()), share


def _t_interval(estimate: float, error: float, freedom: float, confidence: float) -> tuple[float, float, float]:
    # Imported here: the web process starts without SciPy.
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    is_normal = math.isinf(freedom)
    quantile = (1 + confidence) / 2
    reach = float(ndtri(quantile) if is_normal else stdtrit(freedom, quantile)) * error
    t = -abs(estimate) / error
    return estimate - reach, estimate + reach, 2 * float(ndtr(t) if is_normal else stdtr(freedom, t))


def _without_variance(estimate: float, c: FloatArray, n_rarer: int, confidence: float) -> Contrast:
    """Return exact limits where all seeds and photos agree: two perfect cells, or a constant one beside another."""
    # With (1 + d) / 2 for each AUC, the contrast is a center and a scaled difference that lies within -1 and 1.
    center, scale = float(c.sum()) / 2, float(np.abs(c).sum()) / 2
    difference = (estimate - center) / scale
    is_single = np.count_nonzero(c) == 1
    limits = difference_limits if is_single or difference == 0 else hoeffding_limits
    low, high, p_value = limits(difference, n_rarer, confidence)
    known_p = p_value if abs(center) < ROUNDING else None
    return Contrast(estimate, 0.0, math.inf, center + scale * low, center + scale * high, known_p, 0.0, 0.0)
