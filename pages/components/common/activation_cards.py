"""Activation functions as cards: curve and slope, range, formula and a note."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.figures import style_of
from emotion_core.network import Activation
from emotion_core.network.figures import activation_figure
from pages.components.common.markdown import escape_markdown
from pages.components.common.plotly_figure import show_figure

CARD_PX = 240  # narrower, the figure would be cut


def show_activations(activations: Sequence[Activation], key: str) -> None:
    """Draw one card per activation, as many beside one another as there is room for.

    Args:
        activations: in the order of the cards.
        key: prefix of the keys of the figures.
    """
    with st.container(horizontal=True):
        for activation in activations:
            with st.container(border=True, width=CARD_PX, height="stretch"):
                _show_card(activation, f"{key}-{activation.name}")


@st.cache_resource(show_spinner=False)
def _curve(name: str, _activation: Activation) -> go.Figure:
    return activation_figure(_activation, style_of(name).color)


def _show_card(activation: Activation, key: str) -> None:
    st.markdown(f"**{escape_markdown(activation.name)}**")
    show_figure(_curve(activation.name, activation), key, f"{activation.name} and its slope from -4 to 4")
    st.caption(
        f"{escape_markdown(activation.formula)}, range {escape_markdown(activation.range)}  \n"
        f"{escape_markdown(activation.note)}  \n*{escape_markdown(activation.source)}*"
    )
