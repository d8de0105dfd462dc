"""A warning where near copies leave too few different photos for the study."""

import streamlit as st

from emotion_core.dataset import Catalog, near_copy_problem
from emotion_core.dataset.near_copies import known_near_copies
from emotion_core.training import StudyConfig
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog


def show_near_copy_problem(study: StudyConfig) -> None:
    """Draw the warning; nothing where the photos of the study can be split.

    Args:
        study: whose sources and folds are used.
    """
    photos = catalog()
    compared = len(known_near_copies(photos.workspace))
    problem = _problem(photos, tuple(study.sources), study.folds, (str(photos.workspace.root), photos.state, compared))
    if problem:
        st.error(escape_markdown(problem), icon=":material/content_copy:")


@st.cache_data(max_entries=6, show_spinner=False)
def _problem(_photos: Catalog, sources: tuple[str, ...], folds: int, cache_key: tuple[object, ...]) -> str:
    return near_copy_problem(_photos, sources=sources, folds=folds)
