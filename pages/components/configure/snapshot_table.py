"""The table of existing snapshots."""

import pandas as pd
import streamlit as st

from emotion_core.settings import Workspace
from emotion_core.training import snapshot_rows


def show_snapshots(workspace: Workspace) -> None:
    """Draw how a study splits its photos, and the existing snapshots with the studies that use them."""
    rows = snapshot_rows(workspace)
    if rows:
        st.caption(
            "Existing snapshots. Studies can be compared only if they use the same snapshot (same photos, labels and "
            "split). Counts: happy + sad photos."
        )
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
