"""The networks that answer on Predict."""

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
    """The networks that answer.

    Attributes:
        key: tells their answers from those of others.
        classifiers: one or more.
        input_mode: what they look at; None for what each was trained for.
        runs: those of them that are runs, by id; the starter is none.
    """

    key: str
    classifiers: tuple[Classifier, ...]
    input_mode: InputMode | None
    runs: dict[str, Run]

    @property
    def names(self) -> list[str]:
        """What they are called, each differently."""
        names = [classifier.name for classifier in self.classifiers]
        return [
            name if names.count(name) == 1 else f"{name} {classifier.run_id}"
            for name, classifier in zip(names, self.classifiers, strict=True)
        ]

    def answers(self, photos: Sequence[tuple[str, Image.Image]]) -> list[tuple[Answer, ...]]:
        """Return what each network says of each photo, in the order of the photos.

        Args:
            photos: each with its name.
        """
        if len(self.classifiers) == 1:
            return [(answer,) for answer in self.classifiers[0].answer_many(photos, input_mode=self.input_mode)]
        return [
            study_answers(self.classifiers, name, photo, input_mode=self.input_mode).answers for name, photo in photos
        ]

    def line(self, classifier: Classifier) -> str:
        """Return the name of one of them as Markdown, and what is to be said against it."""
        run = self.runs.get(classifier.run_id)
        return f"**{escape_markdown(classifier.name)}**{LEAK_BADGE if run is not None and run.config.leaks else ''}"


def answerers_of(runs: Sequence[Run], input_mode: InputMode | None) -> Answerers:
    """Return the networks of runs, or the starter where there is none; raises ``JobUnusable`` where one is damaged.

    Args:
        runs: finished ones.
        input_mode: what they look at.
    """
    written = {run.run_id: run.model_path.stat().st_mtime if run.model_path.exists() else 0.0 for run in runs}
    trained = tuple(trained_classifier(run_id, written_at) for run_id, written_at in written.items())
    own = load_starter() if not runs else None
    key = " ".join(f"{run_id}@{written_at}" for run_id, written_at in written.items())
    return Answerers(
        f"{key or STARTER_ID} {input_mode}", (own,) if own else trained, input_mode, {run.run_id: run for run in runs}
    )
