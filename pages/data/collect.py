"""Collect: photos from a web page, from uploaded files, or from a folder or zip on this machine."""

import streamlit as st

from emotion_core.collect import ScrapeRequest, import_files, import_path, start_scrape
from emotion_core.dataset import LABELS
from emotion_core.errors import EmotionError
from emotion_core.network import checked
from pages.shared.collecting import SITES, import_watcher, sample_server, scrapes_to_show, show_scrape, show_tally
from pages.shared.session import catalog, workspace
from pages.shared.texts import plain

UPLOAD_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "zip", "csv"]

st.title("Collect")
web, files, folder = st.tabs(
    [":material/language: From a web page", ":material/upload_file: Upload files", ":material/folder: Folder or zip"]
)

with web:
    site = st.segmented_control("Site", list(SITES), default=next(iter(SITES)), required=True, key="site")
    preset = SITES[site]
    gallery = sample_server() if preset.label else None
    # The gallery's port is another one after a restart; a tab that was open then must not bring the old one back.
    address = f"{site}-{gallery.port}" if gallery else site
    with st.form("scrape", border=True):
        url = st.text_input(
            "Page",
            gallery.url(preset.label, 1) if gallery else "",
            placeholder="https://example.org/search?q=happy&page=1",
            help="The page that shows the photos; write {page} where the page number belongs, or keep page=1.",
            key=f"url-{address}",
        )
        left, middle, right = st.columns([1, 1, 2])
        label = left.segmented_control(
            "Label",
            LABELS,
            default=preset.label or LABELS[0],
            required=True,
            help="What all photos of this page are.",
            key=f"label-{site}",
        )
        pages = middle.text_input(
            "Pages", preset.pages, help="Page numbers, for instance 1-4; empty for this page only.", key=f"pages-{site}"
        )
        select = right.text_input(
            "CSS selector",
            preset.select,
            help="Which pictures of the page are meant, or what contains them; empty for every photo on it.",
            key=f"select-{site}",
        )
        allowed = st.text_input(
            "Private address to allow",
            gallery.host_port if gallery else "",
            placeholder="127.0.0.1:8000",
            help="Addresses inside this machine or network are refused unless named here as host:port.",
            key=f"allow-{address}",
        )
        start = st.form_submit_button("Scrape", type="primary", icon=":material/download:")
    if start:
        fields = {"url": url.strip(), "label": label, "pages": pages.strip() or None, "select": select.strip() or None}
        try:
            request = checked(ScrapeRequest, {**fields, "allow_hosts": tuple(allowed.split())})
            start_scrape(workspace(), request)
        except EmotionError as error:
            st.error(plain(error))
    for job in scrapes_to_show(workspace()):
        show_scrape(job)

with files:
    uploads = st.file_uploader(
        "Photos, or a zip with folders named happy and sad",
        type=UPLOAD_TYPES,
        accept_multiple_files=True,
        key="uploads",
    )
    upload_label = st.segmented_control(
        "Label of single photos",
        LABELS,
        help="A zip with class folders or a labelled CSV needs none.",
        key="upload_label",
    )
    if st.button("Add to my photos", type="primary", disabled=not uploads, key="add_uploads"):
        try:
            with st.spinner(f"Adding {len(uploads)} file{'s' if len(uploads) != 1 else ''}"):
                offered = ((upload.name, upload.getvalue()) for upload in uploads)
                show_tally(import_files(catalog(), offered, label=upload_label))
        except EmotionError as error:
            st.error(plain(error))

with folder:
    place = st.text_input(
        "Folder, zip or CSV on this machine",
        placeholder="/home/me/photos",
        help="Class folders named happy and sad at any depth, a zip of such folders, or a CSV in fer2013 form.",
        key="import_place",
    )
    place_label = st.segmented_control("Label, where there are no class folders", LABELS, key="place_label")
    if st.button("Import", type="primary", disabled=not place.strip(), key="import"):
        bar = st.progress(0.0, "Reading")
        try:
            tally = import_path(
                catalog(),
                place.strip(),
                label=place_label,
                on_progress=import_watcher(bar),
            )
            show_tally(tally)
        except EmotionError as error:
            st.error(plain(error))
        bar.empty()
st.caption(
    "Photos belong to somebody: collect what you may use, and nothing about people who would mind. "
    "Photos are stored on this machine only, re-encoded without their hidden data."
)
