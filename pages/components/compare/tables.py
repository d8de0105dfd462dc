"""Tables on Compare."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from emotion_core.evaluation.figures import P_VALUES
from emotion_core.formatting import without_formula


def show_table(rows: Sequence[Mapping[str, object]], *, whole: Sequence[str] = ()) -> None:
    """Draw a table with three decimals, and p-values with two significant digits, so that none is shown as zero.

    Args:
        rows: cells by column title.
        whole: titles of the columns with whole numbers.
    """
    frame = pd.DataFrame([{title: without_formula(value) for title, value in row.items()} for row in rows])
    formats = {
        name: "%d" if name in whole else "%.2g" if name in P_VALUES or name in ("p", "p (Holm)") else "%.3f"
        for name in frame
    }
    columns = {
        name: st.column_config.NumberColumn(format=formats[name]) for name in frame.select_dtypes("number").columns
    }
    st.dataframe(frame, hide_index=True, width="stretch", column_config=columns)
