"""Learning curves, and more views of the compared networks in tabs; only the open tab is computed and drawn."""

from collections.abc import Callable, Sequence

import streamlit as st

from emotion_core.evaluation.comparison import ComparedRun, ComparedStudies
from emotion_core.evaluation.figures import (
    MAX_CALIBRATIONS,
    Grouping,
    alt_text,
    best_networks,
    calibration_sentence,
    calibration_table,
    champion_table,
    has_grid,
    named_scores,
    network_table,
    pair_table,
    precision_recall_figure,
    rates_table,
    reliability_figure,
    score_histograms,
    study_curves_figure,
    study_grid_figure,
    study_table,
    tested,
)
from pages.components.common.markdown import escape_markdown
from pages.components.common.plotly_figure import show_figure
from pages.components.common.run_charts import CURVES_NOTE
from pages.components.common.tables import show_table
from pages.components.compare.diagnosis import show_diagnoses
from pages.components.compare.selection import plotly_config
from pages.components.compare.threshold import show_threshold

MAX_PANELS = 12


@st.fragment
def show_views(compared: ComparedStudies, runs: Sequence[ComparedRun], by: Grouping) -> None:
    """Draw the tabs.

    Args:
        compared: all compared runs, which the tables cover.
        runs: the runs selected on the page, at least one.
        by: which of their curves are averaged.
    """
    shown = [run for run in runs if len(run.photo_ids)]
    views: dict[str, Callable[[], None]] = {
        **({"Photos": lambda: show_threshold(shown, compared.champion)} if shown else {}),
        "Networks": lambda: _show_networks(compared, runs),
        "Diagnosis": lambda: show_diagnoses(runs),
        "Precision and recall": lambda: _show_precision_recall(tested(runs), by),
        "Calibration": lambda: _show_calibration(compared, tested(runs)),
        "Scores": lambda: _show_scores(tested(runs), by),
        "Pairs": lambda: _show_pairs(compared),
    }
    for tab, draw in zip(st.tabs(list(views), on_change="rerun", key="compare_views"), views.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _show_networks(compared: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    _show_means(runs)
    st.markdown("**Single networks**")
    st.caption(
        "These rows and tests are about trained networks, not about activations: another seed may turn their order."
    )
    show_table(study_table(compared))
    show_table(rates_table(compared.runs))
    st.caption("Accuracy, precision, recall and F1 on the test photos, at the threshold of each network.")
    if compared.comparison.against_champion:
        st.markdown("**Differences from the champion**")
        show_table(champion_table(compared))
        st.caption(
            "Difference in test AUC from the champion (DeLong, paired on the same photos; luck in photos alone). "
            "Interval and p-value are adjusted together by Holm's method for all pairs of networks that were tested, "
            "so the interval leaves 0 out exactly where p is below .05. McNemar, not adjusted: do the two networks "
            "classify the same number of test photos correctly, each at its threshold? Networks that give all photos "
            "practically the same answer are in no pair."
        )


def _show_means(runs: Sequence[ComparedRun]) -> None:
    if has_grid(runs):
        st.caption("Mean test AUC of the runs with each activation and depth, with the lowest and the highest.")
        figure = study_grid_figure(runs)
        alt = "Mean test AUC by activation and depth; the table below has the numbers"
        show_figure(figure, "grid", alt, plotly_config("activation-depth"))
    st.caption(
        "Each row is the mean over a network's seeds. The best epoch is the one with the lowest validation loss."
    )
    show_table(network_table(runs))


def show_learning_curves(runs: Sequence[ComparedRun]) -> None:
    """Draw accuracy and loss over the epochs: means and bands, or every network by itself.

    Args:
        runs: the runs selected on the page, at least one.
    """
    single = len({run.network for run in runs}) < len(runs) and st.toggle("Every run by itself", key="single_curves")
    figure = study_curves_figure(runs, draw_single=single)
    alt = f"Accuracy and loss over the epochs: {', '.join(dict.fromkeys(run.network for run in runs))}"
    show_figure(figure, "curves", alt, plotly_config("learning-curves"))
    st.caption(
        "One scale for accuracy, one for loss. Losses can be compared only between networks with the same loss "
        "function. A mean is over the networks that were still training at an epoch; its band runs from the lowest to "
        f"the highest. {CURVES_NOTE}"
    )


def _has_tested_runs(runs: Sequence[ComparedRun]) -> bool:
    """Return whether any run was tested on photos of both labels; draw a caption if not."""
    if not runs:
        st.caption("Nothing to draw: the test photos do not include both labels.")
    return bool(runs)


def _show_precision_recall(runs: Sequence[ComparedRun], by: Grouping) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Precision: share of the test photos called sad that are sad. Recall: share of the sad test photos that are "
        "called sad. AP: average precision, the area under the curve. Over folds: the mean of the folds' precisions. "
        "Lines and bands as in the ROC curves above."
    )
    figure = precision_recall_figure(named_scores(runs, by=by), draw_single=by == "seed")
    alt = alt_text(figure, "Precision over recall on the test photos")
    show_figure(figure, "pr", alt, plotly_config("precision-recall"))


def _show_calibration(compared: ComparedStudies, runs: Sequence[ComparedRun]) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Is P(sad) a probability? About eight in ten test photos with a P(sad) of about .8 should be sad. Bars: 95 % "
        "interval (Wilson). Brier: mean squared error; .25 if P(sad) is always .5. ECE: expected calibration error, "
        "the mean distance from the dotted line. 0 is perfect for both, but few photos never show it: beside the ECE "
        "stands what a perfectly calibrated network would show on as many."
    )
    drawn = _choose_calibrations(compared, runs)
    calibrated = st.toggle(
        "After calibration",
        key="calibrated_view",
        help="Draws the calibrated probability of the networks that have one. It keeps the order of the photos, so ROC "
        "curve and AUC stay as they are.",
    )
    figure = reliability_figure(named_scores(drawn, calibrated=calibrated))
    alt = alt_text(figure, "Share of sad photos over the mean P(sad) of their bin")
    show_figure(figure, "calibration", alt, plotly_config("calibration"))
    show_table(calibration_table(runs))
    st.caption(
        "Calibrated by: a curve fitted to the validation photos (Platt scaling), from 48 of them on. Predict and "
        "exports give its probability beside P(sad), which stays the network's own output, as does the threshold."
    )
    st.caption(escape_markdown(calibration_sentence(runs)))


def _choose_calibrations(compared: ComparedStudies, runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Draw the choice of a few networks; by default the champion and those that do best on validation photos."""
    best = best_networks(runs, compared.comparison.champion, MAX_CALIBRATIONS)
    if len(runs) <= MAX_CALIBRATIONS:
        return list(runs)
    chosen = st.multiselect(
        "Networks drawn",
        [run.name for run in runs],
        [run.name for run in best],
        max_selections=MAX_CALIBRATIONS,
        key=f"calibrations-{compared.study.study_id}",
    )
    return [run for run in runs if run.name in chosen]


def _show_scores(runs: Sequence[ComparedRun], by: Grouping) -> None:
    if not _has_tested_runs(runs):
        return
    st.caption(
        "Number of happy and of sad test photos by P(sad), the mean over the runs of a panel. All panels have one "
        "scale. Dashed: the threshold of a single network; none over folds, as each has its own."
    )
    scores = named_scores(runs, by=None if by == "seed" else by)
    panels = list(dict.fromkeys(score.group or score.name for score in scores))
    if len(panels) > MAX_PANELS:
        st.caption(f"The first {MAX_PANELS} of {len(panels)} networks. Select others at the top of the page.")
    shown = [score for score in scores if (score.group or score.name) in panels[:MAX_PANELS]]
    alt = f"Histograms of P(sad) of happy and of sad test photos: {', '.join(panels[:MAX_PANELS])}"
    show_figure(score_histograms(shown), "scores", alt, plotly_config("scores"))


def _show_pairs(compared: ComparedStudies) -> None:
    if not compared.comparison.pairs:
        st.caption("There is no pair of networks to compare.")
        return
    show_table(pair_table(compared))
    st.caption(
        "Adjusted as the differences from the champion: the p-value of a pair is the same in both tables. These tests "
        "compare individual trained networks, not activations."
    )
