"""What the workspace holds, and the studies under way: figures that move while something runs."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from emotion_core.collect import recent_collections
from emotion_core.formatting import count_text
from emotion_core.jobs import JobFolder
from emotion_core.training import Run, Study, runs_of
from pages.components.common.champion import MEANING, ShownChampion
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import STUDY_KEY
from pages.components.common.newest_photos import show_newest_photos
from pages.components.common.polling import poll
from pages.components.common.workspace import catalog, runs, studies, workspace


def active_studies() -> list[Study]:
    """Return the studies with runs that are under way or waiting, newest first."""
    active = {run.study_id for run in runs() if run.state.active}
    return [study for study in studies() if study.study_id in active]


def show_figures(champion: ShownChampion | None, guided: JobFolder | None) -> None:
    """Draw what the workspace holds; while photos come in or networks train, the figures and newest photos move.

    Args:
        champion: of the workspace, if there is one.
        guided: the job of the guided study, if there is one.
    """
    jobs = [job for job in [guided, *recent_collections(workspace())] if job is not None and job.state().active]
    poll(partial(_draw_figures, champion, jobs), bool(jobs))


def _draw_figures(champion: ShownChampion | None, jobs: Sequence[JobFolder]) -> bool:
    """Draw the figures, and return whether photos are still coming in."""
    counts = catalog().usable_counts()
    photos, trained, best = st.columns(3, border=True)
    photos.metric("Photos", f"{sum(counts.values()):,}", help="Photos in your catalog that are not rejected.")
    photos.caption(f"{counts['happy']:,} happy · {counts['sad']:,} sad")
    trained.metric("Studies", len(studies()), help="Groups of networks compared on the same photos.")
    trained.caption(f"{sum(run.state.name == 'finished' for run in runs())} trained networks")
    with best:
        _draw_champion(champion)
    if jobs:
        show_newest_photos(catalog())
    return any(job.state().active for job in jobs)


def _draw_champion(champion: ShownChampion | None) -> None:
    if champion is None:
        st.metric("Champion", "none yet", help=MEANING)
        st.caption("Finish a study to get one: its best network needs a validation AUC above .50.")
        return
    st.metric("Champion", champion.run.config.hidden_activation, help=MEANING)
    numbers = champion.numbers
    parts = ["pinned"] if champion.is_pinned else []
    if numbers is not None and None not in (numbers.test_auc, numbers.test_auc_low, numbers.test_auc_high):
        parts.append(
            f"test AUC {numbers.test_auc:.2f} (95 % CI {numbers.test_auc_low:.2f}–{numbers.test_auc_high:.2f})"
        )
    st.caption(" · ".join(parts))


def show_active_studies(active: Sequence[Study]) -> None:
    """Draw the progress of studies, with a link to the runs of each.

    Args:
        active: the studies under way.
    """
    if active:
        poll(partial(_draw_studies, active), True)


def _draw_studies(active: Sequence[Study]) -> bool:
    """Draw the studies, and return whether one of them is under way."""
    st.header("Under way")
    is_active = False
    for study in active:
        study_runs = runs_of(workspace(), study)
        is_active |= any(run.state.active for run in study_runs)
        with st.container(border=True):
            st.page_link(
                "pages/study/train.py",
                label=escape_markdown(study.title),
                icon=":material/monitoring:",
                query_params={STUDY_KEY: study.study_id},
            )
            st.progress(_share(study_runs), _progress_text(study_runs))
    return is_active


def _share(study_runs: Sequence[Run]) -> float:
    return sum(1.0 if run.state.ended else run.progress for run in study_runs) / max(len(study_runs), 1)


def _progress_text(study_runs: Sequence[Run]) -> str:
    ended = sum(run.state.ended for run in study_runs)
    return f"{ended} of {count_text(len(study_runs), 'run')} ended"
