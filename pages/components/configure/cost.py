"""Estimated cost of a study, and the measurement of this machine behind the estimate."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import PhotoGroup, SplitOffer
from emotion_core.errors import EmotionError
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
    unreadable_calibration,
)
from emotion_core.training.queue import uses_cluster
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll
from pages.components.common.problems import show_problems
from pages.components.common.workspace import workspace


def estimate_of(study: StudyConfig, photos: Sequence[PhotoGroup], offer: SplitOffer | None = None) -> StudyEstimate:
    """Return the estimated time, memory and disk of a study, with this machine's measured speed where there is one.

    Args:
        study: the runs and the split.
        photos: counts of the photos that the study would use.
        offer: of the data set's own split, for a study with that split.
    """
    sizes = split_sizes(photos, study, offer.counts if offer and study.is_predefined else None)
    slots = Slots(runs_at_once(workspace(), study), uses_cluster(workspace()))
    return estimate_study(study, sizes, calibration(workspace()), free_resources(workspace()), slots)


def show_cost(estimate: StudyEstimate) -> None:
    """Draw the estimate, and a button to measure this machine where it has not been measured."""
    (st.warning if estimate.needs_confirmation else st.markdown)(escape_markdown(estimate.sentence))
    if estimate.measured:
        return
    show_problems(unreadable_calibration(workspace()), "measurement")
    job = JobFolder.newest(workspace().jobs, KIND)
    poll(_draw_measuring, job is not None and job.state().active)


def _draw_measuring() -> bool:
    """Draw the offer to measure this machine, and return whether it is being measured."""
    job = JobFolder.newest(workspace().jobs, KIND)
    if job is not None and job.state().active:
        st.caption(":material/speed: Measuring this machine. This takes about 20 seconds.")
        return True
    if st.button("Measure this machine", icon=":material/speed:", key="measure"):
        try:
            start_calibration(workspace())
        except EmotionError as error:
            st.error(escape_markdown(error))
            return False
        st.rerun()
    return False
