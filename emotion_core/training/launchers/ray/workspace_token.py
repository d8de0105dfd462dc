"""The token by which a workspace knows its runs on a cluster, and its nodes know the workspace."""

import json
import secrets
from typing import Any

from emotion_core.files import write_bytes
from emotion_core.jobs import folder_identity, is_of_this_folder
from emotion_core.settings import Workspace

WORKSPACE_TOKEN_FILE = "cluster_word.txt"


def workspace_token(workspace: Workspace) -> str:
    """Return the random token of the workspace, which is written on first use; a copied workspace gets its own."""
    path = workspace.root / WORKSPACE_TOKEN_FILE
    stored = path.read_text(encoding="utf8") if path.exists() else ""
    token, _, folder = stored.partition("\n")
    # A token of an earlier version has no folder beside it. It stays: runs on the cluster are found by it.
    if not token or (folder and not is_of_this_folder(workspace.root, {"folder": _identity_in(folder)})):
        token = secrets.token_hex(8)
    # Also after a move: the folder may be copied to its former path.
    current = f"{token}\n{json.dumps(folder_identity(workspace.root))}\n"
    if current != stored:
        write_bytes(path, current.encode())
    return token


def _identity_in(text: str) -> list[Any]:
    """Return the folder's identity that is written beside a token; one that no folder has where it is damaged."""
    try:
        identity = json.loads(text)
    except ValueError:
        return []
    return identity if isinstance(identity, list) else []
