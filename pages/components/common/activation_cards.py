"""Activation functions as cards: curve and slope, range, formula and a note."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.figures import style_of
from emotion_core.network import Activation
from emotion_core.network.figures import activation_figure
from pages.components.common.markdown import escape_markdown


def show_activations(activations: Sequence[Activation], key: str, per_row: int = 4) -> None:
    """Draw one card per activation, in rows.

    Args:
        activations: in the order of the cards.
        key: prefix of the keys of the figures.
        per_row: cards side by side.
    """
    for start in range(0, len(activations), per_row):
        row = activations[start : start + per_row]
        for column, activation in zip(st.columns(per_row), row, strict=False):
            with column.container(border=True, height="stretch"):
                _show_card(activation, f"{key}-{activation.name}")


@st.cache_resource(show_spinner=False)
def _curve(name: str, _activation: Activation) -> go.Figure:
    return activation_figure(_activation, style_of(name).color)


def _show_card(activation: Activation, key: str) -> None:
    st.markdown(f"**{escape_markdown(activation.name)}**")
    st.plotly_chart(_curve(activation.name, activation), key=key, width="stretch", config={"displayModeBar": False})
    st.caption(
        f"{escape_markdown(activation.formula)}, range {escape_markdown(activation.range)}  \n"
        f"{escape_markdown(activation.note)}  \n*{escape_markdown(activation.source)}*"
    )
