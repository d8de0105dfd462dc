"""The networks that classify photos on Predict."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from emotion_core.prediction import STARTER_ID, Answer, Classifier, InputMode, counted, study_answers
from emotion_core.training import Run
from pages.components.common.classifiers import learned_from_drawings, load_starter, trained_classifier
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
        why_beside: why the first network's prediction is the answer and the others are shown beside it; empty where
            all of them count.
        from_drawings: ids of the runs that learned from drawings.
    """

    key: str
    classifiers: tuple[Classifier, ...]
    input_mode: InputMode | None
    runs: dict[str, Run]
    why_beside: str = ""
    from_drawings: frozenset[str] = frozenset()

    def voters(self, answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """Return the predictions that count: the first or only network's, or those of all that have learned.

        Args:
            answers: one per network, in the order of the networks.
        """
        return tuple(answers[:1]) if self.why_beside or len(answers) == 1 else counted(answers)

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
        """Return the name of a network as Markdown: what it learned from, whether it counts, if its split leaks."""
        run = self.runs.get(classifier.run_id)
        beside = bool(self.why_beside) and classifier is not self.classifiers[0]
        notes = ["trained on drawings, not photographs"] if classifier.run_id in self.from_drawings else []
        notes += ["beside it, not counted"] if beside else []
        counts = ", not counted" if len(self.classifiers) > 1 else ": it says the same of any photo, or guesses"
        notes += [] if classifier.has_learned else [f"did not learn{counts}"]
        note = f" :gray[({'; '.join(notes)})]" if notes else ""
        leak = LEAK_BADGE if run is not None and run.config.leaks else ""
        return f"**{escape_markdown(classifier.name)}**{leak}{note}"


def answerers_of(
    runs: Sequence[Run],
    input_mode: InputMode | None,
    *,
    one_in: int | None = None,
    why_beside: str = "",
    starter_first: bool = True,
) -> Answerers:
    """Return the networks of runs, or the starter if there are none.

    Args:
        runs: finished runs.
        input_mode: what they classify; None for what each was trained on.
        one_in: at most one in so many sure answers may be wrong; None for each network's own limit.
        why_beside: why the starter answers first, and the runs stand beside it, or the other way round; empty for the
            runs alone.
        starter_first: whether it is the starter that answers first, where both answer.

    Raises:
        JobUnusable: a network is damaged.
    """
    # A restarted run keeps its id, so the time of its file tells the versions apart.
    written_at = {run.run_id: run.model_path.stat().st_mtime if run.model_path.exists() else 0.0 for run in runs}
    trained = tuple(trained_classifier(run_id, seconds) for run_id, seconds in written_at.items())
    own = load_starter() if not runs or why_beside else None
    key = " ".join(f"{run_id}@{seconds}" for run_id, seconds in written_at.items())
    networks = (own, *trained) if own else trained
    networks = networks if starter_first else (*trained, *networks[: -len(trained)])
    return Answerers(
        f"{STARTER_ID if own else ''} {starter_first} {key} {input_mode} {one_in}",
        tuple(network.with_limit(one_in) for network in networks),
        input_mode,
        {run.run_id: run for run in runs},
        why_beside,
        frozenset(run.run_id for run in runs if learned_from_drawings(run)),
    )
