"""The choice of the network: the champion, another run, the starter, or all networks of a study; and its input."""

from functools import partial

import streamlit as st

from emotion_core.dataset import SAMPLES
from emotion_core.errors import EmotionError
from emotion_core.prediction import STARTER_ID, InputMode
from emotion_core.training import Run, load_study
from emotion_core.training.store import delete_damaged, unreadable_studies
from pages.components.common.champion import newest_champion
from pages.components.common.classifiers import about_starter, load_face_detector, load_starter
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import RUN_KEY, STUDY_KEY
from pages.components.common.problems import show_problems
from pages.components.common.workspace import runs, unreadable_runs, workspace
from pages.components.predict.answerers import Answerers, answerers_of

AS_TRAINED = "As trained"
INPUT_MODES: dict[str, InputMode | None] = {AS_TRAINED: None, "Faces": "faces", "Whole photo": "whole"}


def choose_answerers() -> Answerers:
    """Draw the choice of networks and return it; if there is no network, say so and end the page."""
    load_face_detector()
    finished = {run.run_id: run for run in reversed(runs()) if run.state.name == "finished"}
    names = _names(finished)
    if not names:
        st.info("No network has been trained yet. Run the guided study on the Home page, or train a study of your own.")
        st.page_link("pages/start/home.py", label="Go to the guided study", icon=":material/home:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _choose(names)
        selected = [finished[chosen]] if chosen in finished else []
        study_runs = [run for run in reversed(finished.values()) if selected and run.study_id == selected[0].study_id]
        whole_study = len(study_runs) > 1 and st.toggle(
            "Compare all networks of this study",
            key="predict_together",
            persist_state="session",
            help="All finished networks of this study classify the photo side by side.",
        )
        input_mode = st.segmented_control(
            "Input",
            list(INPUT_MODES),
            default=AS_TRAINED,
            required=True,
            key="predict_look",
            persist_state="session",
            help="Faces: each detected face is classified by itself. Whole photo: all of it, squeezed to a square. "
            "A network works best on what it was trained on.",
        )
    try:
        return answerers_of(study_runs if whole_study else selected, INPUT_MODES[str(input_mode)])
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def _names(finished: dict[str, Run]) -> dict[str, str]:
    """Return the title of each choice, by run id; the first one is the default."""
    names = {run_id: f"{run.config.label} · {run.study_id}" for run_id, run in finished.items()}
    champion = newest_champion()
    show_problems(unreadable_studies(workspace()), "study", partial(delete_damaged, workspace()))
    show_problems(unreadable_runs(), "run", partial(delete_damaged, workspace()))
    best = champion.run_id if champion is not None and champion.run_id in names else ""
    first = {best: f"Champion: {names[best]}"} if best else {}
    try:
        own = load_starter()
    except EmotionError as error:
        st.warning(escape_markdown(error))
        own = None
    if own is not None:
        first[STARTER_ID] = f"{own.name}: comes with this app, trained on real faces"
    return {**first, **{run_id: name for run_id, name in names.items() if run_id not in first}}


def _choose(names: dict[str, str]) -> str:
    ids = list(names)
    # A click in the sidebar clears the address, a refresh clears the session: each is a backup of the other.
    wanted = st.query_params.get(RUN_KEY) or st.session_state.get("predict_run")
    chosen: str = st.selectbox(
        "Network",
        ids,
        index=ids.index(wanted) if wanted in ids else 0,
        format_func=names.__getitem__,
        help="The champion has the highest validation AUC of your newest study, above .50. Until there is one, the "
        "starter is the default.",
    )
    st.query_params[RUN_KEY] = chosen
    # A user who keeps the default gets the next champion as soon as there is one.
    st.session_state["predict_run"] = chosen if chosen != ids[0] else None
    return chosen


def show_network(answerers: Answerers) -> None:
    """Draw what the networks were trained on, and a link to their results."""
    for run in list(answerers.runs.values())[:1]:
        label = "See this network's results" if len(answerers.runs) == 1 else "See the results of these networks"
        st.page_link(
            "pages/study/compare.py",
            label=label,
            icon=":material/balance:",
            query_params={STUDY_KEY: run.study_id},
        )
        if _is_trained_on_drawings_only(run):
            st.caption(
                "This network was trained on drawn faces only. For photographs, choose one that was trained on "
                "photographs, such as the starter."
            )
    if answerers.runs:
        return
    trained_on, card = about_starter()
    st.caption(escape_markdown(trained_on))
    if card:
        with st.expander("Results and limitations"):
            st.markdown(card.partition("\n\n")[2])  # without its title


def _is_trained_on_drawings_only(run: Run) -> bool:
    try:
        return load_study(workspace(), run.study_id).config.sources == (SAMPLES,)
    except EmotionError:
        return False
