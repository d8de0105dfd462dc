"""Where runs are trained, this machine or a Ray cluster: its last known status and its settings."""

import os
import time

import streamlit as st

from emotion_core.errors import SettingsError
from emotion_core.formatting import count_text, exact_duration_text
from emotion_core.settings import CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE
from emotion_core.training import use_cluster
from emotion_core.training.queue import (
    MAX_CPUS_PER_RUN,
    MAX_GPUS_PER_RUN,
    ClusterSettings,
    cluster_settings,
    last_cluster_status,
    queue_problem,
)
from pages.components.common.confirmation import perform
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace


def show_training_place() -> None:
    """Draw the status of the training place and its settings; they are read only while this is open."""
    popover = st.popover("Where to train", icon=":material/dns:", key="place", on_change="rerun")
    if not popover.open:
        return
    with popover:
        try:
            settings = cluster_settings(workspace())
        except SettingsError as error:
            st.error(escape_markdown(error))
            return
        _show_status(settings)
        _show_settings(settings)


def _show_status(settings: ClusterSettings) -> None:
    if settings.address is None:
        st.markdown("Runs are trained on **this machine**.")
        return
    st.markdown(f"Runs are trained on the Ray cluster **{escape_markdown(settings.address)}**.")
    status = last_cluster_status(workspace())
    if problem := queue_problem(workspace()):
        st.error(escape_markdown(problem), icon=":material/cloud_off:")
    elif status is None:
        st.caption("The cluster has not been contacted yet.")
    if status is not None:
        ago = exact_duration_text(time.time() - status.time)
        st.caption(
            f"Last response {ago} ago: {count_text(status.nodes, 'node')} with {count_text(status.cpus, 'processor')} "
            f"and {count_text(status.gpus, 'GPU')}, room for {count_text(status.room, 'run')} at once. The cluster is "
            "contacted while runs are waiting."
        )


def _show_settings(settings: ClusterSettings) -> None:
    with st.form("cluster", border=False):
        address = st.text_input(
            "Ray cluster",
            settings.address or "",
            placeholder="none: this machine",
            help="Address of the cluster: host:port, ray://host:port, or auto for one on this machine. Leave empty to "
            "train on this machine.",
            disabled=_is_set_in_environment(CLUSTER_VARIABLE),
        )
        left, right = st.columns(2)
        cpus = left.number_input(
            "Processors per run",
            1,
            MAX_CPUS_PER_RUN,
            settings.cpus,
            placeholder="up to 4",
            help="Processors on a node of the cluster, and as many threads. Leave empty for 4, or all processors of a "
            "smaller node.",
            disabled=_is_set_in_environment(CPUS_PER_RUN_VARIABLE),
        )
        gpus = right.number_input(
            "GPUs per run",
            0,
            MAX_GPUS_PER_RUN,
            settings.gpus,
            help="GPUs on a node of the cluster. With 0, runs are trained on processors.",
            disabled=_is_set_in_environment(GPUS_PER_RUN_VARIABLE),
        )
        variables = [
            name
            for name in (CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE)
            if _is_set_in_environment(name)
        ]
        if variables:
            st.caption(f"Set by environment variables, which override this page: {', '.join(variables)}.")
        if st.form_submit_button("Apply", icon=":material/check:"):
            perform(lambda: use_cluster(workspace(), address, cpus, gpus))


def _is_set_in_environment(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())
