"""Fields for the factors of a study (activations, depths, seeds, folds, varied settings) and its photo sources."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import SAMPLES, PhotoGroup
from emotion_core.network import HIDDEN_ACTIVATIONS
from emotion_core.training import PRESETS
from emotion_core.training.config import FIELDS, MAX_DEPTH, MAX_FOLDS
from pages.components.common.activation_cards import show_activations
from pages.components.configure.settings_form import SettingsForm, is_fixed


def choose_factors(form: SettingsForm, fields: Sequence[str]) -> list[str]:
    """Draw the fields for what differs between the networks; return the names of the hidden activations.

    Args:
        form: stores the choices.
        fields: further settings that can be varied.
    """
    if grid := PRESETS[form.base.preset].networks is None:
        left, right = st.columns([2, 1])
        with left:
            _choose_activations(form)
        with right:
            _choose_depths(form)
    left, right = st.columns([2, 1])
    form.varied = left.multiselect(
        "Also vary",
        [name for name in fields if not is_fixed(form.base, name)],
        default=[name for name in form.base.vary if name in fields],
        format_func=lambda name: str(FIELDS[name].title),
        placeholder="nothing else",
        help="Each setting chosen here accepts several values in its field below. Every combination is trained.",
        key=f"varied-{form.key}",
        persist_state="session",
    )
    seeds, folds = right.columns(2)
    with seeds:
        form.seeds_field = st.container()
        form.set_values("seeds", None)
    with folds:
        _choose_folds(form)
    return list(form.values["hidden_activation"] if grid else form.base.values("hidden_activation"))


def show_curves(names: Sequence[str]) -> None:
    """Draw the curves of the chosen activations, folded away until they are asked for."""
    curves = st.expander("Curves of these activations", icon=":material/show_chart:", key="curves", on_change="rerun")
    if curves.open:
        with curves:
            show_activations([HIDDEN_ACTIVATIONS[name] for name in names], "hidden")


def _choose_folds(form: SettingsForm) -> None:
    form.folds = st.selectbox(
        "Folds",
        (0, *range(2, MAX_FOLDS + 1)),
        index=max(form.base.folds - 1, 0),
        format_func=lambda folds: str(folds) if folds else "off",
        help="Cross-validation: with k folds, each network is trained k times, each time with a different k-th of the "
        "photos held out as its test set. Every photo is scored by a network that was not trained on it. A fairer "
        "comparison if you have few photos, at k times the cost.",
        key=f"folds-{form.key}",
        persist_state="session",
    )
    form.set_values("folds", None)


def _choose_activations(form: SettingsForm) -> None:
    chosen = st.multiselect(
        "Hidden activations",
        list(HIDDEN_ACTIVATIONS),
        default=form.base.values("hidden_activation"),
        format_func=lambda name: f"{name}: {HIDDEN_ACTIVATIONS[name].formula}",
        help="One network is trained for each activation.",
        key=f"activations-{form.key}",
        persist_state="session",
    )
    form.set_values("hidden_activation", chosen)


def _choose_depths(form: SettingsForm) -> None:
    has_depths = "depth" in {**form.base.vary, **form.base.settings}
    chosen = st.multiselect(
        "Depths",
        range(1, MAX_DEPTH + 1),
        default=form.base.values("depth") if has_depths else [],
        placeholder="one block per filter",
        help="Number of convolution blocks. One network is trained per activation and depth. A depth uses the first "
        'entries of "Filters per block" and repeats the last one if there are too few. Leave empty to use one block '
        "per entry.",
        key=f"depths-{form.key}",
        persist_state="session",
    )
    form.set_values("depth", chosen or None)


def choose_sources(form: SettingsForm, photos: Sequence[PhotoGroup]) -> None:
    """Draw the choice of photo sources.

    Args:
        form: stores the choice.
        photos: counts of the photos that a study may use.
    """
    wanted: Sequence[str] = form.base.values("sources")[0]
    sources = sorted({*wanted, *(group.source for group in photos)})
    if not sources:
        st.caption("There are no photos yet.")
        return
    # Drawn faces mixed with photos would make the task look easier than it is: not chosen by default.
    own = [source for source in sources if source != SAMPLES]
    chosen = st.multiselect(
        "Photos from",
        sources,
        default=wanted or own or sources,
        help="Where the photos of this study were collected. The sample gallery holds drawn faces, not photos.",
        key=f"sources-{form.key}-{len(sources)}",
    )
    used = sum(group.number for group in photos if group.source in chosen)
    st.caption(f"{used:,} of {sum(group.number for group in photos):,} photos are used.")
    form.set_values("sources", [tuple(chosen)])
    if not chosen:
        form.unreadable["sources"] = "choose at least one source of photos"
