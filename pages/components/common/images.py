"""Images in the HTML of a page."""

import base64
from pathlib import Path

import streamlit as st
from PIL import Image

from emotion_core import images


@st.cache_data(max_entries=2000, show_spinner=False)
def thumbnail_source(path: Path) -> str:
    """Return a thumbnail as the source of an img element, or an empty string where the file is missing."""
    try:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return ""


def data_uri(photo: Image.Image, side_px: int) -> str:
    """Return a JPEG of the photo as the source of an img element.

    Args:
        photo: of any size.
        side_px: the longer side at most.
    """
    return "data:image/jpeg;base64," + base64.b64encode(images.preview(photo, side_px)).decode()
