"""What the server writes is the user's alone, and so is what earlier versions wrote."""

import contextlib
import os
import threading

from emotion_core.errors import EmotionError
from emotion_core.permissions import PRIVATE_UMASK, close_files
from emotion_core.settings import open_workspace


def keep_files_private() -> None:
    """Make all new files of this process and its children private, and those of the workspace in the background."""
    os.umask(PRIVATE_UMASK)
    threading.Thread(target=_close_workspace, name="close-workspace", daemon=True).start()


def _close_workspace() -> None:
    # A workspace that cannot be opened is reported by the pages.
    with contextlib.suppress(EmotionError, OSError):
        workspace = open_workspace()
        if workspace.catalog.exists():
            close_files(workspace.root)
