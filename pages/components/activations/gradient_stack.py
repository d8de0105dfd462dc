"""The gradient that comes back through a stack of layers, drawn anew with every setting."""

import streamlit as st

from emotion_core.formatting import count_text
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.teaching.activations import (
    MAX_LAYERS,
    WEIGHT_RULES,
    GradientProfile,
    expected_gradient,
    gradient_profile,
)
from emotion_core.teaching.activations.figures import stack_figure
from pages.components.activations.curves import AT_FIRST, choose_activations, show_figure

EVEN, AS_IT_COMES = "The same spread for every layer", "As it comes"
DRAWS = 128


def show_stack() -> None:
    """Draw the settings of a stack, the gradient in front of each of its layers, and what that comes to."""
    st.markdown(
        "Random inputs go through a stack of layers with random weights, and a random gradient comes back. In front "
        "of each layer its size is measured: if the first layers get next to nothing, they learn next to nothing."
    )
    chosen = choose_activations("learn_stack")
    left, middle, right = st.columns(3)
    depth = left.slider("Layers", 1, MAX_LAYERS, 5, key="learn_depth", help="How many the gradient passes.")
    width = middle.select_slider("Units in each layer", (16, 32, 64, 128), 128, key="learn_width")
    rule = right.selectbox(
        "Initialiser",
        list(WEIGHT_RULES),
        format_func=lambda name: WEIGHT_RULES[name].title,
        key="learn_rule",
        help="How large the random weights are.",
    )
    st.caption(WEIGHT_RULES[rule].note)
    signal = st.segmented_control(
        "What each layer is given",
        (EVEN, AS_IT_COMES),
        default=EVEN,
        required=True,
        key="learn_even",
        help="The same spread shows what the slopes alone do. As it comes is a real network, whose signal may fade or "
        "grow: then sigmoid and tanh work in another part of their curve.",
    )
    readings = {one.name: _reading(one.name, depth, rule, width, signal == EVEN) for one in chosen}
    alt = f"The gradient in front of each of {depth} layers; the list below has its size at the first"
    show_figure(stack_figure(readings), "learn_stack_figure", alt)
    st.markdown("".join(f"- **{name}** {_told(reading, depth)}\n" for name, reading in readings.items()))
    by_rule = {name: expected_gradient(HIDDEN_ACTIVATIONS[name], 5) for name in AT_FIRST}
    told = ", ".join(f"{kept:.3g} for {name}" for name, kept in by_rule.items())
    st.caption(
        f"Bars: measured by backpropagation over {DRAWS} draws, as the root mean square of the gradient over that at "
        "the output. Diamonds: the rule, √(gain · mean of f′(z)²) for each layer whose z is normally distributed; the "
        "gain is n times the variance of the weights (Glorot & Bengio, 2010; He et al., 2015). After five layers at "
        f"unit gain it says {told}; with He's initialiser "
        f"{expected_gradient(HIDDEN_ACTIVATIONS['relu'], 5, gain=2.0):.3g} for relu."
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _reading(name: str, depth: int, rule: str, width: int, even: bool) -> GradientProfile:
    return gradient_profile(HIDDEN_ACTIVATIONS[name], depth, rule, width=width, draws=DRAWS, normalize=even)


def _told(reading: GradientProfile, depth: int) -> str:
    layers = count_text(depth, "layer")
    return (
        f"keeps **{reading.gradient[0]:.3g}** of the gradient after {layers}; "
        f"by the rule {reading.slopes_alone[0]:.3g}. "
        f"Its signal goes from a size of {reading.signal[0]:.2f} to {reading.signal[-1]:.2f}."
    )
