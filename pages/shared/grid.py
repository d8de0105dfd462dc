"""The review grid component: its JavaScript lies in ``assets/``, its marks are written to disk in its callback."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from emotion_core.dataset import Catalog, Photo
from emotion_core.errors import EmotionError
from pages.shared.texts import plain

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_GRID = st.components.v2.component(
    "review_grid",
    html='<div class="grid" role="listbox" aria-label="Photos"></div>',
    css=(_ASSETS / "review_grid.css").read_text(encoding="utf8"),
    js=(_ASSETS / "review_grid.js").read_text(encoding="utf8"),
)


class FilteredPhotos(NamedTuple):
    """What a filter matched when it was chosen, or chosen anew.

    Attributes:
        filters: names the filter.
        ids: of the photos, in order.
        total: how many photos there were, whatever their label and status.
        visit: counts how often a filter was applied in this session.
    """

    filters: str
    ids: list[str]
    total: int
    visit: int


def review_grid(catalog: Catalog, photos: Sequence[Photo], *, page: str) -> None:
    """Draw photos as a grid in which they are kept, rejected and relabelled.

    Args:
        catalog: that the marks are written to.
        photos: one page of them, in order.
        page: names what is shown; while it stays the same, the cells and their focus stay.
    """
    key = f"grid-{page}"
    shown = {photo.photo_id for photo in photos}
    _GRID(
        key=key,
        data={"page": page, "photos": [_cell(catalog, photo) for photo in photos]},
        on_marks_change=lambda: _apply(catalog, key, shown),
    )


def _cell(catalog: Catalog, photo: Photo) -> dict[str, str]:
    return {
        "id": photo.photo_id,
        "name": photo.name,
        "label": photo.label,
        "status": photo.status,
        "image": thumbnail_source(catalog.thumbnail_path(photo.photo_id)),
    }


@st.cache_data(max_entries=2000, show_spinner=False)
def thumbnail_source(path: Path) -> str:
    """Return a thumbnail as the source of an img element, empty where it is gone."""
    try:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return ""


def _apply(catalog: Catalog, key: str, shown: set[str]) -> None:
    """Write the marks that came since the last message; what the browser sends is not trusted."""
    sent = st.session_state[key].get("marks") or {}
    visit, marks = str(sent.get("visit")), sent.get("marks") or []
    seen = st.session_state.setdefault("review_seen", {})
    for mark in marks[seen.get(visit, 0) :]:
        _apply_one(catalog, mark, shown)
    seen[visit] = len(marks)


def _apply_one(catalog: Catalog, mark: dict[str, Any], shown: set[str]) -> None:
    photo_id, field, value = str(mark.get("id")), mark.get("field"), str(mark.get("value"))
    if photo_id not in shown or field not in ("label", "status"):
        return
    try:
        catalog.mark([photo_id], **{field: value})
    except EmotionError as error:
        st.toast(plain(error), icon=":material/error:")
