"""Near copies and photos under both labels, looked for beside the page: among thousands of photos it takes a while."""

import threading

import streamlit as st

from emotion_core.dataset import Catalog, Findings, find
from emotion_core.errors import EmotionError
from pages.shared.texts import plain

WAIT_SECONDS = 0.5
TICK_SECONDS = 2.0


class Search:
    """One look at the photos, in a thread that ends with the server.

    Args:
        catalog: whose photos.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._found: Findings | None = None
        self._error: EmotionError | None = None
        self._thread = threading.Thread(target=self._run, args=(catalog,), daemon=True)
        self._thread.start()

    def _run(self, catalog: Catalog) -> None:
        try:
            self._found = find(catalog)
        except EmotionError as error:
            self._error = error

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return not self._thread.is_alive()

    def result(self, wait_seconds: float) -> Findings | None:
        """Return what was found, or None where that takes longer than this.

        Raises:
            EmotionError: the catalog cannot be read.
        """
        self._thread.join(wait_seconds)
        if self._error is not None:
            raise self._error
        return self._found


@st.cache_resource(show_spinner=False)
def _searches() -> dict[str, Search]:
    """The newest search of each workspace, which all who look at its page share."""
    return {}


def findings_so_far(catalog: Catalog) -> Findings:
    """Return what is found, or nothing while that takes longer; a line says so, and draws the page anew at its end."""
    searches, name = _searches(), str(catalog.workspace.root)
    under_way = name in searches and not searches[name].ended
    if not under_way:
        searches[name] = Search(catalog)
    search = searches[name]
    try:
        found = search.result(0.0 if under_way else WAIT_SECONDS)
    except EmotionError as error:
        st.error(plain(error))
        st.stop()
    if found is None:
        st.fragment(_show_search, run_every=TICK_SECONDS)(search)
    return found or Findings({}, ())


def _show_search(search: Search) -> None:
    if search.ended:
        st.rerun()
    st.caption(":material/search: Looking for near copies and for photos under both labels.")
