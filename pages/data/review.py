"""Review: keep, reject or relabel photos, a page of thumbnails at a time."""

import streamlit as st

from emotion_core.dataset import LABELS, STATUSES
from pages.shared.grid import FilteredPhotos, review_grid
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
usable = photos.usable_counts()
rejected = sum(row["rejected"] for row in counts.values())
st.markdown(
    f"**{usable['happy']}** happy · **{usable['sad']}** sad · {rejected} rejected &nbsp; "
    ":gray[Click a photo, then: arrow keys move, **K** keep, **R** reject, **H** happy, **S** sad. "
    "Every mark is saved at once. Studies use all photos but the rejected.]"
)
# A mark changes what a filter matches. So the ids are kept, and paged through, until the filter changes, the page is
# visited anew (the button is not in the session then), or somebody presses Refresh.
filters = f"{chosen_label}-{chosen_status}"
frozen = st.session_state.get("review_frozen")
visited = "review_refresh" not in st.session_state
left, right = st.columns([1, 5], vertical_alignment="center")
refresh = left.button("Refresh", icon=":material/refresh:", key="review_refresh", help="Apply the filter anew.")
if visited or refresh or frozen is None or frozen.filters != filters or not frozen.ids:
    ids = photos.photo_ids(label=chosen_label, status=chosen_status)
    frozen = FilteredPhotos(filters, ids, total, frozen.visit + 1 if frozen else 1)
    st.session_state["review_frozen"] = frozen
came_in = total - frozen.total
if came_in > 0:
    right.caption(
        f"{came_in} photo{'s' if came_in > 1 else ''} came in since. Refresh shows what the filter matches now."
    )
if not frozen.ids:
    st.info("No photo matches. Choose another label or status.")
    st.stop()

pages = -(-len(frozen.ids) // PHOTOS_PER_PAGE)
number = st.pagination(pages, key=f"review_page-{frozen.visit}") if pages > 1 else 1
shown = photos.photos_of(frozen.ids[(number - 1) * PHOTOS_PER_PAGE : number * PHOTOS_PER_PAGE])
review_grid(photos, shown, page=f"{filters}-{number}-{frozen.visit}")
