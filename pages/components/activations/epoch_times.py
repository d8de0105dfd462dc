"""Time of an epoch with each activation on this machine."""

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.jobs import JobFolder, records_with
from emotion_core.teaching.activations import KIND, read_epoch_times, start_epoch_times
from emotion_core.teaching.activations.figures import times_figure
from emotion_core.training.engine import this_machine
from pages.components.common.markdown import escape_markdown
from pages.components.common.plotly_figure import show_figure
from pages.components.common.polling import poll
from pages.components.common.workspace import workspace


def show_times() -> None:
    """Draw the measured times, and the button that starts a measurement."""
    st.markdown(
        "The network of the preset *controlled* is trained on this machine with each activation in turn; nothing else "
        "differs."
    )
    job = JobFolder.newest(workspace().jobs, KIND)
    poll(_draw_measuring, job is not None and job.state().active)
    times = read_epoch_times(workspace())
    if times is not None:
        if times.machine != this_machine():
            st.warning("Measured on another machine, or with other library versions. Measure again.")
        slowest = max(times.seconds, key=times.seconds.__getitem__)
        alt = f"Time of an epoch by activation; {slowest} takes {times.relative()[slowest]:.2f} times as long as relu"
        show_figure(times_figure(times.relative()), "learn_times", alt)
        processor = escape_markdown(times.machine.get("processor", "an unknown processor"))
        st.caption(
            f"An epoch of {times.photos} photos at {times.image_size} pixels took {times.seconds['relu']:.3f} s with "
            f"relu on {processor}. The fastest of several epochs counts. If other programs were running, differences "
            "of a tenth are noise."
        )
    st.markdown(
        "**What is often cited instead**: ReLU is *six times faster* than tanh, measured with a small network on "
        "CIFAR-10 (Krizhevsky, Sutskever & Hinton, 2012, figure 1). That counts **epochs** until the training error is "
        "25 %, not the time of an epoch. To try it: download `cifar-10-python.tar.gz` from its authors, import it on "
        "Collect with two of its classes as happy and sad, run a study of relu and tanh, and compare the loss curves."
    )
    st.page_link("pages/data/collect.py", label="Import CIFAR-10 on Collect", icon=":material/travel_explore:")


def _draw_measuring() -> bool:
    """Draw the offer to measure this machine, and return whether it is being measured."""
    job = JobFolder.newest(workspace().jobs, KIND)
    state = job.state() if job is not None else None
    if job is not None and state is not None and state.active:
        shares = [float(record["share"]) for record in records_with(job.records("progress"), share=float)]
        st.progress(min(shares[-1] if shares else 0.0, 1.0), "Measuring. This takes one to three minutes.")
        if st.button("Stop", icon=":material/stop:", key="learn_stop_times"):
            job.request_stop()
        return True
    if state is not None and state.name in ("failed", "lost"):
        st.error(f"The last measurement did not finish. {escape_markdown(state.message)}")
    if st.button("Measure this machine", icon=":material/speed:", key="learn_measure"):
        try:
            start_epoch_times(workspace())
        except EmotionError as error:
            st.error(escape_markdown(error))
            return False
        st.rerun()
    return False
