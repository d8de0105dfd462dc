"""The predictions for a zip with folders happy and sad against the names of the folders."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.prediction import folder_score
from pages.components.common.markdown import escape_markdown
from pages.components.predict.batches import PredictionRow


def show_folder_agreement(rows: Sequence[PredictionRow]) -> None:
    """Draw accuracy, AUC and confusion matrix for photos in folders called happy and sad; nothing without any.

    Args:
        rows: all photos with their predictions.
    """
    score = folder_score((row.folder, row.label_at_threshold, row.p_sad) for row in rows if row.folder is not None)
    if score is None:
        return
    with st.container(border=True, key="folder_agreement"):
        st.markdown("**Against the names of the folders**")
        st.markdown(escape_markdown(score.sentence))
        st.table(score.rows(), border="horizontal", hide_index=True)
        st.caption(
            "A prediction that is not sure counts as what it is at the threshold. The numbers hold for new photos only "
            "if the network was not trained on these."
        )
