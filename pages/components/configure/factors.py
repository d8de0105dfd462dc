"""What a study compares: activations, depths, seeds, whatever else is varied, and on which photos."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import SAMPLES, PhotoGroup
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.training import PRESETS
from emotion_core.training.config import FIELDS, MAX_DEPTH, MAX_FOLDS
from pages.components.common.activation_cards import show_activations
from pages.components.configure.settings_form import SettingsForm, is_fixed

MOST_SEEDS = 20


def choose_compared(form: SettingsForm, fields: Sequence[str]) -> None:
    """Draw the choice of what differs, with the curves of the activations that are chosen.

    Args:
        form: takes the choice.
        fields: the settings that can be varied besides.
    """
    if grid := PRESETS[form.base.preset].networks is None:
        left, right = st.columns([2, 1])
        with left:
            _choose_activations(form)
        with right:
            _choose_depths(form)
    left, right = st.columns([2, 1])
    form.varied = left.multiselect(
        "Vary also",
        [name for name in fields if not is_fixed(form.base, name)],
        default=[name for name in form.base.vary if name in fields],
        format_func=lambda name: str(FIELDS[name].title),
        placeholder="nothing else",
        help="Each setting chosen here takes several values in its field below; every combination is trained.",
        key=f"varied-{form.key}",
        persist_state="session",
    )
    seeds, folds = right.columns(2)
    with seeds:
        form.seeds = st.number_input(
            "Seeds",
            1,
            MOST_SEEDS,
            form.base.seeds,
            help="How often each network is trained from other first weights; with one seed, luck and activation "
            "look alike.",
            key=f"seeds-{form.key}",
            persist_state="session",
        )
        form.set("seeds", None)
    with folds:
        _choose_folds(form)
    names = form.values["hidden_activation"] if grid else form.base.values("hidden_activation")
    show_activations([HIDDEN_ACTIVATIONS[name] for name in names], "hidden")


def _choose_folds(form: SettingsForm) -> None:
    form.folds = st.selectbox(
        "Folds",
        (0, *range(2, MAX_FOLDS + 1)),
        index=max(form.base.folds - 1, 0),
        format_func=lambda folds: str(folds) if folds else "off",
        help="Cross-validation: with k folds each network is trained k times, each time with another k-th of the "
        "photos held back to be tested on, so that every photo is judged by a network that did not learn from it. A "
        "fairer comparison where photos are few, for k times the work.",
        key=f"folds-{form.key}",
        persist_state="session",
    )
    form.set("folds", None)


def _choose_activations(form: SettingsForm) -> None:
    chosen = st.multiselect(
        "Hidden activations",
        list(HIDDEN_ACTIVATIONS),
        default=form.base.values("hidden_activation"),
        format_func=lambda name: f"{name}: {HIDDEN_ACTIVATIONS[name].formula}",
        help="One network is trained for each; this is the study's question.",
        key=f"activations-{form.key}",
        persist_state="session",
    )
    form.set("hidden_activation", chosen)


def _choose_depths(form: SettingsForm) -> None:
    given = "depth" in {**form.base.vary, **form.base.settings}
    chosen = st.multiselect(
        "Depths",
        range(1, MAX_DEPTH + 1),
        default=form.base.values("depth") if given else [],
        placeholder="as many as filters",
        help="Numbers of convolution blocks; one network is trained for each activation and depth. "
        "A depth uses the first filters per block, or all and then the last again; empty: one block for each.",
        key=f"depths-{form.key}",
        persist_state="session",
    )
    form.set("depth", chosen or None)


def choose_sources(form: SettingsForm, photos: Sequence[PhotoGroup]) -> None:
    """Draw the choice of where a study's photos come from.

    Args:
        form: takes the choice, where there is one.
        photos: that a study may use, counted.
    """
    wanted: Sequence[str] = form.base.values("sources")[0]
    found = sorted({*wanted, *(group.source for group in photos)})
    if not found:
        st.caption("There are no photos yet.")
        return
    # Drawn faces among photos would make a study look easier than it is.
    own = [source for source in found if source != SAMPLES]
    chosen = st.multiselect(
        "Photos from",
        found,
        default=wanted or own or found,
        help="Where the photos of this study were collected; the sample gallery is drawn, not photographed.",
        key=f"sources-{form.key}-{len(found)}",
    )
    st.caption(f"{sum(group.number for group in photos if group.source in chosen):,} photos")
    form.set("sources", [tuple(chosen)])
    if not chosen:
        form.unreadable["sources"] = "choose at least one place that the photos come from"
