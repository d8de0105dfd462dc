"""Compare: ROC curves of a study's networks on one chart, the champion, and what can be concluded."""

import pandas as pd
import streamlit as st

from emotion_core.evaluation import roc_points
from emotion_core.evaluation.figures import (
    NamedCurve,
    NamedHistory,
    confusion_figure,
    learning_curves_figure,
    roc_figure,
)
from emotion_core.evaluation.study import StudyComparison, compare_study
from emotion_core.network import parameter_count
from pages.shared.session import choose_study, workspace

CONFUSIONS_PER_ROW = 4

st.title("Compare")
study = choose_study()
compared: StudyComparison = compare_study(workspace(), study)
comparison = compared.comparison
rows = {row.run_id: row for row in comparison.runs}
unfinished = [run for run in compared.runs if run not in compared.finished]
if unfinished:
    states = ", ".join(f"{run.config.label} ({run.state.name})" for run in unfinished)
    st.info(f"Not compared, because not finished: {states}.")
    st.page_link("pages/study/train.py", label="See the runs", icon=":material/monitoring:")
if not compared.finished:
    st.stop()

if compared.champion is not None:
    st.success(comparison.reason, icon=":material/trophy:")
else:
    st.warning(comparison.reason, icon=":material/trophy:")
st.markdown(comparison.conclusion)
if len(study.config.differing_fields()) > 1:
    names = ", ".join(study.config.differing_fields()).replace("_", " ")
    st.warning(f"These networks differ in several settings at once ({names}), so no difference is due to one alone.")

st.subheader("ROC curves on the test photos")
tested = [run for run in compared.finished if rows[run.run_id].test_auc is not None]
curves = [
    NamedCurve(
        run.config.label,
        run.config.hidden_activation,
        roc_points(*run.scores().of("test")),
        rows[run.run_id].test_auc_low,
        rows[run.run_id].test_auc_high,
    )
    for run in tested
]
st.plotly_chart(roc_figure(curves), key="roc", width="stretch")
st.caption(
    "Each curve is drawn from every test photo. The interval in brackets is the 95 % confidence interval (DeLong)."
)

table = [
    {
        "network": run.config.label,
        "champion": run.run_id == comparison.champion,
        "validation AUC": rows[run.run_id].validation_auc,
        "test AUC": rows[run.run_id].test_auc,
        "from": rows[run.run_id].test_auc_low,
        "to": rows[run.run_id].test_auc_high,
        "accuracy": rows[run.run_id].test_accuracy,
        "threshold": rows[run.run_id].threshold,
        "parameters": parameter_count(run.config),
        "seconds": sum(epoch["seconds"] for epoch in run.epochs),
        "diagnosis": rows[run.run_id].diagnosis,
    }
    for run in compared.finished
]
decimals = st.column_config.NumberColumn(format="%.3f")
st.dataframe(
    pd.DataFrame(table),
    hide_index=True,
    width="stretch",
    column_config=dict.fromkeys(("validation AUC", "test AUC", "from", "to", "accuracy", "threshold"), decimals)
    | {
        "seconds": st.column_config.NumberColumn(format="%.1f"),
        "diagnosis": st.column_config.TextColumn(width="large"),
    },
)

st.subheader("Diagnosis")
for run in compared.finished:
    diagnosis = compared.diagnoses[run.run_id]
    with st.expander(f"**{run.config.label}**: {diagnosis.sentence}"):
        st.markdown(f"{diagnosis.evidence}\n\n*What to try:* {diagnosis.advice}")

st.subheader("Accuracy and loss over the epochs")
for column, metric in zip(st.columns(2), ("accuracy", "loss"), strict=True):
    histories = [
        NamedHistory(
            run.config.label,
            run.config.hidden_activation,
            [epoch["epoch"] for epoch in run.epochs],
            [epoch[metric] for epoch in run.epochs],
            [epoch[f"validation_{metric}"] for epoch in run.epochs],
        )
        for run in compared.finished
    ]
    column.plotly_chart(learning_curves_figure(histories, metric), key=f"curves-{metric}", width="stretch")

st.subheader("Confusion at each network's threshold, test photos")
for start in range(0, len(tested), CONFUSIONS_PER_ROW):
    for column, run in zip(st.columns(CONFUSIONS_PER_ROW), tested[start : start + CONFUSIONS_PER_ROW], strict=False):
        figure = confusion_figure(rows[run.run_id].confusion, run.config.label)
        column.plotly_chart(figure, key=f"confusion-{run.run_id}", width="stretch")

if comparison.pairs:
    with st.expander("Pair by pair: paired DeLong test on the test photos"):
        label = {run.run_id: run.config.label for run in compared.runs}
        pairs = [
            {
                "network": label[pair.a],
                "against": label[pair.b],
                "difference in AUC": pair.difference,
                "from": pair.low,
                "to": pair.high,
                "p": pair.p_value,
                "p, Holm-adjusted": pair.p_value_adjusted,
            }
            for pair in comparison.pairs
        ]
        st.dataframe(pd.DataFrame(pairs).round(3), hide_index=True, width="stretch")
