"""Adding seeds to a study, on Train and Compare."""

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text
from emotion_core.training import Study, add_seeds, usual_addition
from emotion_core.training.config import MAX_RUNS
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace


def show_add_seeds(study: Study) -> None:
    """Draw the button that trains the networks of a study with further seeds, on the same photos and split.

    Args:
        study: that grows; its file is read again when the runs are added.
    """
    popover = st.popover("Add seeds", icon=":material/library_add:", key="add_seeds", on_change="rerun")
    if not popover.open:
        return
    with popover:
        # A new key once the study has grown: the usual number is then another one.
        number = st.number_input(
            "More seeds per network",
            1,
            MAX_RUNS,
            usual_addition(study),
            help="Each network of this study is trained again from other initial weights, on the same photos.",
            key=f"more_seeds-{study.study_id}-{len(study.run_ids)}",
        )
        networks = len({run.network_settings for run in study.config.runs}) * max(study.config.folds, 1)
        if study.first_test is not None:
            st.warning(
                "The p-values of this study have been seen. Seeds that are added now are marked, and its p-values no "
                "longer hold as written: adding seeds until a difference is significant finds one sooner or later. To "
                "confirm a difference, start a new study with other seeds.",
                icon=":material/visibility:",
            )
        elif study.first_look is not None:
            st.caption(
                "This study has been compared with single seeds, without p-values of activations. Add all the seeds "
                "that you want at once: those that are added after the first such p-values invalidate them."
            )
        if st.button(
            f"Train {count_text(number * networks, 'run')}", type="primary", icon=":material/play_arrow:", key="add"
        ):
            _add(study, number)


def _add(study: Study, number: int) -> None:
    try:
        runs = add_seeds(workspace(), study, number)
    except EmotionError as error:
        # A toast outlives the next tick of the page, which would erase an error drawn here.
        st.toast(escape_markdown(error), icon=":material/error:", duration="long")
        return
    st.toast(f"{count_text(len(runs), 'run')} added to the queue.", icon=":material/check:")
    st.rerun()
