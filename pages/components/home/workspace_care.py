"""The workspace itself: what lies on the disk and why, the check of its files, and how to back it up."""

import streamlit as st

from emotion_core.formatting import size_text
from emotion_core.maintenance import clean, disk_use, removable
from pages.components.common.markdown import escape_markdown
from pages.components.common.workspace import workspace
from pages.components.common.workspace_backup import show_backup
from pages.components.common.workspace_check import show_check


def show_workspace_care() -> None:
    """Draw the care for the workspace; its files are looked through only while this is open."""
    expander = st.expander(
        "Workspace: files, check, backup", icon=":material/folder_open:", key="workspace_care", on_change="rerun"
    )
    if not expander.open:
        return
    with expander:
        _show_disk_use()
        st.caption(
            "A check compares every photo with its hash, and catalog, snapshots, studies and runs with their files. A "
            "repair rebuilds what can be rebuilt; importing a photo again repairs its file."
        )
        show_check(workspace())
        show_backup(workspace())


def _show_disk_use() -> None:
    rows = disk_use(workspace())
    st.caption(escape_markdown(f"{size_text(sum(row.bytes for row in rows))} in {workspace().root}"))
    st.dataframe(
        [row.as_json() for row in rows], hide_index=True, column_order=("kind", "study", "files", "size", "why")
    )
    items = removable(workspace())
    if items and st.button(
        f"Clean up ({size_text(sum(item.bytes for item in items))})",
        icon=":material/cleaning_services:",
        key="clean_workspace",
        help="Removes ended jobs, leftovers of killed processes and caches that no study uses. No photo, label, study "
        "or result goes.",
    ):
        clean(workspace())
        st.rerun()
