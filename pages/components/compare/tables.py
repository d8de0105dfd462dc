"""Tables on Compare."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from emotion_core.evaluation.figures import P_VALUES


def show_table(rows: Sequence[Mapping[str, object]], *, whole: Sequence[str] = ()) -> None:
    """Draw a table whose numbers have three digits after the point, those in the columns ``whole`` none.

    A p-value has two digits that count: it is never shown as zero.
    """
    frame = pd.DataFrame(rows)
    formats = {name: "%d" if name in whole else "%.2g" if name in P_VALUES else "%.3f" for name in frame}
    columns = {
        name: st.column_config.NumberColumn(format=formats[name]) for name in frame.select_dtypes("number").columns
    }
    st.dataframe(frame, hide_index=True, width="stretch", column_config=columns)
