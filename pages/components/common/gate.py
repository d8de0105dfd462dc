"""Modules that pages import late: loaded by one thread at a time, and complete before a page uses them.

Python's import lock keeps two threads from running one module twice, but not a thread from seeing a module half-loaded:
Plotly and scikit-learn ask ``sys.modules`` for pandas without importing it, and get what another session's thread has
loaded of it so far. So a page's script starts behind a gate, which loads what the page needs in a fixed order. A
thread of the server loads the rest once the first pages have been answered.
"""

import importlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

Group = tuple[str, ...]
FIGURES: Group = ("pandas", "pyarrow.parquet", "pyarrow.types", "plotly.graph_objects", "plotly.io", "jinja2")
STATISTICS: Group = ("scipy.special", "scipy.stats")
CURVES: Group = ("sklearn.metrics",)
PHOTOS: Group = ("pillow_heif", "cv2", "ai_edge_litert.interpreter", "charset_normalizer")
# Pages that neither judge runs nor draw their curves.
_WITHOUT_RUNS = ("collect", "review")
# Loading takes a second of processor time, which would make a first page later that comes with the server's start.
_DELAY_SECONDS = 3.0
_COMPONENTS = Path(__file__).resolve().parents[1]
_logger = logging.getLogger(__name__)


class Gate:
    """Loads groups of modules, one thread at a time."""

    def __init__(self) -> None:
        # Re-entrant: a module that is loaded behind the gate may itself ask for a group.
        self._lock = threading.RLock()
        self._loaded: set[Group] = set()

    def pass_with(self, *groups: Group) -> None:
        """Return once the modules of these groups are loaded, in the order of the groups."""
        for group in groups:
            if group not in self._loaded:
                self._load(group)

    def _load(self, group: Group) -> None:
        with self._lock:
            if group not in self._loaded:
                for module in group:
                    _load_module(module)
                self._loaded.add(group)

    def load_later(self, *groups: Group) -> None:
        """Load groups in a thread of its own, a few seconds from now."""
        timer = threading.Timer(_DELAY_SECONDS, self.pass_with, groups)
        # A server that stops need not wait for it.
        timer.daemon = True
        timer.start()


def _load_module(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception:
        # The page that uses it says what is missing.
        _logger.warning("%s could not be loaded.", name, exc_info=True)


def groups_of(page: str, *, has_runs: bool) -> Sequence[Group]:
    """Return what the script of a page needs.

    Args:
        page: name of the page in the address; empty for Home, which draws no figure unless a guided study was run.
        has_runs: whether the workspace has any run.
    """
    if not page:
        return (STATISTICS, *_HOME_PARTS) if has_runs else _HOME_PARTS
    modules = (FIGURES, STATISTICS, CURVES) if has_runs and page not in _WITHOUT_RUNS else (FIGURES,)
    return (*modules, *(part for part in _PARTS if part[0].startswith(f"pages.components.{page}.")))


def page_parts() -> list[Group]:
    """Return the modules of the parts of pages, one by one, which import the rest of the library."""
    paths = sorted(path.relative_to(_COMPONENTS.parents[1]) for path in _COMPONENTS.rglob("*.py"))
    return [(".".join(path.with_suffix("").parts).removesuffix(".__init__"),) for path in paths]


GATE = Gate()
_PARTS = tuple(page_parts())
# All but what draws figures. The thread that loads everything else must not be half way through them.
_HOME_PARTS = tuple((f"pages.components.home.{name}",) for name in ("first_photo", "under_way", "workspace_care"))
EVERYTHING = (FIGURES, STATISTICS, CURVES, PHOTOS, *_PARTS)
