"""A part of a page that follows work in the background."""

from collections.abc import Callable

import streamlit as st

TICK_SECONDS = 1.0


def poll(draw: Callable[[], bool], active: bool, *, every_seconds: float = TICK_SECONDS) -> None:
    """Draw a part of the page, again at every tick while work is under way.

    When the work starts or ends, the whole page is run again: only that starts and stops the browser's timer.

    Args:
        draw: draws the part, and returns whether work is still under way.
        active: whether work is under way as the page is run.
        every_seconds: between two ticks.
    """

    def tick() -> None:
        if draw() != active:
            st.rerun()

    st.fragment(tick, run_every=every_seconds if active else None)()
