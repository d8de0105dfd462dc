"""The networks that classify photos on Predict."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from emotion_core.prediction import STARTER_ID, Answer, Classifier, InputMode, study_answers
from emotion_core.training import Run
from pages.components.common.classifiers import load_starter, trained_classifier
from pages.components.common.markdown import escape_markdown
from pages.components.common.run_progress import LEAK_BADGE


@dataclass(frozen=True)
class Answerers:
    """One or more networks that classify the same photos.

    Attributes:
        key: identifies the networks, their files' versions and the input.
        classifiers: one or more.
        input_mode: what they classify; None for what each was trained on.
        runs: their runs, by id; the starter has none.
    """

    key: str
    classifiers: tuple[Classifier, ...]
    input_mode: InputMode | None
    runs: dict[str, Run]

    @property
    def names(self) -> list[str]:
        """A distinct name per network."""
        names = [classifier.name for classifier in self.classifiers]
        return [
            name if names.count(name) == 1 else f"{name} {classifier.run_id}"
            for name, classifier in zip(names, self.classifiers, strict=True)
        ]

    def answers(self, photos: Sequence[tuple[str, Image.Image]]) -> list[tuple[Answer, ...]]:
        """Return the predictions of all networks for each photo, in the order of the photos.

        Args:
            photos: names and photos.
        """
        if len(self.classifiers) == 1:
            return [(answer,) for answer in self.classifiers[0].answer_many(photos, input_mode=self.input_mode)]
        return [
            study_answers(self.classifiers, name, photo, input_mode=self.input_mode).answers for name, photo in photos
        ]

    def title(self, classifier: Classifier) -> str:
        """Return the name of one of the networks as Markdown, with a badge if it was trained on its test photos."""
        run = self.runs.get(classifier.run_id)
        return f"**{escape_markdown(classifier.name)}**{LEAK_BADGE if run is not None and run.config.leaks else ''}"


def answerers_of(runs: Sequence[Run], input_mode: InputMode | None) -> Answerers:
    """Return the networks of runs, or the starter if there are none.

    Args:
        runs: finished runs.
        input_mode: what they classify; None for what each was trained on.

    Raises:
        JobUnusable: a network is damaged.
    """
    # A restarted run keeps its id, so the time of its file tells the versions apart.
    written_at = {run.run_id: run.model_path.stat().st_mtime if run.model_path.exists() else 0.0 for run in runs}
    trained = tuple(trained_classifier(run_id, seconds) for run_id, seconds in written_at.items())
    own = load_starter() if not runs else None
    key = " ".join(f"{run_id}@{seconds}" for run_id, seconds in written_at.items())
    return Answerers(
        f"{key or STARTER_ID} {input_mode}", (own,) if own else trained, input_mode, {run.run_id: run for run in runs}
    )
