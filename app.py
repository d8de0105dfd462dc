"""Entry of the app: pages, theme and status line; it draws nothing else.

``streamlit run`` imports this file once, for the server, and then runs it as a script for every session.
"""

import logging
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from pages.components.common.gate import EVERYTHING, GATE, groups_of
from pages.components.common.navigation import count_visit
from pages.components.common.status import show_status
from pages.components.common.uploads import keep_uploads_on_disk
from pages.components.common.work_notice import show_work_notice
from pages.components.common.workspace import runs, shared_reading
from pages.server.middleware import middleware
from pages.server.photo_routes import photo_routes
from pages.server.private_files import keep_files_private
from pages.server.slow_requests import limit_waiting

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
                st.Page("pages/learn/lesson.py", title="Lesson", icon=":material/school:"),
            ],
        }
    )


if __name__ == "__main__":
    # Before the pages are declared: without an icon of the app, the browser would ask fonts.gstatic.com for the page's.
    st.set_page_config(page_icon=BRAND / "icon.svg", layout="wide")
    page = navigation()
    st.set_page_config(page_title=f"{page.title} · Emotion Classifier")
    st.html(BRAND / "contrast.css")
    st.logo(BRAND / "logo.svg", size="large", icon_image=BRAND / "icon.svg")
    count_visit(page.url_path)
    with shared_reading():
        show_status()
        with st.sidebar:
            show_work_notice(page.title)
        GATE.pass_with(*groups_of(page.url_path, has_runs=bool(runs())))
        page.run()
else:
    # Until pages are declared, Streamlit treats a folder named pages/ as its older multipage layout: a fresh server
    # asked for /train first would answer "Page not found". So the pages are declared before the first session. Outside
    # a session, Streamlit logs a warning for each of them.
    logging.disable(logging.WARNING)
    navigation()
    logging.disable(logging.NOTSET)
    keep_files_private()
    keep_uploads_on_disk()
    limit_waiting()
    GATE.load_later(*EVERYTHING)
    app = st.App(__file__, routes=[photo_routes()], middleware=middleware())
