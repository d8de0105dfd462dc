"""Home: a photo to try, what the workspace holds, and one button that runs the guided study."""

from functools import partial
from typing import Literal

import streamlit as st

from emotion_core.dataset import unreadable_photos, unreadable_snapshots
from emotion_core.errors import EmotionError
from emotion_core.guided import guided_study_id, newest_guided_job, start_guided_study
from emotion_core.jobs import unreadable_jobs
from emotion_core.maintenance import delete_damaged_job
from emotion_core.training.store import delete_damaged
from pages.components.common.champion import current_champion
from pages.components.common.gate import FIGURES, GATE
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import visit_number
from pages.components.common.problems import show_problems
from pages.components.common.workspace import catalog, runs, studies, unreadable_runs, unreadable_studies, workspace
from pages.components.home.first_photo import show_first_photo
from pages.components.home.under_way import active_studies, show_active_studies, show_figures
from pages.components.home.workspace_care import show_workspace_care

st.title("What does a network see in a face?")
st.markdown(
    "Happy or sad: train small convolutional networks that differ **only in their activation function or depth**, "
    "compare their ROC curves fairly, and let the best one classify your next photo. Everything stays on this machine."
)

champion = current_champion()
show_first_photo(champion.run if champion is not None else None)
job = newest_guided_job(workspace())
show_figures(champion, job)
guided_id = guided_study_id(job) if job is not None else None
show_active_studies([study for study in active_studies() if study.study_id != guided_id])

st.header("The guided study")
st.markdown(
    "Collects 480 drawn faces from the built-in sample gallery, trains **ReLU**, **tanh** and **sigmoid** networks on "
    "them at 64 pixels, and opens the comparison. It takes one to three minutes."
)
show_problems(unreadable_photos(catalog()), "photo")
show_problems(unreadable_studies(), "study", partial(delete_damaged, workspace()))
show_problems(unreadable_runs(), "run", partial(delete_damaged, workspace()))
show_problems(unreadable_snapshots(workspace()), "snapshot")
show_problems(unreadable_jobs(workspace().jobs), "job", partial(delete_damaged_job, workspace()))
under_way = job is not None and (
    job.state().active or any(run.state.active for run in runs() if run.study_id == guided_id)
)
# Once something has been trained, the next step is a photo of one's own.
first_step = job is None and not studies()
kind: Literal["primary", "secondary"] = "primary" if first_step else "secondary"
if st.button("Run the guided study", type=kind, icon=":material/play_arrow:", disabled=under_way, key="guided"):
    try:
        start_guided_study(workspace())
    except EmotionError as error:
        st.error(escape_markdown(error))
    else:
        st.session_state["watching_guided"] = visit_number()
        st.rerun()
if job is not None:
    GATE.pass_with(FIGURES)
    # Imported here: it draws figures, whose modules a first page without them need not wait for.
    from pages.components.home.guided_progress import show_guided_progress

    show_guided_progress(job, live=under_way)

st.header("Or build your own study")
steps = (
    ("pages/data/collect.py", "Collect", "Scrape a web page, or import a folder, a zip or single photos."),
    ("pages/data/review.py", "Review", "Keep, reject or relabel your photos."),
    ("pages/study/configure.py", "Configure", "Choose activations, depth and every other setting."),
    ("pages/use/predict.py", "Predict", "Classify a photo."),
)
for column, (page, name, text) in zip(st.columns(len(steps), border=True), steps, strict=True):
    column.page_link(page, label=f"**{name}**")
    column.caption(text)
st.caption(
    "Labels describe an expression in a photo, not a feeling. Do not use this app on people at work or in school, or "
    "for hiring."
)
st.page_link("pages/learn/source_study.py", label="Background and responsible use")
show_workspace_care()
