"""Activation functions as cards: curve and slope, range, formula, and what to know."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.evaluation.figures import style_of
from emotion_core.network import Activation
from emotion_core.network.figures import activation_figure
from pages.components.common.markdown import escape_markdown


def show_activations(activations: Sequence[Activation], key: str, per_row: int = 4) -> None:
    """Draw a card for each, in rows.

    Args:
        activations: in order.
        key: begins the keys of the figures.
        per_row: how many cards stand side by side.
    """
    for start in range(0, len(activations), per_row):
        row = activations[start : start + per_row]
        for column, activation in zip(st.columns(per_row), row, strict=False):
            with column.container(border=True, height="stretch"):
                _show_card(activation, f"{key}-{activation.name}")


def _show_card(activation: Activation, key: str) -> None:
    st.markdown(f"**{escape_markdown(activation.name)}**")
    figure = activation_figure(activation, style_of(activation.name).color)
    st.plotly_chart(figure, key=key, width="stretch", config={"displayModeBar": False})
    st.caption(
        f"{escape_markdown(activation.formula)}, within {escape_markdown(activation.range)}  \n"
        f"{escape_markdown(activation.note)}  \n*{escape_markdown(activation.source)}*"
    )
