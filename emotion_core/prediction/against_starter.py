"""Whether a network is better than the starter on photographs: on its own test photos, which chose nothing.

The starter is the network in use, tested on more photos than most users have, so a network replaces it on evidence
alone: a higher AUC on the same photographs, with p < .05 by DeLong's paired test. Validation photos would favor the
champion, which was chosen by them.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np

from emotion_core.dataset import SAMPLES, Catalog
from emotion_core.documents import stored_document, write_document
from emotion_core.evaluation import delong_test
from emotion_core.evaluation.statistics import SIGNIFICANCE, IntArray
from emotion_core.formatting import p_text, share_text
from emotion_core.prediction.answers import Answer
from emotion_core.prediction.classifier import Classifier
from emotion_core.settings import Workspace
from emotion_core.training import Run, Scores

CACHE_FILE = "against_starter.json"
MOST_PHOTOS = 240  # a few seconds, and enough to tell .90 from .98
FEWEST_OF_A_LABEL = 10
MOST_WITHOUT_FACE = 0.5


@dataclass(frozen=True)
class AgainstStarter:
    """A network and the starter on the photographs that the network was tested on.

    Attributes:
        starter: SHA-256 of the starter's network.
        network: SHA-256 of the network.
        photographs: number of photographs that both were given.
        with_face: number of those in which the starter found a face; both AUCs are theirs.
        auc: of the network; None with too few photographs of a label.
        starter_auc: of the starter; None likewise.
        p_value: of both being equally good; None likewise.
    """

    starter: str
    network: str
    photographs: int
    with_face: int
    auc: float | None = None
    starter_auc: float | None = None
    p_value: float | None = None

    @property
    def _starter_sees_few_faces(self) -> bool:
        return self.photographs >= 2 * FEWEST_OF_A_LABEL and self.with_face < MOST_WITHOUT_FACE * self.photographs

    @property
    def is_better(self) -> bool:
        """Whether the network is shown to be better, or the starter answers for fewer than half of the photos."""
        if self._starter_sees_few_faces:
            return True
        if self.auc is None or self.starter_auc is None or self.p_value is None:
            return False
        return self.auc > self.starter_auc and self.p_value < SIGNIFICANCE

    @property
    def sentence(self) -> str:
        """What was found."""
        if self._starter_sees_few_faces:
            return (
                f"In {self.photographs - self.with_face} of the {self.photographs} photographs that the champion was "
                "tested on, the starter finds no face."
            )
        if self.auc is None or self.starter_auc is None or self.p_value is None:
            return "The champion was tested on too few photographs with faces to compare it with the starter."
        numbers = (
            f"AUC {share_text(self.auc)} against {share_text(self.starter_auc)} on the {self.with_face} photographs "
            f"with faces among the champion's test photos, {p_text(self.p_value)}"
        )
        if self.is_better:
            return f"The champion is better than the starter ({numbers})."
        return f"The champion is not shown to be better than the starter ({numbers})."


def against_starter(workspace: Workspace, run: Run, classifier: Classifier, starter: Classifier) -> AgainstStarter:
    """Return the comparison, computed when it is first needed and then kept in the run's folder.

    Args:
        workspace: that holds the run's photos.
        run: a finished run.
        classifier: of the run.
        starter: the starter.

    Raises:
        EmotionError: the photos or scores cannot be read.
    """
    hashes = starter.sha256, classifier.sha256
    stored = stored_document(run.path / CACHE_FILE) or {}
    if (stored.get("starter"), stored.get("network")) == hashes:
        return AgainstStarter(**{field.name: stored[field.name] for field in fields(AgainstStarter)})
    scores = run.scores()
    if scores is None:
        return AgainstStarter(*hashes, 0, 0)
    photographs, with_face, aucs = _compared(workspace, scores, starter)
    compared = AgainstStarter(*hashes, photographs, with_face, *aucs)
    write_document(run.path / CACHE_FILE, asdict(compared), durable=False)
    return compared


def _compared(workspace: Workspace, scores: Scores, starter: Classifier) -> tuple[int, int, tuple[float, ...]]:
    """Return how many photographs there are, how many with a face, and both AUCs with the p-value if it can be had."""
    catalog = Catalog(workspace)
    (labels, p_sad), photo_ids = scores.of("test"), scores.ids_of("test")
    photographs = {photo.photo_id: photo for photo in catalog.photos_of(photo_ids) if photo.source != SAMPLES}
    order = _spread_rows(labels, np.array([photo_id in photographs for photo_id in photo_ids], dtype=bool))
    photos = [photographs[photo_ids[row]] for row in order]
    named = ((photo.photo_id, catalog.read(photo)) for photo in photos)
    answers = [answer.p_sad if isinstance(answer, Answer) else None for answer in starter.answer_each(named)]
    seen = np.array([value is not None for value in answers], dtype=bool)
    rows = np.asarray(order, dtype=np.intp)[seen]
    counts = int(np.count_nonzero(labels[rows] == 0)), int(np.count_nonzero(labels[rows] == 1))
    if min(counts) < FEWEST_OF_A_LABEL:
        return len(order), len(rows), ()
    own = np.array([value for value in answers if value is not None])
    test = delong_test(labels[rows], p_sad[rows], own)
    return len(order), len(rows), (test.auc_a, test.auc_b, test.p_value)


def _spread_rows(labels: IntArray, is_usable: np.ndarray) -> list[int]:
    """Return up to ``MOST_PHOTOS`` usable rows, half of each label, spread evenly over the test photos."""
    rows: list[int] = []
    for label in (0, 1):
        usable = np.flatnonzero(is_usable & (labels == label))
        count = min(len(usable), MOST_PHOTOS // 2)
        rows += [int(row) for row in usable[np.linspace(0, len(usable) - 1, count).astype(np.intp)]] if count else []
    return sorted(rows)
