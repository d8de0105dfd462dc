"""Predict: hand in photos, and the champion, the starter or another network says how each face looks, and why."""

from collections.abc import Sequence

import streamlit as st

from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Speakers
from pages.components.predict.batches import Work, work_on, works_for
from pages.components.predict.choose_network import choose_speakers, show_who
from pages.components.predict.export_download import show_export
from pages.components.predict.inputs import take_offers
from pages.components.predict.table import show_progress, show_table

# More are shown as a table.
MOST_CARDS = 6
TICK_SECONDS = 0.2


def show_results(works: Sequence[Work], speakers: Speakers, under_way: bool) -> None:
    """Draw what the photos came to, or how far it is; then go on with those that are left."""
    if not under_way and sum(work.total for work in works) > MOST_CARDS:
        show_table(works, speakers)
    elif not under_way:
        for row in (row for work in works for row in work.rows):
            show_answer(row, speakers)
    else:
        # Drawn first: the next tick may come during the work, and would end a drawing half way.
        show_progress(works)
        work_on(works)
        if all(work.done for work in works):
            st.rerun()


st.title("Predict")
speakers = choose_speakers()
show_who(speakers)
works = works_for(take_offers(), speakers)
# What is few is done at once, and nothing moves.
with st.spinner("Looking at it"):
    work_on(works)
under_way = not all(work.done for work in works)
st.fragment(show_results, run_every=TICK_SECONDS if under_way else None)(works, speakers, under_way)
if len(speakers.classifiers) == 1:
    export = st.expander("Take this network along", icon=":material/archive:", key="predict_export", on_change="rerun")
    if export.open:
        with export:
            show_export(next(iter(speakers.runs.values()), None))
st.caption(
    "The answer describes an expression in a photo, not a feeling, and only as far as the training photos reach: a "
    "network trained on drawn faces knows drawn faces. It is not meant for judging people. Photos are answered for and "
    "forgotten: nothing is stored unless you add it to your photos."
)
st.page_link("pages/learn/source_study.py", label="Responsible use", icon=":material/menu_book:")
