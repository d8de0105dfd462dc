"""What a study stands on: its test photos before it starts, and the snapshots there are."""

import pandas as pd
import streamlit as st

from emotion_core.evaluation import plan_test_set
from emotion_core.settings import Workspace
from emotion_core.training import snapshot_rows


def show_outlook(happy: int, sad: int, test_fraction: float) -> None:
    """Say what a test set of this share of so many photos can and cannot show; nothing without photos of both."""
    if not (happy and sad):
        return
    st.info(plan_test_set(happy, sad, test_fraction).sentence, icon=":material/balance:")
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
