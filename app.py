"""Entry of the app: pages, theme and status line; it draws nothing else.

``streamlit run`` imports this file once, for the server, and then runs it as a script for every session.
"""

import logging
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.navigation.page import Page

from pages.components.common.status import show_status
from pages.components.common.uploads import keep_uploads_on_disk
from pages.components.common.workspace import shared_runs
from pages.server.photo_routes import photo_routes
from pages.server.security_headers import SecurityHeaders

BRAND = Path(__file__).resolve().parent / "assets" / "brand"


def navigation() -> Page:
    """Declare the pages, and return the requested one."""
    return st.navigation(
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
            "Learn": [
                st.Page("pages/learn/activations.py", title="Activations", icon=":material/show_chart:"),
                st.Page("pages/learn/source_study.py", title="The source study", icon=":material/menu_book:"),
            ],
        }
    )


if __name__ == "__main__":
    page = navigation()
    st.set_page_config(page_title=f"{page.title} · Emotion Classifier", page_icon=BRAND / "icon.svg", layout="wide")
    st.logo(BRAND / "logo.svg", size="large", icon_image=BRAND / "icon.svg")
    with shared_runs():
        show_status()
        page.run()
else:
    # Until pages are declared, Streamlit treats a folder named pages/ as its older multipage layout: a fresh server
    # asked for /train first would answer "Page not found". So the pages are declared before the first session. Outside
    # a session, Streamlit logs a warning for each of them.
    logging.disable(logging.WARNING)
    navigation()
    logging.disable(logging.NOTSET)
    keep_uploads_on_disk()
    app = st.App(__file__, routes=[photo_routes()], middleware=[Middleware(SecurityHeaders)])
