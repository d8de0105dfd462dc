"""The confusion matrix as a figure."""

import numpy as np
import plotly.graph_objects as go

from emotion_core.evaluation.figures.theme import TEMPLATE
from emotion_core.evaluation.statistics import ConfusionCounts


def confusion_figure(counts: ConfusionCounts, title: str) -> go.Figure:
    """Draw the four counts as a 2 × 2 heatmap, true labels as rows and predicted labels as columns.

    Args:
        counts: Numbers of photos by true and predicted label.
        title: Text above the figure; "" for none.
    """
    photo_counts = np.array([[counts.true_happy, counts.false_sad], [counts.false_happy, counts.true_sad]])
    # Each row is colored by its shares, so that the rarer label is as easy to read.
    shares = photo_counts / np.maximum(photo_counts.sum(axis=1, keepdims=True), 1)
    labels = ["happy", "sad"]
    figure = go.Figure(layout={"template": TEMPLATE})
    figure.add_heatmap(
        x=labels, y=labels, z=shares, zmin=0, zmax=1, colorscale=[[0, "#DCEAF4"], [1, "#0072B2"]], showscale=False,
        xgap=3, ygap=3, customdata=photo_counts, hovertemplate="%{customdata} %{y} photos called %{x}<extra></extra>",
    )  # fmt: skip
    for (row, column), count in np.ndenumerate(photo_counts):
        color = "#FFFFFF" if shares[row, column] > 0.6 else "#1A1A1A"  # legible on the cell, whatever the theme
        figure.add_annotation(
            x=labels[column], y=labels[row], text=str(count), showarrow=False, font={"size": 22, "color": color}
        )
    axis = {"showgrid": False, "constrain": "domain", "fixedrange": True, "automargin": True, "ticks": ""}
    figure.update_xaxes(title={"text": "predicted", "standoff": 6}, **axis)
    figure.update_yaxes(title={"text": "true", "standoff": 6}, autorange="reversed", scaleanchor="x", **axis)
    if title:
        figure.update_layout(title={"text": title, "font": {"size": 15}, "x": 0.5, "xanchor": "center"})
    return figure.update_layout(height=280, margin={"l": 10, "r": 10, "t": 44 if title else 10, "b": 10})
