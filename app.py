"""Entry of the app: navigation, theme, one status line; draws nothing else."""

import streamlit as st

from pages.shared.session import show_status

st.set_page_config(page_title="Emotion Classifier", page_icon="assets/icon.svg", layout="wide")
st.logo("assets/logo.svg", size="large", icon_image="assets/icon.svg")

page = st.navigation(
    {
        "Start": [st.Page("pages/start/home.py", title="Home", icon=":material/home:", default=True)],
        "Data": [
            st.Page("pages/data/collect.py", title="Collect", icon=":material/travel_explore:"),
            st.Page("pages/data/review.py", title="Review", icon=":material/photo_library:"),
        ],
        "Study": [
            st.Page("pages/study/configure.py", title="Configure", icon=":material/tune:"),
            st.Page("pages/study/train.py", title="Train", icon=":material/monitoring:"),
            st.Page("pages/study/compare.py", title="Compare", icon=":material/balance:"),
        ],
        "Use": [st.Page("pages/use/predict.py", title="Predict", icon=":material/add_a_photo:")],
    }
)
show_status()
page.run()
