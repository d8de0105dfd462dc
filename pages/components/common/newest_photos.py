"""The newest photos as a row of thumbnails."""

import streamlit as st

from emotion_core.dataset import Catalog
from pages.components.common.html import render
from pages.components.common.images import thumbnail_source

NEWEST_PHOTOS = 12
_NEWEST = """
<div style="display:flex;gap:6px;overflow:hidden" role="img" aria-label="The newest photos">
{% for source in sources %}<img src="{{ source }}" alt="" style="height:72px;border-radius:6px">{% endfor %}
</div>
"""


def show_newest_photos(catalog: Catalog) -> None:
    """Draw the newest photos of a catalog, so that a wrong page is noticed before all of it is downloaded."""
    newest = catalog.photo_ids()[: -NEWEST_PHOTOS - 1 : -1]
    if newest:
        st.html(render(_NEWEST, sources=[thumbnail_source(catalog.thumbnail_path(photo_id)) for photo_id in newest]))
