"""The runs of a study as cards: all of them if they are few, else one group of runs, page by page."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from emotion_core.jobs import ENDED_STATES, UNREADABLE_STATES
from emotion_core.training import Run
from pages.components.common.run_progress import show_progress, show_trouble
from pages.components.train.run_actions import show_actions

CARDS_PER_ROW = 3
# Every card is redrawn once a second. In a larger study most runs are queued or have ended.
MAX_CARDS = 12
GROUPS = {
    "Under way": frozenset({"starting", "running"}),
    "Waiting": frozenset({"queued", "paused"}),
    "Finished": frozenset({"finished"}),
    "Not finished": (ENDED_STATES | UNREADABLE_STATES) - {"finished"},
}
STATES = (
    "finished",
    "stopped",
    "failed",
    "lost",
    "damaged",
    "newer version",
    "running",
    "starting",
    "paused",
    "queued",
)


def show_cards(runs: list[Run]) -> None:
    """Draw a card for each run: its name, progress, problems and actions.

    Args:
        runs: all runs of one study.
    """
    shown = runs if len(runs) <= MAX_CARDS else _choose_page(_choose_group(runs))
    for start in range(0, len(shown), CARDS_PER_ROW):
        for column, run in zip(st.columns(CARDS_PER_ROW), shown[start:][:CARDS_PER_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                show_progress(run)
                show_trouble(run)
                show_actions(run, runs)


def _choose_group(runs: list[Run]) -> list[Run]:
    """Draw the number of runs in each state and the choice of a group; return the group's runs."""
    groups = {name: [run for run in runs if run.state.name in states] for name, states in GROUPS.items()}
    ended = len(groups["Finished"]) + len(groups["Not finished"])
    counts = Counter(run.state.name for run in runs)
    st.progress(ended / len(runs), " · ".join(f"{counts[state]} {state}" for state in STATES if counts[state]))
    active = any(run.state.active for run in runs)
    first = "Under way" if active else next(name for name, members in groups.items() if members)
    # A key of its own for an ended study: "Under way" is then empty, so the choice starts again.
    chosen = st.segmented_control(
        "Runs", list(groups), default=first, required=True, key=f"run_group-{active}", persist_state="session"
    )
    if not groups[chosen]:
        st.caption("No run of this study is in this group.")
    return groups[chosen]


def _choose_page(runs: Sequence[Run]) -> Sequence[Run]:
    if len(runs) <= MAX_CARDS:
        return runs
    pages = -(-len(runs) // MAX_CARDS)
    # A key for each number of pages: when it shrinks, the page that was chosen may not exist any more.
    page = st.pagination(pages, key=f"run_page-{pages}")
    return runs[(page - 1) * MAX_CARDS : page * MAX_CARDS]
