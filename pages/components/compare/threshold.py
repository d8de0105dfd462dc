"""Effect of a threshold on the test photos: rates, confusion matrix, and the photos behind each of its cells."""

from collections.abc import Sequence

import streamlit as st

from emotion_core.dataset import LABELS
from emotion_core.evaluation import ConfusionCounts, confusion
from emotion_core.evaluation.comparison import (
    ComparedRun,
    best_thresholds,
    photos_classified_as,
    threshold_interval,
)
from emotion_core.evaluation.statistics import FloatArray
from emotion_core.formatting import share_text
from pages.components.common.html import render
from pages.components.common.photo_figure import photo_figure

RULES = ("Balanced", "Costs")
MAX_PHOTOS = 48
CELL_KEY = "confusion_cell"
_GRID = """
<div style="display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:8px">
{% for photo in photos %}{{ photo }}{% endfor %}
</div>
"""
# The strength of a cell's color is its share of the row.
CELL_STYLE = ".st-key-{key} button {{min-height:4.6rem;background:color-mix(in srgb, {color} {share}%, transparent)}}"
RIGHT_COLOR, WRONG_COLOR = "#0072B2", "#D55E00"


@st.fragment
def show_threshold(runs: Sequence[ComparedRun], champion: ComparedRun | None) -> None:
    """Draw the choice of a network and a threshold, the confusion matrix, and the photos of one of its cells.

    Args:
        runs: runs with test photos, at least one.
        champion: selected first if it is among the runs; None for no champion.
    """
    left, right = st.columns(2, gap="large")
    with left:
        run = _choose_run(runs, champion)
        thresholds = _choose_thresholds(run)
        counts = confusion(run.test.labels, run.test.p_sad - thresholds, 0.0)
        _show_rates(counts, thresholds)
    with right:
        _show_cells(run.run_id, counts)
    label, called = st.session_state.get(CELL_KEY, ("sad", "happy"))
    _show_photos(photos_classified_as(run, thresholds, label, called), label, called)


def _choose_run(runs: Sequence[ComparedRun], champion: ComparedRun | None) -> ComparedRun:
    names = [run.name for run in runs]
    first = names.index(champion.name) if champion and champion.name in names else 0
    return runs[names.index(st.selectbox("Network", names, index=first))]


def _choose_thresholds(run: ComparedRun) -> FloatArray:
    rule = st.segmented_control(
        "Threshold by",
        RULES,
        default=RULES[0],
        required=True,
        key="threshold_rule",
        help="Both rules choose the threshold on the validation photos. Balanced: where a photo is as likely happy as "
        "sad, by a curve fitted to these photos; Predict, card and export use it. Costs: minimizes the cost of errors.",
    )
    if rule == RULES[0]:
        _show_interval(run)
        return best_thresholds(run)
    costs = [0.1, 0.2, 0.25, 0.33, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0]
    ratio = st.select_slider(
        "Cost of calling a sad photo happy, relative to the opposite mistake",
        costs,
        value=1.0,
        key="cost_ratio",
        format_func=lambda cost: f"{cost:g} ×",
    )
    return best_thresholds(run, ratio)


def _show_interval(run: ComparedRun) -> None:
    choice = threshold_interval(run)
    if choice is None:
        return
    count = len(run.validation.labels)
    if (choice.low, choice.high) == (0.0, 1.0):
        st.caption(f"On these {count} validation photos P(sad) hardly rises with sadness: they bound no threshold.")
        return
    st.caption(
        f"Chosen: {choice.threshold:.3f}. Other sets of {count} validation photos would have chosen "
        f"{choice.low:.3f} to {choice.high:.3f} (95 % interval, bootstrap)."
    )


def _show_rates(counts: ConfusionCounts, thresholds: FloatArray) -> None:
    low, high = thresholds.min(), thresholds.max()
    # Over folds, each one's run has a scale and a threshold of its own.
    rule = f"**{low:.3f}**" if low == high else f"the threshold of its fold (**{low:.3f}** to **{high:.3f}**)"
    st.markdown(f"A photo is called sad if P(sad) ≥ {rule}. On the test photos:")
    rates = {name: getattr(counts, name.lower()) for name in ("Accuracy", "Precision", "Recall", "F1")}
    # Beside one another where there is room; in columns, a narrow page would cut the numbers.
    with st.container(horizontal=True):
        for name, value in rates.items():
            st.metric(name, "–" if value is None else share_text(value), width="content")


def _show_cells(run_id: str, counts: ConfusionCounts) -> None:
    st.markdown("Test photos by their label and the prediction. **Press a cell to see its photos.**")
    chosen = st.session_state.get(CELL_KEY, ("sad", "happy"))
    table = {
        "happy": (counts.true_happy, counts.false_sad),
        "sad": (counts.false_happy, counts.true_sad),
    }
    styles = []
    for label, row in table.items():
        for column, called, count in zip(st.columns(2), LABELS, row, strict=True):
            key = f"cell-{label}-{called}"
            share = round(60 * count / max(sum(row), 1))
            styles.append(
                CELL_STYLE.format(key=key, share=share, color=RIGHT_COLOR if label == called else WRONG_COLOR)
            )
            column.button(
                f"**{count}** {label}, called **{called}**" + (" ◂" if (label, called) == chosen else ""),
                key=key,
                width="stretch",
                wrap=True,
                on_click=st.session_state.update,
                kwargs={CELL_KEY: (label, called)},
            )
    st.html(f"<style>{' '.join(styles)}</style>")


def _show_photos(photos: Sequence[tuple[str, float]], label: str, called: str) -> None:
    order = "worst mistakes first" if label != called else "closest to the threshold first"
    st.markdown(f"**{len(photos)} {label} test photos called {called}**, {order}:")
    if not photos:
        st.caption("None.")
    figures = [
        photo_figure(photo_id, f"P(sad) = {p_sad:.3f}", alt=f"Test photo, labeled {label}, P(sad) {p_sad:.3f}")
        for photo_id, p_sad in photos[:MAX_PHOTOS]
    ]
    st.html(render(_GRID, photos=figures))
    if len(photos) > MAX_PHOTOS:
        st.caption(f"{len(photos) - MAX_PHOTOS} more photos are not shown.")
