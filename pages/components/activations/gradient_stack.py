"""The gradient at each layer of a random stack, recomputed for every setting."""

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
from pages.components.activations.curves import DEFAULT_NAMES, choose_activations
from pages.components.common.plotly_figure import show_figure

EVEN, UNSCALED = "Same spread for every layer", "Unscaled"
DRAWS = 128


def show_stack() -> None:
    """Draw the settings of a stack of layers, the gradient at each layer, and the share that is left at the first."""
    st.markdown(
        "Random inputs pass forward through a stack of layers with random weights, and a random gradient passes back. "
        "Its size is measured at each layer: if almost no gradient reaches the first layers, they learn almost nothing."
    )
    chosen = choose_activations("learn_stack")
    left, middle, right = st.columns(3)
    depth = left.slider(
        "Layers", 1, MAX_LAYERS, 5, key="learn_depth", help="Number of layers that the gradient passes."
    )
    width = middle.select_slider("Units in each layer", (16, 32, 64, 128), 128, key="learn_width")
    rule = right.selectbox(
        "Initializer",
        list(WEIGHT_RULES),
        format_func=lambda name: WEIGHT_RULES[name].title,
        key="learn_rule",
        help="Determines the size of the random weights.",
    )
    st.caption(WEIGHT_RULES[rule].note)
    signal = st.segmented_control(
        "Input of each layer",
        (EVEN, UNSCALED),
        default=EVEN,
        required=True,
        key="learn_even",
        help="With the same spread, only the slopes of the activation matter. Unscaled is a real network: its signal "
        "may shrink or grow, which moves sigmoid and tanh to another part of their curve.",
    )
    profiles = {
        activation.name: _gradient_profile(activation.name, depth, rule, width, signal == EVEN) for activation in chosen
    }
    alt = f"The gradient at each of {depth} layers; the list below has its size at the first layer"
    show_figure(stack_figure(profiles), "learn_stack_figure", alt)
    st.markdown("".join(f"- **{name}** {_profile_text(profile, depth)}\n" for name, profile in profiles.items()))
    by_rule = {name: expected_gradient(HIDDEN_ACTIVATIONS[name], 5) for name in DEFAULT_NAMES}
    rule_text = ", ".join(f"{kept:.3g} for {name}" for name, kept in by_rule.items())
    st.caption(
        f"Bars: measured by backpropagation over {DRAWS} draws: the root mean square of the gradient, divided by that "
        "at the output. Diamonds: predicted by the rule √(gain · mean of f′(z)²) per layer for normally distributed z; "
        "the gain is n times the variance of the weights (Glorot & Bengio, 2010; He et al., 2015). After five layers "
        f"with unit gain the rule predicts {rule_text}; with He initialization "
        f"{expected_gradient(HIDDEN_ACTIVATIONS['relu'], 5, gain=2.0):.3g} for relu."
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _gradient_profile(name: str, depth: int, rule: str, width: int, even: bool) -> GradientProfile:
    return gradient_profile(HIDDEN_ACTIVATIONS[name], depth, rule, width=width, draws=DRAWS, normalize=even)


def _profile_text(profile: GradientProfile, depth: int) -> str:
    layers = count_text(depth, "layer")
    return (
        f"keeps **{profile.gradient[0]:.3g}** of the gradient after {layers}; "
        f"by the rule {profile.slopes_alone[0]:.3g}. "
        f"The size of its signal goes from {profile.signal[0]:.2f} to {profile.signal[-1]:.2f}."
    )
