"""Modules that pages import late: loaded once, in order, while the server starts to answer.

Session threads must not load them. Python's import lock keeps two threads from running one module twice, but not a
thread from seeing a module half-loaded: Plotly asks ``sys.modules`` for pandas without importing it, and gets what
another thread has loaded of it so far. So the script of a page waits until everything is loaded. Home waits only for
what it needs, which comes first; while it is drawn, the loading pauses, and so does not make the first page later.
"""

import importlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# What Home needs; then what it needs once there are runs.
HOME_MODULES = ("scipy.special", "pages.components.common.champion")
CHAMPION_MODULES = ("scipy.stats", "sklearn.metrics")
# Other third-party modules that pages and library import inside functions, or that other modules load when first used.
LATE_MODULES = (
    *("pandas", "pyarrow.parquet", "pyarrow.types", "plotly.graph_objects", "plotly.io", "altair", "jinja2"),
    *("charset_normalizer", "pillow_heif", "cv2", "ai_edge_litert.interpreter"),
)
_COMPONENTS = Path(__file__).resolve().parents[1] / "components"
_PAUSE_SECONDS = 0.02
_logger = logging.getLogger(__name__)


class WarmUp:
    """Loads modules in a thread of its own; thread-safe.

    Args:
        modules: names of the modules, in the order in which they are loaded.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._loaded = 0
        self._waiting = 0
        self._light = 0

    def start(self) -> None:
        """Start to load the modules, unless that was done before."""
        with self._changed:
            if self._thread is None:
                # A daemon: a server that stops need not wait for it.
                self._thread = threading.Thread(target=self._load, name="warm-up", daemon=True)
                self._thread.start()

    def wait(self, last: str | None = None) -> None:
        """Return once the modules are loaded.

        Args:
            last: the last of the modules that the caller needs; None for all.
        """
        number = len(self._modules) if last is None else self._modules.index(last) + 1
        self.start()
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._loaded >= number)
            self._waiting -= 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Load no further module in this context, unless a thread waits for one."""
        with self._changed:
            self._light += 1
        try:
            yield
        finally:
            with self._changed:
                self._light -= 1
                self._changed.notify_all()

    def _load(self) -> None:
        for module in self._modules:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or not self._light)
            _load_module(module)
            with self._changed:
                self._loaded += 1
                self._changed.notify_all()


def _load_module(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception:
        # The page that needs it says what is missing.
        _logger.warning("%s could not be loaded.", name, exc_info=True)


def page_modules() -> list[str]:
    """Return the modules of the parts of pages, which import the rest of the library."""
    paths = sorted(path.relative_to(_COMPONENTS.parents[1]) for path in _COMPONENTS.rglob("*.py"))
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


WARM_UP = WarmUp((*HOME_MODULES, *CHAMPION_MODULES, *LATE_MODULES, *page_modules()))
