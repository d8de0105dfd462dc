"""A Plotly figure on a page."""

import plotly.graph_objects as go
import streamlit as st


def show_figure(figure: go.Figure, key: str, alt: str, config: dict[str, object] | None = None) -> None:
    """Draw a figure as wide as its place.

    Args:
        figure: the figure to draw.
        key: widget key of the chart.
        alt: text for screen readers.
        config: Plotly's settings; by default the figure has no toolbar.
    """
    st.plotly_chart(figure, key=key, alt=alt, width="stretch", config=config or {"displayModeBar": False})
