"""The data check, and the progress of the inspection of photos."""

from functools import partial

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
from emotion_core.errors import EmotionError
from emotion_core.evaluation.diagnosis import Shortcut, shortcuts
from emotion_core.jobs import JobFolder
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll
from pages.components.review.filters import BY_WORKSPACE, filter_of, kind_counts

TICK_SECONDS = 2.0
MAX_SENTENCES = 3
NO_FACE = (
    "*No face* is a hint, not a verdict: detectors miss more sad faces than happy ones, so rejecting all of these "
    "photos would give the label away."
)


def show_data_check(catalog: Catalog, findings: Findings, version: tuple[int, int]) -> None:
    """Draw the panel of the data check.

    Args:
        catalog: of the photos.
        findings: near copies and conflicts among them.
        version: number of photos and of uninspected photos; while both stay the same, counts come from a cache.
    """
    with st.container(border=True):
        st.markdown(_summary(catalog, findings))
        left, right = st.columns([2, 3])
        left.markdown("**Photos of each kind**")
        left.dataframe(_kinds(catalog, findings, version, catalog.state), hide_index=True)
        left.caption(NO_FACE if detector_problem() is None else escape_markdown(detector_problem()))
        right.markdown("**How far one simple number predicts the label**")
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


# The findings are slow to hash: the version and the state of the catalog stand for them in the key.
@st.cache_data(max_entries=2, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _kinds(catalog: Catalog, _findings: Findings, version: tuple[int, int], state: tuple[int, ...]) -> pd.DataFrame:
    kinds = kind_counts(catalog, _findings, version)

    def count(kind: str, label: str) -> int:
        return len(catalog.query(PhotoFilter(label=label, **filter_of(kind)), findings=_findings))

    rows = [{"kind": kind, **{label: count(kind, label) for label in LABELS}} for kind in kinds]
    return pd.DataFrame(rows, columns=["kind", *LABELS])


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _shortcuts(catalog: Catalog, state: tuple[int, ...]) -> list[Shortcut]:
    return shortcuts(catalog.numbers_of(list(catalog.usable_labels())))


def _show_shortcuts(catalog: Catalog) -> None:
    ranking = _shortcuts(catalog, catalog.state)
    if not ranking:
        st.caption("Too few photos of each class.")
        return
    rows = [
        {"number": item.name, "AUC": item.auc, "from": item.low, "to": item.high, "p (Holm)": item.p_adjusted}
        for item in ranking
    ]
    formats = {"p (Holm)": st.column_config.NumberColumn(format="%.2g")}
    st.dataframe(
        pd.DataFrame(rows).round(dict.fromkeys(("AUC", "from", "to"), 2)), hide_index=True, column_config=formats
    )
    others = [item for item in ranking[1:] if not item.may_be_chance]
    sentences = " ".join(item.sentence for item in [ranking[0], *others][:MAX_SENTENCES])
    st.caption(
        f"{escape_markdown(sentences)} .5 is guessing; a network can learn such a number instead of faces. "
        "Intervals and p-values are adjusted together for all numbers in the table (Holm's method)."
    )


def show_inspection(catalog: Catalog, uninspected_count: int) -> None:
    """Start the inspection of photos that have not been inspected yet, and show its progress in one line.

    Args:
        catalog: of the photos.
        uninspected_count: photos that still have to be inspected.
    """
    try:
        folder = start_inspection(catalog.workspace) if uninspected_count else None
    except EmotionError as error:
        st.caption(escape_markdown(error))
        return
    if folder is not None:
        draw = partial(_draw_inspection, folder, _is_comparing(folder))
        poll(draw, folder.state().active, every_seconds=TICK_SECONDS)


def _is_comparing(folder: JobFolder) -> bool:
    progress = inspection_progress(folder)
    return progress is None or progress.comparing


def _draw_inspection(folder: JobFolder, was_comparing: bool) -> bool:
    """Draw the progress of the inspection, and return whether it is under way."""
    state = folder.state()
    progress = inspection_progress(folder)
    if not state.active:
        if state.name == "failed":
            st.caption(escape_markdown(state.message))
        return False
    if progress is None or progress.comparing:
        share = f": {progress.compared:.0%}" if progress else ""
        st.caption(f":material/search: Looking for near copies and for photos under both labels{share}.")
    elif was_comparing:
        # The near copies are known now: the whole page shows them.
        st.rerun()
    else:
        done = f"{progress.photos_done:,} of {progress.photos_total:,}"
        st.caption(f":material/face: Looking for faces in photos: {done}.")
    return True
