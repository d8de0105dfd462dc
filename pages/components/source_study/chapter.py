"""One chapter of the source study on its page: three texts, the figure, and the buttons to run it yourself."""

from collections.abc import Collection, Sequence

import plotly.graph_objects as go
import streamlit as st

from emotion_core.dataset import SAMPLES
from emotion_core.errors import EmotionError
from emotion_core.evaluation.figures import alt_text
from emotion_core.guided import start_guided_study
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study import (
    Chapter,
    StudyEvidence,
    StudyResults,
    differences_table,
    evidence_sentences,
    own_evidence,
    own_study,
    read_results,
)
from emotion_core.teaching.source_study.figures import figure_of
from emotion_core.training import Study, StudyPlan, start_study
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import open_study, visit_number
from pages.components.common.plotly_figure import show_figure
from pages.components.common.tables import show_table
from pages.components.common.workspace import workspace

SHIPPED, OWN = "results that come with the app", "your runs"
MINE, GALLERY = "my photos", "the sample gallery"
# What each figure shows; the numbers are in the text beside it.
CAPTIONS = {
    "leak": "One dot per seed: the share of test photos classified correctly. Crosses: the reshuffled split. Dotted: "
    "guessing. Results with random labels come with the app; your own runs use your labels.",
    "models": "One dot per seed: the AUC on the test photos, first for the three published networks, then for three "
    "networks that differ only in their activation. Dotted: guessing.",
    "dead_output": "The network whose predictions vary least. Left: distribution of its predictions on the test "
    "photos. Right: its ROC curve. Dotted: guessing.",
    "vanishing": "Left: share of the output layer's gradient that reaches the first layer, by depth. Right: each "
    "layer of the deepest network. Logarithmic axes; median over seeds, before the first training step.",
    "last_batch": "First the AUC on the whole test set, one line per network; then the AUCs of the last batch over "
    "many orders of the same photos: boxes span the middle half, whiskers nine tenths.",
    "shortcut": "Dots: the AUC of a single simple number over all photos. Diamonds: networks on their test photos. "
    "Bars: 95 % intervals. Dotted: guessing.",
}


@st.cache_resource(show_spinner=False)
def bundled_results() -> StudyResults:
    """Return the results that come with the app."""
    return read_results()


def show_chapter(chapter: Chapter, shipped: StudyEvidence, studies: Sequence[Study], sources: Collection[str]) -> None:
    """Draw a chapter below its heading.

    Args:
        chapter: the chapter to draw.
        shipped: its results that come with the app.
        studies: all studies of the workspace.
        sources: sources of the photos in the catalog.
    """
    study = own_study(workspace(), chapter.plan, studies)
    others = own_study(workspace(), chapter.comparison_plan, studies) if chapter.comparison_plan is not None else None
    evidence = _choose_evidence(chapter, shipped, study, others)
    # The results that come with the app never change, and everybody sees the same.
    draw = _shipped_drawing if evidence is shipped else _drawing
    sentences, figure = draw(chapter.key, evidence)
    left, right = st.columns([1, 2], gap="medium")
    left.markdown(f"**What the text says**  \n{chapter.claim}")
    right.markdown(f"**What we measure**\n{sentences}")
    if chapter.comparison_plan is not None:
        st.caption("How the three published networks differ:")
        differences = differences_table(chapter.comparison_plan)
        show_table(differences)
    show_figure(figure, f"story-{chapter.key}", alt_text(figure, f"{chapter.title}. {CAPTIONS[chapter.key]}"))
    st.caption(CAPTIONS[chapter.key])
    st.markdown(f"**Why**  \n{chapter.explanation}")
    _run_yourself(chapter, study, sources)


def _drawing(key: str, evidence: StudyEvidence) -> tuple[str, go.Figure]:
    """Return the sentences of a chapter as Markdown, and its figure."""
    sentences = "\n".join(f"- {escape_markdown(sentence)}" for sentence in evidence_sentences(key, evidence))
    return sentences, figure_of(key, evidence)


@st.cache_resource(show_spinner=False)
def _shipped_drawing(key: str, _evidence: StudyEvidence) -> tuple[str, go.Figure]:
    return _drawing(key, _evidence)


def _choose_evidence(
    chapter: Chapter, shipped: StudyEvidence, study: Study | None, others: Study | None
) -> StudyEvidence:
    """Return the results of the user's own runs if there are any and the user does not switch to the app's."""
    # The chapter on vanishing gradients measures untrained networks with batch normalization in training mode, which
    # runs do not record.
    if study is None or chapter.key == "vanishing":
        return shipped
    evidence = _own_evidence(workspace(), study, others, (study.study_id, others.study_id if others else None))
    if evidence is None:
        return shipped
    shown = st.segmented_control("Shown", [OWN, SHIPPED], default=OWN, key=f"shown-{chapter.key}")
    return shipped if shown == SHIPPED else evidence


@st.cache_resource(max_entries=12, show_spinner=False)
def _own_evidence(
    _workspace: Workspace, _study: Study, _others: Study | None, cache_key: tuple[str, str | None]
) -> StudyEvidence | None:
    return own_evidence(_workspace, _study, _others)


def _run_yourself(chapter: Chapter, study: Study | None, sources: Collection[str]) -> None:
    mine = tuple(source for source in sources if source != SAMPLES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices = [MINE, GALLERY] if mine else [GALLERY]
        choice = st.selectbox("Run this yourself on", choices, key=f"on-{chapter.key}", width=240)
        for name, plan in (("run", chapter.plan), ("against", chapter.comparison_plan)):
            if plan is None:
                continue
            label = f"Start {len(plan.study().runs)} {'published runs' if name == 'against' else 'runs'}"
            if st.button(
                label, icon=":material/play_arrow:", key=f"{name}-{chapter.key}", help=escape_markdown(plan.command())
            ):
                _start(plan, mine if choice == MINE else (SAMPLES,), choice == GALLERY and SAMPLES not in sources)
        if study is not None and st.button("See your runs", icon=":material/monitoring:", key=f"see-{chapter.key}"):
            open_study("study/train", study.study_id)


def _start(plan: StudyPlan, sources: tuple[str, ...], scrape_first: bool) -> None:
    """Start a study and open Train, or open Home if the sample gallery has to be collected first."""
    config = plan.changed({"sources": [sources]}).study()
    try:
        if not scrape_first:
            open_study("study/train", start_study(workspace(), config).study_id)
        start_guided_study(workspace(), config)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    # On Home, where this leads to.
    st.session_state["watching_guided"] = visit_number() + 1
    st.switch_page("pages/start/home.py")
