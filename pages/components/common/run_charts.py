"""Charts of runs while they train: curves, ROC, layers and log. Only the chosen view is computed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from emotion_core.evaluation.figures import (
    LAYER_MEASURES,
    METRICS,
    color_of,
    has_metric,
    histogram_columns,
    histogram_spec,
    layer_colors,
    layer_columns,
    layer_names,
    layer_spec,
    opacities_of,
    roc_columns,
    roc_spec,
)
from emotion_core.training import Run
from emotion_core.training.store import runs_by_network
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import RUN_KEY
from pages.components.common.run_progress import show_chart, show_mean_metric, show_metric, show_swatches

CHARTS_PER_ROW = 3
EACH_NETWORK, EACH_RUN = "Each network", "Each run"
MAX_DEFAULT_RUNS = 3
# More curves in one chart cannot be told apart, and all of them are sent to the browser once a second.
MAX_CURVES = 24
CHOSEN_KEY = "train_networks"
VIEW_KEY = "train_view"
HISTOGRAM = "activations"
CURVES_NOTE = (
    "A training curve is the mean over an epoch's steps, while the weights change and with augmentation, dropout and "
    "the statistics of each batch; a validation curve is the network at the end of the epoch, without them, so the two "
    "may lie apart, or crossed, without overfitting."
)


def show_view(runs: list[Run], names: dict[str, str]) -> None:
    """Draw the choice of a view, and the chosen view of the runs.

    Args:
        runs: of one study, with at least one epoch.
        names: of the networks, by run id.
    """
    linked = any(run.run_id == st.query_params.get(RUN_KEY) for run in runs)
    st.session_state.setdefault(VIEW_KEY, "Inside" if linked else "Curves")
    view = st.segmented_control("Show", list(VIEWS), required=True, key=VIEW_KEY, persist_state="session")
    VIEWS[view or "Curves"](runs, names)


def open_inside(run: Run) -> None:
    """Show the layers of one run, and put it into the address."""
    st.session_state[VIEW_KEY] = "Inside"
    st.session_state[f"{CHOSEN_KEY}-{run.study_id}"] = [run.run_id]
    st.query_params[RUN_KEY] = run.run_id


def _show_curves(runs: list[Run], names: dict[str, str]) -> None:
    networks = runs_by_network(runs)
    if len(networks) < len(runs) and _choose_line() == EACH_NETWORK:
        _show_mean_curves(networks)
        return
    if len(runs) > MAX_CURVES and not (runs := _choose_runs(runs, names)):
        return
    st.caption(CURVES_NOTE)
    show_swatches([names[run.run_id] for run in runs], [color_of(run) for run in runs], opacities_of(runs))
    _side_by_side(
        _recorded_metrics(runs), lambda metric: show_metric(runs, names, metric, key=f"{metric}-{runs[0].study_id}")
    )


def _choose_line() -> str:
    choices = (EACH_NETWORK, EACH_RUN)
    return st.segmented_control(
        "A line for", choices, default=EACH_NETWORK, required=True, key="train_line", persist_state="session"
    )


def _show_mean_curves(networks: Mapping[str, list[Run]]) -> None:
    """Draw the curves of networks with several runs: means, and bands from the lowest to the highest run."""
    if len(networks) > MAX_CURVES:
        networks = _choose_networks(networks)
    if not networks:
        return
    st.caption(f"Lines are means over the runs of a network; bands run from its lowest to its highest. {CURVES_NOTE}")
    first = [group[0] for group in networks.values()]
    show_swatches(list(networks), [color_of(run) for run in first], opacities_of(first))
    _side_by_side(
        _recorded_metrics([run for group in networks.values() for run in group]),
        lambda metric: show_mean_metric(networks, metric, key=f"mean-{metric}-{first[0].study_id}"),
    )


def _choose_networks(networks: Mapping[str, list[Run]]) -> dict[str, list[Run]]:
    names, study = list(networks), next(iter(networks.values()))[0].study_id
    default = names[:MAX_DEFAULT_RUNS]
    chosen = st.multiselect("Networks", names, default, key=f"train_means-{study}", persist_state="session")
    return {name: networks[name] for name in chosen}


def _recorded_metrics(runs: Sequence[Run]) -> list[str]:
    return [metric for metric in METRICS if has_metric(runs, metric)]


def _show_roc(runs: list[Run], names: dict[str, str]) -> None:
    st.caption(
        "ROC curve on the validation photos after each epoch, later epochs darker. The test photos are for Compare."
    )

    def draw(run: Run) -> None:
        columns = roc_columns(run)
        st.markdown(f"**{escape_markdown(names[run.run_id])}**")
        if not columns["epoch"]:
            st.caption("No ROC curve was recorded.")
            return
        alt = f"Validation ROC curves of {names[run.run_id]}"
        show_chart(columns, roc_spec(run.config.epochs, color_of(run)), f"roc-{run.run_id}", alt)

    _side_by_side(_choose_runs(runs, names), draw)


def show_inside(runs: list[Run], names: dict[str, str]) -> None:
    """Draw the choice of a measure and of runs, and that measure of every layer, the runs side by side.

    Args:
        runs: of one study, with at least one epoch.
        names: of the networks, by run id.
    """
    titles = {name: measure.title for name, measure in LAYER_MEASURES.items()} | {HISTOGRAM: "Activations"}
    measure = st.segmented_control(
        "Layer measure",
        list(titles),
        default="gradient_norm",
        required=True,
        format_func=lambda name: titles[name],
        key="train_measure",
        persist_state="session",
    )
    explanation = (
        LAYER_MEASURES[measure].help
        if measure in LAYER_MEASURES
        else "Distribution of the activations at the latest measurement."
    )
    st.caption(f"{explanation} Measured on a fixed set of training photos, at the marked epochs.")
    chosen = _choose_runs(runs, names)
    layers = layer_names([snapshot for run in chosen for snapshot in run.layer_snapshots[:1]])
    if measure != HISTOGRAM:
        show_swatches(layers, layer_colors(layers))
    _side_by_side(chosen, lambda run: _draw_inside(run, names[run.run_id], measure, layers))


def _draw_inside(run: Run, name: str, measure: str, layers: list[str]) -> None:
    st.markdown(f"**{escape_markdown(name)}**")
    snapshots = run.layer_snapshots
    if not snapshots:
        st.caption("No layer measurements were recorded.")
        return
    key = f"{measure}-{run.run_id}"
    if measure == HISTOGRAM:
        own = layer_names(snapshots[-1:])
        alt = f"Distribution of the activations of {name}, by layer"
        show_chart(histogram_columns(snapshots[-1]), histogram_spec(own, color_of(run)), key, alt)
        return
    alt = f"{LAYER_MEASURES[measure].title} of each layer of {name} over the epochs"
    show_chart(layer_columns(snapshots, measure), layer_spec(measure, layers, run), key, alt)


def _show_log(runs: list[Run], names: dict[str, str]) -> None:
    for run in _choose_runs(runs, names):
        st.markdown(f"**{escape_markdown(names[run.run_id])}** &nbsp; `{run.run_id}`")
        st.code(run.folder.log_end() or "The log is empty.", language=None)


def _choose_runs(runs: list[Run], names: dict[str, str]) -> list[Run]:
    """Draw the choice of runs; by default the first run of each of the first few activations."""
    key, run_ids = f"{CHOSEN_KEY}-{runs[0].study_id}", [run.run_id for run in runs]
    # A chosen run may have been deleted since.
    wanted = st.session_state.get(key, _default_run_ids(runs))
    st.session_state[key] = [run_id for run_id in wanted if run_id in run_ids]
    chosen = st.multiselect("Networks", run_ids, format_func=names.__getitem__, key=key, persist_state="session")
    return [run for run in runs if run.run_id in chosen]


def _default_run_ids(runs: Sequence[Run]) -> list[str]:
    wanted = st.query_params.get(RUN_KEY)
    if wanted is not None and any(run.run_id == wanted for run in runs):
        return [wanted]
    first_of = {run.config.hidden_activation: run.run_id for run in reversed(runs)}
    return [run.run_id for run in runs if run.run_id in first_of.values()][:MAX_DEFAULT_RUNS]


def _side_by_side(items: Sequence[Any], draw: Callable[[Any], None]) -> None:
    for start in range(0, len(items), CHARTS_PER_ROW):
        row = items[start : start + CHARTS_PER_ROW]
        for column, item in zip(st.columns(CHARTS_PER_ROW), row, strict=False):
            with column:
                draw(item)


VIEWS = {"Curves": _show_curves, "ROC": _show_roc, "Inside": show_inside, "Log": _show_log}
