"""Predict: hand in photos, and the champion, the starter or another network says how each face looks, and why."""

from collections.abc import Sequence

import streamlit as st

from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionBatch, advance, batches_for
from pages.components.predict.choose_network import choose_answerers, show_network
from pages.components.predict.export_download import show_export
from pages.components.predict.inputs import take_uploads
from pages.components.predict.table import show_progress, show_table

# More are shown as a table.
MOST_CARDS = 6
TICK_SECONDS = 0.2


def show_results(works: Sequence[PredictionBatch], answerers: Answerers, under_way: bool) -> None:
    """Draw what the photos came to, or how far it is; then go on with those that are left."""
    if not under_way and sum(work.total for work in works) > MOST_CARDS:
        show_table(works, answerers)
    elif not under_way:
        for row in (row for work in works for row in work.rows):
            show_answer(row, answerers)
    else:
        # Drawn first: the next tick may come during the work, and would end a drawing half way.
        show_progress(works)
        advance(works)
        if all(work.done for work in works):
            st.rerun()


st.title("Predict")
answerers = choose_answerers()
show_network(answerers)
works = batches_for(take_uploads(), answerers)
# What is few is done at once, and nothing moves.
with st.spinner("Looking at it"):
    advance(works)
under_way = not all(work.done for work in works)
st.fragment(show_results, run_every=TICK_SECONDS if under_way else None)(works, answerers, under_way)
if len(answerers.classifiers) == 1:
    export = st.expander("Take this network along", icon=":material/archive:", key="predict_export", on_change="rerun")
    if export.open:
        with export:
            show_export(next(iter(answerers.runs.values()), None))
st.caption(
    "The answer describes an expression in a photo, not a feeling, and only as far as the training photos reach: a "
    "network trained on drawn faces knows drawn faces. It is not meant for judging people. Photos are answered for and "
    "forgotten: nothing is stored unless you add it to your photos."
)
st.page_link("pages/learn/source_study.py", label="Responsible use", icon=":material/menu_book:")
