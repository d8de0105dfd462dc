"""Statistical power of the planned test set, and the existing snapshots."""

import pandas as pd
import streamlit as st

from emotion_core.evaluation import plan_test_set
from emotion_core.settings import Workspace
from emotion_core.training import snapshot_rows


def show_test_power(happy: int, sad: int, test_fraction: float) -> None:
    """Draw which differences in AUC the planned test set can detect; nothing without photos of both labels.

    Args:
        happy: number of happy photos in the study.
        sad: number of sad photos in the study.
        test_fraction: share of the photos in the test set, between 0 and 1.
    """
    if not (happy and sad):
        return
    st.info(plan_test_set(happy, sad, test_fraction).sentence, icon=":material/balance:")
    st.caption(
        "Assumes a paired DeLong test at the 5 % level and a correlation of .5 between the two AUCs, as is usual for "
        "networks trained on the same photos (Hanley & McNeil 1983)."
    )


def show_snapshots(workspace: Workspace) -> None:
    """Draw how a study splits its photos, and the existing snapshots with the studies that use them."""
    st.caption("Near copies stay in one part. Every run of the study uses the same split.")
    rows = snapshot_rows(workspace)
    if rows:
        st.caption(
            "Existing snapshots. Studies can be compared only if they use the same snapshot (same photos, labels and "
            "split). Counts: happy + sad photos."
        )
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
