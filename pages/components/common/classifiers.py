"""The networks that answer on Predict, loaded once for all who look."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from emotion_core.files import read_json
from emotion_core.prediction import (
    STARTER_FOLDER,
    STARTER_ID,
    Answer,
    Classifier,
    Look,
    prepare_in_background,
    starter,
    study_answers,
)
from emotion_core.training import Run, find_run
from pages.components.common.markdown import plain
from pages.components.common.run_progress import LEAK_BADGE
from pages.components.common.workspace import workspace


@dataclass(frozen=True)
class Speakers:
    """The networks that answer.

    Attributes:
        key: tells their answers from those of others.
        classifiers: one or more.
        look: what they look at; None for what each was trained for.
        runs: those of them that are runs, by id; the starter is none.
    """

    key: str
    classifiers: tuple[Classifier, ...]
    look: Look | None
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
            return [(answer,) for answer in self.classifiers[0].answer_many(photos, look=self.look)]
        return [study_answers(self.classifiers, name, photo, look=self.look).answers for name, photo in photos]

    def line(self, classifier: Classifier) -> str:
        """Return the name of one of them as Markdown, and what is to be said against it."""
        run = self.runs.get(classifier.run_id)
        return f"**{plain(classifier.name)}**{LEAK_BADGE if run is not None and run.config.leaks else ''}"


def speakers_of(runs: Sequence[Run], look: Look | None) -> Speakers:
    """Return the networks of runs, or the starter where there is none; raises ``JobUnusable`` where one is damaged.

    Args:
        runs: finished ones.
        look: what they look at.
    """
    written = {run.run_id: run.model_path.stat().st_mtime if run.model_path.exists() else 0.0 for run in runs}
    trained = tuple(_trained(run_id, written_at) for run_id, written_at in written.items())
    own = load_starter() if not runs else None
    key = " ".join(f"{run_id}@{written_at}" for run_id, written_at in written.items())
    return Speakers(f"{key or STARTER_ID} {look}", (own,) if own else trained, look, {run.run_id: run for run in runs})


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Load what looks for faces, while the person looks for a photo; once for each server."""
    prepare_in_background()


@st.cache_resource(show_spinner=False)
def load_starter() -> Classifier | None:
    """Return the network that comes with this app, where it does; raises ``JobUnusable`` where it is damaged."""
    return starter(STARTER_FOLDER)


def about_starter() -> tuple[str, str]:
    """Return what the starter was trained on, as a sentence, and its card as Markdown; empty where they are missing."""
    card = STARTER_FOLDER / "model_card.md"
    trained_on = read_json(STARTER_FOLDER / "answers.json").get("trained_on", "")
    return str(trained_on), card.read_text(encoding="utf8") if card.is_file() else ""


@st.cache_resource(max_entries=12, show_spinner=False)
def _trained(run_id: str, written_at: float) -> Classifier:
    """Return the run's network, loaded once for each version of its file."""
    return Classifier(find_run(workspace(), run_id))
