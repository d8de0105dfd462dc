"""The two boxes of Collect, happy and sad: what comes into one gets its label."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from emotion_core.collect import ScrapeRequest, last_contact, start_scrape, start_upload_import, survey_files
from emotion_core.collect.imports import NO_FOLDER
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text
from emotion_core.guided import gallery_request
from emotion_core.network import checked
from pages.components.collect.scrape_form import sample_server
from pages.components.collect.webcam import record_photos
from pages.components.common.markdown import escape_markdown
from pages.components.common.uploads import upload_content
from pages.components.common.workspace import catalog, workspace

FILES, FOLDER, WEBCAM, ADDRESS = "Files", "Folder", "Webcam", "Address"
SOURCES = (FILES, FOLDER, WEBCAM, ADDRESS)


def show_label_boxes() -> None:
    """Draw a box for happy and one for sad photos, and the button that fills both from the sample gallery."""
    counts = catalog().usable_counts()
    for column, label in zip(st.columns(2, border=True), LABELS, strict=True):
        with column:
            st.header(label.capitalize())
            st.caption(count_text(counts[label], "photo"))
            _show_box(label)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Use the sample gallery", icon=":material/palette:", key="use_gallery")
        st.caption("240 happy and 240 sad drawn faces, to try the app without photos.", width="content")
    if pressed:
        _start(_start_gallery)


def _show_box(label: str) -> None:
    # Pills, which wrap where a box is narrow; a segmented control would be cut off.
    source = st.pills(
        f"Where the {label} photos come from",
        SOURCES,
        default=FILES,
        required=True,
        key=f"box_source-{label}",
        label_visibility="collapsed",
    )
    take: Mapping[str, Callable[[str], None]] = {
        FILES: _take_files,
        FOLDER: _take_folder,
        WEBCAM: _take_recording,
        ADDRESS: _take_address,
    }
    take[source](label)


def _take_files(label: str) -> None:
    _take_uploads(label, f"Drop {label} photos or a zip of them", is_folder=False)


def _take_folder(label: str) -> None:
    _take_uploads(label, f"Drop a folder of {label} photos", is_folder=True)


def _take_uploads(label: str, title: str, *, is_folder: bool) -> None:
    counter = f"box_uploads-{label}"
    uploads = st.file_uploader(
        title,
        type=None,  # The content decides: photos also come as .jpg_large or without a suffix.
        accept_multiple_files="directory" if is_folder else True,
        help="They are added at once. Folders in it that are called happy and sad keep their label.",
        # A new key empties the field once its files have been taken.
        key=f"box-{label}-{is_folder}-{st.session_state.get(counter, 0)}",
    )
    if uploads:
        files = [(upload.name, upload_content(upload)) for upload in uploads]
        if _start(lambda: _start_import(files, label)):
            st.session_state[counter] = st.session_state.get(counter, 0) + 1
            st.rerun()


def _start_import(files: Sequence[tuple[str, bytes | Path]], label: str) -> None:
    """Import files under the label of their box, unless folders or tables among them say happy and sad themselves."""
    classes = {name.strip().lower() for name in survey_files(files)}
    if classes.intersection(LABELS):
        start_upload_import(workspace(), files, mapping={NO_FOLDER: label})
    else:
        start_upload_import(workspace(), files, label)


def _take_recording(label: str) -> None:
    st.caption(
        "Each quarter of a second gives a photo. Photos of one recording are near copies: they stay together in one "
        "part of a split. Only record people who agree to it."
    )
    frames = record_photos(f"webcam-{label}")
    if frames:
        # Recordings are told apart by their time.
        name = time.strftime("webcam-%H%M%S")
        _start(
            lambda: start_upload_import(
                workspace(), [(f"{name}-{number}.jpg", frame) for number, frame in enumerate(frames, start=1)], label
            )
        )


def _take_address(label: str) -> None:
    with st.form(f"box_address-{label}", border=False):
        url = st.text_input(
            "Address of a page or a picture",
            placeholder="https://example.org/happy",
            help="Every photo that the page shows is collected. Searches, selectors and limits are under More.",
            key=f"box_url-{label}",
        )
        if st.form_submit_button("Collect", icon=":material/download:"):
            fields = {"url": url.strip(), "label": label, "contact": last_contact(workspace())}
            _start(lambda: start_scrape(workspace(), checked(ScrapeRequest, fields)))


def _start_gallery() -> None:
    host_port = sample_server().host_port
    for label in LABELS:
        start_scrape(workspace(), gallery_request(host_port, label))


def _start(start: Callable[[], object]) -> bool:
    """Start a job, and return whether that worked; otherwise show why not."""
    try:
        start()
    except EmotionError as error:
        st.error(escape_markdown(error))
        return False
    return True
