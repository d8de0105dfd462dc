"""Review: keep, reject or relabel photos, a page of thumbnails at a time."""

import streamlit as st

from emotion_core.dataset import LABELS, STATUSES
from pages.shared.grid import review_grid
from pages.shared.session import catalog

PHOTOS_PER_PAGE = 120

st.title("Review")
photos = catalog()
counts = photos.counts()
total = sum(sum(row.values()) for row in counts.values())
if not total:
    st.info("There are no photos yet. Collect some first, or run the guided study on the Home page.")
    st.page_link("pages/data/collect.py", label="Collect photos", icon=":material/travel_explore:")
    st.stop()

left, right = st.columns([1, 2])
label = left.segmented_control("Label", ["all", *LABELS], default="all", key="review_label", persist_state="session")
status = right.segmented_control(
    "Status", ["all", *STATUSES], default="all", key="review_status", persist_state="session"
)
chosen_label = None if label in (None, "all") else label
chosen_status = None if status in (None, "all") else status
matching = sum(
    number
    for row_label, row in counts.items()
    for row_status, number in row.items()
    if chosen_label in (None, row_label) and chosen_status in (None, row_status)
)
usable = {name: row["new"] + row["kept"] for name, row in counts.items()}
rejected = sum(row["rejected"] for row in counts.values())
st.markdown(
    f"**{usable['happy']}** happy · **{usable['sad']}** sad · {rejected} rejected &nbsp; "
    ":gray[Click a photo, then: arrow keys move, **K** keep, **R** reject, **H** happy, **S** sad. "
    "Every mark is saved at once. Studies use all photos but the rejected.]"
)
if not matching:
    st.info("No photo matches. Choose another label or status.")
    st.stop()

pages = -(-matching // PHOTOS_PER_PAGE)
number = st.pagination(pages, key="review_page") if pages > 1 else 1
filters = f"{chosen_label}-{chosen_status}-{number}"
# A mark changes what a filter matches. The page keeps its photos until the filter or the page number changes.
if st.session_state.get("review_filters") != filters:
    found = photos.photos(
        label=chosen_label, status=chosen_status, offset=(number - 1) * PHOTOS_PER_PAGE, limit=PHOTOS_PER_PAGE
    )
    st.session_state["review_filters"] = filters
    st.session_state["review_ids"] = [photo.photo_id for photo in found]
    st.session_state["review_visit"] = st.session_state.get("review_visit", 0) + 1
by_id = {photo.photo_id: photo for photo in photos.photos()}
shown = [by_id[photo_id] for photo_id in st.session_state["review_ids"] if photo_id in by_id]
review_grid(photos, shown, page=f"{filters}-{st.session_state['review_visit']}")
