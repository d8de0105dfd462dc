"""Collect: photos from the web, from uploaded files, or from a folder, zip or table on this machine."""

import streamlit as st

from emotion_core.collect import (
    ImportRequest,
    ScrapeRequest,
    start_import,
    start_scrape,
    start_upload_import,
    survey,
    survey_files,
)
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.network import checked
from pages.components.collect.import_form import chosen_encoding, show_findings
from pages.components.collect.job_progress import show_collections
from pages.components.collect.scrape_form import SOURCES, ask_class_labels, ask_limits, ask_target
from pages.components.common.markdown import escape_markdown
from pages.components.common.uploads import upload_content
from pages.components.common.workspace import session_user, workspace

st.title("Collect")
web, files, folder = st.tabs(
    [
        ":material/language: From the web",
        ":material/upload_file: Upload files",
        ":material/folder: Folder, zip or table",
    ]
)

with web:
    left, right = st.columns([3, 1])
    source = left.segmented_control("From", SOURCES, default=SOURCES[0], required=True, key="source")
    label = right.segmented_control(
        "Label", LABELS, default=LABELS[0], required=True, help="The label for all of these photos.", key="label"
    )
    with st.form("scrape", border=True):
        target = ask_target(source, label)
        limits = ask_limits(workspace())
        start = st.form_submit_button("Scrape", type="primary", icon=":material/download:")
    if start:
        try:
            start_scrape(workspace(), checked(ScrapeRequest, {**target.fields(), **limits, "label": label}))
        except EmotionError as error:
            st.error(escape_markdown(error))

with files:
    uploads = st.file_uploader(
        "Photos, a zip with class folders, or a table of labels with its photos",
        type=None,  # The content decides: photos also come as .jpg_large or without a suffix.
        accept_multiple_files=True,
        key="uploads",
        help="Tables may be CSV, TSV, text, JSON Lines or Parquet.",
    )
    upload_label = st.segmented_control(
        "Label for these photos",
        LABELS,
        help="Not needed for a zip with class folders or a table of labels.",
        key="upload_label",
    )
    if uploads:
        uploaded = [(upload.name, upload_content(upload)) for upload in uploads]
        upload_key = "/".join(name for name, _ in uploaded)
        upload_encoding = chosen_encoding(upload_key)
        try:
            upload_survey = survey_files(uploaded, upload_label, upload_encoding)
            show_findings(upload_survey, upload_key)
            upload_mapping = ask_class_labels(upload_survey, "uploads")
            if st.button("Add to my photos", type="primary", key="add_uploads"):
                start_upload_import(workspace(), uploaded, upload_label, upload_mapping, upload_encoding)
        except EmotionError as error:
            st.error(escape_markdown(error))

with folder:
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
    )
    import_label = st.segmented_control("Label if there are no class folders", LABELS, key="place_label")
    if path.strip() and not is_shared:
        try:
            import_encoding = chosen_encoding(path.strip())
            path_survey = survey(path.strip(), import_label, import_encoding)
            show_findings(path_survey, path.strip())
            import_mapping = ask_class_labels(path_survey, "place")
            if st.button("Import", type="primary", key="import"):
                request = ImportRequest(
                    path=path.strip(), label=import_label, mapping=import_mapping, encoding=import_encoding
                )
                start_import(workspace(), request)
        except EmotionError as error:
            st.error(escape_markdown(error))

show_collections(workspace())
st.caption(
    "Only collect photos you are allowed to use, and respect the people in them. "
    "Photos are stored on this machine only, re-encoded without their metadata."
)
