"""Activations: curves and slopes, vanishing gradient, gradient descent, convolution, the user's runs, epoch times."""

import streamlit as st

from pages.components.activations.convolution import show_convolution
from pages.components.activations.curves import show_curves
from pages.components.activations.descent import show_descent
from pages.components.activations.epoch_times import show_times
from pages.components.activations.gradient_stack import show_stack
from pages.components.activations.own_runs import show_runs

VIEWS = {
    "Curves": show_curves,
    "Vanishing gradient": show_stack,
    "Gradient descent": show_descent,
    "Convolution": show_convolution,
    "Your runs": show_runs,
    "Epoch time": show_times,
}

st.title("Activations")
st.markdown(
    "An activation is the nonlinear function after a layer: without it, any number of layers is one linear function. "
    "What a network can learn depends on its value in the forward pass and on its **slope** in the backward pass."
)
# The key is the name in the address: a view can be linked to.
view = st.segmented_control("Show", list(VIEWS), default="Curves", required=True, key="view", bind="query-params")
VIEWS[view]()
