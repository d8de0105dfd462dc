"""Planned power of a study against the share of simulated studies whose answer finds the difference.

    python -m benchmarks.answer_power [--studies 1000]

The first activation has the AUC .90, the last one .90 less the difference; the others lie halfway, or are as good as
the last one. Another seed moves a network's true AUC by a given standard deviation, and the scores of two networks for
a photo correlate by .55, which makes their AUCs correlate by .5. Counted are studies whose answer tells the first
activation from the last one: t test over seeds and photos, Holm-adjusted for all pairs, as Compare makes it. The
column "planned" is what Configure says before the study.
"""

import argparse
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from emotion_core.evaluation import answer_study
from emotion_core.evaluation.answer import ContrastPlan, contrast_power

AREA = 0.90
SCORE_CORRELATION = 0.55
DEPTHS = (2, 3)


class Design(NamedTuple):
    """One simulated kind of study."""

    photos: int
    seeds: int
    sd: float
    activations: int = 3
    difference: float = 0.05
    others: str = "halfway"
    depths: int = 1

    @property
    def plan(self) -> ContrastPlan:
        """What Configure would plan for it."""
        return ContrastPlan(
            self.photos,
            self.photos,
            self.seeds,
            levels=self.activations,
            averaged=self.depths,
            difference=self.difference,
            seed_sd=self.sd,
        )

    @property
    def areas(self) -> list[float]:
        """True AUC of each activation."""
        last = AREA - self.difference
        between = AREA - self.difference / 2 if self.others == "halfway" else last
        return [AREA, *[between] * (self.activations - 2), last]


def main() -> None:
    """Print found and planned power of every design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000, help="simulated studies of each design")
    studies = parser.parse_args().studies
    rng = np.random.default_rng(18)
    print("photos     seeds     sd  activations  depths  difference   others     found  planned  error")
    errors = []
    for design in designs():
        share = found_share(design, studies, rng)
        planned = contrast_power(design.plan)
        errors.append(planned - share)
        print(
            f"{design.photos:3} + {design.photos:<3}  {design.seeds:5}  {design.sd:.3f}  {design.activations:11}  "
            f"{design.depths:6}  {design.difference:10.2f}  {design.others:<8}  {share:6.3f}  {planned:7.3f}  "
            f"{planned - share:+.3f}",
            flush=True,
        )
    print(f"planned less found: {min(errors):+.3f} to {max(errors):+.3f}")


def designs() -> list[Design]:
    """Return designs over the range that a user may plan."""
    sizes = [(24, 5), (24, 20), (48, 3), (48, 5), (48, 13), (240, 3), (240, 10)]
    usual = [Design(photos, seeds, sd) for photos, seeds in sizes for sd in (0.01, 0.035)]
    large = [Design(48, seeds, 0.035, difference=0.10) for seeds in (2, 3, 4, 5)]
    equal = [Design(48, seeds, 0.035, others="as last") for seeds in (5, 13)]
    two = [Design(48, seeds, 0.035, activations=2) for seeds in (5, 13)]
    four = [Design(48, 9, 0.02, activations=4, others=others) for others in ("halfway", "as last")]
    deep = [Design(48, seeds, 0.035, depths=2) for seeds in (3, 5, 8)]
    return usual + large + equal + two + four + deep


def found_share(design: Design, studies: int, rng: np.random.Generator) -> float:
    """Return the share of simulated studies that tell the first activation from the last one.

    Args:
        design: what is simulated.
        studies: how many.
        rng: source of the draws.
    """
    return float(np.mean([_is_found(design, rng) for _ in range(studies)]))


def _is_found(design: Design, rng: np.random.Generator) -> bool:
    labels = np.repeat([0, 1], design.photos)
    shared = np.sqrt(SCORE_CORRELATION) * rng.normal(size=len(labels))
    cells = {}
    for number, area in enumerate(design.areas):
        for depth in DEPTHS[: design.depths]:
            areas = np.clip(area + design.sd * rng.normal(size=(design.seeds, 1)), 0.02, 0.98)
            own = np.sqrt(1 - SCORE_CORRELATION) * rng.normal(size=(design.seeds, len(labels)))
            cells[f"activation {number}", depth] = labels * np.sqrt(2) * ndtri(areas) + shared + own
    pairs = [contrast for contrast in answer_study(labels, cells).contrasts if contrast.question == "activation"]
    ends = ("activation 0", f"activation {design.activations - 1}")
    return next(pair.is_significant for pair in pairs if (pair.a, pair.b) == ends)


if __name__ == "__main__":
    main()
