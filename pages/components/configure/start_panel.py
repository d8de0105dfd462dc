"""Summary of a study before it starts: its runs, how they differ, cost, warnings, and the Start button."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from emotion_core.dataset import LABELS, PhotoGroup, SplitOffer
from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text, duration_text, size_text, without_formula
from emotion_core.network import Advice, advice_on, layers_of
from emotion_core.network.figures import network_figure
from emotion_core.training import RunConfig, StudyConfig, StudyPlan, start_study
from emotion_core.training.config import FIELDS, Design
from emotion_core.training.cost import StudyEstimate
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study
from pages.components.common.near_copy_search import wait_for_near_copies
from pages.components.common.plotly_figure import show_figure
from pages.components.common.workspace import catalog, workspace
from pages.components.configure.cost import show_cost
from pages.components.configure.name_field import NAME_KEY
from pages.components.configure.near_copies import show_near_copy_problem
from pages.components.configure.plan_source import show_plan_file
from pages.components.configure.planner import show_planner
from pages.components.configure.settings_form import SettingsForm, setting_text
from pages.components.configure.split_offer import show_offer, show_split_problem

MAX_NAMED_RUNS = 3
COUNT_COLUMNS = ("Parameters", "Multiply-adds")


def show_plan_errors(errors: Mapping[str, str]) -> None:
    """Draw all errors in place of Start: a field with an error may be in a tab that is not open."""
    titles = {name: str(FIELDS[name].title) if name in FIELDS else name.capitalize() for name in errors}
    lines = [f"**{escape_markdown(titles[name])}**: {escape_markdown(text)}" for name, text in errors.items()]
    st.error("  \n".join(["Some settings cannot be used.", *lines]))


def show_start(
    form: SettingsForm,
    plan: StudyPlan,
    study: StudyConfig,
    cost: StudyEstimate,
    photos: Sequence[PhotoGroup],
    offer: SplitOffer | None,
    notes: Mapping[Advice, Sequence[str]],
) -> None:
    """Draw the panel above the settings: number of runs, cost, design, warnings, and Start.

    Args:
        form: the entered settings.
        plan: made from them.
        study: the expanded plan.
        cost: estimate for the study.
        photos: counts of the photos that the study would use.
        offer: of the data set's own split.
        notes: from ``notes_of``.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(count_text(len(study.runs), "run"), anchor=False)
        show_plan_file(plan)
        pressed = st.button("Start the study", type="primary", icon=":material/play_arrow:", key="start_study")
    show_cost(cost)
    if study.is_predefined:
        show_split_problem(offer)
    else:
        show_near_copy_problem(study)
    show_offer(form, study, offer)
    _show_design(study.design)
    _show_warnings(notes, len(study.runs))
    happy, sad = (sum(group.number for group in photos if group.label == label) for label in LABELS)
    if study.folds:
        st.info(escape_markdown(_folds_text(study, happy + sad)), icon=":material/call_split:")
    show_planner(form, study, happy, sad, offer.counts["test"] if offer and study.is_predefined else None)
    if pressed and cost.needs_confirmation:
        _confirm_start(study, cost)
    elif pressed:
        _start(study)


def _folds_text(study: StudyConfig, photos: int) -> str:
    return (
        f"Cross-validation: each network is trained {study.folds} times, each time tested on a different one of "
        f"{study.folds} parts of the photos, and compared on all {photos}. Near copies stay in one part. Each seed "
        "draws its own parts; networks with the same seed use the same parts."
    )


def _show_design(design: Design) -> None:
    show, icon = st.success, "check_circle"
    if design.leaking:
        show, icon = st.error, "water_drop"
    elif design.confounded:
        show, icon = st.warning, "warning"
    elif not design.factors:
        show, icon = st.info, "info"
    show(escape_markdown(design.sentence), icon=f":material/{icon}:")
    if design.confounded:
        with st.expander("How each network differs from the first", icon=":material/difference:"):
            st.markdown("\n".join(f"- {escape_markdown(line)}" for line in design.differences()))


def notes_of(study: StudyConfig) -> dict[Advice, list[str]]:
    """Return the notes on the networks' settings, each with the labels of the runs it applies to."""
    notes: dict[Advice, list[str]] = {}
    for run in study.runs:
        for note in advice_on(run):
            notes.setdefault(note, []).append(run.label)
    return notes


def _show_warnings(notes: Mapping[Advice, Sequence[str]], run_count: int) -> None:
    for note, labels in notes.items():
        if note.severity == "warning":
            runs = ", ".join(labels) if len(labels) <= MAX_NAMED_RUNS else f"{len(labels)} of {run_count} runs"
            text = note.sentence if len(labels) == run_count else f"{runs}: {note.sentence}"
            st.warning(escape_markdown(text), icon=":material/science:")


@st.dialog("Start this study?")
def _confirm_start(study: StudyConfig, cost: StudyEstimate) -> None:
    st.markdown(escape_markdown(cost.sentence))
    if st.button("Start anyway", type="primary", icon=":material/play_arrow:", key="start_all_the_same"):
        _start(study)


def _start(study: StudyConfig) -> None:
    try:
        wait_for_near_copies(catalog())
        started = start_study(workspace(), study, name=st.session_state.get(NAME_KEY, ""))
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()
    open_study("study/train", started.study_id)


def show_runs(study: StudyConfig, cost: StudyEstimate) -> RunConfig:
    """Draw the table of runs, and the architecture of the run that the user selects; return that run.

    Args:
        study: the runs.
        cost: estimate for each run, in the same order.
    """
    factors = study.design.factors
    rows = [
        {
            "Network": without_formula(run.label),
            **{factor.title: setting_text(getattr(run, factor.field)) for factor in factors},
            "Parameters": estimate.parameters,
            "Multiply-adds": estimate.multiply_adds,
            "Time": duration_text(estimate.seconds),
            "Memory": size_text(estimate.peak_bytes),
            "Disk": size_text(estimate.disk_bytes),
        }
        for run, estimate in zip(study.runs, cost.runs, strict=True)
    ]
    _table(rows)
    st.caption(
        "Multiply-adds per photo (forward pass). The time to decode the photos is counted in the first run that uses "
        "their size."
    )
    networks = {run.label: run for run in study.runs}
    run = networks[st.selectbox("Show network", list(networks), key="drawn")]
    show_figure(network_figure(run), "network", f"The layers of {run.label}; the table below lists them")
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
    counts = {title: st.column_config.NumberColumn(format="localized") for title in COUNT_COLUMNS}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=counts)
