"""The filters above the review grid: which photos it shows, in which order."""

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
# Scores of networks are large to read, and runs that finish meanwhile are not urgent.
SCORES_TTL_SECONDS = 60
BY_WORKSPACE: dict[Any, Any] = {Catalog: lambda catalog: str(catalog.workspace.root)}


class Choice(NamedTuple):
    """The chosen filters and order.

    Attributes:
        filter: which photos to show.
        sort: the name of an order, or the ids of the photos that come first.
        name: identifies this choice.
    """

    filter: PhotoFilter
    sort: str | list[str]
    name: str


def show_conflicts_first(findings: Findings) -> None:
    """Warn of photos under both labels, with a button that shows them side by side."""
    count = len(findings.conflicts)
    if not count:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":orange[:material/warning:] **{count:,} {'picture is' if count == 1 else 'pictures are'} labeled both "
            "happy and sad**, as one file or as near copies.",
            width="content",
        )
        st.button("Show them", key="review_conflicts", on_click=_choose_conflicts, type="tertiary")


def _choose_conflicts() -> None:
    chosen = {"label": ALL, "status": ALL, "show": CONFLICTS, "source": ALL, "order": TOGETHER}
    st.session_state.update({f"review_{name}": value for name, value in chosen.items()})


def ask_filters(catalog: Catalog, findings: Findings, version: tuple[int, int]) -> Choice:
    """Draw the filters in a row, and return the choice.

    Args:
        catalog: of the photos.
        findings: near copies and conflicts among them.
        version: number of photos and of uninspected photos; while both stay the same, counts come from a cache.
    """
    label = _choose_button("Label", LABELS)
    status = _choose_button("Status", STATUSES)
    kind = _choose_counted("Show", kind_counts(catalog, findings, version))
    sources = _sources(catalog, version)
    source = _choose_counted("Source", sources) if len(sources) > 1 else ALL
    sort = st.selectbox("Order", _available_sorts(catalog), key="review_order", width=195, persist_state="session")
    fields = {"label": label, "status": status, "source": source}
    chosen = PhotoFilter(**{field: value for field, value in fields.items() if value != ALL}, **filter_of(kind))
    return Choice(chosen, _order(catalog, sort), f"{label}-{status}-{kind}-{source}-{sort}")


def _choose_button(title: str, choices: tuple[str, ...]) -> str:
    key = f"review_{title.lower()}"
    # Streamlit warns of a default if the conflicts button has set the value.
    default: dict[str, Any] = {} if key in st.session_state else {"default": ALL}
    options = [ALL, *choices]
    return str(st.segmented_control(title, options, key=key, required=True, persist_state="session", **default))


def _choose_counted(title: str, counts: dict[str, int]) -> str:
    def title_of(name: str) -> str:
        return f"{name} ({counts[name]:,})" if name in counts else name

    return st.selectbox(
        title,
        [ALL, *counts],
        format_func=title_of,
        key=f"review_{title.lower()}",
        width=170,
        persist_state="session",
    )


def filter_of(kind: str) -> dict[str, str]:
    """Return the fields of the ``PhotoFilter`` for a kind; any other name is a quality flag."""
    if kind in (ALL, CONFLICTS, NEAR_COPIES):
        return {"kind": kind}
    return {"faces": _FACES[kind]} if kind in _FACES else {"flag": kind}


def kind_counts(catalog: Catalog, findings: Findings, version: tuple[int, int]) -> dict[str, int]:
    """Return the number of photos of each kind, quality flags included; kinds without photos are left out.

    Args:
        catalog: of the photos.
        findings: near copies and conflicts among them.
        version: number of photos and of uninspected photos; while both stay the same, counts come from a cache.
    """
    groups = {CONFLICTS: sum(map(len, findings.conflicts)), NEAR_COPIES: len(findings.clusters)}
    return {kind: count for kind, count in {**groups, **_inspected_counts(catalog, version)}.items() if count}


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _inspected_counts(catalog: Catalog, version: tuple[int, int]) -> dict[str, int]:
    return {kind: len(catalog.query(PhotoFilter(**filter_of(kind)))) for kind in (*_FACES, *FLAG_KINDS)}


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _sources(catalog: Catalog, version: tuple[int, int]) -> dict[str, int]:
    return catalog.sources()


def _available_sorts(catalog: Catalog) -> list[str]:
    return [*_SORTS, *([DISAGREES] if _held_out_scores(catalog) else [])]


@st.cache_data(ttl=SCORES_TTL_SECONDS, max_entries=4, show_spinner=False, hash_funcs=BY_WORKSPACE)
def _held_out_scores(catalog: Catalog) -> dict[str, float]:
    return held_out_p_sad(catalog.workspace)


def _order(catalog: Catalog, sort: str) -> str | list[str]:
    if sort != DISAGREES:
        return _SORTS[sort]
    return disagreement_order(_held_out_scores(catalog), set(catalog.photo_ids(label="sad")))
