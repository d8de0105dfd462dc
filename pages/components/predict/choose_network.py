"""The choice of the network: the champion, another run, the starter, or all networks of a study; and its input."""

from functools import partial

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.evaluation.comparison import pin_champion
from emotion_core.prediction import DEFAULT_ONE_IN, STARTER_ID, WRONG_ONE_IN, InputMode
from emotion_core.training import Run
from emotion_core.training.store import delete_damaged, unreadable_studies
from pages.components.common.champion import MEANING, current_champion
from pages.components.common.classifiers import about_starter, first_network, load_face_detector, load_starter
from pages.components.common.confirmation import perform
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import RUN_KEY, STUDY_KEY, say_not_found
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
        beside = _choose_beside(finished) if chosen == STARTER_ID else None
        of_study = {run.study_id for run in (*selected, *(beside[:1] if beside else ()))}
        study_runs = [run for run in reversed(finished.values()) if run.study_id in of_study]
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
        one_in = st.segmented_control(
            "Wrong sure answers",
            WRONG_ONE_IN,
            default=DEFAULT_ONE_IN,
            required=True,
            format_func=lambda limit: f"1 in {limit}",
            key="predict_limit",
            persist_state="session",
            help='At most so many sure answers may be wrong. Stricter: the network is "not sure" of more photos.',
        )
    mode, limit = INPUT_MODES[str(input_mode)], None if one_in is None else int(one_in)
    networks = study_runs if whole_study else [beside[0]] if beside else selected
    try:
        return answerers_of(networks, mode, one_in=limit, why_beside=beside[1] if beside else "")
    except EmotionError as error:
        st.error(escape_markdown(error))
        st.stop()


def _names(finished: dict[str, Run]) -> dict[str, str]:
    """Return the title of each choice, by run id; the first one is the default."""
    names = {run_id: f"{run.config.label} · {run.study_id}" for run_id, run in finished.items()}
    champion = current_champion()
    show_problems(unreadable_studies(workspace()), "study", partial(delete_damaged, workspace()))
    show_problems(unreadable_runs(), "run", partial(delete_damaged, workspace()))
    best = champion.run.run_id if champion is not None and champion.run.run_id in names else ""
    first = {best: f"Champion: {names[best]}"} if best else {}
    try:
        own = load_starter()
    except EmotionError as error:
        st.warning(escape_markdown(error))
        own = None
    is_first = own is not None and bool(best) and first_network(finished[best]).starter_first
    if own is not None:
        first = {} if is_first else first
        first[STARTER_ID] = f"{own.name}: comes with this app, trained on real faces"
    if is_first:
        first[best] = f"Champion: {names[best]}"
    return {**first, **{run_id: name for run_id, name in names.items() if run_id not in first}}


def _choose(names: dict[str, str]) -> str:
    ids = list(names)
    # A click in the sidebar clears the address, a refresh clears the session: each is a backup of the other.
    wanted = st.query_params.get(RUN_KEY) or st.session_state.get("predict_run")
    is_missing = bool(wanted) and wanted not in ids and wanted != st.session_state.get("predict_run")
    chosen = st.selectbox(
        "Network",
        ids,
        index=None if is_missing else ids.index(wanted) if wanted in ids else 0,
        format_func=names.__getitem__,
        placeholder="Choose a network",
        help=f"{MEANING} The starter is the default until your champion is shown to be better on photographs: a higher "
        "AUC on its own test photos, p < .05.",
    )
    if chosen is None:
        say_not_found(
            f"The network {wanted}",
            "It was deleted, has not finished, cannot be read, or belongs to another workspace.",
        )
    st.query_params[RUN_KEY] = chosen
    # A user who keeps the default gets the next champion as soon as there is one.
    st.session_state["predict_run"] = chosen if chosen != ids[0] else None
    return chosen


def _choose_beside(finished: dict[str, Run]) -> tuple[Run, str] | None:
    """Return the champion that is shown beside the starter with the reason, or None for the starter alone."""
    champion = current_champion()
    if champion is None or champion.run.run_id not in finished:
        return None
    run = finished[champion.run.run_id]
    first = first_network(run)
    if not first.starter_first or not st.toggle(
        "Show the champion beside it", value=True, key="predict_beside", persist_state="session", help=first.reason
    ):
        return None
    return run, first.reason


def show_network(answerers: Answerers) -> None:
    """Draw what the networks were trained on, and a link to their results."""
    if answerers.why_beside:
        st.caption(escape_markdown(answerers.why_beside))
    for run in list(answerers.runs.values())[:1]:
        label = "See this network's results" if len(answerers.runs) == 1 else "See the results of these networks"
        label = "See the champion's results" if answerers.why_beside else label
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "pages/study/compare.py",
                label=label,
                icon=":material/balance:",
                query_params={STUDY_KEY: run.study_id},
                width="content",
            )
            if len(answerers.runs) == 1:
                _offer_pin(run, is_chosen=not answerers.why_beside)
        if not answerers.why_beside and run.run_id in answerers.from_drawings:
            st.caption(
                "This network was trained on drawn faces. For photographs, choose one that was trained on "
                "photographs, such as the starter."
            )
    if answerers.runs and not answerers.why_beside:
        return
    trained_on, card = about_starter()
    st.caption(escape_markdown(trained_on))
    if card:
        with st.expander("Results and limitations"):
            st.markdown(card.partition("\n\n")[2])  # without its title


def _offer_pin(run: Run, *, is_chosen: bool) -> None:
    """Draw the button that makes a run the champion, or lets the best network be the champion again.

    Args:
        run: a finished run.
        is_chosen: whether the user has chosen it; beside the starter it is the champion already.
    """
    champion = current_champion()
    if champion is not None and champion.is_pinned and champion.run.run_id == run.run_id:
        if st.button("Unpin the champion", icon=":material/keep_off:", type="tertiary", key="unpin_champion"):
            perform(lambda: pin_champion(workspace(), None))
    elif is_chosen and st.button("Pin as champion", icon=":material/keep:", type="tertiary", key="pin_champion"):
        perform(lambda: pin_champion(workspace(), run))
