"""Train: the runs of a study while they train; everything is read from the run folders."""

import contextlib
from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.training import Study, find_run, resume_queue
from emotion_core.training.queue import queue_problem
from emotion_core.training.store import LiveRuns, delete_damaged, link_logs, short_labels
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import RUN_KEY, STUDY_KEY, choose_study, open_study, say_not_found
from pages.components.common.polling import poll
from pages.components.common.problems import show_problems
from pages.components.common.run_charts import show_view
from pages.components.common.study_name import show_note
from pages.components.common.workspace import studies, workspace
from pages.components.train.run_cards import show_cards
from pages.components.train.study_actions import show_study_actions


@st.cache_resource(max_entries=8, show_spinner=False)
def live_runs(study_id: str) -> LiveRuns:
    """Return the study's incremental reader, shared by all browser tabs, so that each record is parsed once."""
    return LiveRuns()


def follow_link() -> None:
    """Set the study in the address from the run in the address, where only the run is given."""
    run_id = st.query_params.get(RUN_KEY)
    if run_id and STUDY_KEY not in st.query_params:
        try:
            st.query_params[STUDY_KEY] = find_run(workspace(), run_id).study_id
        except EmotionError:
            say_not_found(f"The run {run_id}", "It was deleted, or belongs to another workspace.")


def draw_study(study: Study) -> bool:
    """Draw every run of the study, and return whether one of them is active."""
    runs = live_runs(study.study_id).runs(workspace(), study)
    active = [run for run in runs if run.state.active]
    if active:
        # Restart the queue's process if it was killed: no other process does.
        with contextlib.suppress(EmotionError):
            resume_queue(workspace())
        if problem := queue_problem(workspace()):
            st.error(escape_markdown(problem), icon=":material/cloud_off:")
    show_problems(live_runs(study.study_id).problems(workspace(), study), "run", partial(delete_damaged, workspace()))
    show_cards(runs)
    show_study_actions(study, runs)
    if begun_runs := [run for run in runs if run.epochs]:
        show_view(begun_runs, short_labels(runs))
    return bool(active)


st.title("Train")
follow_link()
study = choose_study()
show_note(study)
runs = live_runs(study.study_id).runs(workspace(), study)
under_way = any(run.state.active for run in runs)
poll(partial(draw_study, study), under_way)
if (
    not under_way
    and any(run.state.name == "finished" for run in runs)
    and st.button("Compare these networks", type="primary", icon=":material/balance:")
):
    open_study("study/compare", study.study_id)
folder = link_logs(workspace(), studies())
st.caption("Training continues if you close this page. To open the logs in TensorBoard:")
st.code(f'tensorboard --logdir "{folder}"', language=None)
