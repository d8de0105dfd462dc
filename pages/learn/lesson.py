"""Lesson: 45 minutes in five steps, with exercises that run with one button and a board of their results."""

import streamlit as st

from pages.components.lesson.board import read_board, show_board, show_exercise
from pages.components.lesson.texts import INTRODUCTION, STEPS

st.title("Lesson")
st.markdown(INTRODUCTION)
rows = read_board()
by_key = {row.exercise.key: row for row in rows}
begin = 0
for number, step in enumerate(STEPS, start=1):
    st.header(f"{number}. {step.title}", divider="gray", anchor=f"step-{number}")
    st.caption(f"Minutes {begin} to {begin + step.minutes}")
    begin += step.minutes
    st.markdown(f"**What to do.** {step.task}\n\n**What to look at.** {step.look}\n\n**Question.** {step.question}")
    with st.expander(f"Answer to question {number}", icon=":material/lightbulb:"):
        st.markdown(step.answer)
    with st.container(horizontal=True, vertical_alignment="center"):
        if step.exercise:
            show_exercise(by_key[step.exercise])
        if step.page:
            st.page_link(f"pages/{step.page}.py", label=f"Open {step.page_title}")

st.header("The board", divider="gray", anchor="board")
st.markdown("The newest run of each exercise in this workspace. The buttons above train on drawn faces.")
show_board(rows)
st.caption(
    "How to let a class in on a local network, and the same lesson in a notebook: `docs/class.md` in the project's "
    "folder."
)
