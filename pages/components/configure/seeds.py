"""The number of seeds: five by default, or as many as this machine trains within the hour."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import PhotoGroup
from emotion_core.training.config import MAX_RUNS, StudyConfig
from emotion_core.training.cost import SeededPlan, affordable_seeds
from pages.components.configure.cost import estimate_of
from pages.components.configure.settings_form import SettingsForm


def choose_seeds(form: SettingsForm, photos: Sequence[PhotoGroup]) -> SeededPlan:
    """Draw the number of seeds where the form has reserved its place, and return the entered plan with it.

    Args:
        form: with all other fields entered; the default number depends on how long they make the study.
        photos: counts of the photos that a study may use.
    """

    def seconds(study: StudyConfig) -> float:
        return estimate_of(study, [group for group in photos if group.source in study.sources]).seconds

    seeded = None
    seeds = form.chosen_seeds
    if seeds is None:
        seeded = affordable_seeds(form.plan(), seconds)
        seeds = seeded.plan.seeds
    # The number is set before every run instead of once: the default follows the other settings until it is chosen.
    st.session_state[form.seeds_key] = min(seeds, MAX_RUNS)
    with form.seeds_field:
        form.seeds = st.number_input(
            "Seeds",
            1,
            MAX_RUNS,
            help="How many times each network is trained, each time from different initial weights. With a single "
            "seed, an activation's effect cannot be told from luck. Default: 5, or as many as this machine trains in "
            "an hour.",
            key=form.seeds_key,
            on_change=lambda: form.choose_seeds(st.session_state[form.seeds_key]),
        )
    return seeded or SeededPlan.of(form.plan())
