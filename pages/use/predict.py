"""Predict: classify photos with the champion, the starter or another network, and explain each prediction."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.components.common.polling import poll
from pages.components.predict.answer import show_answer
from pages.components.predict.answerers import Answerers
from pages.components.predict.batches import PredictionBatch, advance, batches_for
from pages.components.predict.choose_network import choose_answerers, show_network
from pages.components.predict.export_download import show_export
from pages.components.predict.folder_agreement import show_folder_agreement
from pages.components.predict.inputs import take_uploads
from pages.components.predict.table import show_progress, show_table

# More photos are shown as a table.
MAX_CARDS = 6
TICK_SECONDS = 0.2


def draw_results(batches: Sequence[PredictionBatch], answerers: Answerers, under_way: bool) -> bool:
    """Draw the predictions, or the progress and then classify more photos.

    Args:
        batches: one per upload.
        answerers: the networks that classify.
        under_way: whether photos were left to classify when the page was run.

    Returns:
        Whether photos are left to classify.
    """
    if under_way:
        # The progress is drawn first: a tick during the slow step would end the drawing half way.
        show_progress(batches)
        advance(batches)
        return not all(batch.done for batch in batches)
    show_folder_agreement([row for batch in batches for row in batch.rows])
    if sum(batch.total for batch in batches) > MAX_CARDS:
        show_table(batches, answerers)
    else:
        for row in (row for batch in batches for row in batch.rows):
            show_answer(row, answerers)
    return not all(batch.done for batch in batches)


st.title("Predict")
answerers = choose_answerers()
show_network(answerers)
batches = batches_for(take_uploads(), answerers)
# A few photos are done before anything is drawn, so that nothing moves.
with st.spinner("Classifying"):
    advance(batches)
under_way = not all(batch.done for batch in batches)
poll(partial(draw_results, batches, answerers, under_way), under_way, every_seconds=TICK_SECONDS)
if len(answerers.classifiers) == 1 or answerers.why_beside:
    export = st.expander("Export this network", icon=":material/archive:", key="predict_export", on_change="rerun")
    if export.open:
        with export:
            show_export(None if answerers.why_beside else next(iter(answerers.runs.values()), None))
st.caption(
    "A prediction describes an expression in a photo, not a feeling, and only as far as the training photos reach: a "
    "network trained on drawn faces knows only drawn faces. It is not meant for judging people. Photos are classified "
    "and discarded: nothing is stored unless you add it to your photos."
)
st.page_link("pages/learn/source_study.py", label="Responsible use", icon=":material/menu_book:")
