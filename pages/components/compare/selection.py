"""Selection on Compare: further studies on the same photos, and which of the networks are drawn."""

from collections import Counter
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from emotion_core.dataset import Catalog
from emotion_core.evaluation.comparison import (
    ComparedRun,
    ComparedStudies,
    compare_studies,
    study_baseline,
    why_not_comparable_studies,
)
from emotion_core.evaluation.diagnosis import Baseline
from emotion_core.evaluation.figures import Grouping, study_roc_figure
from emotion_core.settings import Workspace
from emotion_core.training import Study, list_studies, runs_of
from pages.components.common.markdown import escape_markdown

IMAGE_FORMAT_KEY = "picture_format"
MAX_NAMED = 4  # unfinished runs
IMAGE_FORMATS = ("PNG", "SVG")


def choose_other_studies(workspace: Workspace, study: Study) -> list[Study]:
    """Draw the choice of further studies, and return those that can be compared; warn about the others.

    Args:
        workspace: whose studies are listed.
        study: the study that the others are compared with.
    """
    others = {other.study_id: other for other in list_studies(workspace) if other.study_id != study.study_id}
    if not others:
        return []
    chosen = st.multiselect(
        "Compare with other studies",
        list(others),
        format_func=lambda study_id: others[study_id].title,
        placeholder="none",
        help="Adds the networks of studies that use the same photos with the same split.",
        key=f"others-{study.study_id}",
    )
    comparable = []
    for number, study_id in enumerate(chosen, start=2):
        title = escape_markdown(others[study_id].title)
        reason = why_not_comparable_studies(workspace, study, others[study_id])
        if reason is None:
            comparable.append(others[study_id])
            st.caption(f"Study {number}: {title}, on the same photos with the same split.")
        else:
            st.warning(f"Left out: {title}. {escape_markdown(reason)}")
    return comparable


def cached_baseline(workspace: Workspace, study: Study) -> Baseline | None:
    """Return the study's ``study_baseline``, cached until the catalog changes.

    Args:
        workspace: holds the photos.
        study: whose test photos the baseline is computed for.
    """
    return _baseline(workspace, study, (str(workspace.root), study.snapshot, Catalog(workspace).state))


@st.cache_resource(max_entries=6, show_spinner="Computing the baseline")
def _baseline(_workspace: Workspace, _study: Study, cache_key: tuple[object, ...]) -> Baseline | None:
    return study_baseline(_workspace, _study)


def cached_comparison(workspace: Workspace, studies: Sequence[Study], baseline: Baseline | None) -> ComparedStudies:
    """Return the comparison of studies on the same photos, cached for all browser tabs.

    Args:
        workspace: holds the studies.
        studies: one or more, the page's own study first.
        baseline: of the first study; None where there is none.
    """
    ids = tuple(study.study_id for study in studies)
    # A finished run never changes, so the result stays valid until a run changes its state.
    states = tuple((run.run_id, run.state.name) for study in studies for run in runs_of(workspace, study))
    cache_key = (str(workspace.root), ids, states, str(baseline and baseline.shortcut))
    return _comparison(workspace, studies, baseline, cache_key)


@st.cache_resource(max_entries=6, show_spinner="Comparing the networks")
def _comparison(
    _workspace: Workspace, _studies: Sequence[Study], _baseline: Baseline | None, cache_key: tuple[object, ...]
) -> ComparedStudies:
    return compare_studies(_workspace, _studies, _baseline)


def roc_of(runs: Sequence[ComparedRun], baseline: Baseline | None, by: Grouping) -> go.Figure:
    """Return the ROC curves of runs, drawn once for all sessions.

    Args:
        runs: finished runs, which never change.
        baseline: as for ``study_roc_figure``.
        by: as for ``study_roc_figure``.
    """
    names = tuple((run.run_id, run.name) for run in runs)
    return _roc(runs, baseline, by, (names, str(baseline and baseline.shortcut)))


@st.cache_resource(max_entries=12, show_spinner=False)
def _roc(
    _runs: Sequence[ComparedRun], _baseline: Baseline | None, by: Grouping, cache_key: tuple[object, ...]
) -> go.Figure:
    return study_roc_figure(_runs, baseline=_baseline, by=by)


def unfinished_text(compared: ComparedStudies) -> str:
    """Return the runs that have not finished as Markdown: each with its state, or how many are in each state."""
    if len(compared.unfinished) <= MAX_NAMED:
        return ", ".join(f"{escape_markdown(name)} ({state})" for name, state in compared.unfinished)
    states = Counter(state for _, state in compared.unfinished)
    return f"{len(compared.unfinished)} runs ({', '.join(f'{count} {state}' for state, count in states.items())})"


def choose_runs(compared: ComparedStudies) -> list[ComparedRun]:
    """Draw the choice of networks by activation, depth and name; return the chosen runs, or all without a choice."""
    runs, study_id = list(compared.runs), compared.study.study_id
    with st.container(horizontal=True):
        for title, field in (("Activation", "hidden_activation"), ("Depth", "depth")):
            values = list(dict.fromkeys(getattr(run.config, field) for run in runs))
            chosen = len(values) > 1 and st.pills(title, values, selection_mode="multi", key=f"{field}-{study_id}")
            runs = [run for run in runs if not chosen or getattr(run.config, field) in chosen]
    names = [run.name for run in runs]
    if len(names) > 1:
        help_text = "Networks drawn below. Tables and statistical tests always cover all networks."
        drawn = st.multiselect("Networks", names, placeholder=f"all {len(names)}", help=help_text, key=f"n-{study_id}")
        runs = [run for run in runs if not drawn or run.name in drawn]
    return runs


def choose_grouping(runs: Sequence[ComparedRun]) -> Grouping:
    """Draw the choice of what a ROC curve stands for, as far as the runs leave one; return it.

    Args:
        runs: the runs selected on the page.
    """
    groups = {len({run.config.hidden_activation for run in runs}), len({run.network for run in runs}), len(runs)}
    if len(groups) == 1:
        return "seed"
    titles: dict[Grouping, str] = {"activation": "Each activation", "network": "Each network", "seed": "Every seed"}
    chosen = st.segmented_control(
        "A curve for",
        list(titles),
        format_func=titles.__getitem__,
        default="activation",
        required=True,
        key="curves_by",
    )
    return chosen or "activation"


def plotly_config(name: str) -> dict[str, object]:
    """Return Plotly's settings for a chart that is saved in the chosen image format.

    Args:
        name: of the saved file, without its suffix.
    """
    image_format = str(st.session_state.get(IMAGE_FORMAT_KEY, IMAGE_FORMATS[0])).lower()
    return {"toImageButtonOptions": {"format": image_format, "filename": name, "scale": 2}, "displaylogo": False}
