"""How long an epoch takes with each activation on this machine."""

import streamlit as st

from emotion_core.jobs import JobFolder
from emotion_core.teaching.activations import KIND, read_epoch_times, start_epoch_times
from emotion_core.teaching.activations.figures import times_figure
from emotion_core.training.engine import this_machine
from pages.components.activations.curves import show_figure
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace

TICK_SECONDS = 1.0


def show_times() -> None:
    """Draw what was measured, and the offer to measure."""
    st.markdown(
        "The controlled network is trained with each activation in turn, on this machine, and nothing else differs."
    )
    job = JobFolder.newest(workspace().jobs, KIND)
    measuring = job is not None and job.state().active
    st.fragment(_show_measuring, run_every=TICK_SECONDS if measuring else None)(measuring)
    found = read_epoch_times(workspace())
    if found is not None:
        if found.machine != this_machine():
            st.warning("This was measured on another machine, or with other versions of the libraries. Measure again.")
        slowest = max(found.seconds, key=found.seconds.__getitem__)
        alt = f"Time of an epoch by activation; {slowest} takes {found.relative()[slowest]:.2f} times as long as relu"
        show_figure(times_figure(found.relative()), "learn_times", alt)
        processor = escape_markdown(found.machine.get("processor", "an unknown processor"))
        st.caption(
            f"An epoch of {found.photos} photos at {found.image_size} pixels took {found.seconds['relu']:.3f} s with "
            f"relu on {processor}; of several epochs of each, the "
            "least disturbed counts. Where other programs were at work, differences of a tenth are noise."
        )
    st.markdown(
        "**What is often cited instead**: that ReLU is *six times faster* than tanh, from a small network on CIFAR-10 "
        "(Krizhevsky, Sutskever & Hinton, 2012, figure 1). That counts **epochs** until the training error is 25 %, "
        "not the time of an epoch. To try it: get `cifar-10-python.tar.gz` from its makers, import it on Collect with "
        "two of its classes as happy and sad, and run a study of relu and tanh; its loss curves tell."
    )
    st.page_link("pages/data/collect.py", label="Import CIFAR-10 on Collect", icon=":material/travel_explore:")


def _show_measuring(was_active: bool) -> None:
    job = JobFolder.newest(workspace().jobs, KIND)
    state = job.state() if job is not None else None
    if job is not None and state is not None and state.active:
        shares = [float(record["share"]) for record in job.records("progress")]
        st.progress(min(shares[-1] if shares else 0.0, 1.0), "Measuring, which takes one to three minutes")
        if st.button("Stop", icon=":material/stop:", key="learn_stop_times"):
            job.request_stop()
        return
    if was_active:
        st.rerun()
    if state is not None and state.name in ("failed", "lost"):
        st.error(f"The last measurement did not finish. {escape_markdown(state.message)}")
    if st.button("Measure this machine", icon=":material/speed:", key="learn_measure"):
        start_epoch_times(workspace())
        st.rerun()
