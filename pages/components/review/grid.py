"""The review grid component: its browser code is in ``assets/review``, and its marks go to ``photo_routes``."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from emotion_core.dataset import Findings, Photo
from emotion_core.settings import ASSETS


def _asset(name: str) -> str:
    return (ASSETS / "review" / name).read_text(encoding="utf8")


_GRID = st.components.v2.component(
    "review_grid",
    html=_asset("review_grid.html"),
    css=_asset("review_grid.css"),
    js="\n".join(map(_asset, ("review_outbox.js", "review_card.js", "review_grid.js"))),
)


class FilteredPhotos(NamedTuple):
    """The photos that a filter matched when it was applied.

    Attributes:
        filters: identifies the filter.
        ids: of the photos, in order.
        total: number of photos in the catalog at that time.
        visit: how often a filter was applied in this session.
    """

    filters: str
    ids: list[str]
    total: int
    visit: int


def review_grid(
    photos: Sequence[Photo], findings: Findings, *, page: str, counts: Mapping[str, Mapping[str, int]]
) -> None:
    """Draw a grid in which photos can be enlarged, kept, rejected and relabeled, with the counts above it.

    Args:
        photos: of one page, in order.
        findings: near copies and conflicts, noted on the cells.
        page: identifies the page; while it stays the same, the browser keeps the cells and their focus.
        counts: of all photos by label and status.
    """
    conflicting = {photo_id for group in findings.conflicts for photo_id in group}
    cells = [_cell(photo, findings.clusters.get(photo.photo_id), photo.photo_id in conflicting) for photo in photos]
    _GRID(key=f"grid-{page}", data={"page": page, "photos": cells, "counts": counts})


def _cell(photo: Photo, cluster: str | None, conflicting: bool) -> dict[str, object]:
    return {
        "id": photo.photo_id,
        "name": photo.name,
        "label": photo.label,
        "status": photo.status,
        "cluster": cluster,
        "notes": _notes(photo, cluster, conflicting),
    }


def _notes(photo: Photo, cluster: str | None, conflicting: bool) -> list[str]:
    notes = ["both labels"] if conflicting else ["near copies"] if cluster else []
    if photo.faces is not None and len(photo.faces) != 1:
        notes.append("several faces" if photo.faces else "no face")
    return [*notes, *photo.flags]
