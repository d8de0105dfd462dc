"""Marks as the browser delivers them: numbered, applied in order and once, whatever is sent twice."""

import threading
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion_core.dataset import Catalog, find_duplicates, keep_best

MAX_VISITS = 1000


class MarkRequest(BaseModel):
    """One thing a person did.

    Attributes:
        number: counts what was done in a visit, from 1.
        ids: the photos that are marked.
        label: for these photos.
        status: for these photos.
        undo: take back what was done last.
        best: a photo of whose near copies the best is kept.
        tried: whether it was sent before, and no answer came.
    """

    model_config = ConfigDict(extra="forbid")
    number: int = Field(ge=1)
    ids: list[str] = Field([], max_length=1000)
    label: Literal["happy", "sad"] | None = None
    status: Literal["new", "kept", "rejected"] | None = None
    undo: bool = False
    best: str | None = None
    tried: bool = False


class MarkBatch(BaseModel):
    """What the browser sends.

    Attributes:
        visit: names one opened page.
        marks: those it has had no answer for, oldest first.
        ask: photos whose label and status it wants to know.
    """

    visit: str = Field(max_length=64)
    marks: list[MarkRequest] = Field(max_length=20_000)
    ask: list[str] = Field([], max_length=1000)


class MarkInbox:
    """Applies marks, and remembers up to which number it has seen those of each visit."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, catalog: Catalog, delivery: MarkBatch) -> dict[str, object]:
        """Apply what is new of a delivery; all of it is on disk when this returns.

        Returns:
            ``seen``: the number up to which marks need not be sent again; ``counts`` of the catalog; ``states`` of the
            photos that were asked for; ``said``: what was done, for a person.

        Raises:
            EmotionError: the catalog cannot be written just now; what came before that is applied and remembered.
        """
        said = ""
        with self._lock, catalog.kept_open():
            known = delivery.visit in self._seen
            there = _there(catalog, delivery.marks)
            for mark in delivery.marks:
                if mark.number <= self._seen.get(delivery.visit, 0):
                    continue
                # Nobody knows whether the server that stopped had done it; done twice, it would take back too much.
                if not (mark.undo and mark.tried and not known):
                    said = _apply(catalog, mark, there) or said
                self._remember(delivery.visit, mark.number)
            seen = self._seen.get(delivery.visit, 0)
            asked = catalog.photos_of(delivery.ask)
            states = {photo.photo_id: {"label": photo.label, "status": photo.status} for photo in asked}
            return {"seen": seen, "counts": catalog.counts(), "states": states, "said": said}

    def _remember(self, visit: str, number: int) -> None:
        self._seen[visit] = number
        if len(self._seen) > MAX_VISITS:
            del self._seen[next(iter(self._seen))]


def _there(catalog: Catalog, marks: Sequence[MarkRequest]) -> set[str]:
    """Return which of the marked photos there are: another tab may have deleted some of them."""
    return {photo.photo_id for photo in catalog.photos_of([photo_id for mark in marks for photo_id in mark.ids])}


def _apply(catalog: Catalog, mark: MarkRequest, there: set[str]) -> str:
    if mark.undo:
        return _undo(catalog)
    if mark.best is not None:
        return _keep_best(catalog, mark.best)
    ids = [photo_id for photo_id in mark.ids if photo_id in there]
    if ids and (mark.label or mark.status):
        catalog.mark(ids, label=mark.label, status=mark.status)
    return ""


def _undo(catalog: Catalog) -> str:
    undone = catalog.undo()
    return "There is nothing to undo." if undone is None else f"Undone: {undone}"


def _keep_best(catalog: Catalog, photo_id: str) -> str:
    clusters = find_duplicates(catalog, only_known=True).clusters
    ids = [other for other, cluster in clusters.items() if cluster == clusters.get(photo_id)]
    if photo_id not in clusters or len(ids) < 2:
        return "This photo has no near copies."
    kept = catalog.photo(keep_best(catalog, ids))
    return f"Kept the best of {len(ids)} near copies, {kept.name}; rejected the others."
