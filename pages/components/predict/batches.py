"""Predictions for the uploads, computed a few at each tick and kept in the session, so that none is computed twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.prediction import Answer, agreement_text, folder_label
from pages.components.common.images import data_uri
from pages.components.predict.answerers import Answerers
from pages.components.predict.inputs import NamedPhoto, Upload

# The page responds to a click between two slices.
SLICE_SECONDS = 1.0
# So many photos are in memory at once, up to 12 MB each.
PHOTOS_AT_ONCE = 6
THUMBNAIL_SIDE_PX = 72
BATCHES_KEY = "predict_work"
ERROR, DISAGREE, NOT_LEARNED = "not readable", "networks disagree", "no network learned"


@dataclass(frozen=True)
class PredictionRow:
    """One photo and its predictions.

    Attributes:
        upload: the file that holds it.
        index: its position in the file, from 0.
        name: shown to the user.
        answers: one per network; none if the photo could not be classified.
        voters: the predictions that count, see ``Answerers.voters``.
        error: why it could not be classified, or empty.
        thumbnail: as the source of an img element, or empty.
    """

    upload: Upload
    index: int
    name: str
    answers: tuple[Answer, ...] = ()
    error: str = ""
    thumbnail: str = ""
    voters: tuple[Answer, ...] = ()

    @property
    def key(self) -> str:
        """An id that is unique within the session."""
        return f"{self.upload.key}-{self.index}"

    @property
    def kind(self) -> str:
        """The prediction that all networks share, or that they disagree, or why there is none."""
        words = {answer.words for answer in self.voters}
        if self.error or not words:
            return ERROR if self.error else NOT_LEARNED
        return words.pop() if len(words) == 1 else DISAGREE

    @property
    def words(self) -> str:
        """The prediction as text, or why there is none."""
        return self.error or (self.voters[0].words if len(self.voters) == 1 else agreement_text(self.answers))

    @property
    def p_sad(self) -> float | None:
        """P(sad), 0 to 1, averaged over the networks that count; None if none classified the photo."""
        values = [answer.p_sad for answer in self.voters if answer.p_sad is not None]
        return sum(values) / len(values) if values else None

    @property
    def folder(self) -> str | None:
        """The label that its folder in a zip gives it, or None."""
        return folder_label(self.name.removeprefix(f"{self.upload.name}/")) if self.name != self.upload.name else None

    @property
    def label_at_threshold(self) -> str | None:
        """``happy`` or ``sad`` if all networks that count say so, sure or not, else None."""
        labels = {answer.label for answer in self.voters}
        return labels.pop() if len(labels) == 1 else None

    @property
    def label(self) -> str | None:
        """``happy`` or ``sad`` if all networks that count are sure of it, else None."""
        labels = {answer.label if answer.sure else None for answer in self.voters}
        return labels.pop() if len(labels) == 1 else None


@dataclass
class PredictionBatch:
    """One upload that is classified: a photo gives one row, a zip one row per file in it.

    Attributes:
        upload: the file.
        answerers: the networks that classify it.
        total: expected number of rows.
        rows: those classified so far, in the file's order.
        seconds: time spent on them.
        cancelled: whether the user canceled the others.
    """

    upload: Upload
    answerers: Answerers
    total: int
    rows: list[PredictionRow] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False
    _left: Iterator[NamedPhoto] | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.cancelled or len(self.rows) >= self.total

    def go_on(self, until: float) -> None:
        """Classify more photos until ``time.monotonic()`` reaches ``until``, at least a few."""
        begun = now = time.monotonic()
        self._left = self._left or self.upload.photos()
        while not self.done and (now == begun or now < until):
            photos = list(islice(self._left, PHOTOS_AT_ONCE))
            self.rows += self._classify(photos)
            if not photos:
                self.total = len(self.rows)
            now = time.monotonic()
        self.seconds += now - begun
        if len(self.rows) >= self.total:
            # The iterator holds the whole file in memory.
            self._left = None

    def _classify(self, photos: Sequence[NamedPhoto]) -> list[PredictionRow]:
        readable = [(name, photo) for name, photo in photos if not isinstance(photo, EmotionError)]
        try:
            answers, problem = iter(self.answerers.answers(readable)), None
        except EmotionError as error:
            # The face detector is not available on this machine.
            answers, problem = iter(()), error
        rows = []
        for index, (name, photo) in enumerate(photos, start=len(self.rows)):
            if isinstance(photo, EmotionError) or problem is not None:
                reason = photo if isinstance(photo, EmotionError) else problem
                rows.append(PredictionRow(self.upload, index, name, error=str(reason)))
            else:
                predictions, thumbnail = next(answers), data_uri(photo, THUMBNAIL_SIDE_PX)
                voters = self.answerers.voters(predictions)
                rows.append(PredictionRow(self.upload, index, name, predictions, "", thumbnail, voters))
        return rows


def batches_for(uploads: Sequence[Upload], answerers: Answerers) -> list[PredictionBatch]:
    """Return one batch per upload, continued from earlier runs of the page; batches of removed uploads are dropped.

    Args:
        uploads: all that the user has uploaded.
        answerers: the networks that classify them.
    """
    batches: dict[tuple[str, str], PredictionBatch] = st.session_state.setdefault(BATCHES_KEY, {})
    upload_keys = {upload.key for upload in uploads}
    for removed in [key for key in batches if key[0] not in upload_keys]:
        del batches[removed]
    for upload in uploads:
        if (upload.key, answerers.key) not in batches:
            batches[upload.key, answerers.key] = PredictionBatch(upload, answerers, upload.count())
    return [batches[upload.key, answerers.key] for upload in uploads]


def drop_batches() -> None:
    """Forget all predictions of the session: no upload is left."""
    st.session_state.pop(BATCHES_KEY, None)


def advance(batches: Sequence[PredictionBatch]) -> None:
    """Classify more photos, for the time of one slice."""
    until = time.monotonic() + SLICE_SECONDS
    for batch in (batch for batch in batches if not batch.done):
        batch.go_on(until)
        if time.monotonic() >= until:
            break
