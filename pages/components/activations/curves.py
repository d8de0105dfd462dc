"""Activation functions side by side: curves, slopes, and facts about each."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.network import HIDDEN_ACTIVATIONS, Activation
from emotion_core.teaching.activations import FLAT_SLOPE, flat_text, largest_slope
from emotion_core.teaching.activations.figures import curves_figure
from pages.components.common.activation_cards import show_activations
from pages.components.common.plotly_figure import show_figure
from pages.components.common.tables import show_table

DEFAULT_NAMES = ("relu", "tanh", "sigmoid")


def choose_activations(key: str) -> list[Activation]:
    """Draw the choice of activations and return the chosen ones; stop the page if there are none."""
    names = st.pills(
        "Activations",
        list(HIDDEN_ACTIVATIONS),
        selection_mode="multi",
        default=DEFAULT_NAMES,
        key=key,
        persist_state="session",
        help="Pick one or several to compare.",
    )
    if not names:
        st.info("Pick at least one activation.")
        st.stop()
    return [activation for name, activation in HIDDEN_ACTIVATIONS.items() if name in names]


def show_curves() -> None:
    """Draw the curves of the chosen activations, their slopes, and a table of facts."""
    chosen = choose_activations("learn_curves")
    names = ", ".join(activation.name for activation in chosen)
    left, right = st.columns(2)
    with left:
        st.markdown("**The function f(x)**")
        show_figure(curves_figure(chosen), "learn_values", f"The curves of {names}")
    with right:
        st.markdown("**Its slope f′(x)**")
        show_figure(curves_figure(chosen, slopes=True), "learn_slopes", f"The slopes of {names}")
    show_table(_facts(chosen))
    st.caption(
        "The slope multiplies the gradient on its way back. Flat: the absolute slope is below "
        f"{FLAT_SLOPE}, so almost no gradient passes."
    )
    _show_misconceptions()
    cards = st.expander("All activations as cards", icon=":material/grid_view:", key="learn_cards", on_change="rerun")
    if cards.open:
        with cards:
            show_activations(list(HIDDEN_ACTIVATIONS.values()), "learn-card")


def _facts(chosen: Sequence[Activation]) -> list[dict[str, str]]:
    return [
        {
            "Activation": activation.name,
            "Formula": activation.formula,
            "Range": activation.range,
            "Flat": flat_text(activation),
            "Largest slope": f"{largest_slope(activation):.3f}",
            "Usual initializer": activation.initializer,
            "Source": activation.source,
        }
        for activation in chosen
    ]


def _show_misconceptions() -> None:
    st.markdown("**Three common misconceptions**")
    st.markdown(
        "- *“ReLU gives 0 or 1.”* Its **slope** is 0 or 1. Its output is any number from 0 up.\n"
        "- *“Deep networks cannot be trained with tanh.”* They can: the slope of tanh at 0 is 1, and with Glorot "
        "initialization it trains well. See **Vanishing gradient**: of the three, sigmoid is the one that loses the "
        "gradient.\n"
        "- *“Any activation can be the output.”* **Output activation and loss must match**: a sigmoid with "
        "cross-entropy. Sigmoid with squared error is flat where the network is most wrong (see **Gradient descent**, "
        "the plateau). A ReLU output is dead below 0: every prediction is 0, and no gradient changes that."
    )
