"""The runs of a study as cards: all of them where they are few, else one group and one page of it at a time."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.jobs import ENDED_STATES
from emotion_core.training import Run
from pages.components.common.run_progress import show_progress, show_trouble
from pages.components.train.run_actions import show_actions

CARDS_PER_ROW = 3
# Of more, most wait or have ended, and each card is drawn anew once a second.
MOST_CARDS = 12
GROUPS = {
    "Under way": frozenset({"starting", "running"}),
    "Waiting": frozenset({"queued", "paused"}),
    "Finished": frozenset({"finished"}),
    "Not finished": ENDED_STATES - {"finished"},
}


def show_cards(runs: list[Run]) -> None:
    """Draw name, progress and trouble of runs, and what can be done with each.

    Args:
        runs: all of one study.
    """
    shown = runs if len(runs) <= MOST_CARDS else _page_of(_group_of(runs))
    for start in range(0, len(shown), CARDS_PER_ROW):
        for column, run in zip(st.columns(CARDS_PER_ROW), shown[start:][:CARDS_PER_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                show_progress(run)
                show_trouble(run)
                show_actions(run, runs)


def _group_of(runs: list[Run]) -> list[Run]:
    """Draw how many runs there are of each group, and the choice of one; return its runs."""
    groups = {name: [run for run in runs if run.state.name in states] for name, states in GROUPS.items()}
    ended = len(groups["Finished"]) + len(groups["Not finished"])
    counts = " · ".join(f"{len(members)} {name.lower()}" for name, members in groups.items() if members)
    st.progress(ended / len(runs), f"{ended} of {len(runs)} runs have ended · {counts}")
    active = any(run.state.active for run in runs)
    first = "Under way" if active else next(name for name, members in groups.items() if members)
    # Chosen once more when the study has ended: then nothing is under way.
    chosen = st.segmented_control(
        "Runs", list(groups), default=first, required=True, key=f"run_group-{active}", persist_state="session"
    )
    if not groups[chosen]:
        st.caption("No run of this study is in this state.")
    return groups[chosen]


def _page_of(runs: Sequence[Run]) -> Sequence[Run]:
    if len(runs) <= MOST_CARDS:
        return runs
    pages = -(-len(runs) // MOST_CARDS)
    # Of another number of pages, another choice: the page that was chosen may be gone.
    page = st.pagination(pages, key=f"run_page-{pages}")
    return runs[(page - 1) * MOST_CARDS : page * MOST_CARDS]
