"""What a study will take, and the measurement of this machine that the estimate stands on."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import PhotoGroup
from emotion_core.jobs import JobFolder
from emotion_core.training import StudyConfig, runs_at_once
from emotion_core.training.cost import (
    KIND,
    Slots,
    StudyEstimate,
    calibration,
    estimate_study,
    free_resources,
    split_sizes,
    start_calibration,
)
from emotion_core.training.queue import uses_cluster
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace

TICK_SECONDS = 1.0


def estimate_of(study: StudyConfig, photos: Sequence[PhotoGroup]) -> StudyEstimate:
    """Return what the study will take with these photos, as far as this machine was measured."""
    sizes = split_sizes(photos, study)
    slots = Slots(runs_at_once(workspace(), study), uses_cluster(workspace()))
    return estimate_study(study, sizes, calibration(workspace()), free_resources(workspace()), slots)


def show_cost(found: StudyEstimate) -> None:
    """Say what the study will take, with the offer to measure this machine where that was not done."""
    (st.warning if found.needs_confirmation else st.markdown)(escape_markdown(found.sentence))
    if found.measured:
        return
    job = JobFolder.newest(workspace().jobs, KIND)
    measuring = job is not None and job.state().active
    st.fragment(_show_measuring, run_every=TICK_SECONDS if measuring else None)(measuring)


def _show_measuring(was_active: bool) -> None:
    job = JobFolder.newest(workspace().jobs, KIND)
    if job is not None and job.state().active:
        st.caption(":material/speed: Measuring this machine, which takes about 20 seconds.")
    elif was_active:
        st.rerun()
    elif st.button("Measure this machine", icon=":material/speed:", key="measure"):
        start_calibration(workspace())
        st.rerun()
