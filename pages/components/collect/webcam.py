"""Photos from the camera, recorded for as long as a button is held; its browser code is in ``assets/webcam``."""

import base64
import binascii
from collections.abc import Sequence

import streamlit as st

from emotion_core.settings import ASSETS

MOST_FRAMES = 60
SIDE_PX = 640
# A frame of that side is far below; what a browser sends is not to be trusted.
MAX_FRAME_CHARACTERS = 4_000_000
_PREFIX = "data:image/jpeg;base64,"


def _asset(suffix: str) -> str:
    return (ASSETS / "webcam" / f"webcam_burst.{suffix}").read_text(encoding="utf8")


_BURST = st.components.v2.component("webcam_burst", html=_asset("html"), css=_asset("css"), js=_asset("js"))


def record_photos(key: str) -> list[bytes]:
    """Draw the camera, and return the JPEG files of a recording that has just ended, else an empty list.

    Args:
        key: tells one camera from another.
    """
    data = {"mostFrames": MOST_FRAMES, "sidePx": SIDE_PX}
    result = _BURST(key=key, data=data, on_frames_change=lambda: None)
    return frames_of(result.get("frames") or ())


def frames_of(urls: Sequence[object]) -> list[bytes]:
    """Return the files in data URLs; what is none, or too large, is left out.

    Args:
        urls: as the browser sent them.
    """
    if not isinstance(urls, list):
        return []
    encoded = [url.removeprefix(_PREFIX) for url in urls[:MOST_FRAMES] if _is_frame(url)]
    files = []
    for text in encoded:
        try:
            files.append(base64.b64decode(text, validate=True))
        except binascii.Error:
            continue
    return files


def _is_frame(url: object) -> bool:
    return isinstance(url, str) and url.startswith(_PREFIX) and len(url) <= MAX_FRAME_CHARACTERS
