"""Who answers: the champion, another run, the starter, or all networks of a study; and what they look at."""

import streamlit as st

from emotion_core.dataset import SAMPLES
from emotion_core.errors import EmotionError
from emotion_core.prediction import STARTER_ID, InputMode
from emotion_core.training import Run, list_runs, load_study
from pages.components.common.champion import champion_of
from pages.components.common.classifiers import about_starter, load_starter, prepare
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.predict.answerers import Answerers, answerers_of

RUN_KEY = "run"
AS_TRAINED = "As trained"
LOOKS: dict[str, InputMode | None] = {AS_TRAINED: None, "Faces": "faces", "Whole photo": "whole"}


def choose_answerers() -> Answerers:
    """Draw the choice of who answers and return it; where nobody can, say so and end the page."""
    prepare()
    finished = {run.run_id: run for run in reversed(list_runs(workspace())) if run.state.name == "finished"}
    names = _names(finished)
    if not names:
        st.info("No network has been trained yet. Run the guided study on the Home page, or train a study of your own.")
        st.page_link("pages/start/home.py", label="To the guided study", icon=":material/home:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _choose(names)
        runs = [finished[chosen]] if chosen in finished else []
        fellows = [run for run in reversed(finished.values()) if runs and run.study_id == runs[0].study_id]
        together = len(fellows) > 1 and st.toggle(
            "All of its study",
            key="predict_together",
            persist_state="session",
            help="All finished networks of the same study answer side by side.",
        )
        input_mode = st.segmented_control(
            "Look at",
            list(LOOKS),
            default=AS_TRAINED,
            required=True,
            key="predict_look",
            persist_state="session",
            help="Faces: each face that is found gets an answer of its own. Whole photo: all of it, squeezed to a "
            "square. A network answers best for what it was trained on.",
        )
    try:
        return answerers_of(fellows if together else runs, LOOKS[str(input_mode)])
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def _names(finished: dict[str, Run]) -> dict[str, str]:
    """Return what each choice is called, by run id; who answers unless told otherwise is the first."""
    names = {run_id: f"{run.config.label} · {run.study_id}" for run_id, run in finished.items()}
    champion = champion_of(workspace())
    best = champion.run_id if champion is not None and champion.run_id in names else ""
    first = {best: f"Champion: {names[best]}"} if best else {}
    try:
        own = load_starter()
    except EmotionError as error:
        st.warning(escape_markdown(error))
        own = None
    if own is not None:
        first[STARTER_ID] = f"{own.name}, which comes with this app and knows real faces"
    return {**first, **{run_id: name for run_id, name in names.items() if run_id not in first}}


def _choose(names: dict[str, str]) -> str:
    ids = list(names)
    # A click in the sidebar clears the address, a refresh clears the session: each stands in for the other.
    wanted = st.query_params.get(RUN_KEY) or st.session_state.get("predict_run")
    chosen: str = st.selectbox(
        "Who answers",
        ids,
        index=ids.index(wanted) if wanted in ids else 0,
        format_func=names.__getitem__,
        help="The champion has the highest validation AUC of your newest study. Until there is one, the starter "
        "answers.",
    )
    st.query_params[RUN_KEY] = chosen
    # Whoever chose nobody in particular is answered by the next champion.
    st.session_state["predict_run"] = chosen if chosen != ids[0] else None
    return chosen


def show_network(answerers: Answerers) -> None:
    """Say what they were trained on, and where to read how good they are.

    Args:
        answerers: who answers.
    """
    for run in list(answerers.runs.values())[:1]:
        st.page_link(
            "pages/study/compare.py",
            label="How good it is: its study on Compare",
            icon=":material/balance:",
            query_params={"study": run.study_id},
        )
        if _knows_drawings_only(run):
            st.caption(
                "It was trained on drawn faces only. For photographs, ask one that knows them, such as the starter."
            )
    if answerers.runs:
        return
    trained_on, card = about_starter()
    st.caption(escape_markdown(trained_on))
    if card:
        with st.expander("How good it is, and what it cannot do"):
            st.markdown(card.partition("\n\n")[2])  # without its title


def _knows_drawings_only(run: Run) -> bool:
    try:
        return load_study(workspace(), run.study_id).config.sources == (SAMPLES,)
    except EmotionError:
        return False
