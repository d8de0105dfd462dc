"""The answer of the compared networks: sentence, figures, table, and what limits it."""

import streamlit as st

from emotion_core.evaluation.answer import StudyAnswer
from emotion_core.evaluation.comparison import Comparison
from emotion_core.evaluation.figures import (
    NEGLIGIBLE,
    alt_text,
    cell_table,
    contrast_details,
    contrast_table,
    forest_figure,
    has_interaction_figure,
    interaction_figure,
)
from pages.components.common.markdown import escape_markdown
from pages.components.common.plotly_figure import show_figure
from pages.components.common.tables import show_table
from pages.components.compare.selection import plotly_config

LARGEST_NEGLIGIBLE = 0.2


def show_answer(comparison: Comparison) -> None:
    """Draw what the networks say of activations and depths.

    Args:
        comparison: of the networks; where it has no answer, the reason is drawn.
    """
    answer = comparison.answer
    if answer is None:
        st.info(escape_markdown(comparison.no_answer), icon=":material/help:")
        return
    with st.container(border=True):
        first, *others = answer.parts
        st.markdown(f"**{escape_markdown(first)}**")
        for part in others:
            st.markdown(escape_markdown(part))
        for note in answer.notes:
            st.caption(escape_markdown(note))
    _show_figures(answer)
    with st.expander("All comparisons and means", icon=":material/table:"):
        _show_tables(answer)


def _show_figures(answer: StudyAnswer) -> None:
    negligible = NEGLIGIBLE
    if answer.contrasts:
        negligible = st.number_input(
            "Difference in AUC that is too small to matter",
            min_value=0.0,
            max_value=LARGEST_NEGLIGIBLE,
            value=NEGLIGIBLE,
            step=0.01,
            help="Drawn as the gray band. A difference whose interval lies within it is of no practical use, "
            "whatever its p-value.",
            key="negligible",
            width=320,
        )
    alt = f"Means and differences with their 95 % intervals. {answer.sentence}"
    show_figure(forest_figure(answer, negligible=negligible), "forest", alt, plotly_config("answer"))
    st.caption(
        "Diamonds: means with 95 % intervals. Dots: single seeds. Filled diamonds below: told apart after Holm's "
        "adjustment; the intervals themselves are not adjusted."
    )
    if has_interaction_figure(answer):
        figure = interaction_figure(answer)
        alt = alt_text(figure, "Mean test AUC over depth, a line for each activation")
        show_figure(figure, "interaction", alt, plotly_config("activation-depth-lines"))
        if "activation" in answer.factors:
            st.caption("Lines that are not parallel: the difference between activations changes with depth.")


def _show_tables(answer: StudyAnswer) -> None:
    if answer.contrasts:
        show_table(contrast_table(answer))
        st.caption(
            "A − B: difference of the mean test AUCs, with the 95 % interval of this difference alone. p (Holm): "
            "adjusted for all comparisons of the same question; the answer rests on it."
        )
        show_table(contrast_details(answer))
        st.caption(
            "p: of this difference alone. A won: share of the pairs of networks in which that of A had the higher AUC. "
            "Variance: how much of the uncertainty is luck in training, and how much luck in photos."
        )
    show_table(cell_table(answer))
    st.caption(
        "The interval of a mean counts luck in training and in photos; with one seed, luck in photos alone. SD over "
        "seeds: how far apart training puts equal networks. SE from photos: how far other test photos would move the "
        "mean."
    )
