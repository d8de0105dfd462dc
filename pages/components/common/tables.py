"""Tables that people read."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from emotion_core.evaluation.figures import table_text
from emotion_core.formatting import without_formula
from pages.components.common.markdown import escape_markdown

MAX_READ_ROWS = 60  # longer tables are searched and scrolled


def show_table(rows: Sequence[Mapping[str, object]], alt: str = "") -> None:
    """Draw a table in one style of number; one that is too long to read can be scrolled, searched and saved.

    Args:
        rows: cells by column title.
        alt: what a screen reader says before the table; "" for nothing.
    """
    texts = table_text(rows)
    if len(texts) > MAX_READ_ROWS:
        frame = pd.DataFrame([{title: without_formula(text) for title, text in row.items()} for row in texts])
        st.dataframe(frame, hide_index=True, width="stretch")
        return
    # Cells of a table are Markdown.
    cells = [{title: str(escape_markdown(text)) for title, text in row.items()} for row in texts]
    st.table(pd.DataFrame(cells), border="horizontal", hide_index=True, alt=alt or None)
