"""Answers for what was handed in, worked out a little at each tick and kept in the session: nothing is done twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.prediction import Answer, agreement_text
from pages.components.common.images import data_uri
from pages.components.predict.answerers import Answerers
from pages.components.predict.inputs import NamedPhoto, Upload

# The page answers to a click between two slices.
SLICE_SECONDS = 1.0
# As many photos are in memory at once, of up to 12 MB each.
AT_ONCE = 6
THUMBNAIL_SIDE_PX = 72
WORK_KEY = "predict_work"
ERROR, DIFFER = "not readable", "they differ"


@dataclass(frozen=True)
class PredictionRow:
    """What became of one photo.

    Attributes:
        offer: the file that holds it.
        index: its place there, from 0.
        name: for the person.
        answers: of each network that was asked; none where the photo cannot be read.
        error: why it cannot be read, or empty.
        thumbnail: as the source of an img element, or empty.
    """

    offer: Upload
    index: int
    name: str
    answers: tuple[Answer, ...] = ()
    error: str = ""
    thumbnail: str = ""

    @property
    def key(self) -> str:
        """Tells it from all other photos of the session."""
        return f"{self.offer.key}-{self.index}"

    @property
    def kind(self) -> str:
        """What all networks say, or that they do not say the same, or that the photo cannot be read."""
        words = {answer.words for answer in self.answers}
        return ERROR if self.error else words.pop() if len(words) == 1 else DIFFER

    @property
    def words(self) -> str:
        """The answer for a person, or why there is none."""
        return self.error or (self.answers[0].words if len(self.answers) == 1 else agreement_text(self.answers))

    @property
    def p_sad(self) -> float | None:
        """The mean over the networks that answer, 0 to 1; None where none does."""
        values = [answer.p_sad for answer in self.answers if answer.p_sad is not None]
        return sum(values) / len(values) if values else None

    @property
    def label(self) -> str | None:
        """``happy`` or ``sad`` where all networks are sure of it, else None."""
        labels = {answer.label if answer.sure else None for answer in self.answers}
        return labels.pop() if len(labels) == 1 else None


@dataclass
class PredictionBatch:
    """One file that is answered for: a photo gives one row, a zip one for each file in it.

    Attributes:
        offer: the file.
        answerers: who answers.
        total: how many rows there will be.
        rows: those there are, in the file's order.
        seconds: how long was worked on it.
        cancelled: whether the person wants no more of them.
    """

    offer: Upload
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
        """Answer for further photos until the clock ``time.monotonic`` says ``until``, at least for a few."""
        begun = now = time.monotonic()
        self._left = self._left or self.offer.photos()
        while not self.done and (now == begun or now < until):
            few = list(islice(self._left, AT_ONCE))
            self.rows += self._rows(few)
            if not few:
                self.total = len(self.rows)
            now = time.monotonic()
        self.seconds += now - begun
        if len(self.rows) >= self.total:
            # It holds the file.
            self._left = None

    def _rows(self, few: Sequence[NamedPhoto]) -> list[PredictionRow]:
        good = [(name, photo) for name, photo in few if not isinstance(photo, EmotionError)]
        try:
            answers, problem = iter(self.answerers.answers(good)), None
        except EmotionError as error:
            # No faces can be looked for on this machine.
            answers, problem = iter(()), error
        rows = []
        for index, (name, photo) in enumerate(few, start=len(self.rows)):
            if isinstance(photo, EmotionError) or problem is not None:
                reason = photo if isinstance(photo, EmotionError) else problem
                rows.append(PredictionRow(self.offer, index, name, error=str(reason)))
            else:
                rows.append(
                    PredictionRow(self.offer, index, name, next(answers), "", data_uri(photo, THUMBNAIL_SIDE_PX))
                )
        return rows


def batches_for(offers: Sequence[Upload], answerers: Answerers) -> list[PredictionBatch]:
    """Return the work on each file, as far as it is; work on files that were taken away is forgotten.

    Args:
        offers: what was handed in.
        answerers: who answers.
    """
    kept: dict[tuple[str, str], PredictionBatch] = st.session_state.setdefault(WORK_KEY, {})
    offered = {offer.key for offer in offers}
    for gone in [known for known in kept if known[0] not in offered]:
        del kept[gone]
    for offer in offers:
        if (offer.key, answerers.key) not in kept:
            kept[offer.key, answerers.key] = PredictionBatch(offer, answerers, offer.count())
    return [kept[offer.key, answerers.key] for offer in offers]


def advance(works: Sequence[PredictionBatch]) -> None:
    """Answer for further photos, for the time of a slice."""
    until = time.monotonic() + SLICE_SECONDS
    for work in (work for work in works if not work.done):
        work.go_on(until)
        if time.monotonic() >= until:
            break
