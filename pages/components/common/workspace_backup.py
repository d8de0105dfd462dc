"""The backup of the workspace: its button, its progress, and the file that was verified."""

import time
from functools import partial
from pathlib import Path

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.formatting import count_text, size_text
from emotion_core.maintenance import backup_of, job_progress, latest_backup, start_backup
from emotion_core.settings import Workspace
from pages.components.common.markdown import escape_markdown
from pages.components.common.polling import poll

# A download is read into the memory of the server. Larger files are copied from where they lie.
MAX_DOWNLOAD_BYTES = 500 * 2**20
RESTORE = "python -m emotion_core restore photos-and-studies.zip --workspace new-folder"


def show_backup(workspace: Workspace) -> None:
    """Draw the button that makes a backup, and the last backup in its current state.

    Args:
        workspace: to back up.
    """
    st.caption(
        "A backup holds photos, labels, studies and runs. It can be made while the app is in use, and is read back "
        "and compared with what was written before you can download it."
    )
    job = latest_backup(workspace)
    poll(partial(_draw, workspace), job is not None and job.state().active)
    st.caption("To restore it, stop the app and unpack the backup into a new folder with this command:")
    st.code(RESTORE, language="bash")


def _draw(workspace: Workspace) -> bool:
    """Draw the backup in its current state, and return whether it is being written."""
    job = latest_backup(workspace)
    state = job.state() if job else None
    if job is not None and state is not None and state.active:
        done, total = job_progress(job)
        text = f"Writing: {done:,} of {total:,} photos" if done < total or not total else "Reading it back"
        st.progress(done / max(total, 1), text)
        return True
    if state is not None and state.message:
        st.error(escape_markdown(state.message))
    backup = backup_of(job) if job is not None else None
    if backup is not None:
        _show_file(*backup)
    if st.button("Make a backup", icon=":material/backup:", key="start_backup"):
        _start(workspace)
    return False


def _show_file(file: Path, numbers: dict[str, int]) -> None:
    stat = file.stat()
    missing = f", {count_text(numbers['missing'], 'photo')} missing or damaged" * bool(numbers["missing"])
    parts = f"{count_text(numbers['photos'], 'photo')}, {count_text(numbers['runs'], 'run')}{missing}"
    st.caption(f"Written and verified {time.strftime('%d %b %H:%M', time.localtime(stat.st_mtime))}: {parts}.")
    if stat.st_size > MAX_DOWNLOAD_BYTES:
        st.caption(escape_markdown(f"{size_text(stat.st_size)}. Copy it from {file}."))
        return
    st.download_button(
        f"Download the backup ({size_text(stat.st_size)})",
        data=file.read_bytes,  # a function: the file is read only when the button is pressed
        file_name=file.name,
        mime="application/zip",
        icon=":material/download:",
        key="download_backup",
        on_click="ignore",
    )


def _start(workspace: Workspace) -> None:
    try:
        start_backup(workspace)
    except EmotionError as error:
        st.error(escape_markdown(error))
        return
    st.rerun()
