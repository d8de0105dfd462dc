"""What the machine finds among the photos, and how far the search for faces has come."""

import pandas as pd
import streamlit as st

from emotion_core.dataset import (
    LABELS,
    Catalog,
    Findings,
    PhotoFilter,
    detector_problem,
    inspection_progress,
    start_inspection,
)
from emotion_core.evaluation import Shortcut, shortcuts
from emotion_core.jobs import JobFolder
from pages.components.common.markdown import escape_markdown
from pages.components.review.filters import BY_WORKSPACE, filter_of, kind_counts

TICK_SECONDS = 2.0
NO_FACE = (
    "*No face* is a hint and no verdict: detectors miss more sad faces than happy ones, so rejecting all of these "
    "photos would give the label away."
)


def show_stands_out(catalog: Catalog, findings: Findings, seen: tuple[int, int]) -> None:
    """Draw the panel, whose figures are computed only while it is open.

    Args:
        catalog: whose photos.
        findings: near copies and conflicts among them.
        seen: how many photos there are, and how many nobody looked at; they are counted anew when these change.
    """
    with st.container(border=True):
        st.markdown(_summary(catalog, findings))
        left, right = st.columns([2, 3])
        left.markdown("**Photos of each kind**")
        left.dataframe(_kinds(catalog, findings, seen, catalog.state), hide_index=True)
        left.caption(NO_FACE if detector_problem() is None else escape_markdown(detector_problem()))
        right.markdown("**What one number alone tells of the label**")
        with right:
            _show_shortcuts(catalog)


def _summary(catalog: Catalog, findings: Findings) -> str:
    happy, sad = catalog.usable_counts().values()
    groups = len(set(findings.clusters.values()))
    return (
        f"Studies would use **{happy:,}** happy and **{sad:,}** sad photos. "
        f"Near copies: {len(findings.clusters):,} photos in {groups:,} groups; each stays in one part of a "
        f"split. Under both labels: {len(findings.conflicts):,}."
    )


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _kinds(catalog: Catalog, _findings: Findings, seen: tuple[int, int], state: tuple[int, ...]) -> pd.DataFrame:
    kinds = kind_counts(catalog, _findings, seen)

    def count(kind: str, label: str) -> int:
        return len(catalog.query(PhotoFilter(label=label, **filter_of(kind)), findings=_findings))

    rows = [{"kind": kind, **{label: count(kind, label) for label in LABELS}} for kind in kinds]
    return pd.DataFrame(rows, columns=["kind", *LABELS])


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _shortcuts(catalog: Catalog, state: tuple[int, ...]) -> list[Shortcut]:
    return shortcuts(catalog.numbers_of(list(catalog.usable_labels())))


def _show_shortcuts(catalog: Catalog) -> None:
    found = _shortcuts(catalog, catalog.state)
    if not found:
        st.caption("Too few photos of each class to say.")
        return
    rows = [{"number": item.name, "AUC": item.auc, "from": item.low, "to": item.high} for item in found]
    st.dataframe(pd.DataFrame(rows).round(2), hide_index=True)
    st.caption(
        f"{escape_markdown(found[0].sentence)} .5 is guessing; a network can learn such a number in place of faces."
    )


def show_indexing(catalog: Catalog, waiting: int) -> None:
    """Have photos looked at that nobody looked at yet, and say in one line how far that is.

    Args:
        catalog: whose photos.
        waiting: how many of them there are.
    """
    folder = start_inspection(catalog.workspace) if waiting else None
    if folder is not None:
        active = folder.state().active
        begun = (active, _compares(folder))
        st.fragment(_show_progress, run_every=TICK_SECONDS if active else None)(folder, begun)


def _compares(folder: JobFolder) -> bool:
    progress = inspection_progress(folder)
    return progress is None or progress.comparing


def _show_progress(folder: JobFolder, begun: tuple[bool, bool]) -> None:
    was_active, compared = begun
    state = folder.state()
    progress = inspection_progress(folder)
    if state.active and (progress is None or progress.comparing):
        share = f": {progress.compared:.0%}" if progress else ""
        st.caption(f":material/search: Looking for near copies and for photos under both labels{share}.")
    elif state.active and compared:
        # What was found is known now.
        st.rerun()
    elif state.active and progress:
        of_all = f"{progress.photos_done:,} of {progress.photos_total:,}"
        st.caption(f":material/face: Looking for faces in photos: {of_all}.")
    elif was_active:
        st.rerun()
    elif state.name == "failed":
        st.caption(escape_markdown(state.message))
