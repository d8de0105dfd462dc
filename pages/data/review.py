"""Review: find problems among the photos, and keep, reject, relabel or delete them, page by page."""

from functools import partial

import streamlit as st

from emotion_core.dataset import uninspected, unreadable_photos
from emotion_core.formatting import count_text
from emotion_core.jobs import unreadable_jobs
from emotion_core.maintenance import delete_damaged_job
from pages.components.common.near_copy_search import findings_so_far
from pages.components.common.problems import show_problems
from pages.components.common.workspace import catalog, workspace
from pages.components.review.filters import ask_filters, show_conflicts_first
from pages.components.review.grid import FilteredPhotos, review_grid
from pages.components.review.insights import show_data_check, show_inspection
from pages.components.review.photo_export import show_photo_export

PHOTOS_PER_PAGE, PHOTOS_PER_PHONE_PAGE = 150, 30

st.title("Review")
photos = catalog()
counts = photos.counts()
total = sum(sum(row.values()) for row in counts.values())
if not total:
    st.info("There are no photos yet. Collect some first, or run the guided study on the Home page.")
    st.page_link("pages/data/collect.py", label="Collect photos", icon=":material/travel_explore:")
    st.stop()

show_problems(unreadable_photos(photos), "photo")
show_problems(unreadable_jobs(workspace().jobs), "job", partial(delete_damaged_job, workspace()))
findings = findings_so_far(photos)
uninspected_count = uninspected(photos)
version = (total, uninspected_count)
show_conflicts_first(findings)
# A mark changes which photos match, and photos must not move while the user marks them. So the ids are kept until the
# filter changes, the page is visited again (the button is not in the session then) or Refresh is pressed.
frozen = st.session_state.get("review_frozen")
is_new_visit = "review_refresh" not in st.session_state
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    choice = ask_filters(photos, findings, version)
    refresh = st.button("Refresh", icon=":material/refresh:", key="review_refresh", help="Apply the filters again.")
    data_check = st.toggle("Data check", key="review_stands_out", persist_state="session")
    if is_new_visit or refresh or frozen is None or frozen.filters != choice.name or not frozen.ids:
        ids = photos.query(choice.filter, choice.sort, findings)
        frozen = FilteredPhotos(choice.name, ids, total, frozen.visit + 1 if frozen else 1)
        st.session_state["review_frozen"] = frozen
    added = total - frozen.total
    if added > 0:
        st.caption(f"{count_text(added, 'new photo')}. Press Refresh to apply the filters again.", width="content")
    else:
        st.caption(f"{len(frozen.ids):,} of {total:,} photos", width="content")
show_inspection(photos, uninspected_count)
if data_check:
    show_data_check(photos, findings, version)

if not frozen.ids:
    st.info("No photo matches these filters. Change them to see other photos.")
# Browsers of phones, and of no other device, name themselves so.
per_page = PHOTOS_PER_PHONE_PAGE if "Mobi" in st.context.headers.get("User-Agent", "") else PHOTOS_PER_PAGE
pages = max(-(-len(frozen.ids) // per_page), 1)
number = st.pagination(pages, key=f"review_page-{frozen.visit}") if pages > 1 else 1
shown = photos.photos_of(frozen.ids[(number - 1) * per_page : number * per_page])
review_grid(shown, findings, page=f"{choice.name}-{number}-{frozen.visit}", counts=counts)
st.caption(
    "Click, shift-click or drag to select; arrow keys move; double-click or Space enlarges; a letter marks the "
    "selection and moves on. Every mark is saved at once. Studies use all photos except rejected ones."
)
show_photo_export(photos)
