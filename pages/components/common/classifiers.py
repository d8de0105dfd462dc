"""The networks that classify on Predict, loaded once per server."""

import streamlit as st

from emotion_core import prediction
from emotion_core.documents import stored_document
from emotion_core.prediction import (
    STARTER_FOLDER,
    Classifier,
    FirstAnswer,
    first_answer,
    load_face_detector_in_background,
    starter,
)
from emotion_core.settings import Workspace
from emotion_core.training import Run, find_run
from pages.components.common.workspace import workspace


@st.cache_resource(show_spinner=False)
def load_face_detector() -> None:
    """Load the face detector while the user looks for a photo; once per server."""
    load_face_detector_in_background()


@st.cache_resource(show_spinner=False)
def load_starter() -> Classifier | None:
    """Return the network that comes with this app, or None where it is missing.

    Raises:
        JobUnusable: it is damaged.
    """
    return starter(STARTER_FOLDER)


def has_starter() -> bool:
    """Return whether a network comes with this app, without loading it."""
    return STARTER_FOLDER.is_dir()


def about_starter() -> tuple[str, str]:
    """Return what the starter was trained on, as a sentence, and its card as Markdown; empty where they are missing."""
    card = STARTER_FOLDER / "model_card.md"
    trained_on = (stored_document(STARTER_FOLDER / "answers.json") or {}).get("trained_on", "")
    return str(trained_on), card.read_text(encoding="utf8") if card.is_file() else ""


@st.cache_resource(max_entries=12, show_spinner=False)
def trained_classifier(run_id: str, written_at: float) -> Classifier:
    """Return a run's network, loaded once for each version of its file.

    Args:
        run_id: of a finished run.
        written_at: when its network was written, in seconds since 1970; part of the cache key.
    """
    return Classifier(find_run(workspace(), run_id))


def first_network(champion: Run) -> FirstAnswer:
    """Return whether the champion or the starter answers for photographs first.

    Args:
        champion: of the workspace, a finished run.
    """
    own = load_starter()
    written_at = champion.model_path.stat().st_mtime if champion.model_path.exists() else 0.0
    version = (str(workspace().root), champion.run_id, written_at, own.sha256 if own else None)
    return _first_network(workspace(), champion, own, version)


@st.cache_resource(max_entries=8, show_spinner="Comparing the champion with the starter on photographs")
def _first_network(
    _workspace: Workspace, _champion: Run, _own: Classifier | None, version: tuple[object, ...]
) -> FirstAnswer:
    return first_answer(_workspace, _champion, _own)


def learned_from_drawings(run: Run) -> bool:
    """Return whether most photos of a run's snapshot are drawings; each snapshot is looked at once per server."""
    return _learned_from_drawings(workspace(), run, (str(workspace().root), run.snapshot))


@st.cache_data(max_entries=100, show_spinner=False)
def _learned_from_drawings(_workspace: Workspace, _run: Run, cache_key: tuple[str, str]) -> bool:
    return prediction.learned_from_drawings(_workspace, _run)
