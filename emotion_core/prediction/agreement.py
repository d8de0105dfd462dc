"""Several networks and one photo: their predictions, and how far they agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from emotion_core.prediction.answers import HAPPY, NEITHER, NO_FACE, NOT_SURE, SAD, Answer
from emotion_core.prediction.classifier import Classifier, InputMode
from emotion_core.prediction.photo_input import PhotoInput

_SINGULAR = {
    SAD: "says sad",
    HAPPY: "says happy",
    NEITHER: "says neither",
    NOT_SURE: "is not sure",
    NO_FACE: "finds no face",
}
_PLURAL = {
    SAD: "say sad",
    HAPPY: "say happy",
    NEITHER: "say neither",
    NOT_SURE: "are not sure",
    NO_FACE: "find no face",
}


@dataclass(frozen=True)
class NetworkAnswers:
    """The predictions of several networks for one photo.

    Attributes:
        answers: one for each network, in the caller's order.
    """

    answers: tuple[Answer, ...]

    @property
    def agreement(self) -> str:
        """How far the networks agree, for instance ``all 3 say sad`` or ``2 say sad, 1 is not sure``."""
        return agreement_text(self.answers)

    @property
    def share_sad(self) -> float | None:
        """Share of the counted predictions whose label is sad, sure or not; None where no network made one."""
        labels = [answer.label for answer in counted(self.answers) if answer.label is not None]
        return labels.count("sad") / len(labels) if labels else None


def counted(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the predictions of networks that have learned; the others say the same of any photo, or guess."""
    return tuple(answer for answer in answers if answer.has_learned)


def agreement_text(answers: Sequence[Answer]) -> str:
    """Return in words how far several predictions for one photo agree, the most frequent first."""
    voters = counted(answers)
    silent = len(answers) - len(voters)
    if not voters:
        return (
            "no answer: the network did not learn" if silent == 1 else f"no answer: none of {silent} networks learned"
        )
    left_out = f"; {silent} did not learn and {'is' if silent == 1 else 'are'} not counted" if silent else ""
    return f"{_votes_text(voters)}{left_out}"


def _votes_text(answers: Sequence[Answer]) -> str:
    counts = Counter(answer.words for answer in answers).most_common()
    if len(counts) == 1:
        words, count = counts[0]
        return f"all {count} {_PLURAL[words]}" if count > 1 else f"1 {_SINGULAR[words]}"
    return ", ".join(f"{count} {(_SINGULAR if count == 1 else _PLURAL)[words]}" for words, count in counts)


def study_answers(
    classifiers: Sequence[Classifier], name: str, photo: Image.Image, *, input_mode: InputMode | None = None
) -> NetworkAnswers:
    """Classify one photo with several networks; its faces are detected once.

    Args:
        classifiers: the networks.
        name: the photo's display name.
        photo: upright RGB, any size.
        input_mode: as for ``Classifier.answer``.
    """
    photo_input = PhotoInput(name, photo)
    return NetworkAnswers(tuple(classifier.answer_inputs([photo_input], input_mode)[0] for classifier in classifiers))
