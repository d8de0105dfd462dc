"""How far another seed moves the AUC of a network, measured on the earlier studies of a workspace."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.errors import StatisticsError
from emotion_core.evaluation.answer import DEFAULT_SEED_SD, AucMoments, auc_moments
from emotion_core.formatting import count_text, share_text
from emotion_core.settings import Workspace
from emotion_core.training import Run, RunConfig, Study, list_studies, runs_of

# A standard deviation from 6 degrees of freedom, such as three seeds of three networks, is known within a factor of 2.
FEWEST_DEGREES_OF_FREEDOM = 6
# Networks of few seeds may agree by luck; planning with no spread at all would promise too much.
LEAST_SD = 0.01
MOST_NETWORKS = 200  # the newest; each has a file of scores to read


@dataclass(frozen=True)
class SeedSpread:
    """The standard deviation of the true AUC over seeds, and where it comes from.

    Attributes:
        sd: in AUC, at least .01 where it was measured.
        networks: trained networks that it was measured on; 0 where it is assumed.
        preset: that these networks share; None for those of all presets.
    """

    sd: float
    networks: int = 0
    preset: str | None = None

    @property
    def source(self) -> str:
        """Where the value comes from, as an addition to it."""
        if not self.networks:
            return "assumed: this workspace has too few networks that differ in their seed alone"
        whose = f" with the preset {self.preset}" if self.preset else ""
        return f"measured on {count_text(self.networks, 'network')} of earlier studies{whose}"

    @property
    def text(self) -> str:
        """The value and its source."""
        return f"{share_text(self.sd, digits=3)} ({self.source})"


def seed_spread(workspace: Workspace, preset: str) -> SeedSpread:
    """Return the spread over seeds to plan a study with.

    The spread of the AUCs that seeds reached holds luck in photos too, as far as the seeds do not share it; that part
    shrinks with more photos, so DeLong's estimate of it is taken off. Networks with a leaking split do not count, nor
    do cross-validated ones, whose AUCs are means over several trainings.

    Args:
        workspace: whose finished runs are read.
        preset: of the planned study; its own earlier networks are preferred to those of all presets.

    Returns:
        The measured spread, or the usual one where too few networks differ in their seed alone.
    """
    studies = list_studies(workspace)
    same = [study for study in studies if study.config.preset == preset]
    for chosen, shared_preset in ((same, preset), (studies, None)):
        spread, networks = _pooled_spread(_moments_of_cells(workspace, chosen))
        if spread is not None:
            return SeedSpread(max(spread, LEAST_SD), networks, shared_preset)
    return SeedSpread(DEFAULT_SEED_SD)


def _pooled_spread(cells: Iterable[AucMoments]) -> tuple[float | None, int]:
    """Return the pooled standard deviation within cells, None from too few networks, and the number of networks."""
    excess, freedom, networks = 0.0, 0, 0
    for cell in cells:
        seeds = len(cell.aucs)
        covariance = cell.influence @ cell.influence.T
        own = float(np.trace(covariance)) / seeds
        shared = (float(covariance.sum()) - seeds * own) / (seeds * (seeds - 1))
        excess += (seeds - 1) * (float(cell.aucs.var(ddof=1)) - (own - shared))
        freedom += seeds - 1
        networks += seeds
    return (math.sqrt(max(excess, 0.0) / freedom) if freedom >= FEWEST_DEGREES_OF_FREEDOM else None), networks


def _moments_of_cells(workspace: Workspace, studies: Sequence[Study]) -> Iterator[AucMoments]:
    """Yield the moments of each cell of at least two seeds, of the newest networks first."""
    networks = 0
    for study in studies:
        for runs in _cells(runs_of(workspace, study)):
            moments = _moments(runs) if networks < MOST_NETWORKS else None
            if moments is not None:
                networks += len(moments.aucs)
                yield moments


def _cells(runs: Sequence[Run]) -> list[list[Run]]:
    """Return the finished runs that differ in their seed alone, grouped; leaking and cross-validated ones left out."""
    cells: dict[RunConfig, list[Run]] = {}
    for run in runs:
        if not (run.config.leaks or run.config.folds) and run.state.name == "finished":
            cells.setdefault(run.config.model_copy(update={"seed": 0}), []).append(run)
    return [cell for cell in cells.values() if len(cell) > 1]


def _moments(runs: Sequence[Run]) -> AucMoments | None:
    tests = [scores.of("test") for run in runs if (scores := run.scores()) is not None]
    if len(tests) < 2:
        return None
    try:
        return auc_moments(tests[0].labels, [test.p_sad for test in tests])
    except StatisticsError:  # too few test photos of a class
        return None
