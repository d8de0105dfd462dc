"""The export of photos: written by a background job, and downloaded as one zip file."""

import time
from functools import partial

import streamlit as st

from emotion_core.dataset import Catalog, PhotoChoice, list_snapshots
from emotion_core.dataset.image_folder import (
    OWNERS,
    ZIP_FILE,
    latest_photo_export,
    photo_export_of,
    photo_export_progress,
    start_photo_export,
)
from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text, size_text
from emotion_core.jobs import JobFolder
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll

NO_SPLIT, OWN_SPLIT = "no split", "the data set's own split"


def show_photo_export(catalog: Catalog) -> None:
    """Draw the choice of photos to export, and the export in its current state.

    Args:
        catalog: of the photos.
    """
    expander = st.expander("Export photos", icon=":material/archive:", key="photo_export", on_change="rerun")
    if not expander.open:
        return
    with expander:
        st.caption(
            "A zip with a folder for each label, and for each part of a split, as Hugging Face datasets, torchvision "
            "and Keras read it. A table says where each photo came from; Collect can import the zip again. " + OWNERS
        )
        choice = _choose(catalog)
        job = latest_photo_export(catalog.workspace)
        poll(partial(_draw, catalog, choice), job is not None and job.state().active)


def _choose(catalog: Catalog) -> PhotoChoice:
    snapshots = {f"snapshot {item.fingerprint}": item.fingerprint for item in list_snapshots(catalog.workspace)}
    own = [OWN_SPLIT] if catalog.own_splits() else []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.selectbox("Sort into", [NO_SPLIT, *own, *snapshots], key="export_split", width=260)
        if split in snapshots:
            st.caption("The photos and labels of the snapshot, reviewed or not.", width="content")
            return PhotoChoice(snapshot=snapshots[split])
        include_new = st.toggle("Also photos that were not reviewed", key="export_include_new")
    return PhotoChoice("own" if split == OWN_SPLIT else "none", include_new)


def _draw(catalog: Catalog, choice: PhotoChoice) -> bool:
    """Draw the export in its current state, and return whether it is being written."""
    job = latest_photo_export(catalog.workspace)
    state = job.state() if job else None
    if job is not None and state is not None and state.active:
        progress = photo_export_progress(job)
        st.progress(progress.done / max(progress.total, 1) if progress else 0.0, "Writing the photos")
        return True
    if job is not None and state is not None and state.message:
        st.error(escape_markdown(state.message))
    if job is not None:
        _show_download(job)
    if st.button("Prepare the export", icon=":material/archive:", key="prepare_photo_export"):
        _start(catalog, choice)
    return False


def _show_download(job: JobFolder) -> None:
    export, path = photo_export_of(job), job.path / ZIP_FILE
    if export is None:
        return
    stat = path.stat()
    # Without a split the only part has no name.
    parts = [
        f"{escape_markdown(part)}: {row['happy']:,} happy, {row['sad']:,} sad" for part, row in export.counts.items()
    ]
    parts = [text.removeprefix(": ") for text in parts]
    left_out = [f"{count_text(export.without_split, 'photo')} without a split left out"] * bool(export.without_split)
    left_out += [f"{count_text(export.missing, 'photo')} missing"] * bool(export.missing)
    written = time.strftime("%d %b %H:%M", time.localtime(stat.st_mtime))
    st.download_button(
        f"Download {count_text(export.total, 'photo')} ({size_text(stat.st_size)})",
        data=path.read_bytes,  # a function: the file is read only when the button is pressed
        file_name="photos.zip",
        mime="application/zip",
        icon=":material/download:",
        key=f"download_photos_{job.id}",
        on_click="ignore",
    )
    st.caption(f"Written {written}. {'; '.join([*parts, *left_out])}.")


def _start(catalog: Catalog, choice: PhotoChoice) -> None:
    try:
        start_photo_export(catalog.workspace, choice)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.rerun()
