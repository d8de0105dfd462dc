"""Many photos and their answers: how far it is, then a table that can be filtered, sorted and kept."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from emotion_core.formatting import exact_duration_text
from pages.components.predict.add_to_catalog import show_keeping
from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionBatch, PredictionRow

ROWS_PER_PAGE = 100
ROW_HEIGHT_PX, TABLE_HEIGHT_PX = 56, 620
NEWEST_THUMBNAILS = 16
ORDERS: dict[str, Callable[[PredictionRow], float | str]] = {
    "as handed in": lambda row: 0.0,
    "saddest first": lambda row: math.inf if row.p_sad is None else -row.p_sad,
    "happiest first": lambda row: math.inf if row.p_sad is None else row.p_sad,
    "name": lambda row: row.name,
}


def show_progress(works: Sequence[PredictionBatch]) -> None:
    """Draw how far it is and how long it will take, what came last, and a way to end it."""
    rows, total = [row for work in works for row in work.rows], sum(work.total for work in works)
    seconds = sum(work.seconds for work in works)
    left = f" · {exact_duration_text(seconds / len(rows) * (total - len(rows)))} left" if rows else ""
    st.progress(len(rows) / max(total, 1), f"{len(rows)} of {total} photos{left}")
    images = "".join(
        f'<img src="{row.thumbnail}" alt="" style="height:{ROW_HEIGHT_PX}px;border-radius:6px">'
        for row in rows[-NEWEST_THUMBNAILS:]
        if row.thumbnail
    )
    st.html(f'<div style="display:flex;gap:6px;overflow:hidden;height:{ROW_HEIGHT_PX}px">{images}</div>')
    st.button("Cancel", icon=":material/close:", key="predict_cancel", on_click=_set_cancelled, args=(works, True))


def _set_cancelled(works: Sequence[PredictionBatch], cancelled: bool) -> None:
    for work in works:
        work.cancelled = cancelled and len(work.rows) < work.total


def show_table(works: Sequence[PredictionBatch], answerers: Answerers) -> None:
    """Draw what became of many photos; those that are chosen can be looked at and kept.

    Args:
        works: all that was handed in, none of it under way.
        answerers: who answered.
    """
    rows = [row for work in works for row in work.rows]
    missing = sum(work.total - len(work.rows) for work in works if work.cancelled)
    if missing:
        st.warning(f"Cancelled: {missing} photos have no answer yet.")
        st.button("Go on", icon=":material/play_arrow:", key="go_on", on_click=_set_cancelled, args=(works, False))
    shown = _choose_shown(rows)
    number = st.pagination(pages, key="predict_page") if (pages := -(-len(shown) // ROWS_PER_PAGE)) > 1 else 1
    page = shown[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    chosen = [page[place] for place in _table(page, answerers, f"{number}-{len(shown)}") if place < len(page)]

    def csv() -> str:
        return pd.DataFrame([_record(row, answerers) for row in rows]).to_csv(index=False)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button("CSV of all", csv, "answers.csv", "text/csv", icon=":material/download:", on_click="ignore")
        if not chosen:
            st.caption("Choose a row to look at it, or several to keep them.", width="content")
    good = [row for row in chosen if not row.error]
    if len(chosen) == 1:
        show_answer(chosen[0], answerers)
    elif good:
        show_keeping(good, "rows-" + str(hash(tuple(row.key for row in good))))


def _choose_shown(rows: Sequence[PredictionRow]) -> list[PredictionRow]:
    """Draw the filter with its counts and the order, and return the rows that are wanted."""
    counts = Counter(row.kind for row in rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            f"{len(rows)} photos",
            list(counts),
            selection_mode="multi",
            format_func=lambda kind: f"{kind} ({counts[kind]})",
            key="predict_kinds",
            help="Only these; all where none is chosen.",
        )
        order = st.selectbox("Order", list(ORDERS), key="predict_order", width=180)
    return sorted((row for row in rows if not kinds or row.kind in kinds), key=ORDERS[order])


def _table(rows: Sequence[PredictionRow], answerers: Answerers, page: str) -> list[int]:
    """Draw one page of the table, and return the places of the rows that are chosen in it."""
    frame = pd.DataFrame([{"photo": row.thumbnail, **_record(row, answerers)} for row in rows])
    number = st.column_config.NumberColumn(format="%.3f")
    columns = {str(name): number for name in frame if str(name).startswith("P(sad)")}
    state = st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW_HEIGHT_PX,
        height=min(TABLE_HEIGHT_PX, (len(rows) + 1) * ROW_HEIGHT_PX),
        column_config={"photo": st.column_config.ImageColumn("", width="small"), **columns},
        on_select="rerun",
        selection_mode="multi-row",
        key=f"predict_table-{page}",
    )
    return list(state["selection"]["rows"])


def _record(row: PredictionRow, answerers: Answerers) -> dict[str, object]:
    """Return what the table and the CSV say of a photo."""
    record: dict[str, object] = {"name": row.name, "answer": row.kind, "P(sad)": row.p_sad, "faces": _faces(row)}
    if len(answerers.classifiers) > 1:
        record["answer"] = row.kind if row.error else row.words
        of_each = row.answers or [None] * len(answerers.classifiers)
        for name, answer in zip(answerers.names, of_each, strict=True):
            record[f"P(sad) {name}"] = answer and answer.p_sad
    notes = dict.fromkeys(answer.note for answer in row.answers if answer.note)
    return {**record, "note": row.error or " ".join(notes)}


def _faces(row: PredictionRow) -> int | None:
    """Return how many faces were found, None where none was looked for."""
    boxes = [face.box for answer in row.answers[:1] for face in answer.faces]
    return None if row.error or None in boxes else len(boxes)
