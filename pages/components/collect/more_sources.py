"""Further ways to collect: scrapes with all their settings, files with classes, and paths on this machine."""

import streamlit as st

from emotion_core.collect import (
    ImportRequest,
    ScrapeRequest,
    Survey,
    start_import,
    start_scrape,
    start_upload_import,
    survey,
    survey_files,
)
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.network import checked
from pages.components.collect.import_form import ask_to_start, chosen_encoding, show_findings
from pages.components.collect.scrape_form import SOURCES, ask_class_labels, ask_limits, ask_target
from pages.components.common.markdown import escape_markdown
from pages.components.common.uploads import upload_content
from pages.components.common.workspace import session_user, workspace


def show_more_sources() -> None:
    """Draw the tabs; what is started in one of them is a job of its own."""
    web, files, folder = st.tabs(
        [
            ":material/language: From the web",
            ":material/upload_file: Files with classes",
            ":material/folder: Folder, zip or table",
        ]
    )
    with web:
        _show_scrape_form()
    with files:
        _show_upload_form()
    with folder:
        _show_path_form()


def _show_scrape_form() -> None:
    left, right = st.columns([3, 1])
    source = left.segmented_control("From", SOURCES, default=SOURCES[0], required=True, key="source")
    label = right.segmented_control(
        "Label", LABELS, default=LABELS[0], required=True, help="The label for all of these photos.", key="label"
    )
    with st.form("scrape", border=True):
        target = ask_target(source, label)
        limits = ask_limits(workspace())
        pressed = st.form_submit_button("Scrape", type="primary", icon=":material/download:")
    if pressed:
        try:
            start_scrape(workspace(), checked(ScrapeRequest, {**target.fields(), **limits, "label": label}))
        except EmotionError as error:
            st.error(escape_markdown(error))


def _show_upload_form() -> None:
    uploads = st.file_uploader(
        "Photos, a zip with class folders, or a table of labels with its photos",
        type=None,  # The content decides: photos also come as .jpg_large or without a suffix.
        accept_multiple_files=True,
        key="uploads",
        help="Tables may be CSV, TSV, text, JSON Lines or Parquet.",
    )
    label = st.segmented_control(
        "Label for these photos",
        LABELS,
        help="Not needed for a zip with class folders or a table of labels.",
        key="upload_label",
    )
    if not uploads:
        return
    uploaded = [(upload.name, upload_content(upload)) for upload in uploads]
    key = "/".join(name for name, _ in uploaded)
    encoding = chosen_encoding(key)
    try:
        found = survey_files(uploaded, label, encoding)
        mapping = _ask_labels(found, label, shown=key, name="uploads", button="Add to my photos", key="add_uploads")
        if mapping is not None:
            start_upload_import(workspace(), uploaded, label, mapping, encoding)
    except EmotionError as error:
        st.error(escape_markdown(error))


def _ask_labels(
    found: Survey, label: str | None, *, shown: str, name: str, button: str, key: str
) -> dict[str, str] | None:
    """Show what was found, ask for the labels of its classes, and return them once the button is pressed.

    Args:
        found: classes with their numbers of photos.
        label: that was chosen for all photos, if one was.
        shown: tells one choice of files from another.
        name: of the form, for the keys of its fields.
        button: its text.
        key: of the button.
    """
    show_findings(found, shown)
    mapping = ask_class_labels(found, name)
    chosen = ask_to_start(found, label, button, key)
    return None if chosen is None else {**mapping, **chosen}


def _show_path_form() -> None:
    # The server reads the folders of all its users.
    is_shared = session_user() is not None
    if is_shared:
        st.info("Users who sign in cannot import from folders of the server. Upload the files instead.")
    path = st.text_input(
        "Folder, zip, CSV or CIFAR-10 archive on this machine",
        placeholder="/home/me/photos",
        help="A folder with class folders at any depth, a zip of such folders, a table of file names and labels (CSV, "
        "TSV, TXT or JSON lines) beside or above its photos, a CSV of pixels in the fer2013 format, a Parquet file of "
        "pictures, or cifar-10-python.tar.gz.",
        key="import_place",
        disabled=is_shared,
    ).strip()
    label = st.segmented_control("Label if there are no class folders", LABELS, key="place_label")
    if not path or is_shared:
        return
    encoding = chosen_encoding(path)
    try:
        found = survey(path, label, encoding)
        mapping = _ask_labels(found, label, shown=path, name="place", button="Import", key="import")
        if mapping is not None:
            start_import(workspace(), ImportRequest(path=path, label=label, mapping=mapping, encoding=encoding))
    except EmotionError as error:
        st.error(escape_markdown(error))
