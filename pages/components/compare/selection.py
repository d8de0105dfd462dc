"""What Compare compares: a study with others on the same photos, and which of their networks are drawn."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import Catalog
from emotion_core.evaluation import Baseline
from emotion_core.evaluation.comparison import (
    ComparedRun,
    ComparedStudies,
    compare_studies,
    study_baseline,
    why_not_comparable_studies,
)
from emotion_core.settings import Workspace
from emotion_core.training import Study, list_studies, runs_of
from pages.components.common.markdown import escape_markdown

PICTURE_KEY = "picture_format"
PICTURES = ("PNG", "SVG")


def choose_others(workspace: Workspace, study: Study) -> list[Study]:
    """Draw the choice of further studies, say which cannot be compared and why, and return the others."""
    others = {one.study_id: one for one in list_studies(workspace) if one.study_id != study.study_id}
    if not others:
        return []
    chosen = st.multiselect(
        "Compare with other studies",
        list(others),
        format_func=lambda study_id: others[study_id].title,
        placeholder="none",
        help="Adds the networks of other studies, where these stand on the same photos in the same parts.",
        key=f"others-{study.study_id}",
    )
    found = []
    for number, study_id in enumerate(chosen, start=2):
        why = why_not_comparable_studies(workspace, study, others[study_id])
        if why is None:
            found.append(others[study_id])
            st.caption(
                f"Study {number}: {escape_markdown(others[study_id].title)}, on the same photos in the same parts."
            )
        else:
            st.warning(f"Left out: {escape_markdown(others[study_id].title)}. {why}")
    return found


def baseline_of(workspace: Workspace, study: Study) -> Baseline | None:
    """Return the study's ``study_baseline``, found once for as long as nothing is written to the catalog."""
    return _baseline(workspace, study, (str(workspace.root), study.snapshot, Catalog(workspace).state))


@st.cache_resource(max_entries=6, show_spinner="Looking for what gives the labels away")
def _baseline(_workspace: Workspace, _study: Study, of: tuple[object, ...]) -> Baseline | None:
    return study_baseline(_workspace, _study)


def compared(workspace: Workspace, studies: Sequence[Study], baseline: Baseline | None) -> ComparedStudies:
    """Return the comparison of studies on the same photos; what is costly is done once, for everybody who looks.

    A finished run never changes, so the comparison is good for as long as no run changes its state.

    Args:
        workspace: where they are.
        studies: one or more.
        baseline: of the first, as far as one is known.
    """
    ids = tuple(study.study_id for study in studies)
    states = tuple((run.run_id, run.state.name) for study in studies for run in runs_of(workspace, study))
    return _compared(
        workspace, studies, baseline, (str(workspace.root), ids, states, str(baseline and baseline.shortcut))
    )


@st.cache_resource(max_entries=6, show_spinner="Comparing the networks")
def _compared(
    _workspace: Workspace, _studies: Sequence[Study], _baseline: Baseline | None, of: tuple[object, ...]
) -> ComparedStudies:
    return compare_studies(_workspace, _studies, _baseline)


def choose_runs(together: ComparedStudies) -> list[ComparedRun]:
    """Draw the choice of networks by activation, by depth and by name, and return them; all where nothing is chosen."""
    runs, study_id = list(together.runs), together.study.study_id
    with st.container(horizontal=True):
        for title, field in (("Activation", "hidden_activation"), ("Depth", "depth")):
            values = list(dict.fromkeys(getattr(run.config, field) for run in runs))
            chosen = len(values) > 1 and st.pills(title, values, selection_mode="multi", key=f"{field}-{study_id}")
            runs = [run for run in runs if not chosen or getattr(run.config, field) in chosen]
    names = [run.name for run in runs]
    if len(names) > 1:
        help_text = "Which networks are drawn below. The tables and the tests are of all of them, whatever is drawn."
        drawn = st.multiselect("Networks", names, placeholder=f"all {len(names)}", help=help_text, key=f"n-{study_id}")
        runs = [run for run in runs if not drawn or run.name in drawn]
    return runs


def picture(name: str) -> dict[str, object]:
    """Return how a figure is kept: the format that was chosen, and the name of its file.

    Args:
        name: of the file, without its suffix.
    """
    chosen = str(st.session_state.get(PICTURE_KEY, PICTURES[0])).lower()
    return {"toImageButtonOptions": {"format": chosen, "filename": name, "scale": 2}, "displaylogo": False}
