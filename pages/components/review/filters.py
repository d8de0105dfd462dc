"""Which photos the Review page shows, and in which order."""

from typing import Any, NamedTuple

import streamlit as st

from emotion_core.dataset import LABELS, STATUSES, Catalog, Findings, PhotoFilter
from emotion_core.dataset.catalog import FLAGS
from emotion_core.evaluation.diagnosis import disagreement_order, held_out_p_sad

ALL = "all"
CONFLICTS, NEAR_COPIES = "conflicts", "near copies"
TOGETHER, DISAGREES = "near copies together", "network disagrees most"
_SORTS = {"oldest first": "oldest", "newest first": "newest", TOGETHER: "cluster"}
_FACES = {"no face": "none", "several faces": "several", "small face": "small"}
FLAG_KINDS = (*FLAGS, "animated")
READ_AGAIN_SECONDS = 60  # scores of networks, which are large
BY_WORKSPACE: dict[Any, Any] = {Catalog: lambda catalog: str(catalog.workspace.root)}


class Choice(NamedTuple):
    """What was chosen above the grid.

    Attributes:
        filter: which photos.
        sort: their order: a name, or the ids of those that come first.
        name: tells this choice from others.
    """

    filter: PhotoFilter
    sort: str | list[str]
    name: str


def show_conflicts_first(findings: Findings) -> None:
    """Say so where photos are there under both labels; one press shows them side by side."""
    number = len(findings.conflicts)
    if not number:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":orange[:material/warning:] **{number:,} {'picture is' if number == 1 else 'pictures are'} here as happy "
            "and as sad**, as one file or as near copies.",
            width="content",
        )
        st.button("Show them", key="review_conflicts", on_click=_choose_conflicts, type="tertiary")


def _choose_conflicts() -> None:
    chosen = {"label": ALL, "status": ALL, "show": CONFLICTS, "source": ALL, "order": TOGETHER}
    st.session_state.update({f"review_{name}": value for name, value in chosen.items()})


def ask_filters(catalog: Catalog, findings: Findings, seen: tuple[int, int]) -> Choice:
    """Draw the filters above the grid, side by side in a row, and return what is chosen.

    Args:
        catalog: whose photos.
        findings: near copies and conflicts among them.
        seen: how many photos there are, and how many nobody looked at; they are counted anew when these change.
    """
    label = _press("Label", LABELS)
    status = _press("Status", STATUSES)
    kind = _select("Show", kind_counts(catalog, findings, seen))
    sources = _sources(catalog, seen)
    source = _select("Source", sources) if len(sources) > 1 else ALL
    sort = st.selectbox("Order", _sorts(catalog), key="review_order", width=195, persist_state="session")
    fields = {"label": label, "status": status, "source": source}
    chosen = PhotoFilter(**{field: value for field, value in fields.items() if value != ALL}, **filter_of(kind))
    return Choice(chosen, _order(catalog, sort), f"{label}-{status}-{kind}-{source}-{sort}")


def _press(title: str, choices: tuple[str, ...]) -> str:
    key = f"review_{title.lower()}"
    # Streamlit warns of a default where the conflicts' button has set the value.
    default: dict[str, Any] = {} if key in st.session_state else {"default": ALL}
    options = [ALL, *choices]
    return str(st.segmented_control(title, options, key=key, required=True, persist_state="session", **default))


def _select(title: str, counts: dict[str, int]) -> str:
    def words(name: str) -> str:
        return f"{name} ({counts[name]:,})" if name in counts else name

    return st.selectbox(
        title,
        [ALL, *counts],
        format_func=words,
        key=f"review_{title.lower()}",
        width=170,
        persist_state="session",
    )


def filter_of(kind: str) -> dict[str, str]:
    """Return the fields of a filter that shows this kind; a name that is no kind of its own is a flag."""
    if kind in (ALL, CONFLICTS, NEAR_COPIES):
        return {"kind": kind}
    return {"faces": _FACES[kind]} if kind in _FACES else {"flag": kind}


def kind_counts(catalog: Catalog, findings: Findings, seen: tuple[int, int]) -> dict[str, int]:
    """Return how many photos there are of each kind that there is any of, quality flags included."""
    groups = {CONFLICTS: sum(map(len, findings.conflicts)), NEAR_COPIES: len(findings.clusters)}
    return {kind: count for kind, count in {**groups, **_looked_at(catalog, seen)}.items() if count}


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _looked_at(catalog: Catalog, seen: tuple[int, int]) -> dict[str, int]:
    return {kind: len(catalog.query(PhotoFilter(**filter_of(kind)))) for kind in (*_FACES, *FLAG_KINDS)}


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _sources(catalog: Catalog, seen: tuple[int, int]) -> dict[str, int]:
    return catalog.sources()


def _sorts(catalog: Catalog) -> list[str]:
    return [*_SORTS, *([DISAGREES] if _unseen(catalog) else [])]


@st.cache_data(ttl=READ_AGAIN_SECONDS, max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _unseen(catalog: Catalog) -> dict[str, float]:
    return held_out_p_sad(catalog.workspace)


def _order(catalog: Catalog, sort: str) -> str | list[str]:
    if sort != DISAGREES:
        return _SORTS[sort]
    return disagreement_order(_unseen(catalog), set(catalog.photo_ids(label="sad")))
