"""Marks from the browser: numbered, applied in order, and only once even if they are sent twice."""

import threading
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion_core.dataset import Catalog, find_duplicates, keep_best

MAX_VISITS = 1000
MAX_NUMBER = 2**53  # the largest that JavaScript counts exactly


class MarkRequest(BaseModel):
    """One action of the user.

    Attributes:
        number: of the action within its visit, from 1.
        ids: the photos to mark.
        label: their new label, or None.
        status: their new status, or None.
        undo: undo the last action instead.
        best: keep the best near copy of this photo instead.
        tried: whether it was sent before without a response.
    """

    model_config = ConfigDict(extra="forbid")
    number: int = Field(ge=1, le=MAX_NUMBER)
    ids: list[str] = Field([], max_length=1000)
    label: Literal["happy", "sad"] | None = None
    status: Literal["new", "kept", "rejected"] | None = None
    undo: bool = False
    best: str | None = None
    tried: bool = False


class MarkBatch(BaseModel):
    """One request of the browser.

    Attributes:
        visit: identifies one opening of the page.
        marks: actions without a response so far, oldest first.
        ask: photos whose label and status are wanted.
    """

    visit: str = Field(max_length=64)
    marks: list[MarkRequest] = Field(max_length=20_000)
    ask: list[str] = Field([], max_length=1000)


class MarkInbox:
    """Applies marks, and remembers the last applied number of each visit."""

    def __init__(self) -> None:
        # By the catalog's workspace and the visit: a visit of another user is another one.
        self._applied: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def take(self, catalog: Catalog, batch: MarkBatch) -> dict[str, object]:
        """Apply the marks that are new; all of them are on the disk when this returns.

        Args:
            catalog: whose photos are marked.
            batch: as sent by the browser.

        Returns:
            ``seen``: the last number that need not be sent again; ``counts`` of the catalog; ``states`` of the photos
            that were asked for; ``said``: a message for the user, or an empty string.

        Raises:
            EmotionError: the catalog cannot be written at the moment; earlier marks are applied and remembered.
        """
        message = ""
        # Requests run in a pool of threads; marks of one visit must be applied in order.
        with self._lock, catalog.kept_open(sync_at_end=True):
            visit = str(catalog.workspace.root), batch.visit
            known = visit in self._applied
            existing = _existing_ids(catalog, batch.marks)
            for mark in batch.marks:
                if mark.number <= self._applied.get(visit, 0):
                    continue
                # An undo sent to a server that has stopped since may have been applied; twice would undo too much.
                if not (mark.undo and mark.tried and not known):
                    message = _apply(catalog, mark, existing) or message
                self._remember(visit, mark.number)
            applied = self._applied.get(visit, 0)
            asked = catalog.photos_of(batch.ask)
            states = {photo.photo_id: {"label": photo.label, "status": photo.status} for photo in asked}
            return {"seen": applied, "counts": catalog.counts(), "states": states, "said": message}

    def _remember(self, visit: tuple[str, str], number: int) -> None:
        self._applied[visit] = number
        if len(self._applied) > MAX_VISITS:  # dicts keep their order, so the first key is the oldest visit
            del self._applied[next(iter(self._applied))]


def _existing_ids(catalog: Catalog, marks: Sequence[MarkRequest]) -> set[str]:
    """Return the marked photos that still exist: another tab may have deleted some of them."""
    return {photo.photo_id for photo in catalog.photos_of([photo_id for mark in marks for photo_id in mark.ids])}


def _apply(catalog: Catalog, mark: MarkRequest, existing: set[str]) -> str:
    if mark.undo:
        return _undo(catalog)
    if mark.best is not None:
        return _keep_best(catalog, mark.best)
    ids = [photo_id for photo_id in mark.ids if photo_id in existing]
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
