"""What a study will be, before it is started: runs, what they differ in, what to know of them; and Start."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from emotion_core.dataset import LABELS, PhotoGroup
from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text, duration_text, size_text
from emotion_core.network import Advice, advice_on, layers_of
from emotion_core.network.figures import network_figure
from emotion_core.training import RunConfig, StudyConfig, StudyPlan, start_study
from emotion_core.training.config import FIELDS
from emotion_core.training.cost import StudyEstimate
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study
from pages.components.common.near_copy_search import wait_for_near_copies
from pages.components.common.workspace import catalog, workspace
from pages.components.configure.cost import show_cost
from pages.components.configure.plan_source import show_plan_file
from pages.components.configure.planned_power import show_outlook
from pages.components.configure.settings_form import setting_text

MOST_NAMED = 3
COUNTS = ("Parameters", "Multiply-adds")


def show_refusal(errors: Mapping[str, str]) -> None:
    """Say that there is nothing to start, and why: fields with errors may lie in a tab that is not open."""
    titles = {name: str(FIELDS[name].title) if name in FIELDS else name.capitalize() for name in errors}
    lines = [f"**{escape_markdown(titles[name])}**: {escape_markdown(text)}" for name, text in errors.items()]
    st.error("  \n".join(["Some settings cannot be used.", *lines]))


def show_start(plan: StudyPlan, study: StudyConfig, cost: StudyEstimate, photos: Sequence[PhotoGroup]) -> None:
    """Draw what stands above the settings: size, cost and fairness of the study, and Start.

    Args:
        plan: what was typed.
        study: what comes of it.
        cost: what it will take.
        photos: that the study would use, counted.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(count_text(len(study.runs), "run"), anchor=False)
        show_plan_file(plan)
        pressed = st.button("Start the study", type="primary", icon=":material/play_arrow:", key="start_study")
    show_cost(cost)
    _show_design(study)
    _show_warnings(study)
    happy, sad = (sum(group.number for group in photos if group.label == label) for label in LABELS)
    if study.folds:
        st.info(escape_markdown(_folds_text(study, happy + sad)), icon=":material/balance:")
    else:
        show_outlook(happy, sad, study.test_fraction)
    if pressed and cost.needs_confirmation:
        _ask_first(study, cost)
    elif pressed:
        _start(study)


def _folds_text(study: StudyConfig, photos: int) -> str:
    return (
        f"Cross-validation: each network is trained {study.folds} times, each time tested on another of {study.folds} "
        f"parts of the photos, and compared on all {photos}. Near copies stay in one part, and all networks have the "
        "same parts."
    )


def _show_design(study: StudyConfig) -> None:
    design = study.design
    show, icon = st.success, "check_circle"
    if design.leaking:
        show, icon = st.error, "water_drop"
    elif len(design.factors) != 1:
        show, icon = (st.warning, "warning") if design.factors else (st.info, "info")
    show(escape_markdown(design.sentence), icon=f":material/{icon}:")
    if design.confounded:
        with st.expander("What each network has instead of what the first has", icon=":material/difference:"):
            st.markdown("\n".join(f"- {escape_markdown(line)}" for line in design.differences()))


def notes_of(study: StudyConfig) -> dict[Advice, list[str]]:
    """Return what to know of the networks before they are run, each with the labels of the runs it is about."""
    found: dict[Advice, list[str]] = {}
    for run in study.runs:
        for note in advice_on(run):
            found.setdefault(note, []).append(run.label)
    return found


def _show_warnings(study: StudyConfig) -> None:
    for note, labels in notes_of(study).items():
        if note.severity == "warning":
            every = len(labels) == len(study.runs)
            named = ", ".join(labels) if len(labels) <= MOST_NAMED else f"{len(labels)} of {len(study.runs)} runs"
            st.warning(
                escape_markdown(note.sentence if every else f"{named}: {note.sentence}"), icon=":material/science:"
            )


@st.dialog("Start this study?")
def _ask_first(study: StudyConfig, cost: StudyEstimate) -> None:
    st.markdown(escape_markdown(cost.sentence))
    if st.button("Start it all the same", type="primary", icon=":material/play_arrow:", key="start_all_the_same"):
        _start(study)


def _start(study: StudyConfig) -> None:
    try:
        wait_for_near_copies(catalog())
        started = start_study(workspace(), study)
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()
    open_study("study/train", started.study_id)


def show_runs(study: StudyConfig, cost: StudyEstimate) -> RunConfig:
    """Draw the table of the runs and one of their networks, and return that one."""
    factors = study.design.factors
    rows = [
        {
            "Network": run.label,
            **{factor.title: setting_text(getattr(run, factor.field)) for factor in factors},
            "Parameters": taken.parameters,
            "Multiply-adds": taken.multiply_adds,
            "Time": duration_text(taken.seconds),
            "Memory": size_text(taken.peak_bytes),
            "Disk": size_text(taken.disk_bytes),
        }
        for run, taken in zip(study.runs, cost.runs, strict=True)
    ]
    _table(rows)
    st.caption("Multiply-adds: of one photo on its way forward. Photos are decoded once, in the first run's time.")
    networks = {run.label: run for run in study.runs}
    run = networks[st.selectbox("Network drawn", list(networks), key="drawn")]
    st.plotly_chart(network_figure(run), key="network", width="stretch", config={"displayModeBar": False})
    with st.expander("Layer by layer", icon=":material/layers:"):
        layers = [
            {
                "Layer": layer.name,
                "Output": " × ".join(map(str, layer.output_shape)),
                "Parameters": layer.parameters,
                "Multiply-adds": layer.multiply_adds,
            }
            for layer in layers_of(run)
        ]
        _table(layers)
    return run


def _table(rows: list[dict[str, Any]]) -> None:
    counts = {title: st.column_config.NumberColumn(format="localized") for title in COUNTS}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=counts)
