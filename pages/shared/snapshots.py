"""What a study stands on: its test photos before it starts, and the snapshots there are."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from emotion_core.dataset import Photo
from emotion_core.evaluation import outlook
from emotion_core.settings import Workspace
from emotion_core.training import snapshot_rows


def show_outlook(photos: Sequence[Photo], test_fraction: float) -> None:
    """Say what a test set of this share of the photos can and cannot show; nothing without photos of both labels."""
    sad = sum(photo.label == "sad" for photo in photos)
    if sad in (0, len(photos)):
        return
    st.info(outlook(len(photos) - sad, sad, test_fraction).sentence, icon=":material/balance:")
    st.caption(
        "Of a paired DeLong test at the 5 % level, for two networks whose AUCs correlate by .5 over samples of photos, "
        "as is usual where both learned from the same photos (Hanley & McNeil 1983)."
    )


def show_snapshots(workspace: Workspace) -> None:
    """Say what a study freezes, and draw the frozen sets of photos that there are, with the studies that use them."""
    st.caption("Near copies stay together. Every run of the study gets the same photos in the same parts.")
    rows = snapshot_rows(workspace)
    if rows:
        st.caption(
            "Frozen so far. The same photos, labels and split give the same snapshot, whenever the study is started; "
            "only studies on one snapshot can be compared. In each part: happy + sad photos."
        )
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
