"""The data set's own split: what it holds, and the offer to use it."""

import pandas as pd
import streamlit as st

from emotion_core.dataset import PREDEFINED, Catalog, SplitFractions, SplitOffer, offer_predefined_split
from emotion_core.dataset.near_copies import known_near_copies
from emotion_core.formatting import list_text
from emotion_core.training import StudyConfig
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog
from pages.components.configure.settings_form import SettingsForm

_NO_SPLIT = (
    "None of the photos came with a split. Import a data set that has one, in folders such as train and test or in a "
    "column of its table, or choose a random split."
)


def offer_of(study: StudyConfig) -> SplitOffer | None:
    """Return what the data set's own split would be for the photos of a study; None where none has one."""
    photos = catalog()
    compared = len(known_near_copies(photos.workspace))
    settings = (tuple(study.sources), study.validation_fraction, study.test_share, study.split_seed)
    return _offer(photos, *settings, (str(photos.workspace.root), photos.state, compared))


def show_offer(form: SettingsForm, study: StudyConfig, offer: SplitOffer | None) -> None:
    """Draw a button that uses the split that the photos came with, or why it cannot be used.

    Nothing is drawn where the split is in use, or has no test part.

    Args:
        form: whose field the button sets.
        study: as set up.
        offer: from ``offer_of``.
    """
    is_random = not (study.is_predefined or study.folds or any(run.leaks for run in study.runs))
    if not is_random or offer is None or "test" in offer.split.drawn:
        return
    if offer.problem:
        st.caption(f":material/inventory_2: These photos came with a split. {escape_markdown(offer.problem)}")
        return
    sizes = [f"{sum(row.values()):,} {part}" for part, row in offer.counts.items()]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/inventory_2: These photos came with a split. A study with it has {list_text(sizes)} photos.",
            width="content",
        )
        st.button(
            "Use it",
            key="use_own_split",
            on_click=lambda: st.session_state.update({form.key_of("split_source"): PREDEFINED}),
        )


def show_split(study: StudyConfig, offer: SplitOffer | None) -> None:
    """Draw how the photos are split, and the split that they came with, if they did.

    Args:
        study: as set up.
        offer: from ``offer_of``.
    """
    if not study.is_predefined:
        st.caption("Near copies stay in one part. Every run of the study uses the same split.")
    if offer is None:
        return
    rows = [{"part": part, **row, "photos": sum(row.values())} for part, row in offer.counts.items()]
    st.markdown("**The data set's own split, as a study uses it**")
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="content")
    st.caption(escape_markdown(offer.problem or offer.split.sentence))


def show_split_problem(offer: SplitOffer | None) -> None:
    """Draw why the data set's own split cannot be used; nothing where it can.

    Args:
        offer: from ``offer_of``.
    """
    if problem := _NO_SPLIT if offer is None else offer.problem:
        st.error(escape_markdown(problem), icon=":material/call_split:")


@st.cache_data(max_entries=6, show_spinner=False)
def _offer(
    _photos: Catalog,
    sources: tuple[str, ...],
    validation: float,
    test: float,
    seed: int,
    cache_key: tuple[object, ...],
) -> SplitOffer | None:
    return offer_predefined_split(_photos, sources=sources, fractions=SplitFractions(validation, test), seed=seed)
