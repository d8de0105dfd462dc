"""Many photos and their predictions: the progress, then a table to filter, sort, download and select from."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from emotion_core.formatting import csv_text, exact_duration_text, without_formula
from emotion_core.terminal import printable
from pages.components.common.html import render
from pages.components.predict.add_to_catalog import show_add_to_catalog
from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionBatch, PredictionRow

ROWS_PER_PAGE = 100
ROW_HEIGHT_PX, TABLE_HEIGHT_PX = 56, 620
NEWEST_THUMBNAILS = 16
ORDERS: dict[str, Callable[[PredictionRow], float | str]] = {
    "upload order": lambda row: 0.0,
    "saddest first": lambda row: math.inf if row.p_sad is None else -row.p_sad,
    "happiest first": lambda row: math.inf if row.p_sad is None else row.p_sad,
    "name": lambda row: row.name,
}
_THUMBNAILS = """
<div style="display:flex;gap:6px;overflow:hidden;height:{{ height_px }}px">
{% for source in sources %}<img src="{{ source }}" alt="" style="height:100%;border-radius:6px">{% endfor %}
</div>
"""


def show_progress(batches: Sequence[PredictionBatch]) -> None:
    """Draw the progress with the time left, the newest thumbnails, and a button to cancel."""
    rows, total = [row for batch in batches for row in batch.rows], sum(batch.total for batch in batches)
    seconds = sum(batch.seconds for batch in batches)
    left = f" · {exact_duration_text(seconds / len(rows) * (total - len(rows)))} left" if rows else ""
    st.progress(len(rows) / max(total, 1), f"{len(rows)} of {total} photos{left}")
    thumbnails = [row.thumbnail for row in rows[-NEWEST_THUMBNAILS:] if row.thumbnail]
    st.html(render(_THUMBNAILS, sources=thumbnails, height_px=ROW_HEIGHT_PX))
    st.button("Cancel", icon=":material/close:", key="predict_cancel", on_click=_set_cancelled, args=(batches, True))


def _set_cancelled(batches: Sequence[PredictionBatch], cancelled: bool) -> None:
    for batch in batches:
        batch.cancelled = cancelled and len(batch.rows) < batch.total


def show_table(batches: Sequence[PredictionBatch], answerers: Answerers) -> None:
    """Draw the predictions as a table; selected photos can be viewed, or added to the user's photos.

    Args:
        batches: all uploads, none of them under way.
        answerers: the networks that classified them.
    """
    rows = [row for batch in batches for row in batch.rows]
    missing = sum(batch.total - len(batch.rows) for batch in batches if batch.cancelled)
    if missing:
        st.warning(f"Canceled: {missing} photos are not classified yet.")
        st.button("Resume", icon=":material/play_arrow:", key="go_on", on_click=_set_cancelled, args=(batches, False))
    shown = _choose_shown(rows)
    number = st.pagination(pages, key="predict_page") if (pages := -(-len(shown) // ROWS_PER_PAGE)) > 1 else 1
    page = shown[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    selected = [page[index] for index in _table(page, answerers, f"{number}-{len(shown)}") if index < len(page)]

    def csv() -> str:
        records = [_record(row, answerers) for row in rows]
        return csv_text(list(records[0]), [list(record.values()) for record in records])

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download all as CSV", csv, "answers.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        if not selected:
            st.caption("Select a row to see its photo, or several to add them to your photos.", width="content")
    readable = [row for row in selected if not row.error]
    if len(selected) == 1:
        show_answer(selected[0], answerers)
    elif readable:
        show_add_to_catalog(readable, "rows-" + str(hash(tuple(row.key for row in readable))))


def _choose_shown(rows: Sequence[PredictionRow]) -> list[PredictionRow]:
    """Draw the filter with its counts and the order, and return the rows to show."""
    counts = Counter(row.kind for row in rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            f"{len(rows)} photos",
            list(counts),
            selection_mode="multi",
            format_func=lambda kind: f"{kind} ({counts[kind]})",
            key="predict_kinds",
            help="Show only these; without a selection, all.",
        )
        order = st.selectbox("Order", list(ORDERS), key="predict_order", width=180)
    return sorted((row for row in rows if not kinds or row.kind in kinds), key=ORDERS[order])


def _table(rows: Sequence[PredictionRow], answerers: Answerers, page: str) -> list[int]:
    """Draw one page of the table, and return the indices of its selected rows."""
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
        # A new key for other rows drops the selection, which holds positions only.
        key=f"predict_table-{page}",
    )
    return list(state["selection"]["rows"])


def _record(row: PredictionRow, answerers: Answerers) -> dict[str, object]:
    """Return a photo's row of the table and the CSV, by column name."""
    record: dict[str, object] = {
        "name": without_formula(printable(row.name)),
        **({} if row.folder is None else {"folder": row.folder}),
        "answer": row.kind,
        "P(sad)": row.p_sad,
        "faces": _face_count(row),
    }
    if len(answerers.classifiers) > 1:
        record["answer"] = row.kind if row.error else row.words
        answers = row.answers or [None] * len(answerers.classifiers)
        for name, answer in zip(answerers.names, answers, strict=True):
            record[f"P(sad) {name}"] = answer and answer.p_sad
    notes = dict.fromkeys(answer.note for answer in row.answers if answer.note)
    return {**record, "note": without_formula(printable(row.error or " ".join(notes)))}


def _face_count(row: PredictionRow) -> int | None:
    """Return how many faces were detected, or None if the whole photo was classified."""
    boxes = [face.box for answer in row.answers[:1] for face in answer.faces]
    return None if row.error or None in boxes else len(boxes)
