"""Where runs are trained: this machine or a cluster, what is known of that, and the settings of it."""

import os
import time

import streamlit as st

from emotion_core.errors import SettingsError
from emotion_core.formatting import exact_duration_text
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
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.train.run_actions import do


def show_place() -> None:
    """Draw where runs are trained and the settings of it; read only while it is open."""
    place = st.popover("Where to train", icon=":material/dns:", key="place", on_change="rerun")
    if not place.open:
        return
    with place:
        try:
            settings = cluster_settings(workspace())
        except SettingsError as error:
            st.error(escape_markdown(error))
            return
        _show_seen(settings)
        _show_settings(settings)


def _show_seen(settings: ClusterSettings) -> None:
    if settings.address is None:
        st.markdown("Runs are trained on **this machine**.")
        return
    st.markdown(f"Runs are trained on the Ray cluster **{escape_markdown(settings.address)}**.")
    seen = last_cluster_status(workspace())
    if problem := queue_problem(workspace()):
        st.error(escape_markdown(problem), icon=":material/cloud_off:")
    elif seen is None:
        st.caption("It has not been asked yet.")
    if seen is not None:
        ago = exact_duration_text(time.time() - seen.time)
        st.caption(
            f"It answered {ago} ago: {seen.nodes} node{'s' * (seen.nodes != 1)} with {seen.cpus} processors and "
            f"{seen.gpus} GPUs, room for {seen.room} run{'s' * (seen.room != 1)} at once. It is asked while runs wait."
        )


def _show_settings(settings: ClusterSettings) -> None:
    with st.form("cluster", border=False):
        address = st.text_input(
            "Ray cluster",
            settings.address or "",
            placeholder="none: this machine",
            help="Its address: host:port, ray://host:port, or auto for one on this machine. Empty trains here.",
            disabled=_says(CLUSTER_VARIABLE),
        )
        left, right = st.columns(2)
        cpus = left.number_input(
            "Processors per run",
            1,
            MAX_CPUS_PER_RUN,
            settings.cpus,
            placeholder="up to 4",
            help="Of a node of the cluster, and as many threads. Empty takes 4, or all of a smaller node.",
            disabled=_says(CPUS_PER_RUN_VARIABLE),
        )
        gpus = right.number_input(
            "GPUs per run",
            0,
            MAX_GPUS_PER_RUN,
            settings.gpus,
            help="Of a node of the cluster. With 0, a run is trained on processors.",
            disabled=_says(GPUS_PER_RUN_VARIABLE),
        )
        variables = [name for name in (CLUSTER_VARIABLE, CPUS_PER_RUN_VARIABLE, GPUS_PER_RUN_VARIABLE) if _says(name)]
        if variables:
            st.caption(f"Set in the environment, which wins over this page: {', '.join(variables)}.")
        if st.form_submit_button("Use it", icon=":material/check:"):
            do(lambda: use_cluster(workspace(), address, cpus, gpus))


def _says(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())
