"""The source study: its story in six figures, some history, and responsible use."""

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.teaching.source_study import CHAPTERS, provenance_text
from emotion_core.training import list_studies
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import catalog, workspace
from pages.components.source_study.chapter import bundled_results, show_chapter
from pages.components.source_study.texts import HISTORY, INTRODUCTION, REFERENCES, RESPONSIBLE_USE

st.title("The source study")
st.markdown(INTRODUCTION)
try:
    bundled = bundled_results()
except EmotionError as error:
    st.error(escape_markdown(error))
else:
    st.caption(escape_markdown(provenance_text(bundled.made)))
    studies, sources = list_studies(workspace()), catalog().sources()
    for number, chapter in enumerate(CHAPTERS, start=1):
        st.header(f"{number}. {chapter.title}", divider="gray", anchor=chapter.key)
        show_chapter(chapter, bundled.chapters[chapter.key], studies, sources)

st.header("Where convolutional networks come from", divider="gray", anchor="history")
st.markdown(HISTORY)

st.header("Responsible use", divider="gray", anchor="responsible-use")
st.markdown(RESPONSIBLE_USE)

with st.expander("References", icon=":material/menu_book:"):
    st.markdown(REFERENCES)
