"""More views of the compared networks, in tabs; only the open tab is computed and drawn."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.figures import (
    calibration_sentence,
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
from pages.components.common.markdown import escape_markdown
from pages.components.common.run_charts import CURVES_NOTE
from pages.components.compare.selection import plotly_config
from pages.components.compare.tables import show_table

MAX_PANELS = 12
MAX_LINES = 12


@st.fragment
def show_views(compared: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    """Draw the tabs.

    Args:
        compared: all compared runs, for the table of pairs.
        runs: the runs selected on the page, at least one.
    """
    views: Mapping[str, Callable[[], None]] = {
        "Activation × depth": lambda: _show_grid(runs),
        "Learning curves": lambda: _show_curves(runs),
        "Precision and recall": lambda: _show_precision_recall(tested(runs)),
        "Calibration": lambda: _show_calibration(tested(runs)),
        "Scores": lambda: _show_scores(tested(runs)),
        "Pair by pair": lambda: _show_pairs(compared),
    }
    for tab, draw in zip(st.tabs(list(views), on_change="rerun", key="compare_views"), views.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _show_grid(runs: Sequence[ComparedRun]) -> None:
    st.caption("Mean test AUC of the runs with each activation and depth, with the lowest and the highest.")
    st.plotly_chart(study_grid_figure(runs), key="grid", config=plotly_config("activation-depth"))
    st.caption(
        "Each row is the mean over a network's seeds. The best epoch is the one with the lowest validation loss."
    )
    show_table(network_table(runs), whole=("seeds", "parameters"))


def _show_curves(runs: Sequence[ComparedRun]) -> None:
    st.caption(
        "All panels in a row share one scale. Losses can be compared only between networks with the same loss "
        "function. A mean is over the networks that were still training at an epoch; its band runs from the lowest to "
        "the highest."
    )
    st.caption(CURVES_NOTE)
    single = len(runs) > 1 and st.toggle("Every network by itself", key="single_curves")
    figure = study_curves_figure(runs, draw_single=single)
    st.plotly_chart(figure, key="curves", config=plotly_config("learning-curves"))


def _has_tested_runs(runs: Sequence[ComparedRun]) -> bool:
    """Return whether any run was tested on photos of both labels; draw a caption if not."""
    if not runs:
        st.caption("Nothing to draw: the test photos do not include both labels.")
    return bool(runs)


def _show_precision_recall(runs: Sequence[ComparedRun]) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Precision: share of the test photos called sad that are sad. Recall: share of the sad test photos that are "
        "called sad. AP: average precision, the area under the curve. Over folds: the mean of the folds' precisions."
    )
    st.plotly_chart(precision_recall_figure(named_scores(runs)), key="pr", config=plotly_config("precision-recall"))


def _show_calibration(runs: Sequence[ComparedRun]) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Is P(sad) a probability? About eight in ten test photos with a P(sad) of about .8 should be sad. Bars (for up "
        "to 4 networks): 95 % interval (Wilson). Brier: mean squared error; .25 if P(sad) is always .5. ECE: expected "
        "calibration error, the mean distance from the dotted line. 0 is perfect for both, but few photos never show "
        "it: beside the ECE stands what a perfectly calibrated network would show on as many."
    )
    drawn = _first_runs(runs, MAX_LINES)
    calibrated = st.toggle(
        "After calibration",
        key="calibrated_view",
        help="Draws the calibrated probability of the networks that have one. It keeps the order of the photos, so ROC "
        "curve and AUC stay as they are.",
    )
    figure = reliability_figure(named_scores(drawn, calibrated=calibrated))
    st.plotly_chart(figure, key="calibration", config=plotly_config("calibration"))
    show_table(calibration_table(runs))
    st.caption(
        "Calibrated by: a curve fitted to the validation photos (Platt scaling), from 48 of them on. Predict and "
        "exports give its probability beside P(sad), which stays the network's own output, as does the threshold."
    )
    st.caption(escape_markdown(calibration_sentence(runs)))


def _show_scores(runs: Sequence[ComparedRun]) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Distribution of P(sad) over the happy and the sad test photos. Dashed: the threshold; none over "
        "folds, as each has its own."
    )
    figure = score_histograms(named_scores(_first_runs(runs, MAX_PANELS)))
    st.plotly_chart(figure, key="scores", config=plotly_config("scores"))


def _first_runs(runs: Sequence[ComparedRun], count: int) -> Sequence[ComparedRun]:
    if len(runs) > count:
        st.caption(f"The first {count} of {len(runs)} networks. Select others at the top of the page.")
    return runs[:count]


def _show_pairs(compared: ComparedStudies) -> None:
    if not compared.comparison.pairs:
        st.caption("There is no pair of networks to compare.")
        return
    show_table(pair_table(compared))
    st.caption(
        "Adjusted as the differences from the champion: the p-value of a pair is the same in both tables. These tests "
        "compare individual trained networks, not activations."
    )
