"""More views of the compared networks, in tabs of which only the open one is computed and drawn."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.figures import (
    calibration_table,
    named_scores,
    network_table,
    pair_table,
    precision_recall_figure,
    reliability_figure,
    score_histograms,
    study_curves_figure,
    study_grid_figure,
    tested,
)
from pages.components.compare.selection import picture
from pages.components.compare.tables import show_table

MOST_PANELS = 12
MOST_LINES = 12


@st.fragment
def show_views(together: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    """Draw the tabs.

    Args:
        together: all that is compared.
        runs: those that are drawn, at least one.
    """
    views: Mapping[str, Callable[[], None]] = {
        "Activation × depth": lambda: _show_grid(runs),
        "Learning curves": lambda: _show_curves(runs),
        "Precision and recall": lambda: _show_precision_recall(tested(runs)),
        "Calibration": lambda: _show_calibration(tested(runs)),
        "Scores": lambda: _show_scores(tested(runs)),
        "Pair by pair": lambda: _show_pairs(together),
    }
    for tab, draw in zip(st.tabs(list(views), on_change="rerun", key="compare_views"), views.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _show_grid(runs: Sequence[ComparedRun]) -> None:
    st.caption("Test AUC: the mean, and from the lowest to the highest of the runs with that activation and depth.")
    st.plotly_chart(study_grid_figure(runs), key="grid", config=picture("activation-depth"))
    st.caption("Each network with the mean over its seeds; the best epoch has the lowest validation loss.")
    show_table(network_table(runs), whole=("seeds", "parameters"))


def _show_curves(runs: Sequence[ComparedRun]) -> None:
    st.caption("All panels of a row have one scale. Losses can be compared where the networks have the same one.")
    st.plotly_chart(study_curves_figure(runs), key="curves", config=picture("learning-curves"))


def _is_any(runs: Sequence[ComparedRun]) -> bool:
    """Say so where no run was tested on photos of both labels."""
    if not runs:
        st.caption("Nothing to draw: the test photos do not hold both labels.")
    return bool(runs)


def _show_precision_recall(runs: Sequence[ComparedRun]) -> None:
    if not _is_any(runs):
        return
    st.caption(
        "Of the test photos called sad, how many are (precision), and how many of the sad ones were found (recall). "
        "AP, the average precision, is the area below."
    )
    st.plotly_chart(precision_recall_figure(named_scores(runs)), key="pr", config=picture("precision-recall"))


def _show_calibration(runs: Sequence[ComparedRun]) -> None:
    if not _is_any(runs):
        return
    st.caption(
        "Is P(sad) a probability? Of the test photos that got about .8, about eight in ten should be sad. Bars, of up "
        "to 4 networks: 95 % interval (Wilson). Brier: mean squared error, .25 for always saying .5. ECE: mean "
        "distance from the dotted line. 0 is perfect for both."
    )
    drawn = _first(runs, MOST_LINES)
    st.plotly_chart(reliability_figure(named_scores(drawn)), key="calibration", config=picture("calibration"))
    show_table(calibration_table(runs))


def _show_scores(runs: Sequence[ComparedRun]) -> None:
    if not _is_any(runs):
        return
    st.caption("How many test photos of either label got which P(sad); dashed: the threshold.")
    figure = score_histograms(named_scores(_first(runs, MOST_PANELS)))
    st.plotly_chart(figure, key="scores", config=picture("scores"))


def _first(runs: Sequence[ComparedRun], most: int) -> Sequence[ComparedRun]:
    if len(runs) > most:
        st.caption(f"The first {most} of {len(runs)} networks; choose others at the top of the page.")
    return runs[:most]


def _show_pairs(together: ComparedStudies) -> None:
    if not together.comparison.pairs:
        st.caption("There is no pair of networks to compare.")
        return
    show_table(pair_table(together))
    st.caption("The test compares trained networks, with these seeds; what holds for an activation takes several.")
